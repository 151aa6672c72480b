"""Adapter: the one picture source of an engine. Its thread keeps only the latest picture.

Still, mute and a lost camera are decided here, before anything else sees a picture: whatever is made of the
source's pictures (the call, the self-view) cannot show what the camera saw in that time.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2

from media.capture import Camera, CameraLost, Picture, stills
from media.capture.generated import GeneratedCamera
from media.capture.opencv import DeviceCamera, FileCamera
from media.messages import DeviceBack, DeviceChoice, DeviceLost, Event, Open, StillShown

STILL_FPS = 5  # a still is repeated, so that a lost packet or a late joiner sees it
STILL_WITHIN = 0.5  # seconds after which a still is told even if the camera's thread has not drawn it yet
STALE = 3  # pictures a camera may have kept from behind a still
RETRY = 2.0  # seconds between two attempts to open a lost camera


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture of the source: I420 planes (height * 3/2 rows), when it was taken (monotonic seconds), its number."""

    number: int
    planes: Any
    width: int
    height: int
    taken_at: float


def open_camera(choice: DeviceChoice, width: int, height: int, fps: int) -> Camera:
    """The driver for a choice; raises CameraLost when there is no such camera."""
    match choice.kind:
        case "generated":
            return GeneratedCamera(width, height, fps, choice.label)
        case "file":
            return FileCamera(choice.path, fps)
        case "device":
            return DeviceCamera(choice.name, width, height, fps)
        case "none":
            raise CameraLost("no camera is chosen")


class PictureSource:
    """Reads a camera in one thread; ``after`` waits for a newer picture in the loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, tell: Callable[[Event], None], order: Open) -> None:
        self._loop, self._tell, self._order = loop, tell, order
        self._latest: Shot | None = None
        self._news = asyncio.Event()
        self._still = self._muted = False
        self._told_still = False
        self._number = 0
        self._stale = 0  # pictures still to throw away after a still: they may show the time behind it
        self._shown, self._shown_at = "", 0.0
        self._lost = False
        self._stopping = threading.Event()
        self._changed = threading.Event()  # wakes the thread out of a still's rest
        self._thread = threading.Thread(target=self._run, name="camera", daemon=True)

    def start(self) -> None:
        """Begin to capture."""
        self._thread.start()

    def choose(self, order: Open) -> None:
        """Go on with another camera or size."""
        self._order = order
        self._lost = False
        self._changed.set()

    def show_still(self, on: bool) -> None:
        """Replace the camera's pictures by the payment card, or stop doing so; told by StillShown when it is so."""
        if on == self._still:
            if self._told_still == on:
                self._tell(StillShown(on=on))
            return
        self._still = on
        self._latest = None  # from here on nothing that the camera saw before is given out
        self._changed.set()
        if on:  # a camera whose driver hangs cannot keep the still from being true
            self._loop.call_later(STILL_WITHIN, self._still_is, on)

    def _still_is(self, on: bool) -> None:
        if self._still == on and self._told_still != on:
            self._told_still = on
            self._tell(StillShown(on=on))

    def mute(self, on: bool) -> None:
        """Replace the camera's pictures by a crossed-out camera, or stop doing so."""
        self._muted = on
        self._changed.set()

    async def after(self, number: int) -> Shot:
        """The latest picture, newer than ``number``."""
        while self._latest is None or self._latest.number <= number:
            self._news.clear()
            await self._news.wait()
        return self._latest

    async def close(self) -> None:
        """Stop the thread and let go of the camera."""
        self._stopping.set()
        self._changed.set()
        await asyncio.to_thread(self._thread.join, 2.0)

    # --- the camera's thread -------------------------------------------------------------------------------

    def _run(self) -> None:
        camera: Camera | None = None
        retry_at = 0.0
        order = self._order
        while not self._stopping.is_set():
            if order is not self._order:  # another camera was chosen
                order, retry_at = self._order, 0.0
                if camera is not None:
                    camera.close()
                camera = None
            if camera is None and time.monotonic() >= retry_at:
                camera = self._open()
                retry_at = time.monotonic() + RETRY
            still = self._still
            picture = None
            if camera is None:
                self._changed.wait(1 / STILL_FPS)
                self._changed.clear()
            else:
                try:
                    picture = camera.read()  # also behind a still, or old pictures would come out after it
                except CameraLost as lost:
                    camera.close()
                    camera = None
                    self._say_lost(str(lost))
            self._publish(picture, still)
        if camera is not None:
            camera.close()

    def _open(self) -> Camera | None:
        order = self._order
        try:
            camera = open_camera(order.camera, order.width, order.height, order.fps)
        except (CameraLost, ValueError) as lost:
            self._say_lost(str(lost))
            return None
        if self._lost:
            self._lost = False
            self._say(DeviceBack(kind="camera"))
        return camera

    def _say_lost(self, reason: str) -> None:
        if not self._lost and self._order.camera.kind != "none":
            self._say(DeviceLost(kind="camera", reason=reason))
        self._lost = True

    def _publish(self, picture: Picture | None, still: bool) -> None:
        """Hand the camera's picture on, or what stands for it; ``still`` is how it was before the camera was read."""
        now = time.monotonic()
        if self._still != still:
            self._stale = STALE
            return
        if still or self._muted or picture is None or self._stale > 0:
            self._stale = STALE if still else self._stale - 1
            what = "still" if still else "off"
            if what == self._shown and now - self._shown_at < 1 / STILL_FPS:
                return
            self._shown, self._shown_at = what, now
            draw = stills.payment_card if still or self._stale > 0 else stills.camera_off
            chosen = draw(self._order.width, self._order.height)
        else:
            self._shown = "camera"
            chosen = _fitted(picture, self._order.width, self._order.height)
        self._call(self._put, cv2.cvtColor(chosen, cv2.COLOR_BGR2YUV_I420), now, still)

    def _put(self, planes: Any, taken_at: float, still: bool) -> None:
        if still != self._still:
            return  # made before the order of a moment ago: never show it
        self._number += 1
        self._latest = Shot(self._number, planes, self._order.width, self._order.height, taken_at)
        self._news.set()
        self._still_is(still)

    def _say(self, event: Event) -> None:
        self._call(self._tell, event)

    def _call(self, function: Callable[..., None], *arguments: Any) -> None:
        if not self._loop.is_closed():
            try:
                self._loop.call_soon_threadsafe(function, *arguments)
            except RuntimeError:
                self._stopping.set()  # the loop ended between the two lines


def _fitted(picture: Picture, width: int, height: int) -> Picture:
    """The picture at the wanted size: scaled, and cut at the longer sides."""
    tall, wide = picture.shape[:2]
    if (wide, tall) == (width, height):
        return picture
    scale = max(width / wide, height / tall)
    scaled = cv2.resize(picture, (max(width, round(wide * scale)), max(height, round(tall * scale))))
    left, top = (scaled.shape[1] - width) // 2, (scaled.shape[0] - height) // 2
    return scaled[top : top + height, left : left + width].copy()
