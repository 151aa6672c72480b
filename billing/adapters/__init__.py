"""Drivers of billing systems: one file each, all passing ``tests/billing/contract.py``."""
