"""A small billing system of its own: SQLite behind REST, its own process, life-like data from one seed.

It stands for a real billing system in demos and tests, and serves a small supplier that has none.
Start it with ``python -m billing.embedded --port 0 --folder DIR``.
"""
