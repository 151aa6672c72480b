"""Wiring: ``python -m kiosk.agent``."""

from kiosk.agent.app import main

raise SystemExit(main())
