"""View: the visit's window. It shows a ``JourneyView`` and passes intents on; it decides nothing.

Qt Quick without Controls; works under the software renderer (no GPU in a capsule's PC, no display in a test).
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, cast

from pydantic import TypeAdapter, ValidationError
from PySide6.QtCore import QObject, QRect, Qt, QTimer, QUrl
from PySide6.QtGui import QCloseEvent, QColor, QFontDatabase, QGuiApplication
from PySide6.QtQml import QJSValue, QQmlComponent
from PySide6.QtQuick import QQuickItem, QQuickView, QQuickWindow, QSGRendererInterface

from assets import path as asset
from assets import tokens as look
from assets.words import Words
from ground.logs import get_logger
from ground.probe import serve_probe
from kiosk.ipc import KioskFace
from kiosk.visit.frame import Surroundings
from kiosk.visit.pictures import Codes, Icons, RingReader, Video
from kiosk.visit.screens import SCREENS, screen
from kiosk.visit.seen import items_of
from signaling.protocol.events import LineTold
from signaling.protocol.journey import Intent, JourneyView, Step

QML = Path(__file__).parent / "qml"
FONTS = ("Inter-Regular.otf", "Inter-Medium.otf", "Inter-SemiBold.otf", "Inter-Bold.otf")
_GEOMETRY = re.compile(r"(\d+)x(\d+)(?:\+(\d+)\+(\d+))?")
_INTENT: TypeAdapter[Intent] = TypeAdapter(Intent)
_CLOCK_MS = 1000
_SHAKE = 36  # pixels of a screen 1080 wide, 9 mm on 21.5 inches: so far a finger in a glove may slide and still touch
log = get_logger(__name__)


def choose_renderer() -> None:
    """Take the software renderer where no GPU is, before the first window. QT_QUICK_BACKEND overrules it."""
    if "QT_QUICK_BACKEND" not in os.environ and not any(Path("/dev/dri").glob("renderD*")):
        QQuickWindow.setGraphicsApi(QSGRendererInterface.GraphicsApi.Software)


class _Glass(QQuickView):
    """A window nobody closes from outside: a keyboard that somebody has plugged in must not leave a dark screen."""

    ended = False

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.ended:
            super().closeEvent(event)
        else:
            event.ignore()


class VisitWindow:
    """The one window of a visit process. ``geometry`` is ``WIDTHxHEIGHT+X+Y``; without it the screen is filled.

    A tap within ``surprised_ms`` after a call came up by itself was meant for the one before.
    """

    def __init__(
        self,
        face: KioskFace,
        on_intent: Callable[[Intent], None],
        geometry: str | None = None,
        *,
        surprised_ms: int = 350,
    ) -> None:
        choose_renderer()
        self._around = Surroundings(face)
        self._on_intent = on_intent
        self._geometry, self._surprised_ms = geometry, surprised_ms
        self._words: dict[str, Words] = {}
        self._view: JourneyView | None = None
        self._warnings: list[str] = []
        self._quick = _Glass()
        self._quick.setTitle(f"Infomat {face.kiosk_name}")
        self._remote, self._local = Video(), Video()
        self._clock = QTimer(self._quick)
        self._clock.setInterval(_CLOCK_MS)
        self._clock.timeout.connect(self._tell_clock)
        self._told_minute = ""
        self._sound_heard = False

    # --- life ----------------------------------------------------------------------------------------------

    def prepare(self) -> None:
        """Load fonts, pictures and every screen; stay hidden. Raises RuntimeError when a screen does not load."""
        for name in FONTS:
            QFontDatabase.addApplicationFont(str(asset(f"fonts/{name}")))
        engine = self._quick.engine()
        engine.addImageProvider("icons", Icons())
        engine.addImageProvider("codes", Codes())
        engine.warnings.connect(lambda told: self._warnings.extend(each.toString() for each in told))
        tokens = look.load()
        normal = tokens.normal
        if self._around.face.brand:
            normal = look.with_brand(normal, self._around.face.brand, tokens)
        self._quick.setResizeMode(QQuickView.ResizeMode.SizeRootObjectToView)
        self._quick.setColor(QColor(normal.paper))
        self._place()
        short = min(self._quick.width(), self._quick.height())
        QGuiApplication.styleHints().setStartDragDistance(round(short * _SHAKE / tokens.reference_width))
        self._quick.setInitialProperties(
            {
                "tokens": tokens.as_dict(),
                "colours": {"normal": asdict(normal), "contrast": asdict(tokens.contrast)},
                "millimetre": self._pixels_a_millimetre(),
                "surprised": self._surprised_ms,
                "remoteVideo": self._remote,
                "localVideo": self._local,
            }
        )
        self._quick.setSource(QUrl.fromLocalFile(str(QML / "Main.qml")))
        if self._quick.status() is not QQuickView.Status.Ready:
            raise RuntimeError("; ".join(error.toString() for error in self._quick.errors()))
        self._root().intent.connect(self._intent)
        for file in {file for file, _ in SCREENS.values()}:
            component = QQmlComponent(engine, QUrl.fromLocalFile(str(QML / file)))
            if component.isError():
                raise RuntimeError("; ".join(error.toString() for error in component.errors()))
        self._tell_clock()

    def warm(self) -> None:
        """Draw the attract screen once without showing it, so that the first visible frame finds everything ready."""
        if self._view is None:
            language = self._around.face.languages[0]
            self.show_view(JourneyView(visit_id="-", number=0, step=Step.ATTRACT, language=language))
        self._quick.create()
        self._quick.grabWindow()

    def reveal(self, then: Callable[[], None]) -> None:
        """Be the visible window; ``then`` is called once, when the first frame is on the screen."""

        told: list[bool] = []

        def shown() -> None:
            if not told:  # a second frame may be queued before the connection is gone
                told.append(True)
                self._quick.frameSwapped.disconnect(shown)
                then()

        self._quick.frameSwapped.connect(shown, Qt.ConnectionType.QueuedConnection)
        if self._geometry is None:
            self._quick.showFullScreen()
        else:
            self._quick.show()
        self._quick.raise_()
        self._quick.requestActivate()
        self._quick.update()
        self._clock.start()

    def close(self) -> None:
        """Let go of everything; the process ends after this."""
        self._clock.stop()
        self.set_rings(None, None)
        self._quick.ended = True
        self._quick.close()
        for video in (self._remote, self._local):
            video.setParentItem(cast(QQuickItem, None))
        self._quick.setSource(QUrl())

    # --- what is shown -------------------------------------------------------------------------------------

    def show_view(self, view: JourneyView) -> None:
        """Show this view; cheap when only values changed, a new screen when the step did."""
        self._view = view
        shown = screen(view, replace(self._around, online=view.online), self._speak(view.language))
        self._root().show(shown)
        self._tell_clock()

    def show_world(self, line: LineTold | None, online: bool, payments_offered: bool, called: str = "") -> None:
        """The world around changed: what the screens say of the wait and of payments, and who is asked in."""
        self._around = replace(self._around, line=line, online=online, payments_offered=payments_offered, called=called)
        if self._view is not None and self._view.step in (Step.ATTRACT, Step.MENU, Step.TOPIC):
            self.show_view(self._view)

    def set_rings(self, remote: RingReader | None, local: RingReader | None) -> None:
        """Paint these pictures in the conversation; None takes them away."""
        self._remote.set_ring(remote)
        self._local.set_ring(local)

    def connection(self, word: Literal["good", "weak", "bad"]) -> None:
        """How good the connection of the conversation is."""
        self._around = replace(self._around, connection=word)
        if self._view is not None and self._view.step is Step.CALL:
            self.show_view(self._view)

    def first_sound(self) -> None:
        """The other person can be heard; told to whoever looks through the probe."""
        self._sound_heard = True

    @property
    def frames_painted(self) -> int:
        """Pictures of the other person painted so far; a frozen picture is noticed by it."""
        return self._remote.frames_painted

    @property
    def warnings(self) -> tuple[str, ...]:
        """What QML complained about; empty in a healthy build."""
        return tuple(self._warnings)

    @property
    def quick(self) -> QQuickView:
        """The Qt window, for tests and the gallery."""
        return self._quick

    def open_ease_panel(self) -> None:
        """What a touch on ease of use does: the panel slides up."""
        self._root().setProperty("easeOpen", True)

    # --- the probe -----------------------------------------------------------------------------------------

    async def serve_probe(self, path: Path) -> asyncio.AbstractServer:
        """Let a visitor script see what is where (read-only); close the returned server to stop."""
        return await serve_probe(path, self.describe)

    def describe(self) -> dict[str, Any]:
        """What is visible, in pixels of the whole screen, and the step behind it."""
        view = self._view
        visible = self._quick.isVisible()
        state = view.model_dump(mode="json") if view else {}
        corner = self._quick.mapToGlobal(self._quick.contentItem().position().toPoint())
        items = items_of(self._quick.contentItem(), corner.x(), corner.y()) if visible else []
        state |= {"visible": visible, "remote_frames": self.frames_painted, "sound_heard": self._sound_heard}
        return {"window": "kiosk", "state": state, "items": items}

    # --- inside --------------------------------------------------------------------------------------------

    def _root(self) -> Any:
        return self._quick.rootObject()

    def _speak(self, language: str) -> Words:
        if language not in self._words:
            self._words[language] = Words(language)
        return self._words[language]

    def _intent(self, message: object) -> None:
        told = message.toVariant() if isinstance(message, QJSValue) else message
        try:
            intent = _INTENT.validate_python(_whole(told))
        except ValidationError:
            log.exception("intent.malformed")
            return
        self._on_intent(intent)

    def _place(self) -> None:
        if self._geometry is None:
            self._quick.setFlags(Qt.WindowType.FramelessWindowHint)
            self._quick.setGeometry(QGuiApplication.primaryScreen().geometry())
            return
        found = _GEOMETRY.fullmatch(self._geometry)
        if found is None:
            raise ValueError(f"geometry is WIDTHxHEIGHT+X+Y, got {self._geometry!r}")
        width, height, x, y = (int(part or 0) for part in found.groups())
        self._quick.setFlags(Qt.WindowType.FramelessWindowHint)
        self._quick.setGeometry(QRect(x, y, width, height))

    def _pixels_a_millimetre(self) -> float:
        """From the screen's own size; 0 when it tells none that can be true (a virtual screen, a projector)."""
        screen_ = QGuiApplication.primaryScreen()
        millimetres = screen_.physicalSize().width()
        pixels = screen_.geometry().width()
        dense = pixels / millimetres if millimetres > 0 else 0.0
        likely = 2.2 < dense < 12 and (self._geometry is None)
        return dense if likely else 0.0

    def _tell_clock(self) -> None:
        now = datetime.now().astimezone()
        language = self._view.language if self._view else "ru"
        told = f"{language}{now:%Y-%m-%d %H:%M}"
        if told == self._told_minute:
            return
        self._told_minute = told
        day = self._speak(language).weekday(now.date().isoformat())
        self._root().setProperty("clock", {"time": f"{now:%H:%M}", "day": day})


def _whole(value: object) -> object:
    """Values as JavaScript hands them over, with whole numbers as whole numbers."""
    if isinstance(value, dict):
        return {key: _whole(each) for key, each in value.items()}
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def root_of(window: VisitWindow) -> QObject:
    """The root item, for tests and the gallery."""
    return window.quick.rootObject()
