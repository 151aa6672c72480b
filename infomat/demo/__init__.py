"""The demo: every process of the house on one machine, and a visitor who walks through it."""
