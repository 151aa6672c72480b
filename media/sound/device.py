"""Adapter: microphone and loudspeaker through PortAudio (sounddevice)."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from media.sound import BLOCK, PART, RATE, Block, SoundLost

_ONE_AT_A_TIME = threading.Lock()  # PortAudio's own functions may not be called by two threads at once
_streams: set[int] = set()  # those open, by id


def _port_audio() -> Any:
    """The library, loaded only when a device is wanted: a call from files needs no PortAudio."""
    try:
        import sounddevice
    except (ImportError, OSError) as error:
        raise SoundLost(f"PortAudio is not installed: {error}") from error
    return sounddevice


def refresh() -> None:
    """Look for devices again: PortAudio keeps the list it made when it was loaded. While a stream is open, nothing.

    A headset pulled out takes its microphone and its loudspeaker with it, so that the list is new when it is back.
    """
    library = _port_audio()
    with _ONE_AT_A_TIME, contextlib.suppress(library.PortAudioError):
        if not _streams:
            library._terminate()
            library._initialize()


def _which(library: Any, what: str, name: str) -> int | str | None:
    """An index or a whole name as it is listed; several host APIs list one device, the first is the system's own."""
    if not name or name.isdigit():
        return int(name) if name else None
    channels = "max_input_channels" if what == "microphone" else "max_output_channels"
    listed = [entry["index"] for entry in library.query_devices() if entry["name"] == name and entry[channels] > 0]
    return listed[0] if listed else name


class DeviceMicrophone:
    """A microphone by index or name; the system's default when ``name`` is empty."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._stream: Any = None

    def start(self, heard: Callable[[Block], None], lost: Callable[[str], None]) -> None:
        """Begin to listen; raises SoundLost when there is no such device."""
        library = _port_audio()

        def listen(data: Any, _frames: int, _time: Any, _status: Any) -> None:
            heard(np.frombuffer(bytes(data), dtype=np.int16))

        self._stream = _started(library, library.RawInputStream, "microphone", self._name, BLOCK, listen, lost)

    def close(self) -> None:
        """Let go of the device."""
        _close(self._stream)
        self._stream = None


class DeviceLoudspeaker:
    """A loudspeaker by index or name; the system's default when ``name`` is empty."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._stream: Any = None

    def start(self, next_part: Callable[[], Block], lost: Callable[[str], None]) -> None:
        """Begin to play; raises SoundLost when there is no such device."""
        library = _port_audio()

        def play(data: Any, _frames: int, _time: Any, _status: Any) -> None:
            data[:] = next_part().tobytes()

        self._stream = _started(library, library.RawOutputStream, "loudspeaker", self._name, PART, play, lost)

    def close(self) -> None:
        """Let go of the device."""
        _close(self._stream)
        self._stream = None


def _started(
    library: Any,
    kind_of_stream: Any,
    what: str,
    name: str,
    samples: int,
    callback: Callable[..., None],
    lost: Callable[[str], None],
) -> Any:
    """A running stream of one device; raises SoundLost when there is no such device."""
    stream: Any = None
    try:
        with _ONE_AT_A_TIME:
            stream = kind_of_stream(
                samplerate=RATE,
                blocksize=samples,
                channels=1,
                dtype="int16",
                latency="low",
                device=_which(library, what, name),
                callback=callback,
                finished_callback=lambda: lost(f"the {what} stopped"),
            )
            _streams.add(id(stream))
            stream.start()
    except (library.PortAudioError, ValueError) as error:
        _close(stream)  # opened, but it would not start
        raise SoundLost(f"no {what}: {error}") from error
    return stream


def _close(stream: Any) -> None:
    if stream is not None:
        with _ONE_AT_A_TIME, contextlib.suppress(Exception):  # a device that was pulled out may refuse even this
            _streams.discard(id(stream))
            stream.close()
