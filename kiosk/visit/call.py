"""Adapter: the media engine as the visit uses it: pre-warmed, joined, covered, muted; begun anew when it dies."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from ground.logs import get_logger
from kiosk.ipc import Describe, Prepare, Tell
from kiosk.visit.equipped import Inventory
from media import messages as m
from media.client import MediaProcess
from media.estimate import Tally, Word
from signaling.protocol.commands import SessionMedia
from signaling.protocol.values import Description, Message, PageShape, SessionView

log = get_logger()

RINGS = {"remote": (1920, 1080), "local": (320, 180)}
_FACE, _PAGE = (1280, 720), (1920, 1080)  # the size at which a person is painted; a page, to be read
ENGINE_AFTER_S = 2.0  # its start takes more of the machine than the window's: one after the other
_FIGURES_EVERY = 5  # seconds of a call
_TOLD = ("connecting", "live", "reconnecting", "lost")
_COVERED_WITHIN = 1.5  # seconds the engine may take to say that the still is what leaves
_LOUD, _QUIET = 0.6, 0.25
_DAY = range(7, 21)  # local hours


class Frames(Protocol):
    """Where the window's pictures go."""

    def set_rings(self, remote: Any, local: Any) -> None:
        """Paint these, or nothing."""
        ...

    def first_sound(self) -> None:
        """The other person can be heard."""
        ...

    def connection(self, word: Word) -> None:
        """How good the connection is, for the person."""
        ...


