"""Adapter: the one picture source of an engine. Its thread keeps only the latest picture.

Still, mute and a lost camera are decided here, before anything else sees a picture: whatever is made of the
source's pictures (the call, the self-view) cannot show what the camera saw in that time.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from media.capture import Camera, CameraLost, stills
from media.capture.film import RawFilm
from media.capture.generated import GeneratedCamera
from media.capture.opencv import DeviceCamera, FileCamera
from media.capture.paper import PageCamera, ScreenCamera
from media.messages import DeviceBack, DeviceChoice, DeviceLost, Event, Open, Problem, StillShown
from media.picture.adaptation import Hint
from media.picture.planes import Planes, from_bgr
from media.urgency import step_back

STILL_FPS = 5  # a still is repeated, so that a lost packet or a late joiner sees it
STILL_WITHIN = 0.5  # seconds after which a still is told even if the camera's thread has not drawn it yet
STALE = 3  # pictures a camera may have kept from behind a still
TRIED_WITHIN = 5.0  # seconds a camera's driver may take to begin
RETRY = 2.0  # seconds between two attempts to open a lost camera
WANTED_FOR = 1.0  # seconds after the last reader asked: then only IDLE_FPS pictures are made, for who comes next
IDLE_FPS = 5
PAGE = {"width": 1920, "height": 1080, "fps": 10}  # of what is shared: text is read, not watched


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture of the source, when it was taken (monotonic seconds), and its number.

    ``scene`` changes with each order of still or mute: what was made of another scene must not leave any more.
    """

    number: int
    planes: Planes
    width: int
    height: int
    taken_at: float
    scene: int = 0


def open_camera(choice: DeviceChoice, width: int, height: int, fps: int) -> Camera:
    """The driver for a choice; raises CameraLost when there is no such camera."""
    match choice.kind:
        case "generated":
            return GeneratedCamera(width, height, fps, choice.label)
        case "file" if choice.path.endswith(".y4m"):
            return RawFilm(choice.path, width, height, fps)
        case "file":
            return FileCamera(choice.path, width, height, fps)
        case "device":
            return DeviceCamera(choice.name, width, height, fps)
        case "page":
            return PageCamera(choice.path, width, height, fps)
        case "screen":
            return ScreenCamera(choice.name, width, height, fps)
        case "none":
            raise CameraLost("no camera is chosen")


