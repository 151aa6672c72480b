"""Two real engine processes joined by a test in the place of signaling."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ground import signing
from media.client import MediaProcess
from media.messages import DeviceChoice, Event, Join, LocalDescription, Open, RemoteDescription, SignedDescription
from media.timecode import TimeCode, read

SESSION = "0190a0b0-0000-7000-8000-000000000001"
DEADLINE = 60.0  # seconds; the machine may be busy


class End:
    """One end of a call: an engine, its keys, and everything it said."""

    def __init__(self, role: str) -> None:
        self.role = role
        self.key = signing.SigningKey()
        self.events: list[Event] = []
        self.peer: End | None = None
        self.engine: MediaProcess
        self.said = self.heard = Path()  # WAV files of its microphone and loudspeaker
        self.silent = False  # whether its signaling is cut
        self.tamper: Callable[[SignedDescription], SignedDescription] = lambda description: description
        self._news = asyncio.Event()

    async def start(self, size: tuple[int, int] = (640, 360), *, spare: bool = False) -> None:
        self.engine = await MediaProcess.start(self._hear, {"remote": size, "local": size}, spare=spare)

    def open(self, **changes: Any) -> None:
        nothing = DeviceChoice(kind="none")
        chosen: dict[str, Any] = {
            "camera": DeviceChoice(kind="generated", label=self.role),
            "microphone": nothing,
            "loudspeaker": nothing,
            "width": 640,
            "height": 360,
        }
        self.engine.send(Open(**(chosen | changes)))

    def join(self, offerer: bool, session_id: str = SESSION, **more: Any) -> None:
        assert self.peer is not None
        self.engine.send(
            Join(
                session_id=session_id,
                role=self.role,
                offerer=offerer,
                peer_public_key=self.peer.key.public,
                peer_role=self.peer.role,
                **more,
            )
        )

    def _hear(self, event: Event) -> None:
        self.events.append(event)
        self._news.set()
        if isinstance(event, LocalDescription) and self.peer is not None and not self.silent:
            self.peer.engine.send(RemoteDescription(session_id=event.session_id, description=self.sign(event)))

    def sign(self, said: LocalDescription) -> SignedDescription:
        text = signing.description_text(said.session_id, self.role, said.fingerprint, said.nonce)
        return self.tamper(
            SignedDescription(
                kind=said.kind,
                sdp=said.sdp,
                fingerprint=said.fingerprint,
                nonce=said.nonce,
                signature=self.key.sign(text),
            )
        )

    async def until(self, kind: type[Any], after: int = 0, **fields: Any) -> Any:
        """The first event of a kind with these fields, from the ``after``-th event on."""
        ends = time.monotonic() + DEADLINE
        while True:
            for event in self.events[after:]:
                if isinstance(event, kind) and all(getattr(event, k) == v for k, v in fields.items()):
                    return event
            self._news.clear()
            left = ends - time.monotonic()
            try:
                await asyncio.wait_for(self._news.wait(), max(0.01, left))
            except TimeoutError:
                said = [e for e in self.events[after:] if e.type not in ("level", "quality")]
                raise AssertionError(f"{self.role} never said {kind.__name__} {fields}, but {said}") from None

    async def picture(self, ring: str, wanted: Callable[[np.ndarray[Any, Any]], bool]) -> np.ndarray[Any, Any]:
        """Wait for a picture in a ring that is as wanted."""
        source = getattr(self.engine, ring)
        ends, number = time.monotonic() + DEADLINE, 0
        while time.monotonic() < ends:
            frame = source.latest(number)
            if frame is not None:
                number = frame.number
                pixels = np.frombuffer(frame.pixels, np.uint8).reshape(frame.height, frame.width, 4)
                if wanted(pixels):
                    return pixels.copy()
            await asyncio.sleep(0.005)
        raise AssertionError(f"{self.role} never showed the wanted {ring} picture")

    async def codes(self, ring: str, count: int) -> list[TimeCode]:
        """The time codes of that many different pictures."""
        found: list[TimeCode] = []

        def collect(pixels: np.ndarray[Any, Any]) -> bool:
            code = read(pixels)
            if code is not None and (not found or code.counter != found[-1].counter):
                found.append(code)
            return len(found) >= count

        await self.picture(ring, collect)
        return found


def couple(one: End, other: End) -> None:
    """Make each the other's peer."""
    one.peer, other.peer = other, one