class Call:
    """Our part in one conversation at a time. Without an engine, and until it is started, everything is harmless."""

    def __init__(
        self, send: Callable[[Message], None], frames: Frames, on_state: Callable[[str, str], None],
        on_missing: Callable[[tuple[m.DeviceKind, ...]], None], choices: Prepare,
    ) -> None:  # fmt: skip
        self._send, self._frames, self._choices = send, frames, choices
        self._on_state, self._on_missing = on_state, on_missing
        self._told_missing: tuple[m.DeviceKind, ...] | None = None  # nobody was told in this conversation
        self._engine: MediaProcess | None = None
        self._session: SessionView | None = None
        self._still = False
        self._still_shown = asyncio.Event()
        self._microphone_on = True
        self._ended = False
        self._near = asyncio.Event()
        self._open_for = ""
        self._restarting: asyncio.Task[None] | None = None
        self._tally, self._state = Tally(), "connecting"
        self._inventory, self._testing, self._chirp = Inventory(), False, 0.0
        self._mending = False  # a fresh engine connects anew what the customer was in already

    async def start(self) -> None:
        """Start the engine, long before a call but after the first pictures; what was wished meanwhile is done then."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ENGINE_AFTER_S):
                await self._near.wait()
        engine = await MediaProcess.start(self._on_media, RINGS, spare=True)
        if self._ended:
            await engine.close()
            return
        self._engine = engine
        self._begin_anew()

    async def close(self) -> None:
        """End the engine."""
        self._ended = True
        if self._restarting is not None:
            self._restarting.cancel()
            await asyncio.gather(self._restarting, return_exceptions=True)
        if self._engine is not None:
            await self._engine.close()
            self._engine = None

    def listen(self, *, self_test: bool = False, sound_check: float = 0.0) -> None:
        """The window is in view: its soft sounds are wanted, a camera and a microphone are not.

        ``self_test``: they are opened for a moment before anybody is there, so that a broken one is known in time;
        with a ``sound_check`` a chirp of that volume is played, which the microphone must hear.
        """
        self._open_for = self._open_for or "cues"
        self._testing, self._chirp = self_test or sound_check > 0, sound_check
        self._open()

    def warm(self) -> None:
        """A call is near: start camera and microphone."""
        self._near.set()
        if self._open_for != "call":
            self._open_for = "call"
            self._open()

    def join(self, session: SessionView) -> None:
        """Connect, or connect anew for the same session."""
        if self._session is None or self._session.session_id != session.session_id:
            self._microphone_on = True
            self._told_missing = None
            self._tally, self._state = Tally(), "connecting"
            self._frames.connection("good")
        self._session = session
        self.warm()
        if self._engine is None:
            return
        self._engine.send(
            m.Join(
                session_id=session.session_id,
                role="kiosk",
                offerer=session.offerer,
                peer_public_key=session.peer.public_key,
                peer_role=session.peer.role,
                ice_servers=[
                    m.IceServer(
                        urls=list(server.urls),
                        username=server.username or "",
                        credential=server.credential or "",
                        authority=server.authority or "",
                    )
                    for server in session.ice_servers
                ],
                codecs=list(session.codecs),
            )
        )
        self._want_size(session.page)
        self.mute(microphone_on=self._microphone_on)
        self._frames.set_rings(self._engine.remote, self._engine.local)

    def leave(self, session_id: str) -> None:
        """Our part is over; what it was like goes to the server."""
        self._tell_figures(session_id)
        self._session = None
        self._say(m.Leave(session_id=session_id))
        self._frames.set_rings(None, None)

    def end(self) -> None:
        """The visit is over: nothing is sent or shown any more."""
        if self._session is not None:
            self.leave(self._session.session_id)

    def described(self, session_id: str, description: Description) -> None:
        """The other end's description; the engine checks its signature."""
        signed = m.SignedDescription(
            kind=description.kind,
            sdp=description.sdp,
            fingerprint=description.fingerprint,
            nonce=description.nonce,
            signature=description.signature,
        )
        self._say(m.RemoteDescription(session_id=session_id, description=signed))

    def mute(self, *, microphone_on: bool) -> None:
        """The own microphone; the picture is covered by ``still`` only."""
        self._microphone_on = microphone_on
        self._say(m.Mute(audio=not microphone_on, video=False))

    def page_shown(self, page: PageShape | None) -> None:
        """The operator shows a document: its picture is wanted as large as it comes; None: no more."""
        if self._session is not None:
            self._session = self._session.model_copy(update={"page": page})
            self._want_size(page)

    def still(self, on: bool) -> None:
        """Cover or uncover the outgoing picture."""
        self._still = on
        if on:
            self._still_shown.clear()
        self._say(m.Still(on=on))

    async def covered(self) -> None:
        """Cover the picture and wait until nothing else leaves. Outside of a conversation nothing leaves anyway."""
        if self._session is None or self._engine is None:
            return
        self.still(True)
        try:
            async with asyncio.timeout(_COVERED_WITHIN):
                await self._still_shown.wait()
        except TimeoutError:
            log.error("the picture was not covered in time", session=self._session.session_id)
            self._say(m.Mute(audio=not self._microphone_on, video=True))

    def cue(self, name: str, now: datetime) -> None:
        """A soft sound; softer at night."""
        volume = _LOUD if now.astimezone().hour in _DAY else _QUIET
        self._say(m.Cue(name=name, volume=volume))

    def _say(self, command: m.Command) -> None:
        if self._engine is not None:
            self._engine.send(command)

    def _want_size(self, page: PageShape | None) -> None:
        width, height = _FACE if page is None else _PAGE
        self._say(m.Size(ring="remote", width=width, height=height))

    def _open(self) -> None:
        choices, nothing = self._choices, m.DeviceChoice(kind="none")
        wanted = self._open_for == "call" or self._testing
        if self._open_for and self._engine is not None:
            order = m.Open(
                camera=choice(choices.camera, choices.face.kiosk_name) if wanted else nothing,
                microphone=choice(choices.microphone) if wanted else nothing,
                loudspeaker=choice(choices.loudspeaker),
            )
            self._inventory.opening(order)
            self._say(order)

    def _begin_anew(self) -> None:
        """Bring a fresh engine to where the old one was."""
        self._inventory.forget_orders()
        self._open()
        if self._still:
            self._say(m.Still(on=True))
        if self._session is not None:
            self.join(self._session)

    def _on_media(self, event: m.Event) -> None:
        if (equipped := self._inventory.hear(event)) is not None:
            self._send(equipped)
        if self._session is not None and self._inventory.missing != self._told_missing:
            self._told_missing = self._inventory.missing
            self._on_missing(self._told_missing)
        match event:
            case m.Opened() if self._testing and self._chirp:
                self._say(m.CheckSound(volume=self._chirp))
                self._chirp = 0.0
            case m.Opened() | m.SoundChecked() if self._testing:
                self._testing = False
                self._open()
            case m.LocalDescription():
                self._send(
                    Describe(
                        session_id=event.session_id,
                        kind=event.kind,
                        sdp=event.sdp,
                        fingerprint=event.fingerprint,
                        nonce=event.nonce,
                    )
                )
            case m.State(session_id=session_id, state=state, reason=reason):
                log.info("media", session=session_id, state=state, reason=reason)
                self._mending = self._mending and state == "connecting"
                told = {"refused": "lost", "connecting": "reconnecting" if self._mending else "connecting"}
                self._is_now(session_id, told.get(state, state))
            case m.Quality():
                self._measured(event)
            case m.FirstSound():
                self._frames.first_sound()
            case m.StillShown(on=on):
                if on:
                    self._still_shown.set()
            case m.Problem(code=code) | m.DeviceLost(reason=code):
                log.warning("media problem", code=code, kind=event.type)
            case m.EngineDied(exit_code=exit_code):
                log.error("the media engine died", count=exit_code)
                if not self._ended:
                    self._restarting = asyncio.ensure_future(self._again())

    def _is_now(self, session_id: str, state: str) -> None:
        if state == "reconnecting" and self._state == "live":
            self._tally = self._tally.broken()
        self._state = state
        self._on_state(session_id, state)

    def _measured(self, figures: m.Quality) -> None:
        """A second of the call: the word for the person, and every few seconds the figures so far for the server."""
        if self._session is None or self._session.session_id != figures.session_id:
            return
        before, self._tally = self._tally.estimate.word, self._tally.after(figures)
        if self._tally.estimate.word != before:
            self._frames.connection(self._tally.estimate.word)
        if self._tally.seconds % _FIGURES_EVERY == 0:
            self._tell_figures(figures.session_id)

    def _tell_figures(self, session_id: str) -> None:
        if self._tally.seconds and self._state in _TOLD:
            said = {"session_id": session_id, "state": self._state, "figures": self._tally.figures()}
            self._send(Tell(command=SessionMedia.model_validate(said)))

    async def _again(self) -> None:
        """A fresh engine with the same devices, in the same conversation."""
        if self._session is not None:
            self._mending = True
            self._is_now(self._session.session_id, "reconnecting")
        if self._engine is not None:
            with contextlib.suppress(OSError):
                await self._engine.restart()
                self._begin_anew()


def choice(told: str, label: str = "") -> m.DeviceChoice:
    """A device as ``kiosk.toml`` names it: ``generated``, ``none``, ``silence``, a file's path, else a device."""
    if told == "generated":
        return m.DeviceChoice(kind="generated", label=label.encode("ascii", "ignore").decode().strip())
    if told in ("none", "silence"):
        return m.DeviceChoice(kind="none")
    if "/" in told and not told.startswith("/dev/"):
        return m.DeviceChoice(kind="file", path=told)
    return m.DeviceChoice(kind="device", name="" if told == "default" else told)
