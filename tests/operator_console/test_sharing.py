"""A document for the customer: drawn from a file, looked at, shown, turned, and gone with the call."""

from __future__ import annotations

import asyncio
import os
import tempfile
import threading
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget

from media import messages as media
from operator_console import documents as drawing
from operator_console import happenings as h
from operator_console.desk import Desk, step
from operator_console.desk_state import permitted
from operator_console.documents import CannotShow, Documents
from operator_console.gallery import application
from operator_console.gallery_states import NOW, states
from operator_console.phrases import Phrases
from operator_console.share_acts import Part, ShowedPage, ShownPage, StoppedShowing
from operator_console.showing import Showing, pixels_of
from operator_console.views.look import Look
from operator_console.views.share import RegionPicker, SharePanel
from signaling.protocol import commands as c
from signaling.protocol import events
from signaling.protocol.errors import ErrorCode
from signaling.protocol.values import PageShape

PAGE = ShownPage("/drawn/1.png", "bill.pdf", 1, 3, "whole", 764, 1080)


def pdf(folder: Path, pages: int = 2) -> Path:
    """A PDF of A4 pages: page N is black in its upper half and white below, with N white squares in the black."""
    bodies = []
    for number in range(1, pages + 1):
        squares = "".join(f"1 g {40 + 80 * one} 700 40 40 re f " for one in range(number))
        bodies.append(f"0 g 0 421 595 421 re f {squares}".encode())
    kids = " ".join(f"{3 + 2 * place} 0 R" for place in range(pages))
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", f"<</Type/Pages/Count {pages}/Kids[{kids}]>>".encode()]
    for place, body in enumerate(bodies):
        contents = 4 + 2 * place
        objects.append(f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents {contents} 0 R>>".encode())
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(body), body))
    out = b"%PDF-1.4\n"
    for number, told in enumerate(objects, 1):
        out += b"%d 0 obj\n%s\nendobj\n" % (number, told)
    file = folder / "Счёт.pdf"
    file.write_bytes(out + b"trailer<</Root 1 0 R>>\n%%EOF")  # without a table of places: PDFium makes it anew
    return file


