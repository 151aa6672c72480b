"""Emulated peers of the payment drivers: each speaks the real protocol in its own process and keeps its own truth."""
