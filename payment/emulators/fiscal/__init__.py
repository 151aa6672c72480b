"""An emulated ATOL Online v5: the real HTTP in its own process, with its own ledger, misbehaving on command."""