def blobs(page: ShownPage) -> int:
    grey = cv2.imread(page.path, cv2.IMREAD_GRAYSCALE)
    top = grey[: grey.shape[0] * 45 // 100] > 128
    return cv2.connectedComponents(top.astype(np.uint8))[0] - 1


def test_pages_and_halves_of_a_pdf_are_drawn_as_sharp_as_they_arrive(tmp_path: Path) -> None:
    documents = Documents()
    document = documents.open(pdf(tmp_path))
    assert (document.name, document.pages) == ("Счёт.pdf", 2)
    first, second = (documents.page(document, number, "whole") for number in (1, 2))
    assert (first.width, first.height) == (764, 1080)
    assert (blobs(first), blobs(second)) == (1, 2)
    top, bottom = (documents.page(document, 1, part) for part in ("top", "bottom"))  # type: ignore[arg-type]
    assert top.width > 1400
    assert cv2.imread(top.path).mean() < 60 < 200 < cv2.imread(bottom.path).mean()
    with pytest.raises(CannotShow):
        documents.page(document, 3, "whole")
    folder = Path(first.path).parent
    assert folder.stat().st_mode & 0o077 == 0
    documents.forget()
    assert not folder.exists()
    with pytest.raises(CannotShow):
        documents.page(document, 1, "whole")


def test_what_is_no_document_is_said_so_and_a_large_picture_is_shrunk_once(tmp_path: Path) -> None:
    documents, strange = Documents(), tmp_path / "strange.png"
    strange.write_bytes(b"no picture")
    for file in (strange, tmp_path / "none.pdf", strange.rename(tmp_path / "strange.pdf")):
        with pytest.raises(CannotShow) as no:
            documents.open(file)
        assert no.value.code == "document.unreadable"
    cv2.imwrite(str(tmp_path / "photo.jpg"), np.full((3000, 4000, 3), 200, np.uint8))
    page = documents.page(documents.open(tmp_path / "photo.jpg"), 1, "whole")
    assert (page.width, page.height) == (1440, 1080)
    documents.forget()


def talking() -> Desk:
    return states()["call"]


def shown(desk: Desk) -> tuple[Desk, tuple[h.Effect, ...]]:
    return step(desk, ShowedPage(PAGE), NOW)


def test_the_engine_sends_the_page_and_the_kiosk_hears_its_shape_until_one_touch_ends_it() -> None:
    desk, effects = shown(talking())
    assert desk.conversation is not None
    session_id = desk.conversation.session.session_id
    page = media.Share(what=media.DeviceChoice(kind="page", path=PAGE.path))
    shape = PageShape(width=764, height=1080)
    assert effects == (h.TellMedia(page), h.Send(c.SessionShow(session_id=session_id, page=shape)))
    back = (h.TellMedia(media.Share(what=None)), h.Send(c.SessionShow(session_id=session_id), must_arrive=True))
    assert step(desk, StoppedShowing(), NOW)[1] == back
    assert h.Act.SHOW_END in permitted(replace(desk, online=False))
    assert h.Act.SHOW not in permitted(replace(desk, online=False))  # the kiosk would not hear of it
    ended, effects = step(desk, h.ServerSaid(events.SessionEnded(session_id=session_id, reason="customer")), NOW)
    assert h.TellMedia(media.Share(what=None)) in effects  # or the next customer would see it
    assert ended.conversation is not None
    assert ended.conversation.shown is None


def test_what_breaks_meanwhile_ends_it_or_begins_it_anew() -> None:
    desk, _ = shown(talking())
    assert desk.conversation is not None
    for happening in (
        h.MediaSaid(media.Problem(code="media.share")),
        h.Refused(c.SessionShow(session_id="s-1", page=PageShape(width=1, height=1)), ErrorCode.UNKNOWN_TYPE),
    ):
        after, effects = step(desk, happening, NOW)
        assert after.conversation is not None
        assert after.conversation.shown is None
        assert after.notice is not None
        assert h.TellMedia(media.Share(what=None)) in effects
    dead, _ = step(desk, h.MediaSaid(media.EngineDied(exit_code=-9)), NOW)
    _, effects = step(dead, h.MediaSaid(media.Ready(pid=1, ms=1)), NOW)
    assert h.TellMedia(media.Share(what=media.DeviceChoice(kind="page", path=PAGE.path))) in effects
    _, effects = step(replace(desk, online=False), h.LinkChanged(True), NOW)  # the server may have begun anew
    assert [one.command.page for one in effects if isinstance(one, h.Send) and isinstance(one.command, c.SessionShow)]


@pytest.fixture(scope="module")
def app() -> QApplication:
    """The one application of this process."""
    return application()


async def test_a_file_is_looked_at_first_then_shown_then_turned_before_the_customer(
    app: QApplication, tmp_path: Path
) -> None:
    window, acts = QWidget(), list[object]()
    panel = SharePanel(Look(), window)
    showing = Showing(panel, window, acts.append, lambda: None, lambda: Phrases("ru"))
    told: list[ShownPage | None] = []
    tell = panel.tell
    panel.tell = lambda page, **more: (told.append(page), tell(page, **more))[1]  # type: ignore[method-assign]

    async def until(number: int) -> ShownPage:
        async with asyncio.timeout(20):
            while not told or told[-1] is None or told[-1].number != number:
                await asyncio.sleep(0.01)
            page = told[-1]
            assert page is not None
            return page

    showing.desk_shown(talking())
    showing.open_file(pdf(tmp_path))
    first = await until(1)
    assert acts == []
    panel.show_asked.emit()
    assert acts == [ShowedPage(first)]
    desk, _ = shown(talking())
    showing.desk_shown(desk)
    panel.page_asked.emit(2, "whole")
    second = await until(2)
    assert acts[-1] == ShowedPage(second)
    showing.desk_shown(states()["wrap_up"])
    assert not Path(first.path).parent.exists()
    panel.show_asked.emit()
    assert len(acts) == 2
    await showing.close()


async def test_what_was_being_drawn_as_the_call_ended_is_neither_on_the_disk_nor_before_the_next_customer(
    app: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on, draw = threading.Event(), threading.Event(), drawing._drawn

    def slowly(path: Path, place: int, part: Part) -> np.ndarray:
        begun.set()
        assert go_on.wait(20)
        return draw(path, place, part)

    folder = tmp_path / "drawn"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setattr(drawing, "_drawn", slowly)
    window, acts = QWidget(), list[object]()
    panel = SharePanel(Look(), window)
    showing = Showing(panel, window, acts.append, lambda: None, lambda: Phrases("ru"))
    showing.desk_shown(talking())
    showing.open_file(pdf(tmp_path))
    assert await asyncio.to_thread(begun.wait, 20)
    showing.desk_shown(states()["wrap_up"])
    go_on.set()
    await asyncio.get_running_loop().shutdown_default_executor()
    await asyncio.sleep(0)
    assert list(folder.iterdir()) == []
    showing.open_file(pdf(tmp_path))  # chosen in a dialog that outlived its call
    showing.desk_shown(talking())
    panel.show_asked.emit()
    assert acts == []
    await showing.close()


async def test_the_window_is_back_if_the_call_ends_before_a_part_of_the_screen_could_be_taken(
    app: QApplication,
) -> None:
    window = QWidget()
    panel = SharePanel(Look(), window)
    showing = Showing(panel, window, lambda act: None, lambda: None, lambda: Phrases("ru"))
    window.show()
    showing.desk_shown(talking())
    panel.screen_asked.emit()
    async with asyncio.timeout(20):
        while window.isVisible():
            await asyncio.sleep(0.01)
    showing.desk_shown(states()["wrap_up"])
    await showing.close()
    assert window.isVisible()
    assert not [one for one in QApplication.topLevelWidgets() if isinstance(one, RegionPicker) and one.isVisible()]
    window.close()


async def test_the_file_dialog_goes_with_the_call_and_does_not_stand_before_the_next(app: QApplication) -> None:
    window = QWidget()
    panel = SharePanel(Look(), window)
    showing = Showing(panel, window, lambda act: None, lambda: None, lambda: Phrases("ru"))
    window.show()
    for _ in range(2):
        showing.desk_shown(talking())
        panel.file_asked.emit()
        panel.file_asked.emit()
        assert len([one for one in window.findChildren(QFileDialog) if one.isVisible()]) == 1
        showing.desk_shown(states()["wrap_up"])
        assert QApplication.activeModalWidget() is None
        assert not [one for one in window.findChildren(QFileDialog) if one.isVisible()]
    await showing.close()
    window.close()


def test_a_part_of_the_screen_is_what_was_framed_and_nothing_else(app: QApplication) -> None:
    frozen = QPixmap(400, 300)
    frozen.fill(QColor("red"))
    picker, picked = RegionPicker(frozen, "frame"), list[QPixmap]()
    picker.picked.connect(picked.append)
    picker.setGeometry(0, 0, 400, 300)
    picker.show()
    QTest.mouseClick(picker, Qt.MouseButton.LeftButton, pos=QPoint(10, 10))
    assert picked == []
    QTest.mousePress(picker, Qt.MouseButton.LeftButton, pos=QPoint(50, 40))
    QTest.mouseMove(picker, QPoint(150, 100))
    QTest.mouseRelease(picker, Qt.MouseButton.LeftButton, pos=QPoint(249, 139))
    assert pixels_of(picked[0]).shape == (100, 200, 3)
    assert pixels_of(picked[0])[0, 0].tolist() == [0, 0, 255]
    picker.close()
