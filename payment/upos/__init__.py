"""Driver of Russian bank terminals that are driven by a program of the bank's: UPOS ``sb_pilot`` (payments.md 1.7)."""
