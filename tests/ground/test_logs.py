"""Logs: how little they cost a process that starts."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("infomat", "kiosk", "operator_console", "signaling", "office", "media", "payment", "billing", "ground")


def test_loading_the_logs_loads_no_colours_and_leaves_them_to_others() -> None:
    program = (
        "import sys\n"
        "from ground.logs import get_logger\n"
        "assert 'rich' not in sys.modules and 'rich.console' not in sys.modules\n"
        "import rich.console\n"
        "print('both')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout == "both\n", done.stderr


def test_nobody_loads_structlog_past_the_logs() -> None:
    past = [
        str(file.relative_to(ROOT))
        for package in PACKAGES
        for file in (ROOT / package).rglob("*.py")
        if file != ROOT / "ground" / "logs.py" and re.search(r"^\s*(import|from) structlog", file.read_text(), re.M)
    ]
    assert past == []
