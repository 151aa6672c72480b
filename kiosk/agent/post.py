"""Adapter: what goes to the server: kept until answered, newest only, or asked once.

A kept command is on disk before it is sent (``outbox``) and is sent with the same id until it is answered. Of a
screen or of media only the newest news counts; without a link it is dropped for a newer one.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import Any

from ground.ids import new_id
from ground.logs import get_logger
from kiosk.agent.outbox import Outbox, OutboxBroken
from signaling.client.link import Link, LinkDown
from signaling.protocol import commands as c
from signaling.protocol.errors import ErrorCode, ProtocolError
from signaling.protocol.replies import Reply

log = get_logger()

ASK_WITHIN_S = 12.0
TRY_AGAIN_S = 30.0

#: Refusals after which the same command may be done later.
_LATER = {ErrorCode.BILLING_UNAVAILABLE, ErrorCode.INTERNAL, ErrorCode.GOING_AWAY, ErrorCode.TOO_MANY}


class Post:
    """Sends by ``link``; ``do`` runs a coroutine while the agent lives; ``changed``: the disk keeps, or not."""

    def __init__(
        self,
        link: Link,
        outbox: Outbox,
        do: Callable[[Coroutine[Any, Any, Any]], None],
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._link, self.outbox, self._do, self._changed = link, outbox, do, changed
        self._mending = False
        self._latest: dict[str, c.JourneyReport | c.SessionMedia] = {}
        self._last_told: dict[str, c.JourneyReport | c.SessionMedia] = {}
        self._sending_latest = False

    def open(self) -> None:
        """Send again what an earlier run did not get answered."""
        for command_id, command in self.outbox.waiting:
            self._send_kept(command_id, command)
        self._look_after_disk()

    async def ask(self, command: c.Command, command_id: str | None = None) -> Reply:
        """Ask once; raises ProtocolError or LinkDown."""
        return await self._link.ask(command, command_id, timeout=ASK_WITHIN_S)

    def keep(self, command: c.Command) -> None:
        """On disk, then to the server, until it is answered. A disk that refuses it hinders nothing but the keeping."""
        command_id = new_id()
        try:
            self.outbox.add(command_id, command)
        except OutboxBroken as error:
            log.error("a command is not kept", kind=command.type, code=error.code, reason=str(error))
        self._look_after_disk()
        self._send_kept(command_id, command)

    def tell_newest(self, command: c.JourneyReport | c.SessionMedia) -> None:
        """Send it, unless a newer one of its kind overtakes it."""
        self._latest[command.type] = self._last_told[command.type] = command
        self._do(self.send_newest())

    def forget_newest(self) -> None:
        """Nothing more is told of a visit that is over."""
        self._latest.clear()
        self._last_told.clear()

    def link_is_back(self) -> None:
        """A server that was started anew knows neither the screen nor that media live: say both again."""
        self._latest = dict(self._last_told)
        self._do(self.send_newest())

    async def send_newest(self) -> None:
        """One at a time."""
        if self._sending_latest:
            return
        self._sending_latest = True
        try:
            while self._latest and self._link.online:
                command = self._latest.pop(next(iter(self._latest)))
                with contextlib.suppress(LinkDown, ProtocolError):
                    await self.ask(command)
        finally:
            self._sending_latest = False

    def _send_kept(self, command_id: str, command: c.Command) -> None:
        def answered(answer: Reply | ProtocolError) -> None:
            if isinstance(answer, ProtocolError) and answer.error_code in _LATER:
                self._do(self._keep_again(command_id, command))
                return
            if isinstance(answer, ProtocolError):
                log.warning("a kept command was refused", kind=command.type, code=answer.code)
            self.outbox.done(command_id)

        self._link.keep(command, command_id, answered)

    def _look_after_disk(self) -> None:
        if not self.outbox.keeps and not self._mending:
            self._mending = True
            self._changed()
            self._do(self._mend())

    async def _mend(self) -> None:
        """Until the disk takes what waits."""
        while not self.outbox.mend():
            await asyncio.sleep(TRY_AGAIN_S)
        self._mending = False
        log.info("commands are kept again")
        self._changed()

    async def _keep_again(self, command_id: str, command: c.Command) -> None:
        """Under a new id: the old one's answer is kept by the server."""
        await asyncio.sleep(TRY_AGAIN_S)
        self.keep(command)
        self.outbox.done(command_id)
