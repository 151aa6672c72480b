"""operator_console.views.mirror: as much of the visit as fits, the newest always, never back and forth."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtWidgets import QApplication, QLabel

from operator_console.desk_state import Desk
from operator_console.gallery import application, make_window
from operator_console.gallery_states import states
from operator_console.phrases import Phrases
from operator_console.views.look import Look
from operator_console.views.window import Window

LONG = tuple((f"2026-11-20T08:{minute:02d}:00+00:00", "visit.reading_typed", {"zone": f"T{minute}", "value": "1"})
             for minute in range(20))  # fmt: skip


@pytest.fixture(scope="module")
def app() -> QApplication:
    """The one application of this process."""
    return application()


def lines(window: Window) -> list[str]:
    """The visit's lines that are shown, oldest first."""
    cells = {cell.objectName(): cell for cell in window.findChildren(QLabel) if cell.isVisible()}
    names = [f"timeline.{place}" for place in range(40)]
    return [cells[name].text() for name in names if name in cells]


def settled(app: QApplication, window: Window, desk: Desk) -> list[str]:
    """The lines after the window was told the same a few times, as it is each second."""
    for _ in range(4):
        window.show_desk(desk, Phrases("en"))
        app.processEvents()
    return lines(window)


def test_a_large_screen_shows_more_of_a_long_visit_and_always_its_newest_lines(app: QApplication) -> None:
    offered = replace(states()["offer"], preview_timeline=LONG)
    talking = states()["call"]
    assert talking.conversation is not None
    talking = replace(talking, conversation=replace(talking.conversation, timeline=LONG))
    for size in ((1920, 1080), (1366, 768)):
        window = make_window(size, Look())
        in_call = settled(app, window, talking)
        before = settled(app, window, offered)
        window.hide()
        assert in_call[-1] == before[-1] == "typed T19 = 1"
        assert 6 <= len(in_call) <= len(before)
        assert len(before) > 10, "without a card there is room for most of the visit"


def test_the_list_comes_to_rest(app: QApplication) -> None:
    offered = replace(states()["offer"], preview_timeline=LONG)
    window = make_window((1920, 1080), Look())
    first = settled(app, window, offered)
    assert all(settled(app, window, offered) == first for _ in range(3))
    window.hide()


def test_a_list_that_no_longer_fits_grows_shorter_but_keeps_its_newest_lines(app: QApplication) -> None:
    offered = replace(states()["offer"], preview_timeline=LONG)
    talk = states()["call"].conversation
    assert talk is not None
    window = make_window((1366, 768), Look())
    roomy = settled(app, window, offered)
    tight = settled(app, window, replace(states()["call"], conversation=replace(talk, timeline=LONG)))
    window.hide()
    assert 6 <= len(tight) < len(roomy)
    assert tight == roomy[-len(tight) :]
