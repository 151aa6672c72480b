"""Adapter: sound from a looped WAV file and into one, at the pace of the monotonic clock."""

from __future__ import annotations

import threading
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np

from media.capture.pace import Pace
from media.sound import BLOCK, PART, RATE, Block, SoundLost

HEADER_EVERY = 50  # parts between two corrections of the file's header: a killed process leaves a whole file


def read_wav(path: Path) -> Block:
    """A WAV file (16 bit) as 48 kHz mono int16; raises SoundLost when it is not one."""
    try:
        with wave.open(str(path), "rb") as file:
            rate, channels, width = file.getframerate(), file.getnchannels(), file.getsampwidth()
            data = file.readframes(file.getnframes())
    except (OSError, EOFError, wave.Error) as error:
        raise SoundLost(f"no WAV file: {error}") from error
    if width != 2:
        raise SoundLost("only WAV files of 16 bit are played")
    samples = np.frombuffer(data, dtype="<i2").reshape(-1, channels).mean(axis=1)
    if rate != RATE and len(samples):
        places = np.arange(0, len(samples), rate / RATE)
        samples = np.interp(places, np.arange(len(samples)), samples)
    block: Block = samples.astype(np.int16)
    return block


class _Beat:
    """A thread that calls ``act`` each time so many samples have passed, until closed."""

    def __init__(self, name: str, samples: int, act: Callable[[], None]) -> None:
        self._act, self._samples = act, samples
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(1.0)

    def _run(self) -> None:
        pace = Pace(RATE / self._samples)
        while not self._ended.is_set():
            pace.wait()
            self._act()


class LoopedMicrophone:
    """Says the same samples over and over: a WAV file, a tone, or silence."""

    def __init__(self, samples: Block) -> None:
        short = -len(samples) % BLOCK
        padded = np.concatenate([samples, np.zeros(short, dtype=np.int16)]) if short else samples
        self._samples: Block = padded if len(padded) else np.zeros(BLOCK, dtype=np.int16)
        self._place = 0
        self._beat: _Beat | None = None

    def start(self, heard: Callable[[Block], None], lost: Callable[[str], None]) -> None:
        """Begin at the first sample; a file is never lost."""

        def say() -> None:
            block = self._samples[self._place : self._place + BLOCK]
            self._place = (self._place + BLOCK) % len(self._samples)
            heard(block)

        self._beat = _Beat("microphone", BLOCK, say)
        self._beat.start()

    def close(self) -> None:
        """Fall silent."""
        if self._beat is not None:
            self._beat.close()


class FileLoudspeaker:
    """Writes what a loudspeaker would play, in real time, into a WAV file; ``path`` None plays into the void."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file: wave.Wave_write | None = None
        self._beat: _Beat | None = None

    def start(self, next_part: Callable[[], Block], lost: Callable[[str], None]) -> None:
        """Begin to write; raises SoundLost when the file cannot be made."""
        if self._path is not None:
            try:
                self._file = wave.open(str(self._path), "wb")  # noqa: SIM115 closed in close()
            except OSError as error:
                raise SoundLost(f"cannot write: {error}") from error
            self._file.setnchannels(1)
            self._file.setsampwidth(2)
            self._file.setframerate(RATE)
        written = 0

        def play() -> None:
            nonlocal written
            part = next_part()
            written += 1
            if self._file is None:
                return
            data = part.astype("<i2").tobytes()
            if written % HEADER_EVERY == 0:
                self._file.writeframes(data)
            else:
                self._file.writeframesraw(data)

        self._beat = _Beat("loudspeaker", PART, play)
        self._beat.start()

    def close(self) -> None:
        """Stop and finish the file."""
        if self._beat is not None:
            self._beat.close()
        if self._file is not None:
            self._file.close()


def tone(frequency: float = 440.0, seconds: float = 1.0, loudness: float = 0.2) -> Block:
    """A pure tone; ``loudness`` 0..1."""
    time = np.arange(round(RATE * seconds)) / RATE
    return (np.sin(2 * np.pi * frequency * time) * loudness * 32767).astype(np.int16)


def silence() -> Block:
    """One block of nothing."""
    return np.zeros(BLOCK, dtype=np.int16)
