"""Wiring: the console put together, and its process: one thread, one loop (asyncio on Qt through qasync)."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import multiprocessing
import signal
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import platformdirs
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication
from qasync import QEventLoop

from ground.clock import SystemClock
from ground.errors import InfomatError
from ground.logs import get_logger, set_up_logs
from ground.probe import serve_probe
from ground.signing import SigningKey
from media import messages as media
from media.client import MediaProcess
from operator_console import happenings as h
from operator_console.desk import Desk
from operator_console.drafts import Drafts
from operator_console.equipment import EquipmentFile
from operator_console.errors import ServerNotTrusted
from operator_console.phrases import Phrases
from operator_console.probe import describe
from operator_console.runner import Runner
from operator_console.seat import Seat
from operator_console.showing import Showing
from operator_console.sign_in import SignInRefused, check_address, sign_in
from operator_console.views import qt_words
from operator_console.views.look import Look, load_fonts
from operator_console.views.video import Pictures
from operator_console.views.window import Window

log = get_logger()
_TICK_S = 0.2
_RINGS = {"remote": (1280, 720), "local": (640, 360)}
_ENGINE_AFTER_S = 2.0  # the engine starts when the window has painted itself; at once when somebody signs in
_ENGINE_PAUSE_S = (0.02, 10.0)  # before a dead engine is started again: first, longest


@dataclass(frozen=True, slots=True)
class ConsoleConfig:
    """Where the server is, who sits here, what they see and speak with. ``probe``: a socket for tests."""

    server: str
    ca_file: Path | None
    name: str = ""
    language: str = "ru"
    camera: str = "device"
    microphone: str = "device"
    loudspeaker: str = "device"
    drafts: Path = Path(platformdirs.user_data_dir("infomat")) / "console"
    probe: Path | None = None
    size: tuple[int, int] | None = None


def device(told: str, label: str = "") -> media.DeviceChoice:
    """``none``, ``generated``, ``device`` (the system's default), ``device:NAME``, or a file's path."""
    kind, _, name = told.partition(":")
    if kind in ("none", "silence"):
        return media.DeviceChoice(kind="none")
    if kind == "generated":
        return media.DeviceChoice(kind="generated", label=name or label)
    if kind == "device":
        return media.DeviceChoice(kind="device", name=name)
    return media.DeviceChoice(kind="file", path=told)


class Console:
    """Everything of one console process; ``run`` returns when the window is closed."""

    def __init__(self, config: ConsoleConfig) -> None:
        self._config = config
        self._language = config.language
        qt_words.speak(config.language)
        self._phrases = Phrases(config.language)
        self._pictures = Pictures()
        self._window = Window(Look(), self._pictures, check_address(config.server).split("//")[1], config.name)
        self._key = SigningKey()
        self._closed = asyncio.Event()
        self._signing_in: asyncio.Task[None] | None = None
        self._signed_in = False
        self._news: tuple[str, str] = ("", "danger")
        self._engine: MediaProcess | None = None
        self._engine_wanted = asyncio.Event()
        self._mending: asyncio.Task[None] | None = None
        self._pause = _ENGINE_PAUSE_S[0]
        self._runner = Runner(
            key=self._key,
            drafts=Drafts(config.drafts, lambda on: self._runner.happened(h.DiskSaid(on))),
            clock=SystemClock(),
            open_devices=lambda on: self._seat.open(on),
            show=self._show,
            attention=self._call_attention,
            left=self._left,
            close_window=self._closed.set,
        )
        self._seat = Seat(
            self._window.equipment,
            EquipmentFile(config.drafts),
            self._started_with,
            devices_on=lambda: self._runner.desk.devices_on,
            tell_engine=self._tell_engine,
            draw=lambda: self._show(self._runner.desk),
        )
        self._showing = Showing(
            self._window.share, self._window, self._runner.act, lambda: self._show(self._runner.desk),
            lambda: self._phrases,
        )  # fmt: skip

    async def run(self) -> int:
        """Show the sign-in, and serve until the window is closed."""
        window = self._window
        window.acted.connect(self._runner.act)
        window.sign_in.asked.connect(self._ask_sign_in)
        window.language_chosen.connect(self._speak)
        window.close_asked.connect(self._ask_to_close)
        window.call.video.resized.connect(self._resized)
        window.equipment.mirror.resized.connect(self._resized)
        self._show_sign_in()
        if self._config.size:
            window.resize(*self._config.size)
            window.show()
        else:
            window.showMaximized()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda _number, _frame: self._closed.set())
        probe = self._config.probe
        listening = await serve_probe(probe, self._describe) if probe is not None else None
        self._starting = asyncio.create_task(self._start_engine(), name="engine")
        ticking = asyncio.create_task(self._tick(), name="tick")
        print("ready {}", flush=True)
        await self._closed.wait()
        ticking.cancel()
        window.hide()
        if listening is not None:
            listening.close()
        await self._runner.close()
        await self._seat.close()
        await self._showing.close()
        if self._mending is not None:
            self._mending.cancel()
        self._starting.cancel()
        await asyncio.gather(self._starting, return_exceptions=True)
        self._pictures.remote = self._pictures.local = None
        if self._engine is not None:
            await self._engine.close()
        return 0

    # --- signing in ---

    def _ask_sign_in(self, name: str, password: str) -> None:
        if not name or not password:
            self._tell_sign_in(self._phrases.say("sign_in.empty"))
        elif self._signing_in is None or self._signing_in.done():
            self._engine_wanted.set()
            self._signing_in = asyncio.create_task(self._sign_in(name, password), name="sign-in")

    async def _sign_in(self, name: str, password: str) -> None:
        self._news = ("", "danger")
        self._show_sign_in(busy=True)
        config = self._config
        try:
            credentials = await sign_in(config.server, config.ca_file, name, password, self._key.public)
        except SignInRefused as refusal:
            self._tell_sign_in(self._phrases.error(refusal.code, seconds=refusal.detail or "60"))
        except InfomatError as error:
            log.warning("sign-in failed", code=error.code, reason=str(error))
            self._tell_sign_in(self._phrases.error(error.code))
        else:
            await self._starting
            self._signed_in = True
            self._runner.sign_in(config.server, config.ca_file, credentials)

    def _tell_sign_in(self, sentence: str, tone: str = "danger") -> None:
        self._news = (sentence, tone)
        self._show_sign_in()
        self._window.sign_in.begin()

    def _left(self, refusal: str | None) -> None:
        """The link ended: the shift is over, or the token is. A running call goes on behind the sign-in."""
        self._signed_in = False
        self._showing.desk_shown(self._runner.desk)
        if refusal is None:
            self._tell_sign_in(self._phrases.say("sign_in.left"), tone="info")
        elif refusal in ("auth.expired", "auth.failed"):
            self._tell_sign_in(self._phrases.say("sign_in.again"), tone="info")
        else:
            self._tell_sign_in(self._phrases.error(refusal))

    def _ask_to_close(self) -> None:
        if self._signed_in:
            self._runner.act(h.AskedToClose())
        else:
            self._closed.set()

    # --- showing ---

    def _show(self, desk: Desk) -> None:
        if self._signed_in:
            self._showing.desk_shown(desk)
            self._window.show_desk(desk, self._phrases)

    def _show_sign_in(self, *, busy: bool = False) -> None:
        sentence, tone = self._news
        self._window.show_sign_in(self._phrases, busy=busy, problem=sentence, tone=tone)

    def _speak(self, language: str) -> None:
        self._language, self._phrases = language, Phrases(language)
        qt_words.speak(language)
        self._news = ("", "danger")
        if self._signed_in:
            self._show(self._runner.desk)
        else:
            self._show_sign_in()

    def _call_attention(self) -> None:
        if self._window.isMinimized():
            self._window.showNormal()
        self._window.raise_()
        self._window.activateWindow()
        QApplication.alert(self._window)

    def _describe(self) -> dict[str, object]:
        return describe(self._window, self._runner.desk if self._signed_in else None, self._language)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(_TICK_S)
            try:
                self._runner.happened(h.Ticked())
            except Exception as error:  # clocks and the saving of notes go on, whatever one moment had
                log.error("a tick failed", error=repr(error))

    # --- the engine ---

    async def _start_engine(self) -> None:
        """Long before a call, but not while the window and perhaps the whole machine are still starting."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_ENGINE_AFTER_S):
                await self._engine_wanted.wait()
        self._engine = await MediaProcess.start(self._on_media, _RINGS, spare=True)
        self._pictures.remote, self._pictures.local = self._engine.remote, self._engine.local
        self._runner.engine = self._engine

    def _started_with(self, kind: media.DeviceKind) -> media.DeviceChoice:
        """The command line's device, where none was chosen in the panel."""
        return device(getattr(self._config, kind), "operator" if kind == "camera" else "")

    def _tell_engine(self, command: media.Command) -> None:
        if self._engine is not None:
            self._engine.send(command)

    def _resized(self, ring: media.RingName, width: int, height: int) -> None:
        if self._engine is not None:
            most = _RINGS[ring]
            size = (max(16, min(width, most[0])), max(16, min(height, most[1])))
            self._engine.send(media.Size(ring=ring, width=size[0], height=size[1]))

    def _on_media(self, event: media.Event) -> None:
        if isinstance(event, media.Level):
            self._seat.heard(event)  # five a second, and nothing on the desk follows from them
            return
        self._runner.happened(h.MediaSaid(event))
        if isinstance(event, media.Ready):
            self._pause = _ENGINE_PAUSE_S[0]
            video = self._window.call.video
            self._resized("remote", video.width(), video.height())
        elif isinstance(event, media.Problem):
            log.warning("the media engine could not", code=event.code, reason=event.text, session=event.session_id)
        elif isinstance(event, media.EngineDied):
            log.error("the media engine died", code=event.exit_code)
            self._mending = asyncio.create_task(self._mend(), name="engine")

    async def _mend(self) -> None:
        await asyncio.sleep(self._pause)
        self._pause = min(self._pause * 2, _ENGINE_PAUSE_S[1])
        if self._engine is not None:
            await self._engine.restart()


def run_console(config: ConsoleConfig) -> int:
    """Run a console in this process until its window is closed; the exit code."""
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    load_fonts()
    app.setApplicationName("infomat console")
    look = Look()
    app.setWindowIcon(QIcon(look.icon("video", "brand", 64)))
    app.setQuitOnLastWindowClosed(False)  # the loop ends when everything is put away
    with asyncio.Runner(loop_factory=partial(QEventLoop, app)) as runner:
        return runner.run(_run(config))


async def _run(config: ConsoleConfig) -> int:
    return await Console(config).run()


def main(arguments: list[str] | None = None) -> int:
    """``python -m operator_console``; 0, or 2 with one sentence about what is wrong."""
    multiprocessing.freeze_support()
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["media-engine"]:  # a packed program starts its own engine by this word
        from media.engine.__main__ import main as run_engine

        sys.argv = [sys.argv[0], *arguments[1:]]
        return run_engine()
    told = _parser().parse_args(arguments)
    set_up_logs("console")
    try:
        check_address(told.server)
    except ServerNotTrusted as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if told.ca is not None and not told.ca.is_file():
        print(f"error: there is no CA file {told.ca}; copy it from the server", file=sys.stderr)
        return 2
    size = tuple(int(part) for part in told.size.split("x")) if told.size else None
    return run_console(
        ConsoleConfig(
            server=told.server,
            ca_file=told.ca,
            name=told.name,
            language=told.language,
            camera=told.camera,
            microphone=told.microphone,
            loudspeaker=told.loudspeaker,
            drafts=told.drafts,
            probe=told.probe,
            size=(size[0], size[1]) if size and len(size) == 2 else None,
        )
    )


def _parser() -> argparse.ArgumentParser:
    defaults = ConsoleConfig(server="", ca_file=None)
    parser = argparse.ArgumentParser(prog="infomat console", description="The operator's and supervisor's desk.")
    parser.add_argument("--server", required=True, help="https://host:port")
    parser.add_argument("--ca", type=Path, help="the server's CA certificate (PEM); the console trusts no other")
    parser.add_argument("--name", default=defaults.name, help="sign-in name to begin with")
    parser.add_argument("--language", choices=("ru", "lv", "en"), default=defaults.language)
    devices = "none, generated, device, device:NAME, or a file"
    parser.add_argument("--camera", default=defaults.camera, help=devices)
    parser.add_argument("--microphone", default=defaults.microphone, help=devices)
    parser.add_argument("--loudspeaker", default=defaults.loudspeaker, help=devices)
    parser.add_argument("--drafts", type=Path, default=defaults.drafts, help="where unsaved notes are kept")
    parser.add_argument("--probe", type=Path, help="a socket that tells tests what is shown")
    parser.add_argument("--size", help="WIDTHxHEIGHT instead of the whole screen")
    return parser
