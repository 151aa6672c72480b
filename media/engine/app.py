"""Wiring: the engine: commands in, devices, rings and the topology moved by them, events out."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from typing import TYPE_CHECKING, Any

from ground.logs import get_logger
from media.engine.direct import DirectTopology
from media.engine.memory import keep
from media.engine.pipe import Pipe
from media.errors import MediaError
from media.messages import (
    CheckSound,
    Close,
    Command,
    Cue,
    DeviceChoice,
    Event,
    Join,
    Leave,
    Level,
    Mute,
    Open,
    Opened,
    Problem,
    Ready,
    RemoteDescription,
    Share,
    Size,
    Still,
)
from media.ring import Ring
from media.sound.playout import Voice
from media.topology import MediaTopology
from media.urgency import hurry

if TYPE_CHECKING:
    from media.engine.screen import Mirror, Screen

LEVELS_EVERY = 0.2  # seconds

_log = get_logger()


class Engine:
    """One window's engine. It is the Studio of its topology."""

    def __init__(self, pipe: Pipe, rings: dict[str, Ring], began: float) -> None:
        import cv2

        from media.capture.source import PictureSource
        from media.engine.screen import Mirror, Screen
        from media.sound.room import SoundRoom

        cv2.setNumThreads(1)  # its pictures are small jobs beside real-time threads; waking others costs more
        loop = asyncio.get_running_loop()
        self._pipe, self._began = pipe, began
        nothing = DeviceChoice(kind="none")
        self._source = PictureSource(loop, self.tell, Open(camera=nothing, microphone=nothing, loudspeaker=nothing))
        self._room = SoundRoom(loop, self.tell)
        self._screen: Screen | None = Screen(rings["remote"], "remote") if "remote" in rings else None
        self._mirror: Mirror | None = Mirror(rings["local"], self._source) if "local" in rings else None
        self._topology: MediaTopology = DirectTopology(self)
        self._tasks: list[asyncio.Task[None]] = []
        self._opened = False

    async def run(self) -> None:
        """Do what the window says until it says Close or is gone.

        Devices and calls have a lane each, in which a slow driver or a slow network may wait; a still, a mute, a cue
        and a size are done at once: nobody's PIN waits for a TURN server.
        """
        self.tell(Ready(pid=os.getpid(), ms=round((time.monotonic() - self._began) * 1000)))
        devices, calls = self._lane("devices"), self._lane("calls")
        rehearsal = asyncio.create_task(self._rehearse(), name="rehearsal")
        self._tasks.append(rehearsal)
        while (command := await self._pipe.next_command()) is not None:
            match command:
                case Close():
                    return
                case Open() | CheckSound():
                    devices.put_nowait(command)
                case Join() | RemoteDescription() | Leave():
                    rehearsal.cancel()  # the real one is there
                    calls.put_nowait(command)
                case _:
                    await self._try(command)

    async def _rehearse(self) -> None:
        """What would be cold in the first call is warm then: it begins a third of a second sooner."""
        from media.engine.rehearsal import rehearse

        try:
            told = await rehearse()
        finally:
            hurry()  # not before: whoever loads may wait, and the windows that are shown meanwhile may not
        keep()
        if not told.ok:
            _log.error("the rehearsal failed", reason=told.problem)
        self.tell(told)

    def _lane(self, name: str) -> asyncio.Queue[Command]:
        """A queue whose commands are done one after the other."""
        waiting: asyncio.Queue[Command] = asyncio.Queue()

        async def work() -> None:
            while True:
                await self._try(await waiting.get())

        self._tasks.append(asyncio.create_task(work(), name=name))
        return waiting

    async def _try(self, command: Command) -> None:
        try:
            await self._do(command)
        except (MediaError, FileNotFoundError) as error:
            code = error.code if isinstance(error, MediaError) else "media.not_found"
            self.tell(Problem(code=code, text=str(error), session_id=getattr(command, "session_id", None)))
        except Exception as error:  # one bad command must not end a running call
            _log.exception("command failed", kind=command.type)
            self.tell(Problem(code="media.failed", text=repr(error)))

    async def _do(self, command: Command) -> None:
        match command:
            case Open():
                await self._open(command)
            case Join():
                await self._topology.join(command)
            case RemoteDescription():
                await self._topology.describe(command)
            case Leave():
                await self._topology.leave(command.session_id)
            case Mute():
                self._room.mute(command.audio)
                self._source.mute(command.video)
            case Still():
                self._source.show_still(command.on)
            case Share():
                self._source.share(command.what)
            case Cue():
                self._room.cue(command.name, command.volume)
            case CheckSound():
                self.tell(await self._room.check(command.volume))
            case Size():
                painter = self._screen if command.ring == "remote" else self._mirror
                if painter is not None:
                    painter.resize(command.width, command.height)

    async def _open(self, order: Open) -> None:
        self._source.choose(order)
        if not self._opened:
            self._opened = True
            self._source.start()
            if self._mirror is not None:
                self._mirror.start()
            self._tasks += [asyncio.create_task(self._tell_levels())]
        await self._room.choose(order.microphone, order.loudspeaker, order.listening)
        await self._source.tried()
        self.tell(Opened())

    async def close(self) -> None:
        """Leave every session and let go of the devices."""
        for task in self._tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await self._topology.close()
        await self._room.close()
        if self._opened:
            await self._source.close()
        for painter in (self._screen, self._mirror):
            if painter is not None:
                painter.close()

    # --- as the topology's Studio --------------------------------------------------------------------------

    def picture_track(self) -> Any:
        """Our pictures."""
        from media.engine.tracks import PictureTrack

        return PictureTrack(self._source)

    def voice_track(self) -> Any:
        """Our voice."""
        from media.sound.track import VoiceTrack

        return VoiceTrack(self._room)

    async def show(self, picture: Any, taken_at: float) -> None:
        """Their picture to the window."""
        if self._screen is not None:
            await self._screen.show(picture, taken_at)

    def hear(self, voice: Voice) -> None:
        """Their voice to the loudspeaker."""
        self._room.playout.hear(voice)

    def hush(self, voice: Voice) -> None:
        """A voice to be heard no more."""
        self._room.playout.hush(voice)

    def tell(self, event: Event) -> None:
        """An event to the window."""
        self._pipe.send(event)

    async def _tell_levels(self) -> None:
        while True:
            await asyncio.sleep(LEVELS_EVERY)
            self.tell(Level(mic=round(self._room.mic_level, 1), speaker=round(self._room.playout.level, 1)))
