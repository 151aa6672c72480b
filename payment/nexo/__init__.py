"""Driver of terminals that speak nexo Retailer in Adyen's JSON (payments.md 1.2-1.4)."""
