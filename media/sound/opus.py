"""Adapter: libopus itself (RFC 6716, RFC 7587) by ctypes: one voice, with error correction, concealment and pauses.

PyAV's Opus coder offers no in-band error correction and its decoder none of a lost packet, so that the library is
called directly: the copy that PyAV's wheel brings along on every system, or else the system's own.
"""

from __future__ import annotations

import ctypes
import ctypes.util
from ctypes import POINTER, byref, c_char_p, c_int, c_int16, c_int32, c_ubyte, c_void_p
from functools import cache
from pathlib import Path
from typing import Any

import av
import numpy as np

from media.errors import MediaError
from media.sound import BLOCK, RATE, Block
from media.sound.losses import LEAST

VOICE_RATE = 32_000  # bit/s, at most; pauses cost next to nothing
SHORTEST = 2  # bytes; a packet no longer says nothing but "a pause begins" (RFC 6716 section 2.1.9)
MOST_LOSS = 25  # percent; more only makes the voice worse
_LONGEST = 5760  # samples of the longest packet, 120 ms
_ROOM = 1500  # bytes

_VOIP, _VOICE = 2048, 3001
_SET_BITRATE, _SET_COMPLEXITY, _SET_INBAND_FEC, _SET_LOSS, _SET_DTX, _SET_SIGNAL = 4002, 4010, 4012, 4014, 4016, 4024
#: 12 kHz: what a voice has above is worth more bits below (PESQ 4.42 for 4.38 at 32 kbit/s), few loudspeakers play it.
_SET_MAX_BANDWIDTH, _SUPERWIDE = 4004, 1104
_SYSTEM = ("libopus.so.0", "libopus.0.dylib", "opus.dll", "libopus-0.dll")


class OpusError(MediaError):
    """libopus is not there, or refused what it was given."""

    code = "media.opus"


@cache
def library() -> Any:
    """The loaded library; raises OpusError when there is none."""
    bundled = sorted(Path(av.__file__).parent.parent.glob("av.libs/*opus*"))
    for name in (*map(str, bundled), *_SYSTEM, ctypes.util.find_library("opus")):
        try:
            found: Any = ctypes.CDLL(name) if name else None
        except OSError:
            continue
        if found is not None and hasattr(found, "opus_decode"):
            return _declared(found)
    raise OpusError("libopus was not found")


def _declared(lib: Any) -> Any:
    data, sound, state = POINTER(c_ubyte), POINTER(c_int16), c_void_p
    lib.opus_get_version_string.restype = c_char_p
    lib.opus_strerror.argtypes, lib.opus_strerror.restype = (c_int,), c_char_p
    lib.opus_encoder_create.argtypes, lib.opus_encoder_create.restype = (c_int32, c_int, c_int, POINTER(c_int)), state
    lib.opus_encoder_ctl.argtypes = (state, c_int, c_int)
    lib.opus_encode.argtypes, lib.opus_encode.restype = (state, sound, c_int, data, c_int32), c_int32
    lib.opus_encoder_destroy.argtypes, lib.opus_encoder_destroy.restype = (state,), None
    lib.opus_decoder_create.argtypes, lib.opus_decoder_create.restype = (c_int32, c_int, POINTER(c_int)), state
    lib.opus_decode.argtypes = (state, c_char_p, c_int32, sound, c_int, c_int)
    lib.opus_decoder_destroy.argtypes, lib.opus_decoder_destroy.restype = (state,), None
    return lib


def version() -> str:
    """What the library calls itself."""
    return str(library().opus_get_version_string().decode())


def _checked(result: int) -> int:
    if result < 0:
        raise OpusError(library().opus_strerror(result).decode())
    return result


class Encoder:
    """One voice, 20 ms at a time."""

    def __init__(self, rate: int = VOICE_RATE, pauses: bool = True) -> None:
        self._library, error = library(), c_int()
        self._state: int | None = self._library.opus_encoder_create(RATE, 1, _VOIP, byref(error))
        _checked(error.value)
        self._out = (c_ubyte * _ROOM)()
        self._paused = False
        self.expected_loss, self.pauses = -1, pauses
        for setting, value in (
            (_SET_BITRATE, rate),
            (_SET_SIGNAL, _VOICE),
            (_SET_COMPLEXITY, 9),
            (_SET_MAX_BANDWIDTH, _SUPERWIDE),
            (_SET_INBAND_FEC, 1),
            (_SET_DTX, int(pauses)),
        ):
            self._set(setting, value)
        self.expect_loss(LEAST)

    def expect_loss(self, percent: float) -> None:
        """How many packets of a hundred the other end misses (from its RTCP reports)."""
        loss = min(MOST_LOSS, max(0, round(percent)))
        if loss != self.expected_loss:
            self.expected_loss = loss
            self._set(_SET_LOSS, loss)

    def allow(self, rate: int, pauses: bool) -> None:
        """What the other end asks for (RFC 7587 section 6.1): ``rate`` bit/s at most, and pauses left out or not."""
        self._set(_SET_BITRATE, max(6_000, min(VOICE_RATE, rate)))
        self.pauses = pauses
        self._set(_SET_DTX, int(pauses))

    def encode(self, block: Block) -> bytes | None:
        """A block as a packet; None while a pause goes on (its first packet is given, so that it is known)."""
        samples = np.ascontiguousarray(block, dtype=np.int16)
        assert len(samples) == BLOCK
        size = _checked(
            self._library.opus_encode(
                self._state, samples.ctypes.data_as(POINTER(c_int16)), len(samples), self._out, _ROOM
            )
        )
        if size > SHORTEST:
            self._paused = False
        elif self._paused:
            return None
        else:
            self._paused = True
        return bytes(memoryview(self._out)[:size])

    def _set(self, setting: int, value: int) -> None:
        _checked(self._library.opus_encoder_ctl(self._state, setting, value))

    def __del__(self) -> None:
        if (state := getattr(self, "_state", None)) is not None:
            self._library.opus_encoder_destroy(state)
            self._state = None


class Decoder:
    """Mono sound of a stream of packets, in their order."""

    def __init__(self) -> None:
        self._library, error = library(), c_int()
        self._state: int | None = self._library.opus_decoder_create(RATE, 1, byref(error))
        _checked(error.value)
        self._out = np.zeros(_LONGEST, dtype=np.int16)
        self._place = self._out.ctypes.data_as(POINTER(c_int16))

    def decode(self, data: bytes) -> Block:
        """A packet's sound; raises OpusError for what is no Opus packet."""
        return self._taken(data, _LONGEST, 0)

    def recover(self, following: bytes, samples: int = BLOCK) -> Block:
        """The sound of the lost packet before ``following``, from the copy that one carries."""
        return self._taken(following, samples, 1)

    def conceal(self, samples: int = BLOCK) -> Block:
        """Sound made up for a packet that never came; faint noise in a pause of the sender."""
        return self._taken(None, samples, 0)

    def _taken(self, data: bytes | None, most: int, correct: int) -> Block:
        size = 0 if data is None else len(data)
        count = _checked(self._library.opus_decode(self._state, data, size, self._place, most, correct))
        return self._out[:count].copy()

    def __del__(self) -> None:
        if (state := getattr(self, "_state", None)) is not None:
            self._library.opus_decoder_destroy(state)
            self._state = None
