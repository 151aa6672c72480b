"""Every state in every language and size can be read: nothing is cut off, nothing is too small, everything is named."""

from __future__ import annotations

import os
import re

import pytest

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPlainTextEdit, QScrollArea, QWidget

from operator_console.gallery import LANGUAGES, SIZES, application, make_window, scenes, show
from operator_console.phrases import Phrases
from operator_console.views.fitting import Short, cut_to
from operator_console.views.look import LEAST_PX, Look
from operator_console.views.parts import Button
from operator_console.views.window import Window
from signaling.protocol.values import Language
from tests.operator_console.long_words import ADDRESS, LONG_STATES, lengthened

#: 1920x1080 at 150 per cent, without the bars of the system.
ENLARGED = (1280, 640)


@pytest.fixture(scope="module")
def app() -> QApplication:
    """The one application of this process."""
    return application()


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_fits_where_it_stands(app: QApplication, language: Language, size: tuple[int, int]) -> None:
    """Font metrics against widget sizes, for each label and button of each state."""
    window = make_window(size, Look())
    faults = []
    for name, desk in scenes(language):
        show(window, name, desk, Phrases(language))
        for _ in range(3):
            app.processEvents()
        faults += [f"{name}: {fault}" for fault in _faults(window)]
    window.hide()
    assert faults == []


def test_every_text_fits_on_a_screen_of_1920_by_1080_that_is_drawn_at_150_per_cent(app: QApplication) -> None:
    window = make_window(ENLARGED, Look())
    assert (window.width(), window.height()) == ENLARGED
    faults = []
    for name, desk in scenes("lv"):
        show(window, name, desk, Phrases("lv"))
        app.processEvents()
        app.processEvents()
        faults += [f"{name}: {fault}" for fault in _faults(window)]
    window.hide()
    assert faults == []


@pytest.mark.parametrize("size", [(1366, 768), ENLARGED], ids=lambda size: f"{size[0]}x{size[1]}")
def test_a_name_or_an_address_of_any_length_pushes_nothing_out(app: QApplication, size: tuple[int, int]) -> None:
    window, faults = make_window(size, Look()), []
    for name, desk in scenes():
        if desk is not None and name in LONG_STATES:
            show(window, name, lengthened(desk), Phrases("ru"))
            app.processEvents()
            app.processEvents()
            faults += [f"{name}: {fault}" for fault in _faults(window)]
    window.hide()
    assert faults == []


def test_of_words_without_room_as_much_is_shown_as_fits(app: QApplication) -> None:
    metrics = QFontMetrics(Look().font("body"))
    room = QSize(120, 2 * metrics.lineSpacing())
    assert cut_to("Miass", room, metrics) == "Miass"
    cut = cut_to(ADDRESS, room, metrics)
    assert cut.endswith("…")
    assert ADDRESS.startswith(cut.rstrip("…"))
    assert cut_to(ADDRESS, QSize(200, 1000), metrics) == ADDRESS


def test_every_button_and_field_has_a_name_and_says_it(app: QApplication) -> None:
    """Scripts find it by its object name, a screen reader by its accessible name."""
    window = make_window(SIZES[0], Look())
    nameless = []
    for name, desk in scenes():
        show(window, name, desk, Phrases("ru"))
        app.processEvents()
        for widget in window.findChildren(QWidget):
            actionable = isinstance(widget, Button | QLineEdit | QPlainTextEdit) and widget.isVisible()
            if actionable and not (widget.objectName() and widget.accessibleName()):
                nameless.append(f"{name}: {widget.objectName() or type(widget).__name__}")
            stop = widget.isVisible() and widget.isEnabled() and bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
            if stop and not widget.accessibleName():
                nameless.append(f"{name}: the Tab key stops at {widget.objectName() or type(widget).__name__}")
    window.hide()
    assert nameless == []


@pytest.mark.parametrize("language", ["lv", "en"])
def test_a_picture_has_no_people_or_places_of_another_country(language: Language) -> None:
    told = " ".join(repr(desk) for _, desk in scenes(language))
    assert re.findall("[А-Яа-яЁё]+|RUB", told) == []


def test_which_of_several_is_chosen_is_not_told_by_colour_alone(app: QApplication) -> None:
    window = make_window(SIZES[0], Look())
    told = dict(scenes())
    for name, chosen in (("wrap_up", {"result.resolved", "first_contact.yes"}), ("sign_in", {"sign_in.language.en"})):
        show(window, name, told[name], Phrases("en"))
        app.processEvents()
        several = [one for one in window.findChildren(Button) if one.isVisible() and one.isCheckable()]
        assert {one.objectName() for one in several if one.isChecked()} == chosen
        assert len(several) > len(chosen)
    window.hide()


def test_a_key_stands_on_one_button_only_in_each_state(app: QApplication) -> None:
    """Two buttons with one key would be a guess."""
    window = make_window(SIZES[0], Look())
    for name, desk in scenes():
        show(window, name, desk, Phrases("ru"))
        app.processEvents()
        keys = [button.key for button in window.findChildren(Button) if button.isVisible() and button.key]
        doubled = {key for key in keys if keys.count(key) > 1}
        # Twice the same act: the status and the break beside it; the end of showing, on the strip and on the panel.
        assert doubled <= {"F2", "Ctrl+D"}, name
        ends = {one.objectName() for one in window.findChildren(Button) if one.isVisible() and one.key == "Ctrl+D"}
        assert len(ends) < 2 or ends == {"share.strip.end", "share.panel.end"}, name
    window.hide()


def _faults(window: Window) -> list[str]:
    faults = []
    for widget in window.findChildren(QWidget):
        if not widget.isVisible():
            continue
        if isinstance(widget, QScrollArea) and widget.widget().width() > widget.viewport().width():
            faults.append(f"{widget.widget().width()} in a column of {widget.viewport().width()}")
        if isinstance(widget, QLabel) and not isinstance(widget, Short) and widget.text():
            faults += _label_faults(widget)
        elif isinstance(widget, Button) and widget.width() < widget.minimumSizeHint().width():
            faults.append(f"button {widget.objectName()} {widget.width()} < {widget.sizeHint().width()}")
        if isinstance(widget, QLabel | Button) and not _inside_scroll(widget) and not _is_whole(widget, window):
            faults.append(f"{widget.objectName()} {getattr(widget, 'text', str)()!r} is partly outside")
    return faults


def _label_faults(label: QLabel) -> list[str]:
    metrics, room = label.fontMetrics(), label.contentsRect()
    what = f"{label.objectName()} {label.text()!r}"
    if label.font().pixelSize() < LEAST_PX:
        return [f"{what} is {label.font().pixelSize()} px"]
    if not label.wordWrap():
        need = metrics.horizontalAdvance(label.text())
        return [f"{what} needs {need}, has {room.width()}"] if need > room.width() + 1 else []
    box = metrics.boundingRect(0, 0, room.width(), 10_000, Qt.TextFlag.TextWordWrap, label.text())
    if box.height() > room.height() + 1 or box.width() > room.width() + 1:
        return [f"{what} needs {box.width()}x{box.height()}, has {room.width()}x{room.height()}"]
    return []


def _inside_scroll(widget: QWidget) -> bool:
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QScrollArea):
            return True
        parent = parent.parentWidget()
    return False


def _is_whole(widget: QWidget, window: Window) -> bool:
    corner = widget.mapTo(window, widget.rect().topLeft())
    end = widget.mapTo(window, widget.rect().bottomRight())
    return corner.x() >= 0 and corner.y() >= 0 and end.x() < window.width() and end.y() < window.height()
