"""Wiring: from a file or a part of the screen to a page that the customer sees: chosen, drawn, looked at, shown."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage, QPixmap
from PySide6.QtWidgets import QFileDialog, QWidget

from ground.logs import get_logger
from operator_console.desk_state import Desk
from operator_console.documents import ENDINGS, CannotShow, Document, Documents
from operator_console.phrases import Phrases
from operator_console.share_acts import Part, ShareAct, ShowedPage, ShownPage
from operator_console.views.share import RegionPicker, SharePanel

log = get_logger()
_HIDDEN_AFTER_S = 0.3  # until the screen is drawn without our window


class Showing:
    """``act`` tells the desk what the person wants; ``draw`` draws the panel anew."""

    def __init__(
        self,
        panel: SharePanel,
        window: QWidget,
        act: Callable[[ShareAct], None],
        draw: Callable[[], None],
        phrases: Callable[[], Phrases],
    ) -> None:
        self._panel, self._window, self._act, self._draw, self._phrases = panel, window, act, draw, phrases
        self._documents = Documents()
        self._document: Document | None = None
        self._page: ShownPage | None = None
        self._shown = self._talking = False
        self._task: asyncio.Task[None] | None = None
        self._pickers: list[RegionPicker] = []
        self._dialog: QFileDialog | None = None
        panel.file_asked.connect(self._ask_file)
        panel.screen_asked.connect(lambda: self._do(self._ask_screen()))
        panel.page_asked.connect(lambda number, part: self._do(self._turn(number, part)))
        panel.show_asked.connect(self._show)

    def desk_shown(self, desk: Desk) -> None:
        """What the desk says now; with the conversation everything of it goes."""
        current = desk.conversation
        talking = current is not None and current.ended is None
        self._shown = current is not None and current.shown is not None
        if self._talking and not talking:
            self.forget()
        self._talking = talking

    def forget(self) -> None:
        """Nothing is open, drawn or on the disk any more; what is under way is of the call that is over."""
        if self._task is not None:
            self._task.cancel()
        self._document = self._page = None
        self._documents.forget()
        self._panel.tell(None)
        self._panel.hide()
        self._put_pickers_away()
        if self._dialog is not None:  # it would stand before the next call, and keep the keys from it
            self._dialog.close()

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        """One thing at a time, and nothing between calls, such as a file whose dialog outlived its call."""
        if not self._talking or (self._task is not None and not self._task.done()):
            work.close()
            return
        self._task = asyncio.get_running_loop().create_task(work, name="showing")

    def _ask_file(self) -> None:
        say = self._phrases().say
        endings = " ".join(f"*.{ending}" for ending in ENDINGS)
        if self._dialog is not None:
            return
        dialog = QFileDialog(self._window, say("share.file_title"), "", f"{say('share.file_kinds')} ({endings})")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.finished.connect(self._dialog_closed)
        self._dialog = dialog
        dialog.fileSelected.connect(lambda path: self.open_file(Path(path)))
        dialog.open()  # beside the running call: nothing waits for it

    def _dialog_closed(self) -> None:
        self._dialog = None

    def open_file(self, path: Path) -> None:
        """Open a file and draw its first page."""
        self._do(self._opened(lambda: self._documents.open(path)))

    async def _ask_screen(self) -> None:
        """Our own window goes out of the way; each screen is frozen, and a part of one is taken."""
        window = self._window
        window.hide()
        try:
            await asyncio.sleep(_HIDDEN_AFTER_S)
            words = self._phrases().say("share.region")
            for screen in QGuiApplication.screens():
                picker = RegionPicker(screen.grabWindow(0), words)
                picker.picked.connect(self._picked)
                picker.left.connect(self._put_pickers_away)
                picker.setGeometry(screen.geometry())
                self._pickers.append(picker)
                picker.show()
                picker.activateWindow()
        finally:
            if not self._pickers:  # the call was over before there was anything to take
                window.show()

    def _picked(self, part: QPixmap) -> None:
        pixels = pixels_of(part)
        self._put_pickers_away()
        name = self._phrases().say("share.screen_name")
        self._do(self._opened(lambda: self._documents.open_picture(pixels, name)))

    def _put_pickers_away(self) -> None:
        if not self._pickers:
            return
        for picker in self._pickers:
            picker.close()
            picker.deleteLater()
        self._pickers = []
        self._window.show()

    async def _opened(self, opening: Callable[[], Document]) -> None:
        self._tell(busy=True)
        try:
            self._document = await asyncio.to_thread(opening)
            await self._draw_page(1, "whole")
        except CannotShow as error:
            log.info("a document cannot be shown", code=error.code)
            self._document = self._page = None
            self._tell(failed=error.code)

    async def _turn(self, number: int, part: Part) -> None:
        self._tell(busy=True)
        try:
            await self._draw_page(number, part)
        except CannotShow as error:
            log.info("a page cannot be shown", code=error.code)
            self._tell(failed=error.code)

    async def _draw_page(self, number: int, part: Part) -> None:
        if self._document is None:
            return
        self._page = await asyncio.to_thread(self._documents.page, self._document, number, part)
        self._tell()
        if self._shown:
            self._show()  # the customer follows

    def _show(self) -> None:
        if self._page is not None and self._talking:
            self._act(ShowedPage(self._page))

    def _tell(self, *, busy: bool = False, failed: str = "") -> None:
        self._panel.tell(self._page, busy=busy, failed=failed)
        self._draw()

    async def close(self) -> None:
        """Nothing is left on the disk."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self.forget()


def pixels_of(part: QPixmap) -> np.ndarray:
    """Rows of BGR."""
    image = part.toImage().convertToFormat(QImage.Format.Format_BGR888)
    rows = np.frombuffer(image.constBits(), dtype=np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3).copy()
