"""Wiring: ``python -m operator_console --server https://host:port --ca FILE``."""

from operator_console.app import main

if __name__ == "__main__":
    raise SystemExit(main())
