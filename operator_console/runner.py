"""Adapter: performs what the desk wants and feeds the answers back as happenings. Decides nothing itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ground.clock import Clock
from ground.ids import new_id
from ground.logs import get_logger
from ground.signing import SigningKey, description_text
from media import messages as media
from media.client import Media
from operator_console import happenings as h
from operator_console.desk import Desk, step
from operator_console.drafts import Drafts
from operator_console.errors import ActNotPermitted
from operator_console.sign_in import Credentials, link_url
from signaling.client import Link, LinkDown
from signaling.protocol import Command, Event, ProtocolError, Reply, commands, replies
from signaling.protocol.events import DeskSnapshot, Snapshot
from signaling.protocol.frames import TokenProof
from signaling.protocol.values import Description

log = get_logger()

#: A token is renewed when this share of its life has passed.
_RENEW_AT = 0.6
_RENEW_AGAIN_S = 5.0


class Runner:
    """One signed-in person's desk.

    Callbacks: ``show(desk)``, ``attention()``, ``left(code)`` when the link ended, ``close_window()``.
    """

    def __init__(
        self,
        *,
        key: SigningKey,
        drafts: Drafts,
        clock: Clock,
        open_devices: Callable[[bool], media.Open],
        show: Callable[[Desk], None],
        attention: Callable[[], None],
        left: Callable[[str | None], None],
        close_window: Callable[[], None],
    ) -> None:
        self._key, self._drafts, self._clock, self._open_devices = key, drafts, clock, open_devices
        self._show, self._attention, self._left = show, attention, left
        self._close_window = close_window
        self._ahead = timedelta(0)
        self._credentials: Credentials | None = None
        self._owner = ""
        self._link: Link | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._leaving = False
        self.engine: Media | None = None
        self.desk = Desk(now=clock.now())

    def sign_in(self, server: str, ca_file: Path | None, credentials: Credentials) -> None:
        """Link up as this person. After an expired sign-in of the same person the desk goes on as it was."""
        same = self._credentials is not None and self._credentials.identity == credentials.identity
        self._credentials, self._ahead, self._leaving = credentials, credentials.ahead, False
        self._owner = credentials.identity
        if not same:
            self.happened(h.LinkEnded(None))  # of whoever sat here before, in a conversation perhaps
            self.desk = Desk(now=self._now(), role=credentials.role, disk_writes=self.desk.disk_writes)
            self.happened(h.DraftsFound(self._drafts.found(credentials.identity)))
        self.desk = replace(self.desk, role=credentials.role)  # another one, perhaps, since they signed in last
        link = Link(
            link_url(server),
            ca_file,
            credentials.role,
            credentials.identity,
            self._prove,
            self._on_event,
            self._on_snapshot,
            self._on_online,
            software="console 1",
        )
        self._link = link
        self._spawn(self._keep_linked(link), "link")
        self._spawn(self._renew(link), "token")
        self._draw()

    def act(self, act: h.UserAct) -> None:
        """The person did something; what the desk does not permit (a key pressed too late) does nothing."""
        try:
            self.happened(act)
        except ActNotPermitted as refusal:
            log.info("an act came too late", reason=str(refusal))

    def happened(self, happening: h.Happening) -> None:
        """One step of the desk, and its effects. Raises ActNotPermitted."""
        self.desk, effects = step(self.desk, happening, self._now())
        for effect in effects:
            self._perform(effect)
        self._draw()

    def _draw(self) -> None:
        """What cannot be drawn (a value of a newer server) is logged; it must not end the link or a conversation."""
        try:
            self._show(self.desk)
        except Exception as error:
            log.error("the desk could not be drawn", error=error)

    async def close(self) -> None:
        """Leave: what is typed is on the disk, the link is closed."""
        await self._drafts.settled()
        if self._link is not None:
            await self._link.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # --- effects ---

    def _perform(self, effect: h.Effect) -> None:
        if isinstance(effect, h.Send):
            self._send(effect)
        elif isinstance(effect, h.TellMedia):
            self._tell(effect.command)
        elif isinstance(effect, h.OpenDevices):
            self._tell(self._open_devices(effect.on))
        elif isinstance(effect, h.SignAndDescribe):
            self._describe(effect.description)
        elif isinstance(effect, h.KeepDraft):
            self._drafts.keep(effect.session_id, effect.text, self._owner)
        elif isinstance(effect, h.DropDraft):
            self._drafts.drop(effect.session_id)
        elif isinstance(effect, h.CallAttention):
            self._attention()
        elif isinstance(effect, h.CloseWindow):
            self._close_window()
        else:
            self._leaving = True

    def _tell(self, command: media.Command) -> None:
        if self.engine is not None:
            self.engine.send(command)

    def _send(self, effect: h.Send) -> None:
        if self._link is None:
            return
        if effect.must_arrive:
            self._link.keep(effect.command)
        else:
            self._spawn(self._ask(self._link, effect.command), effect.command.type)

    async def _ask(self, link: Link, command: Command) -> None:
        try:
            reply: Reply = await link.ask(command, new_id())
        except ProtocolError as error:
            log.info("refused", kind=command.type, code=error.code)
            self.happened(h.Refused(command, error.error_code))
        except LinkDown:
            self.happened(h.Unsent(command))
        else:
            self.happened(h.Replied(command, reply))
        if self._leaving and isinstance(command, commands.StatusSet):
            await link.close()

    def _describe(self, told: media.LocalDescription) -> None:
        """Signed by this operator's key, so that nobody between can put in a DTLS key of their own."""
        text = description_text(told.session_id, "operator", told.fingerprint, told.nonce)
        description = Description(
            kind=told.kind,
            sdp=told.sdp,
            fingerprint=told.fingerprint,
            nonce=told.nonce,
            signature=self._key.sign(text),
        )
        command = commands.SessionDescribe(session_id=told.session_id, description=description)
        self._send(h.Send(command, must_arrive=True))

    # --- the link ---

    async def _prove(self, nonce: str) -> TokenProof:
        assert self._credentials is not None
        return TokenProof(token=self._credentials.token)

    def _on_event(self, event: Event) -> None:
        self.happened(h.ServerSaid(event))

    def _on_snapshot(self, snapshot: Snapshot) -> None:
        if isinstance(snapshot, DeskSnapshot):
            self.happened(h.SnapshotCame(snapshot))

    def _on_online(self, online: bool, code: str | None) -> None:
        self.happened(h.LinkChanged(online))

    async def _keep_linked(self, link: Link) -> None:
        refusal = await link.run()
        if link is self._link:
            self._link = None
            if self._leaving:
                self._credentials = None
            self.happened(h.LinkEnded(refusal))
            self._left(refusal)

    async def _renew(self, link: Link) -> None:
        """A new token well before the old one ends, so that a broken link can always come back."""
        while self._link is link and self._credentials is not None:
            left = (self._credentials.expires_at - self._now()).total_seconds()
            await asyncio.sleep(max(_RENEW_AGAIN_S, left * _RENEW_AT))
            try:
                reply = await link.ask(commands.TokenRenew())
            except (ProtocolError, LinkDown):
                continue
            if isinstance(reply, replies.TokenRenewed) and self._credentials is not None:
                self._credentials = _renewed(self._credentials, reply)

    def _now(self) -> datetime:
        return self._clock.now() + self._ahead

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a task of the desk failed", name_of=task.get_name(), error=error)


def _renewed(credentials: Credentials, reply: replies.TokenRenewed) -> Credentials:
    return Credentials(
        identity=credentials.identity,
        name=credentials.name,
        role=credentials.role,
        token=reply.token,
        expires_at=reply.expires_at,
        ahead=credentials.ahead,
    )
