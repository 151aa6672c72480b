"""Adapter: a call of the engine with itself before the first real one: it warms what is cold and proves that it works.

A drawn picture and silence go through both coders, DTLS and ICE between two connections of this process; camera,
microphone, loudspeaker and windows have no part in it, and nothing leaves this machine.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import Any

from media.engine.connection import Connection
from media.messages import DeviceChoice, Event, Open, Rehearsed
from media.sound.playout import Voice

WITHIN = 10.0  # seconds; on a quiet machine it takes 0.3


class Stage:
    """A studio of its own for both ends."""

    def __init__(self) -> None:
        from media.capture.source import PictureSource
        from media.sound.room import SoundRoom

        loop, nothing = asyncio.get_running_loop(), DeviceChoice(kind="none")
        drawn = DeviceChoice(kind="generated", label="rehearsal")
        order = Open(camera=drawn, microphone=nothing, loudspeaker=nothing, width=320, height=180)
        self._source, self._room = PictureSource(loop, self.tell, order), SoundRoom(loop, self.tell)
        self._nothing = nothing

    async def open(self) -> None:
        """Begin to draw and to be silent."""
        self._source.start()
        await self._room.choose(self._nothing, self._nothing)

    async def close(self) -> None:
        """End both."""
        await self._room.close()
        await self._source.close()

    def picture_track(self) -> Any:
        """The drawn picture."""
        from media.engine.tracks import PictureTrack

        return PictureTrack(self._source)

    def voice_track(self) -> Any:
        """The silence."""
        from media.sound.track import VoiceTrack

        return VoiceTrack(self._room)

    async def show(self, picture: Any, taken_at: float) -> None:
        """Nobody looks."""

    def hear(self, voice: Voice) -> None:
        """Decode it, as for a loudspeaker."""
        self._room.playout.hear(voice)

    def hush(self, voice: Voice) -> None:
        """No more."""
        self._room.playout.hush(voice)

    def tell(self, event: Event) -> None:
        """No window."""


async def rehearse() -> Rehearsed:
    """One call, until each end has seen and heard the other. Never raises but when it is cancelled."""
    began = time.monotonic()
    stage, arrived, both = Stage(), set[str](), asyncio.Event()

    def end(name: str) -> Connection:
        def first(kind: str) -> None:
            arrived.add(f"{name} {kind}")
            if len(arrived) == 4:
                both.set()

        return Connection(stage, [], first, lambda: None)

    ends: list[Connection] = []
    problem = ""
    try:
        await stage.open()
        ends = [end("one"), end("other")]
        async with asyncio.timeout(WITHIN):
            await ends[0].accept(await ends[1].answer(await ends[0].offer()))
            await both.wait()
    except TimeoutError:
        problem = f"only {', '.join(sorted(arrived)) or 'nothing'} arrived"
    except Exception as error:  # whatever cannot be done here cannot be done in a call
        problem = repr(error)
    finally:
        tidying = asyncio.create_task(_tidy(ends, stage), name="rehearsal's end")
        while not tidying.done():  # a call says more than one thing, each of which cancels: its devices must end
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.shield(tidying)
    return Rehearsed(ok=not problem, ms=round((time.monotonic() - began) * 1000), problem=problem)


async def _tidy(ends: list[Connection], stage: Stage) -> None:
    for close in (*(one.close for one in ends), stage.close):
        with contextlib.suppress(Exception):
            await close()
