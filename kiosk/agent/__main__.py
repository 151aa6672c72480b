"""Wiring: ``python -m kiosk.agent``."""

from kiosk.agent.forgetting import begin_forgetting

begin_forgetting()

from kiosk.agent.app import main  # noqa: E402

raise SystemExit(main())
