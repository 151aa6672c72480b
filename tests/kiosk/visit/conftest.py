"""One Qt application a test process, without a display or a GPU."""

from __future__ import annotations

import sys

import pytest

from kiosk.visit import gallery

gallery.without_display()


@pytest.fixture(scope="session")
def application() -> object:
    """QApplication, which serves windows of widgets too: other tests of the same process may have made it."""
    from PySide6.QtWidgets import QApplication

    return QApplication.instance() or QApplication(sys.argv[:1])
