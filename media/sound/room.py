"""Adapter: the sound of one place: its microphone for whoever listens, its loudspeaker, cues, levels, mute."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

import assets
from media.messages import DeviceBack, DeviceChoice, Event, Listening, Problem, SoundChecked
from media.sound import BLOCK, BLOCK_SECONDS, Block, Loudspeaker, Microphone, SoundLost, loopback
from media.sound.apm import ApmError
from media.sound.attended import Attended
from media.sound.chain import Chain
from media.sound.device import DeviceLoudspeaker, DeviceMicrophone
from media.sound.file import FileLoudspeaker, LoopedMicrophone, read_wav, silence, tone
from media.sound.playout import Playout, level
from media.sound.processing import WANTS, Processing, Untouched


def make_microphone(choice: DeviceChoice) -> Microphone:
    """The driver for a choice; raises SoundLost for a file that is not there."""
    match choice.kind:
        case "device":
            return DeviceMicrophone(choice.name)
        case "file":
            return LoopedMicrophone(read_wav(Path(choice.path)))
        case "generated":
            return LoopedMicrophone(tone())
        case _:
            return LoopedMicrophone(silence())


def make_loudspeaker(choice: DeviceChoice) -> Loudspeaker:
    """The driver for a choice."""
    match choice.kind:
        case "device":
            return DeviceLoudspeaker(choice.name)
        case "file":
            return FileLoudspeaker(Path(choice.path))
        case _:
            return FileLoudspeaker(None)


class _Recording:
    """So many blocks of the microphone, as they are; filled by its thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop, blocks: int) -> None:
        self._loop, self._wanted = loop, blocks
        self._blocks: list[Block] = []
        self.full = asyncio.Event()

    def add(self, block: Block) -> None:
        """The next one; more than wanted are left out."""
        if len(self._blocks) < self._wanted:
            self._blocks.append(block)
            if len(self._blocks) == self._wanted:
                with contextlib.suppress(RuntimeError):  # the loop has ended
                    self._loop.call_soon_threadsafe(self.full.set)

    def sound(self) -> Block:
        """All of it."""
        return np.concatenate([silence(), *self._blocks])


class SoundRoom:
    """Opens and keeps microphone and loudspeaker; all methods are for the loop's thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop, tell: Callable[[Event], None]) -> None:
        self._loop, self._tell = loop, tell
        self.playout = Playout()
        self.mic_level = -96.0
        self._muted = False
        self._listening: Listening = "raw"
        self._processing: Processing = Untouched()
        self._listeners: tuple[Callable[[Block], None], ...] = ()
        self._heard = self._played = 0
        self._recording: _Recording | None = None
        self._parts: list[Block] = []
        self._microphone: Attended[Microphone] = Attended(
            "microphone",
            make_microphone,
            lambda driver, lost: driver.start(self._hear, lost),
            lambda: self._heard,
            self._told,
        )
        self._loudspeaker: Attended[Loudspeaker] = Attended(
            "loudspeaker",
            make_loudspeaker,
            lambda driver, lost: driver.start(self._play, lost),
            lambda: self._played,
            self._told,
        )

    async def choose(self, microphone: DeviceChoice, loudspeaker: DeviceChoice, listening: Listening = "raw") -> None:
        """Start with, or change to, these devices and this processing; returns when both devices were tried."""
        self._listening = listening
        self._processing = await asyncio.to_thread(self._make_processing, listening)
        await asyncio.gather(self._microphone.choose(microphone), self._loudspeaker.choose(loudspeaker))

    async def close(self) -> None:
        """Let go of both devices."""
        await asyncio.gather(self._microphone.close(), self._loudspeaker.close())

    def mute(self, on: bool) -> None:
        """Make silence of whatever the microphone hears."""
        self._muted = on

    def listen(self, heard: Callable[[Block], None]) -> None:
        """Give each block to ``heard``, in the microphone's own thread: a voice does not wait for the loop."""
        self._listeners = (*self._listeners, heard)

    def stop_listening(self, heard: Callable[[Block], None]) -> None:
        """Not any longer; a last block may be on its way."""
        self._listeners = tuple(other for other in self._listeners if other != heard)

    def cue(self, name: str, volume: float) -> None:
        """Play ``assets/sounds/NAME.wav``; raises FileNotFoundError or SoundLost."""
        self.playout.cue(read_wav(assets.path(f"sounds/{name}.wav")), volume)

    async def check(self, volume: float) -> SoundChecked:
        """Play a chirp and search for it in what the microphone hears; nothing is played while somebody listens."""
        if self._listeners or self._recording or not (self._microphone.works and self._loudspeaker.works):
            return SoundChecked(verdict="untried")
        self._recording = recording = _Recording(self._loop, round(loopback.LONG / BLOCK_SECONDS))
        self.playout.cue(loopback.chirp(), volume)
        with contextlib.suppress(TimeoutError):  # a microphone that stops is as deaf as one that hears nothing
            async with asyncio.timeout(2 * loopback.LONG):
                await recording.full.wait()
        self._recording = None
        return await asyncio.to_thread(loopback.found, recording.sound(), volume)

    def _told(self, event: Event) -> None:
        """What comes in the place of a headset is a loudspeaker, and has an echo."""
        self._tell(event)
        if isinstance(event, DeviceBack) and self._listening == "headset":
            open_air = self._microphone.instead or self._loudspeaker.instead
            self._loop.run_in_executor(None, self._process, "loudspeaker" if open_air else "headset")

    def _process(self, listening: Listening) -> None:
        self._processing = self._make_processing(listening)

    def _make_processing(self, listening: Listening) -> Processing:
        if listening == "raw":
            return Untouched()
        try:
            return Chain(WANTS[listening])
        except (ApmError, OSError) as error:  # a call with echo is better than none
            return self._without_processing(error)

    def _without_processing(self, error: Exception) -> Processing:
        problem = Problem(code=ApmError.code, text=str(error))
        with contextlib.suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._tell, problem)
        return Untouched()

    def _hear(self, block: Block) -> None:
        self._heard += 1
        if len(block) != BLOCK:
            block = silence()
        if (recording := self._recording) is not None:
            recording.add(block)
        if self._listeners:  # between two calls nobody pays for it
            try:
                block = self._processing.heard(block)
            except ApmError as error:
                self._processing = self._without_processing(error)
        if self._muted:
            block = silence()
        self.mic_level = level(block)
        for heard in self._listeners:
            heard(block)

    def _play(self) -> Block:
        self._played += 1
        part = self.playout.next_part()
        self._parts.append(part)
        if len(self._parts) * len(part) >= BLOCK:  # the processing is told of whole blocks
            block = np.concatenate(self._parts)
            self._parts.clear()
            if self._listeners:
                try:
                    self._processing.played(block)
                except ApmError as error:
                    self._processing = self._without_processing(error)
        return part


__all__ = ["SoundLost", "SoundRoom", "make_loudspeaker", "make_microphone"]
