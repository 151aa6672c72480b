"""Adapter: the Direct topology: each session is one peer-to-peer connection, made anew when it breaks."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from ground.logs import get_logger
from media.descriptions import fingerprint_of, is_trusted
from media.engine.connection import Connection
from media.engine.figures import Counts, quality
from media.liveness import Call, FellSilent, Happening, Heard, Left, Liveness, Refused, Rejoined
from media.messages import (
    FirstFrame,
    FirstSound,
    Join,
    LocalDescription,
    Problem,
    RemoteDescription,
    State,
)
from media.topology import Studio

LOOK_EVERY = 0.25  # seconds
FIGURES_EVERY = 1.0  # seconds

_log = get_logger()


@dataclass
class _Session:
    """What we know of one session."""

    order: Join
    liveness: Liveness
    joined_at: float
    connection: Connection | None = None
    nonces: set[str] = field(default_factory=set)
    counted: Counts = field(default_factory=Counts)
    counted_at: float = 0.0


class DirectTopology:
    """Peer-to-peer sessions of one engine."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._sessions: dict[str, _Session] = {}
        self._closing: list[asyncio.Task[None]] = []  # connections the other end has closed
        self._watch = asyncio.create_task(self._look_after(), name="liveness")

    async def join(self, order: Join) -> None:
        """Take part; the offerer's description follows at once, the other's when it has the offer."""
        now = time.monotonic()
        session = self._sessions.get(order.session_id)
        if session is None:
            session = _Session(order, Liveness.begun(now), now)
            self._sessions[order.session_id] = session
            self._studio.tell(State(session_id=order.session_id, state="connecting"))
        else:
            session.order, session.joined_at = order, now
            self._move(session, Rejoined())
        await self._drop(session)
        if order.offerer:
            session.connection = self._connect(session)
            self._describe("offer", session, await session.connection.offer())

    async def describe(self, order: RemoteDescription) -> None:
        """Check and take in the other end's description."""
        session, given = self._sessions.get(order.session_id), order.description
        if session is None:
            self._problem("media.no_session", order.session_id, "describe before join")
            return
        if given.nonce in session.nonces:
            return  # said twice by a link that resent it
        join = session.order
        if not is_trusted(given, order.session_id, join.peer_role, join.peer_public_key):
            await self._refuse(session)
            return
        session.nonces.add(given.nonce)
        try:
            await self._take(session, given.kind, given.sdp)
        except Exception as error:  # aiortc raises a dozen kinds for a description it cannot use
            _log.warning("description not usable", session=order.session_id, error=repr(error))
            self._problem("media.description", order.session_id, repr(error))

    async def leave(self, session_id: str) -> None:
        """End our part."""
        session = self._sessions.pop(session_id, None)
        if session is not None:
            self._move(session, Left())
            await self._drop(session)

    async def close(self) -> None:
        """Leave everything."""
        self._watch.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._watch
        for session_id in list(self._sessions):
            await self.leave(session_id)
        await asyncio.gather(*self._closing)

    async def _take(self, session: _Session, kind: Literal["offer", "answer"], sdp: str) -> None:
        session_id, connection = session.order.session_id, session.connection
        if kind == "answer":
            if connection is None or not connection.awaits_answer:
                self._problem("media.unexpected", session_id, "an answer without an offer of ours")
                return
            await connection.accept(sdp)
            return
        if session.order.offerer:
            self._problem("media.unexpected", session_id, "an offer to the offerer")
            return
        if connection is not None:
            self._move(session, Rejoined())
            await self._drop(session)
        session.connection = self._connect(session)
        self._describe("answer", session, await session.connection.answer(sdp))

    def _connect(self, session: _Session) -> Connection:
        session.counted, session.counted_at = Counts(concealed=self._studio.concealed), time.monotonic()
        made: list[Connection] = []

        def gone() -> None:
            if session.connection is not made[0]:
                return
            session.connection = None  # its last packets must not look like life
            self._closing.append(asyncio.create_task(made[0].close()))
            self._move(session, FellSilent("media.peer_closed"))

        made.append(Connection(self._studio, session.order.ice_servers, lambda kind: self._first(session, kind), gone))
        return made[0]

    def _describe(self, kind: Literal["offer", "answer"], session: _Session, sdp: str) -> None:
        self._studio.tell(
            LocalDescription(
                session_id=session.order.session_id,
                kind=kind,
                sdp=sdp,
                fingerprint=fingerprint_of(sdp),
                nonce=secrets.token_hex(16),
            )
        )

    def _first(self, session: _Session, kind: str) -> None:
        event = FirstFrame if kind == "video" else FirstSound
        ms = round((time.monotonic() - session.joined_at) * 1000)
        self._studio.tell(event(session_id=session.order.session_id, at=datetime.now(UTC), ms=ms))
        if session.liveness.call is not Call.LIVE:
            self._move(session, Heard())

    async def _refuse(self, session: _Session) -> None:
        """A false description never ends a call that is live; it only is not let in."""
        if session.liveness.call is Call.LIVE:
            self._problem("media.fingerprint", session.order.session_id, "a false description in a live call")
            return
        self._move(session, Refused())
        await self._drop(session)

    async def _drop(self, session: _Session) -> None:
        connection, session.connection = session.connection, None
        if connection is not None:
            await connection.close()

    def _move(self, session: _Session, happening: Happening) -> None:
        before = session.liveness.call
        session.liveness = session.liveness.step(happening, time.monotonic())
        self._say(session, before, happening)

    def _say(self, session: _Session, before: Call, happening: Happening) -> None:
        call = session.liveness.call
        if call is before:
            return
        reason = getattr(happening, "reason", "")
        _log.info("call", session=session.order.session_id, from_state=before.value, to_state=call.value, reason=reason)
        self._studio.tell(State(session_id=session.order.session_id, state=call.value, reason=reason))

    def _problem(self, code: str, session_id: str, text: str) -> None:
        self._studio.tell(Problem(code=code, session_id=session_id, text=text))

    async def _look_after(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY)
            self._closing = [task for task in self._closing if not task.done()]
            for session in list(self._sessions.values()):
                try:
                    await self._look(session)
                except Exception as error:  # one session's figures must not end the watch over the others
                    _log.exception("watch failed", session=session.order.session_id, error=repr(error))

    async def _look(self, session: _Session) -> None:
        counts = Counts() if session.connection is None else await session.connection.counts()
        now, before = time.monotonic(), session.liveness.call
        session.liveness, happening = session.liveness.look(counts.packets_in, now)
        if happening is not None:
            self._say(session, before, happening)
        if session.connection is not None and now - session.counted_at >= FIGURES_EVERY:
            self._studio.tell(quality(session.order.session_id, session.counted, counts, now - session.counted_at))
            session.counted, session.counted_at = counts, now
