"""Logs: how little they cost a process that starts."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from ground.logs import keep_allowed

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


def test_who_reads_the_logs_may_be_gone() -> None:
    program = (
        "import os, sys\n"
        "from ground.logs import get_logger, set_up_logs\n"
        "set_up_logs('test')\n"
        "os.close(2)\n"
        "get_logger().error('said to nobody')\n"
        "print('goes on')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    assert done.stdout == "goes on\n"


def test_an_error_is_told_by_kind_and_place_without_its_words() -> None:
    def told(error: Exception) -> str:
        try:
            raise error
        except Exception as caught:
            return str(keep_allowed(None, "", {"event": "broken", "error": caught})["error"])

    assert told(KeyError("Иванов")).startswith("KeyError at test_logs.py:")
    assert "Иванов" not in told(KeyError("Иванов"))
    assert told(OSError(28, "No space left on device")).startswith("OSError (No space left on device) at")
