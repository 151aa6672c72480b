"""Adapter for tests: the media of a kiosk that speaks the protocol, with a generated camera and a tone."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from types import TracebackType
from typing import Self

from ground.signing import description_text
from media import messages as media
from media.client import MediaProcess
from signaling.protocol import commands as c
from signaling.protocol.values import Description, SessionView
from tests.signaling.client import Client


class KioskEngine:
    """The offering end of one call. Descriptions are signed with the kiosk's key."""

    def __init__(self, kiosk: Client) -> None:
        self._kiosk = kiosk
        self._tasks: set[asyncio.Task[None]] = set()
        self._answering: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._engine = await MediaProcess.start(self._on_event)
        camera = media.DeviceChoice(kind="generated", label="kiosk")
        tone = media.DeviceChoice(kind="generated")
        quiet = media.DeviceChoice(kind="none")
        self._engine.send(media.Open(camera=camera, microphone=tone, loudspeaker=quiet, width=320, height=180, fps=15))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await self._engine.close()

    async def join(self, session: SessionView) -> None:
        """Offer, and take the answer when it comes; again after a restart."""
        self._engine.send(
            media.Join(
                session_id=session.session_id,
                role="kiosk",
                offerer=True,
                peer_public_key=session.peer.public_key,
                peer_role="operator",
            )
        )
        if self._answering is None:
            self._answering = self._spawn(self._answers(session.session_id))

    async def _answers(self, session_id: str) -> None:
        while True:
            try:
                described = await self._kiosk.event("session.described", lambda event: event.session_id == session_id)
            except TimeoutError:
                continue  # none for a while: the call is live
            told = media.SignedDescription(**described.description.model_dump())
            self._engine.send(media.RemoteDescription(session_id=session_id, description=told))

    def _on_event(self, event: media.Event) -> None:
        if isinstance(event, media.LocalDescription):
            self._spawn(self._describe(event))

    async def _describe(self, told: media.LocalDescription) -> None:
        text = description_text(told.session_id, "kiosk", told.fingerprint, told.nonce)
        description = Description(
            kind=told.kind,
            sdp=told.sdp,
            fingerprint=told.fingerprint,
            nonce=told.nonce,
            signature=self._kiosk.key.sign(text),
        )
        await self._kiosk.ask(c.SessionDescribe(session_id=told.session_id, description=description))

    def _spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
