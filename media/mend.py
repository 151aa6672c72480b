"""Adapter: everything aiortc 1.16.0 lacks, mended through its own attributes, in this one place.

``apply`` first makes sure that it is that version and that each attribute is where we expect it: a product that starts
on another aiortc would fail in a call instead (docs/decisions/0040). What is mended:

- sound: goes from the connection to a buffer and decoder of our own, past aiortc's (``media.sound.voice``)
- picture: a frame is released with its last packet; a hole asks for a keyframe after 250 ms, not after seconds
- paths: several relays in turn, a lost check said again at once, a moved path (``engine/paths.py``)
- handshake: along with the checks, no word waited for that is not needed, a lost one said again at once
  (``engine/early.py``, ``engine/handshake.py``)
- queues: latest picture wins, sound is bounded, a track nobody reads does not grow
- pictures: coded by libvpx itself, paced, adapted; lost packets asked for until they come (``media.picture.hooks``)
- ciphers: also those of clients with an RSA certificate (``engine/ciphers.py``)
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import queue
import threading
import time
from typing import Any

import aioice.ice
import aiortc
import aiortc.rtcpeerconnection
import aiortc.rtcrtpreceiver
import av

from media.engine import ciphers, handshake, paths
from media.errors import MediaError
from media.jitter import Encoded, PictureBuffer, vp8_keyframe_begins
from media.picture import hooks as pictures
from media.sound import mended as sound
from media.sound import sender as sound_sender
from media.sound.voice import Voice
from media.urgency import step_back

VERSION = "1.16.0"
MAX_UNREAD = {"video": 1, "audio": 25}  # frames in a track's queue
MAX_UNDECODED = 30  # frames waiting for a decoder

# The modules as things whose attributes may be replaced, which is what they are here.
_receiver: Any = aiortc.rtcrtpreceiver
_connection: Any = aiortc.rtcpeerconnection
_ice: Any = aioice.ice
_stock_host_addresses = _ice.get_host_addresses


class MendError(MediaError):
    """aiortc is not the one our mends were written for."""

    code = "media.mend"


class BoundedQueue(asyncio.Queue[Any]):
    """A track's queue that forgets the oldest frame instead of growing; ``dropped`` counts them."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self.limit, self.dropped = limit, 0

    def push(self, item: Any) -> None:
        """Add a frame (or None, the end), from the loop's thread."""
        if self.qsize() >= self.limit:
            self.get_nowait()
            self.dropped += 1
        self.put_nowait(item)


class RemoteTrack(aiortc.rtcrtpreceiver.RemoteStreamTrack):
    """A received track with a bounded queue; ``decoded`` counts its frames."""

    def __init__(self, kind: str, id: str | None = None) -> None:
        super().__init__(kind=kind, id=id)
        self._bounded = BoundedQueue(MAX_UNREAD[kind])
        self._queue = self._bounded
        self.decoded = 0

    @property
    def dropped(self) -> int:
        """Frames nobody read in time."""
        return self._bounded.dropped

    async def recv(self) -> Any:
        """The next frame; raises MediaStreamError after the end."""
        frame = await super().recv()
        self.decoded += 1
        return frame


def jitter_buffer(capacity: int, prefetch: int = 0, is_video: bool = False) -> Voice | PictureBuffer:
    """In place of ``JitterBuffer``: the buffer of a receiver."""
    return PictureBuffer(time.monotonic, vp8_keyframe_begins) if is_video else Voice()


def decode(
    loop: asyncio.AbstractEventLoop,
    encoded: queue.Queue[Any],
    decoded: BoundedQueue,
    decode_error: threading.Event,
) -> None:
    """In place of ``decoder_worker``: decode until None comes; a backlog is dropped and a keyframe asked for."""
    step_back()
    decoder: Any = None
    name = None
    while (task := encoded.get()) is not None:
        codec, frame = task
        if codec.name != name:
            decoder, name = _receiver.get_decoder(codec), codec.name
        if encoded.qsize() > MAX_UNDECODED:
            decode_error.set()
            continue
        base = frame.timestamp
        for part in (frame, *frame.following):
            # only the first was mapped to the track's time; the others are told by their distance to it
            part.timestamp = base + ((part.raw - frame.raw) & 0xFFFFFFFF)
            try:
                pictures = decoder.decode(part)
            except av.FFmpegError:
                decode_error.set()  # keeps the decoder's state; the receiver asks for a keyframe
                continue
            for picture in pictures:
                _hand_over(loop, decoded, picture)
    _hand_over(loop, decoded, None)


def _hand_over(loop: asyncio.AbstractEventLoop, track: BoundedQueue, frame: Any) -> None:
    with contextlib.suppress(RuntimeError):  # the loop is closed: the call is over
        loop.call_soon_threadsafe(track.push, frame)


def host_addresses(use_ipv4: bool, use_ipv6: bool) -> list[str]:
    """In place of aioice's: a machine without any network still talks to itself."""
    return list(_stock_host_addresses(use_ipv4, use_ipv6)) or ["127.0.0.1"]


_EXPECTED: tuple[tuple[Any, str], ...] = (
    (_receiver, "JitterBuffer"),
    (_receiver, "decoder_worker"),
    (_receiver, "RemoteStreamTrack"),
    (_connection, "RemoteStreamTrack"),
    (_ice, "get_host_addresses"),
    *paths.EXPECTED,
    *ciphers.EXPECTED,
    *handshake.EXPECTED,
)


def self_test() -> None:
    """Raise MendError unless this is the aiortc we know."""
    if aiortc.__version__ != VERSION:
        raise MendError(f"aiortc is {aiortc.__version__}, the mends are for {VERSION}")
    missing = [f"{owner.__name__}.{name}" for owner, name in _EXPECTED if not hasattr(owner, name)]
    missing += pictures.lacking()
    missing += sound.lacks()
    missing += sound_sender.lacking()
    missing += handshake.lacking()
    if missing:
        raise MendError(f"aiortc lacks {', '.join(missing)}")
    source = inspect.getsource(_receiver.RTCRtpReceiver)
    for used in (
        "JitterBuffer(capacity=16",
        "JitterBuffer(capacity=512",
        "self.__jitter_buffer.add(packet)",
        "target=decoder_worker",
        "self._track._queue",
    ):
        if used not in source:
            raise MendError(f"aiortc's receiver no longer uses {used}")


def apply() -> None:
    """Put every mend in place (again is harmless); raises MendError on another aiortc."""
    self_test()
    _receiver.JitterBuffer = jitter_buffer
    sound.apply()
    _receiver.decoder_worker = decode
    _receiver.RemoteStreamTrack = RemoteTrack
    _connection.RemoteStreamTrack = RemoteTrack
    pictures.apply()
    sound_sender.apply()
    _ice.get_host_addresses = host_addresses
    paths.install()
    ciphers.install()
    handshake.install()


__all__ = ["BoundedQueue", "Encoded", "MendError", "RemoteTrack", "apply", "self_test"]
