"""One Qt application a test process, without a display or a GPU."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from kiosk.visit import gallery

gallery.without_display()
# Compiled QML stays inside the project folder.
os.environ.setdefault("QML_DISK_CACHE_PATH", str(Path(__file__).parents[3] / ".cache" / "qml"))


@pytest.fixture(scope="session")
def application() -> object:
    """QApplication, which serves windows of widgets too: other tests of the same process may have made it."""
    from PySide6.QtWidgets import QApplication

    return QApplication.instance() or QApplication(sys.argv[:1])
