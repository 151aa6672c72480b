"""Devices that play their part over the real protocol, each in its own process: for tests and the demo."""
