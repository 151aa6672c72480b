"""Adapter: a document that a customer may be shown: a picture's file, the pages of a PDF, a part of our screen.

Nothing is shared but what was drawn here from it: a PNG in a folder that only this user may read, gone with the call.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ground.errors import InfomatError
from operator_console.share_acts import Part, ShownPage

#: What a file dialog offers.
ENDINGS = ("pdf", "png", "jpg", "jpeg", "webp", "bmp", "tif", "tiff")
#: Of a page as it is sent (media.capture.source.PAGE): nothing is drawn larger than it can arrive.
_LARGEST = (1920, 1080)
_LARGEST_FILE = 50_000_000  # bytes
_MOST_PIXELS = 50_000_000


class CannotShow(InfomatError):
    """It cannot be opened or drawn; the code says why."""

    code = "document.unreadable"


@dataclass(frozen=True, slots=True)
class Document:
    """What was opened: its name and how many pages it has; ``number`` tells it from others of the same name."""

    number: int
    name: str
    pages: int


class Documents:
    """Opens one document at a time, and draws its pages. Blocking; call off the loop, but for ``forget``."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._source: Path | np.ndarray | None = None
        self._count = 0
        self._drawn = 0
        #: held while a page is written: none comes to the disk once all is forgotten
        self._writing = threading.Lock()

    def open(self, path: Path) -> Document:
        """A file; raises CannotShow."""
        try:
            if path.stat().st_size > _LARGEST_FILE:
                raise CannotShow(f"{path.name} is too large", code="document.too_large")
        except OSError as error:
            raise CannotShow(str(error)) from error
        if path.suffix.lower() != ".pdf":
            return self._taken(_picture_of(path), path.name, 1)
        with _pdf(path) as pdf:
            pages = len(pdf)
        if not pages:
            raise CannotShow("a PDF without pages")
        return self._taken(path, path.name, pages)

    def open_picture(self, pixels: np.ndarray, name: str) -> Document:
        """A part of the screen: rows of BGR."""
        return self._taken(pixels, name, 1)

    def _taken(self, source: Path | np.ndarray, name: str, pages: int) -> Document:
        self._source = source
        self._count += 1
        return Document(self._count, name, pages)

    def page(self, document: Document, number: int, part: Part) -> ShownPage:
        """Draw a page, counted from 1, or a half of it; raises CannotShow, also when another document was opened."""
        source = self._source
        if source is None or document.number != self._count:
            raise CannotShow("another document is open")
        drawn = _drawn(source, number - 1, part) if isinstance(source, Path) else _cut(source, part)
        fitted = _fitted(drawn)
        with self._writing:
            if self._source is not source:
                raise CannotShow("it was forgotten while it was drawn")
            file = self._written(fitted)
        height, width = fitted.shape[:2]
        return ShownPage(str(file), document.name, number, document.pages, part, width, height)

    def _written(self, picture: np.ndarray) -> Path:
        self._drawn += 1
        try:
            if self._folder is None:
                self._folder = Path(tempfile.mkdtemp(prefix="infomat-shown-"))  # for this user alone (mode 0700)
            file = self._folder / f"{self._drawn}.png"
            if cv2.imwrite(str(file), picture):
                return file
        except (OSError, cv2.error) as error:
            raise CannotShow(str(error)) from error
        raise CannotShow(f"{file.name} cannot be written")

    def forget(self) -> None:
        """The call is over: nothing drawn is left on the disk, nor what is being drawn now."""
        with self._writing:
            folder, self._folder, self._source = self._folder, None, None
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


def _picture_of(path: Path) -> np.ndarray:
    try:
        told = np.frombuffer(path.read_bytes(), dtype=np.uint8)
        picture = cv2.imdecode(told, cv2.IMREAD_COLOR)  # OpenCV opens no file with a Cyrillic name on Windows
    except (OSError, cv2.error) as error:
        raise CannotShow(str(error)) from error
    if picture is None:
        raise CannotShow(f"{path.name} is no picture that can be read")
    if picture.shape[0] * picture.shape[1] > _MOST_PIXELS:
        raise CannotShow("a picture of too many points", code="document.too_large")
    return picture


@contextlib.contextmanager
def _pdf(path: Path) -> Iterator[Any]:
    import pypdfium2

    try:
        pdf = pypdfium2.PdfDocument(path)
    except (pypdfium2.PdfiumError, OSError) as error:
        locked = "password" in str(error).lower()
        raise CannotShow(str(error), code="document.locked" if locked else "document.unreadable") from error
    try:
        yield pdf
    finally:
        pdf.close()


def _drawn(path: Path, place: int, part: Part) -> np.ndarray:
    """A page of a PDF, drawn as sharp as its part can be sent."""
    with _pdf(path) as pdf:
        try:
            page = pdf[place]
            width, height = page.get_size()  # points
            tall = height if part == "whole" else height / 2
            scale = min(_LARGEST[0] / width, _LARGEST[1] / tall)
            picture: np.ndarray = page.render(scale=min(scale, 6.0)).to_numpy()
        except Exception as error:  # whatever PDFium found in somebody's file
            raise CannotShow(str(error)) from error
        return _cut(np.ascontiguousarray(picture[:, :, :3]), part)


def _cut(picture: np.ndarray, part: Part) -> np.ndarray:
    """The whole, or a half with a little of the other, so that no line of text is lost between them."""
    height = picture.shape[0]
    half, more = height // 2, max(1, height // 40)
    if part == "top":
        return picture[: half + more]
    return picture[half - more :] if part == "bottom" else picture


def _fitted(picture: np.ndarray) -> np.ndarray:
    """Not larger than it can arrive: shrunk here, once and well."""
    height, width = picture.shape[:2]
    scale = min(_LARGEST[0] / width, _LARGEST[1] / height)
    if scale >= 1:
        return np.ascontiguousarray(picture)
    size = (max(2, round(width * scale)), max(2, round(height * scale)))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
