"""Adapter: WebRTC's audio processing (AEC3, noise suppression) in this process, from LiveKit's library.

The native library of the package ``livekit`` is called without its Python: three requests are all it takes, each is
made once (the address of its buffer does not change), and neither 27 MiB nor a second of imports is spent
(docs/decisions/0091). The version is pinned; ``Apm`` refuses a library that does not answer as this one does.
"""

from __future__ import annotations

import ctypes
import importlib.util
import sys
from ctypes import POINTER, byref, c_bool, c_size_t, c_ubyte, c_uint64
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from media.errors import MediaError
from media.sound import BLOCK, PART, RATE, Block

_LIBRARY = {"win32": "livekit_ffi.dll", "darwin": "liblivekit_ffi.dylib"}.get(sys.platform, "liblivekit_ffi.so")
# Fields of livekit's ffi.proto: of FfiRequest, and the same ones less one of FfiResponse
_NEW, _STREAM, _REVERSE = 50, 51, 52


class ApmError(MediaError):
    """The audio processing cannot be had."""

    code = "media.processing"


@cache
def _library() -> Any:
    found = importlib.util.find_spec("livekit")
    for folder in (found.submodule_search_locations or ()) if found is not None else ():
        path = Path(folder) / "rtc" / "resources" / _LIBRARY
        if path.exists():
            library: Any = ctypes.CDLL(str(path))
            library.livekit_ffi_request.argtypes = (
                ctypes.c_char_p,
                c_size_t,
                POINTER(POINTER(c_ubyte)),
                POINTER(c_size_t),
            )
            library.livekit_ffi_request.restype = c_uint64
            library.livekit_ffi_drop_handle.argtypes = (c_uint64,)
            library.livekit_ffi_drop_handle.restype = c_bool
            return library
    raise ApmError("the package livekit is not installed")


def _number(value: int) -> bytes:
    """A protobuf varint."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _message(field: int, content: bytes) -> bytes:
    return _number(field << 3 | 2) + _number(len(content)) + content


def _numbers(*values: int) -> bytes:
    """A message whose fields 1, 2, 3 ... are these numbers."""
    return b"".join(_number(field << 3) + _number(value) for field, value in enumerate(values, 1))


def _field(message: bytes, wanted: int) -> bytes | int:
    """A field of a protobuf message, empty when it is not there."""
    place = 0

    def number() -> int:
        nonlocal place
        value = shift = 0
        while True:
            byte = message[place]
            place += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while place < len(message):
        key = number()
        value = number()
        if key & 7 == 2:
            start, place = place, place + value
            if key >> 3 == wanted:
                return message[start:place]
        elif key >> 3 == wanted:
            return value
    return b""


def _inside(message: bytes | int, *fields: int) -> bytes | int:
    for field in fields:
        message = _field(message, field) if isinstance(message, bytes) else b""
    return message


class Apm:
    """WebRTC's processing of one microphone; raises ApmError when it cannot be had."""

    def __init__(self, echo: bool, noise: bool) -> None:
        self._library = _library()
        new = _numbers(echo, False, True, noise)  # the gain is ours (media/sound/loudness.py)
        handle = _inside(self._ask(_message(_NEW, new)), _NEW - 1, 1, 1, 1)
        if not isinstance(handle, int) or handle == 0:
            raise ApmError("livekit's library made no processing")
        self._handle = handle
        self._echo = echo
        self._near, self._far = (np.zeros(PART, dtype=np.int16) for _ in range(2))
        self._near_request = self._request(_STREAM, self._near)
        self._far_request = self._request(_REVERSE, self._far)
        self.heard(np.zeros(BLOCK, dtype=np.int16))
        self.played(np.zeros(BLOCK, dtype=np.int16))

    def played(self, block: Block) -> None:
        """This block goes to the loudspeaker now."""
        if self._echo:
            for place in range(0, len(block), PART):
                self._far[:] = block[place : place + PART]
                self._do(self._far_request, _REVERSE)

    def heard(self, block: Block) -> Block:
        """The microphone's block, as it shall be sent."""
        out = np.empty(len(block), dtype=np.int16)
        for place in range(0, len(block), PART):
            self._near[:] = block[place : place + PART]
            self._do(self._near_request, _STREAM)
            out[place : place + PART] = self._near
        return out

    def _request(self, field: int, buffer: Block) -> bytes:
        return _message(field, _numbers(self._handle, buffer.ctypes.data, buffer.nbytes, RATE, 1))

    def _do(self, request: bytes, field: int) -> None:
        if error := _inside(self._ask(request), field - 1, 1):
            raise ApmError(error.decode(errors="replace") if isinstance(error, bytes) else str(error))

    def _ask(self, request: bytes) -> bytes:
        answer, size = POINTER(c_ubyte)(), c_size_t()
        handle = self._library.livekit_ffi_request(request, len(request), byref(answer), byref(size))
        if handle == 0:
            raise ApmError("livekit's library understood nothing")
        try:
            return ctypes.string_at(answer, size.value)
        finally:
            self._library.livekit_ffi_drop_handle(handle)

    def __del__(self) -> None:
        if (handle := getattr(self, "_handle", 0)) != 0:
            self._library.livekit_ffi_drop_handle(handle)