class PictureSource:
    """Reads a camera in one thread; ``after`` (in the loop) and ``wait`` (in a coder's thread) wait for a newer one.

    While nobody waits, the camera's pictures pass by but for a few, which cost little.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, tell: Callable[[Event], None], order: Open) -> None:
        self._loop, self._tell, self._order = loop, tell, order
        self._shared: Open | None = None  # in place of the camera
        self._latest: Shot | None = None
        self._news = threading.Condition()
        self._waiting: list[asyncio.Future[None]] = []
        self._wanted_until = 0.0
        self._still = self._muted = False
        self._scene = 0
        self._told_still = False
        self._number = 0
        self._stale = 0  # pictures still to throw away after a still: they may show the time behind it
        self._shown, self._shown_at = "", 0.0
        self._lost = self._told_lost = False
        self._untried: Open | None = None  # chosen, and neither a picture nor a loss so far
        self._was_tried = asyncio.Event()
        self._was_tried.set()
        self._stopping = threading.Event()
        self._changed = threading.Event()  # wakes the thread out of a still's rest
        self._thread = threading.Thread(target=self._run, name="camera", daemon=True)

    def start(self) -> None:
        """Begin to capture."""
        self._thread.start()

    def choose(self, order: Open) -> None:
        """Go on with another camera or size; the same camera, if it works, goes on without a break."""
        before, self._order = self._order, order
        if not self._lost and _picture(before) == _picture(order):
            return
        self._was_tried.clear()
        self._untried = order
        self._lost = False
        self._changed.set()

    async def tried(self) -> None:
        """Return when the camera of the last order gave a picture or was told lost; a driver that hangs is left."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0 if self._shared else TRIED_WITHIN):
                await self._was_tried.wait()

    def _has_been_tried(self, order: Open) -> None:
        if self._untried is order:
            self._untried = None
            self._call(self._was_tried.set)

    def show_still(self, on: bool) -> None:
        """Replace the camera's pictures by the payment card, or stop doing so; told by StillShown when it is so."""
        if on == self._still:
            if self._told_still == on:
                self._tell(StillShown(on=on))
            return
        with self._news:
            self._still, self._scene = on, self._scene + 1
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
        if on != self._muted:
            with self._news:
                self._muted, self._scene = on, self._scene + 1
                self._latest = None
        self._changed.set()

    def share(self, choice: DeviceChoice | None) -> None:
        """Show a page or a screen in place of the camera, or the camera again; muting is of the camera alone.

        What cannot be read, or no longer, is told by Problem, and the camera is back.
        """
        with self._news:
            self._shared = None if choice is None else self._order.model_copy(update={"camera": choice, **PAGE})
            self._scene, self._latest = self._scene + 1, None
        self._changed.set()

    def _cannot_share(self, shared: Open, reason: str) -> None:
        if self._shared is shared:
            self.share(None)
            self._tell(Problem(code="media.share", text=reason))

    @property
    def order(self) -> Open:
        """What is shown: the page or screen shared, otherwise what was chosen last."""
        return self._shared or self._order

    @property
    def hint(self) -> Hint:
        """What its pictures are: people who move, or a document to read."""
        return "motion" if self._shared is None else "document"

    def is_current(self, shot: Shot) -> bool:
        """Whether a picture may still leave: there was no order of still or mute since it was taken."""
        return shot.scene == self._scene

    @property
    def latest(self) -> Shot | None:
        """The latest picture, without asking for more."""
        return self._latest

    async def after(self, number: int) -> Shot:
        """The latest picture, newer than ``number``; in the loop."""
        while True:
            with self._news:
                if (shot := self._newer(number)) is not None:
                    return shot
                news = self._loop.create_future()
                self._waiting.append(news)
            await news

    def wait(self, number: int, seconds: float) -> Shot | None:
        """The same in another thread; None when there was none within ``seconds``."""
        with self._news:
            if self._newer(number) is None:
                self._news.wait(seconds)
            return self._newer(number)

    def _newer(self, number: int) -> Shot | None:
        self._wanted_until = time.monotonic() + WANTED_FOR
        return self._latest if self._latest is not None and self._latest.number > number else None

    async def close(self) -> None:
        """Stop the thread and let go of the camera."""
        self._stopping.set()
        self._changed.set()
        await asyncio.to_thread(self._thread.join, 2.0)

    # --- the camera's thread -------------------------------------------------------------------------------

    def _run(self) -> None:
        step_back()
        camera: Camera | None = None
        retry_at = 0.0
        order = self.order
        while not self._stopping.is_set():
            if order is not self.order and (camera is None or self._shared or _picture(order) != _picture(self.order)):
                order, retry_at = self.order, 0.0  # another camera was chosen, or a page
                if camera is not None:
                    camera.close()
                camera = None
            if camera is None and time.monotonic() >= retry_at:
                camera = self._open(order)
                retry_at = time.monotonic() + RETRY
            still, scene = self._still, self._scene
            planes = None
            if camera is None:
                self._changed.wait(1 / STILL_FPS)
                self._changed.clear()
            else:
                try:
                    if not still and self._may_rest():
                        camera.skip()
                        self._has_been_tried(order)
                        continue
                    planes = camera.read()  # also behind a still, or old pictures would come out after it
                    self._has_been_tried(order)
                except CameraLost as lost:
                    camera.close()
                    camera = None
                    self._say_lost(order, str(lost))
            self._publish(planes, still, scene)
        if camera is not None:
            camera.close()

    def _open(self, order: Open) -> Camera | None:
        try:
            camera = open_camera(order.camera, order.width, order.height, order.fps)
        except (CameraLost, ValueError) as lost:
            self._say_lost(order, str(lost))
            return None
        if self._told_lost and self._shared is None:
            self._told_lost = False  # by itself, or because another was chosen in its place
            self._say(DeviceBack(kind="camera"))
        self._lost = False
        return camera

    def _say_lost(self, order: Open, reason: str) -> None:
        if order.camera.kind in ("page", "screen"):
            self._call(self._cannot_share, order, reason)
            return
        if not self._lost and order.camera.kind != "none":
            self._told_lost = True
            self._say(DeviceLost(kind="camera", reason=reason))
        self._lost = True
        self._has_been_tried(order)

    def _may_rest(self) -> bool:
        """Whether nobody waits for pictures, and there is one of late for who comes."""
        now, latest = time.monotonic(), self._latest
        rested = latest is not None and now - latest.taken_at < 1 / IDLE_FPS
        return rested and now > self._wanted_until and not self._hides and self._stale == 0

    @property
    def _hides(self) -> bool:
        return self._muted and self._shared is None

    def _publish(self, planes: Planes | None, still: bool, scene: int) -> None:
        """Hand the camera's picture on, or what stands for it; ``still`` is how it was before the camera was read."""
        now = time.monotonic()
        if self._still != still:
            self._stale = STALE
            return
        if still or self._hides or planes is None or self._stale > 0:
            self._stale = STALE if still else self._stale - 1
            what = "still" if still else "off"
            if what == self._shown and now - self._shown_at < 1 / STILL_FPS and self._latest is not None:
                return
            self._shown, self._shown_at = what, now
            draw = stills.payment_card if still or self._stale > 0 else stills.camera_off
            planes = from_bgr(draw(self.order.width, self.order.height))
        else:
            self._shown = "camera"
        self._put(planes, now, scene)

    def _put(self, planes: Planes, taken_at: float, scene: int) -> None:
        with self._news:
            if scene != self._scene:
                return  # made before the order of a moment ago: never show it
            self._number += 1
            height, width = planes.shape[0] * 2 // 3, planes.shape[1]
            self._latest = Shot(self._number, planes, width, height, taken_at, scene)
            self._news.notify_all()
            waiting, self._waiting = self._waiting, []
            still = self._still
        if waiting:
            self._call(_wake, waiting)
        if self._told_still != still:
            self._call(self._still_is, still)

    def _say(self, event: Event) -> None:
        self._call(self._tell, event)

    def _call(self, function: Callable[..., None], *arguments: Any) -> None:
        if not self._loop.is_closed():
            try:
                self._loop.call_soon_threadsafe(function, *arguments)
            except RuntimeError:
                self._stopping.set()  # the loop ended between the two lines


def _picture(order: Open) -> tuple[object, ...]:
    """What of an order is of the picture."""
    return order.camera, order.width, order.height, order.fps


def _wake(waiting: list[asyncio.Future[None]]) -> None:
    for news in waiting:
        if not news.done():
            news.set_result(None)
