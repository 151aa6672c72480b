"""Adapter: pictures into a window's ring, at the size it shows them, in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from typing import Any, Protocol

import cv2
import numpy as np

from media.picture.planes import Planes, scaled, size_of
from media.ring import Ring
from media.urgency import step_back

UNSEEN = 0.25  # seconds between two pictures of oneself that nobody looks at
BLINKS = 10  # pictures in a row that a window may miss and still be looking


def fit(width: int, height: int, box: tuple[int, int]) -> tuple[int, int]:
    """The largest size of the same shape inside ``box``, in whole even pixels."""
    scale = min(box[0] / width, box[1] / height)
    return max(2, int(width * scale) // 2 * 2), max(2, int(height * scale) // 2 * 2)


class Painter:
    """Writes I420 pictures into one ring as BGRA."""

    def __init__(self, ring: Ring) -> None:
        self.ring = ring
        self._box = (ring.width, ring.height)

    def resize(self, width: int, height: int) -> None:
        """The window shows the picture at this size now; never larger than the ring was made for."""
        self._box = (min(width, self.ring.width), min(height, self.ring.height))

    def paint(self, picture: Any, taken_at: float) -> None:
        """An av.VideoFrame or an array of I420 planes."""
        planes: Planes = picture if isinstance(picture, np.ndarray) else picture.to_ndarray(format="yuv420p")
        size = fit(*size_of(planes), self._box)
        if size[0] < planes.shape[1]:
            planes = scaled(planes, *size)  # a small picture must not cost the conversion of a large one
        memory = self.ring.begin(*size)
        shown = np.frombuffer(memory, dtype=np.uint8).reshape(size[1], size[0], 4)
        if size_of(planes) == size:
            cv2.cvtColor(planes, cv2.COLOR_YUV2BGRA_I420, dst=shown)
        else:
            cv2.resize(cv2.cvtColor(planes, cv2.COLOR_YUV2BGRA_I420), size, dst=shown)
        self.ring.publish(taken_at)


class Screen(Painter):
    """Shows what it is given; one picture may wait while another is painted."""

    def __init__(self, ring: Ring, name: str) -> None:
        super().__init__(ring)
        self._given = threading.Condition()
        self._next: tuple[Any, float] | None = None
        self._waiting: tuple[asyncio.AbstractEventLoop, asyncio.Future[None]] | None = None
        self._closing = False
        self._thread = threading.Thread(target=self._run, name=f"{name}-screen", daemon=True)
        self._thread.start()

    async def show(self, picture: Any, taken_at: float) -> None:
        """Show an av.VideoFrame or an array of I420 planes soon; returns when another may be given."""
        while True:
            with self._given:
                if self._closing:
                    return
                if self._next is None:
                    self._next = (picture, taken_at)
                    self._given.notify()
                    return
                loop = asyncio.get_running_loop()
                free = loop.create_future()
                self._waiting = (loop, free)
            await free

    def close(self) -> None:
        """Finish the picture at hand."""
        with self._given:
            self._closing = True
            self._given.notify()
        self._thread.join()

    def _run(self) -> None:
        step_back()
        while True:
            with self._given:
                while self._next is None and not self._closing:
                    self._given.wait()
                if self._next is None:
                    return
                (picture, taken_at), self._next = self._next, None
                waiting, self._waiting = self._waiting, None
            if waiting is not None:
                _free(*waiting)
            self.paint(picture, taken_at)


class Pictures(Protocol):
    """Where one's own pictures come from (``media.capture.source``)."""

    @property
    def latest(self) -> Any:
        """The latest shot, without asking for more."""
        ...

    def wait(self, number: int, seconds: float) -> Any:
        """The latest shot newer than ``number``, or None."""
        ...


class Mirror(Painter):
    """One's own pictures in the window's small view of oneself; few while nobody looks, so that the camera may rest."""

    def __init__(self, ring: Ring, pictures: Pictures) -> None:
        super().__init__(ring)
        self._pictures = pictures
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="local-screen", daemon=True)

    def start(self) -> None:
        """Begin to show."""
        self._thread.start()

    def close(self) -> None:
        """Finish the picture at hand."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        step_back()
        number = unseen = 0
        while not self._closing.is_set():
            if unseen <= BLINKS:
                shot = self._pictures.wait(number, UNSEEN)
            else:
                self._closing.wait(UNSEEN)
                shot = self._pictures.latest
            unseen = 0 if self.ring.is_seen else unseen + 1  # the one before: it had the time until now
            if shot is not None and shot.number > number:
                number = shot.number
                self.paint(shot.planes, shot.taken_at)


def _free(loop: asyncio.AbstractEventLoop, waiting: asyncio.Future[None]) -> None:
    def wake() -> None:
        if not waiting.done():
            waiting.set_result(None)

    if not loop.is_closed():
        loop.call_soon_threadsafe(wake)
