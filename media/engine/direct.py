"""Adapter: the Direct topology: each session is one peer-to-peer connection, replaced by another when it breaks.

A fresh connection is made beside the one that plays, which is closed when the fresh one plays (make before break);
should the one that plays come back first, the fresh one is given up: a change of connection is heard and seen.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from ground.logs import get_logger
from media.descriptions import fingerprint_of, is_trusted
from media.engine.connection import Connection
from media.engine.figures import Counts, quality
from media.engine.memory import give_back
from media.engine.paths import host_addresses
from media.liveness import Call, FellSilent, Happening, Heard, Left, Liveness, Refused, Rejoined
from media.messages import (
    FirstFrame,
    FirstSound,
    Join,
    LocalDescription,
    Problem,
    RemoteDescription,
    SignedDescription,
    State,
)
from media.repair import Remedy, Repair
from media.topology import Studio

LOOK_EVERY = 0.25  # seconds
FIGURES_EVERY = 1.0  # seconds
TIDY_AFTER = 1.0  # seconds after a call: its connections are closed then
NONCE = 32  # hex digits of ours; an answer's nonce begins with those of its offer

_log = get_logger()


@dataclass
class _Session:
    """What we know of one session. ``playing`` is heard and seen, ``fresh`` is on its way to take its place."""

    order: Join
    liveness: Liveness
    joined_at: float
    playing: Connection | None = None
    fresh: Connection | None = None
    repair: Repair = field(default_factory=Repair)
    played: bool = False
    own_doing: bool = False  # whether the fresh one was begun for our silence alone, not because somebody asked
    nonces: set[str] = field(default_factory=set)
    offered: str = ""  # the nonce of the offer that waits for its answer
    counted: Counts = field(default_factory=Counts)
    counted_at: float = 0.0


class DirectTopology:
    """Peer-to-peer sessions of one engine."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._sessions: dict[str, _Session] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._addresses = host_addresses()
        self._watch = asyncio.create_task(self._look_after(), name="liveness")

    async def join(self, order: Join) -> None:
        """Take part; the offerer's description follows at once, the other's when it has the offer.

        Said again, the offerer makes a fresh connection; what plays is kept until that one does.
        """
        now = time.monotonic()
        session = self._sessions.get(order.session_id)
        if session is None:
            session = _Session(order, Liveness.begun(now), now)
            self._sessions[order.session_id] = session
            self._tell_state(session, "")
        else:
            session.order = order
            if session.liveness.call in (Call.LOST, Call.REFUSED):
                self._move(session, Rejoined())
            else:
                self._tell_state(session, Rejoined().reason)  # so that a window that thinks otherwise knows
        if order.offerer:
            self._begin_anew(session, own_doing=False)

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
            self._refuse(session)
            return
        session.nonces.add(given.nonce)
        try:
            await self._take(session, given)
        except Exception as error:  # aiortc raises a dozen kinds for a description it cannot use
            self._not_usable(session, error)

    async def leave(self, session_id: str) -> None:
        """End our part."""
        session = self._sessions.pop(session_id, None)
        if session is not None:
            self._move(session, Left())
            self._drop(session)
            asyncio.get_running_loop().call_later(TIDY_AFTER, self._tidy)

    async def close(self) -> None:
        """Leave everything."""
        self._watch.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._watch
        for session_id in list(self._sessions):
            await self.leave(session_id)
        await asyncio.gather(*self._tasks)

    # --- descriptions --------------------------------------------------------------------------------------

    async def _take(self, session: _Session, given: SignedDescription) -> None:
        session_id, fresh = session.order.session_id, session.fresh
        if given.kind == "answer":
            if len(given.nonce) > NONCE and given.nonce[:NONCE] != session.offered and session.order.offerer:
                return  # to an offer that another has replaced
            if fresh is None or not fresh.awaits_answer:
                self._problem("media.unexpected", session_id, "an answer without an offer of ours")
                return
            await fresh.accept(given.sdp)
            return
        if session.order.offerer:
            self._problem("media.unexpected", session_id, "an offer to the offerer")
            return
        if session.liveness.call in (Call.LOST, Call.REFUSED):
            self._move(session, Rejoined())
        self._in_background(self._answer(session, self._connect(session), given))

    def _begin_anew(self, session: _Session, *, own_doing: bool) -> None:
        session.own_doing = own_doing
        session.repair = session.repair.begun_anew(time.monotonic())
        session.offered = secrets.token_hex(NONCE // 2)
        self._in_background(self._offer(session, self._connect(session), session.offered))

    async def _offer(self, session: _Session, connection: Connection, nonce: str) -> None:
        sdp = await connection.offer()
        if session.fresh is connection:
            self._describe("offer", session, sdp, nonce)

    async def _answer(self, session: _Session, connection: Connection, given: SignedDescription) -> None:
        try:
            sdp = await connection.answer(given.sdp)
        except Exception as error:
            if session.fresh is connection:
                self._not_usable(session, error)
            return
        if session.fresh is connection:
            self._describe("answer", session, sdp, given.nonce[:NONCE] + secrets.token_hex(NONCE // 2))

    def _connect(self, session: _Session) -> Connection:
        """A fresh connection in the place of one that has not played yet."""
        session.joined_at = time.monotonic()
        made: list[Connection] = []
        connection = Connection(
            self._studio,
            session.order.ice_servers,
            first=lambda kind: self._plays(session, made[0], kind),
            gone=lambda: self._gone(session, made[0]),
            back=lambda: self._back(session, made[0]),
            codecs=session.order.codecs,
        )
        made.append(connection)
        before, session.fresh = session.fresh, connection
        self._close(before)
        return connection

    def _describe(self, kind: Literal["offer", "answer"], session: _Session, sdp: str, nonce: str) -> None:
        self._studio.tell(
            LocalDescription(
                session_id=session.order.session_id, kind=kind, sdp=sdp, fingerprint=fingerprint_of(sdp), nonce=nonce
            )
        )

    def _not_usable(self, session: _Session, error: Exception) -> None:
        _log.warning("description not usable", session=session.order.session_id, error=repr(error))
        self._problem("media.description", session.order.session_id, repr(error))

    # --- what connections tell -----------------------------------------------------------------------------

    def _plays(self, session: _Session, connection: Connection, kind: str) -> None:
        """The first sound or picture of a connection: a fresh one takes the place of the one that played."""
        if connection is session.fresh:
            before, session.playing, session.fresh = session.playing, connection, None
            session.played = True
            session.counted, session.counted_at = Counts(), time.monotonic()
            session.liveness = session.liveness.counting_anew(time.monotonic())
            self._close(before)
            if session.liveness.call is Call.LIVE:
                self._tell_state(session, "media.replaced")
        if connection is not session.playing:
            return
        event = FirstFrame if kind == "video" else FirstSound
        ms = round((time.monotonic() - session.joined_at) * 1000)
        self._studio.tell(event(session_id=session.order.session_id, at=datetime.now(UTC), ms=ms))
        if session.liveness.call is not Call.LIVE:
            self._move(session, Heard())

    def _gone(self, session: _Session, connection: Connection) -> None:
        """The other end has closed it, or it failed for good."""
        if connection is session.fresh:
            session.fresh = None
        elif connection is session.playing:
            session.playing = None  # its last packets must not look like life
            if session.fresh is None:
                self._move(session, FellSilent("media.peer_closed"))
        else:
            return
        self._close(connection)

    def _back(self, session: _Session, connection: Connection) -> None:
        """Packets come again after a silence."""
        if connection is not session.playing:
            return
        self._give_up_fresh(session)
        if session.liveness.call in (Call.RECONNECTING, Call.LOST):
            self._move(session, Heard())

    def _give_up_fresh(self, session: _Session) -> None:
        """What plays came back before ours stood, so that the other end's does not play yet.

        If the other end still hears nothing of the old one it says so, and the server asks us to begin anew.
        """
        fresh = session.fresh
        if fresh is None or not session.own_doing or fresh.established:
            return
        _log.info("came back first", session=session.order.session_id)
        session.fresh, session.offered = None, ""
        self._close(fresh)

    def _refuse(self, session: _Session) -> None:
        """A false description never ends a call that is live; it only is not let in."""
        if session.liveness.call is Call.LIVE:
            self._problem("media.fingerprint", session.order.session_id, "a false description in a live call")
            return
        self._move(session, Refused())
        self._drop(session)

    # --- states --------------------------------------------------------------------------------------------

    def _drop(self, session: _Session) -> None:
        for connection in (session.playing, session.fresh):
            self._close(connection)
        session.playing = session.fresh = None

    def _close(self, connection: Connection | None) -> None:
        if connection is not None:
            connection.hush()
            self._in_background(connection.close())

    def _tidy(self) -> None:
        """When no call is left, what the last one used is given back."""
        if not self._sessions:
            self._in_background(asyncio.to_thread(give_back))

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        async def guarded() -> None:
            try:
                await work
            except Exception as error:
                _log.warning("a connection could not", error=repr(error))

        task = asyncio.create_task(guarded())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _move(self, session: _Session, happening: Happening) -> None:
        before = session.liveness.call
        session.liveness = session.liveness.step(happening, time.monotonic())
        self._say(session, before, happening)

    def _say(self, session: _Session, before: Call, happening: Happening) -> None:
        call, reason = session.liveness.call, getattr(happening, "reason", "")
        if call is not before:
            told = {"session": session.order.session_id, "from_state": before.value, "to_state": call.value}
            _log.info("call", reason=reason, **told)
            self._tell_state(session, reason)

    def _tell_state(self, session: _Session, reason: str) -> None:
        told = session.liveness.call.value
        self._studio.tell(State(session_id=session.order.session_id, state=told, reason=reason))

    def _problem(self, code: str, session_id: str, text: str) -> None:
        self._studio.tell(Problem(code=code, session_id=session_id, text=text))

    # --- the watch -----------------------------------------------------------------------------------------

    async def _look_after(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY)
            moved = self._moved()
            for session in list(self._sessions.values()):
                try:
                    await self._look(session, moved=moved)
                except Exception as error:  # one session's figures must not end the watch over the others
                    _log.exception("watch failed", session=session.order.session_id, error=repr(error))

    def _moved(self) -> bool:
        """Whether a network interface has come or gone; asked only while somebody talks."""
        if not self._sessions:
            return False
        before, self._addresses = self._addresses, host_addresses()
        return before != self._addresses

    async def _look(self, session: _Session, *, moved: bool) -> None:
        playing = session.playing
        counts = Counts() if playing is None else await playing.counts()
        if playing is not session.playing:
            return  # replaced meanwhile: these figures are of the one before
        now, before = time.monotonic(), session.liveness.call
        session.liveness, happening = session.liveness.look(counts.packets_in, now)
        if happening is not None:
            self._say(session, before, happening)
        if session.liveness.call is not Call.REFUSED:
            self._mend(session, now, moved=moved)
        if playing is not None and now - session.counted_at >= FIGURES_EVERY:
            self._studio.tell(quality(session.order.session_id, session.counted, counts, now - session.counted_at))
            session.counted, session.counted_at = counts, now

    def _mend(self, session: _Session, now: float, *, moved: bool) -> None:
        way = "" if session.playing is None else session.playing.way
        session.repair, remedies = session.repair.look(
            now - session.liveness.heard_at, now, played=session.played, offerer=session.order.offerer,
            relayed="relay" in way,
        )  # fmt: skip
        if session.playing is not None and (moved or Remedy.PATHS in remedies):
            self._in_background(session.playing.find_paths())
        if Remedy.ANEW in remedies:
            _log.info("begun anew", session=session.order.session_id, attempt=session.repair.begun)
            self._begin_anew(session, own_doing=True)
