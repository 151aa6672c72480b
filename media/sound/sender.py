"""Adapter: the sender of our voice in place of aiortc's: from the microphone's thread into the socket, past the loop.

The loop sends and receives pictures; a voice that waited for its turn there came up to 20 ms late, and the other end
had to wait for it. What is sealed here is sealed with a session of its own (same keys, RFC 3711: each stream counts
for itself), for libsrtp's sessions may not be used by two threads. A packet that is to go twice goes again as it was
sealed: any receiver takes the one that comes first and drops the other as a replay (RFC 3711 section 3.3.2).
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
from typing import Any

import aiortc.rtcdtlstransport
import aiortc.rtcpeerconnection
import pylibsrtp
from aiortc import clock

from media.own_sender import OwnSender
from media.sound import BLOCK
from media.sound.track import VoiceTrack

AFTER = 0.010  # seconds between a packet and its copy: what lost the one has passed, and the next is not yet there
_connection: Any = aiortc.rtcpeerconnection


class VoiceSender(OwnSender):
    """aiortc's sender, but for a ``VoiceTrack``."""

    def __init__(self, trackOrKind: Any, transport: Any) -> None:
        super().__init__(trackOrKind, transport)
        self._next = -1  # time stamp that follows on the last packet
        self._loop = asyncio.get_running_loop()
        self._session: Any = None

    async def _run_rtp(self, codec: Any) -> None:
        track: Any = self.track
        if not isinstance(track, VoiceTrack):
            await super()._run_rtp(codec)
            return
        self._mine("rtp_started").set()
        self._begin_stream(codec)
        self._session = session_of(self.transport)
        track.speak_to(self._say)
        try:
            await track.ended.wait()
        except asyncio.CancelledError:
            pass
        finally:
            track.stop()
            self._set_mine("track", None)
            self._mine("rtp_exited").set()

    def _say(self, data: bytes, stamp: int, twice: bool) -> None:
        """Send a coded packet; in the microphone's thread."""
        transport: Any = self.transport
        if not self._enabled or transport.state != "connected":
            return
        timestamp, begins = self._base + stamp & 0xFFFFFFFF, stamp != self._next
        packet = self._stream.packet(self._sequence, timestamp, begins, data)
        ntp = clock.current_ntp_time()
        self._stream.stamp(packet, ntp)
        try:
            sealed: bytes = self._session.protect(bytes(packet))
        except pylibsrtp.Error:
            return
        self._sequence, self._next = self._sequence + 1 & 0xFFFF, stamp + BLOCK
        self._out(sealed)
        self._count(ntp, timestamp, packets=1, size=len(data))
        if twice:
            with contextlib.suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._loop.call_later, AFTER, self._out, sealed)

    def _out(self, sealed: bytes) -> None:
        transport: Any = self.transport
        transport.transport._connection.send_now(sealed)
        transport._RTCDtlsTransport__tx_bytes += len(sealed)
        transport._RTCDtlsTransport__tx_packets += 1


def session_of(transport: Any) -> Any:
    """A second SRTP session for what a connected DTLS transport of aiortc's sends (RFC 5764 section 4.2)."""
    chosen = transport._ssl.get_selected_srtp_profile()
    profile = next(known for known in transport._srtp_profiles if known.openssl_profile == chosen)
    view = transport._ssl.export_keying_material(b"EXTRACTOR-dtls_srtp", 2 * (profile.key_length + profile.salt_length))
    key = profile.get_key_and_salt(view, 1 if transport._role == "server" else 0)
    return pylibsrtp.Session(
        pylibsrtp.Policy(key=key, ssrc_type=pylibsrtp.Policy.SSRC_ANY_OUTBOUND, srtp_profile=profile.libsrtp_profile)
    )


def lacking() -> list[str]:
    """What this aiortc has not where we expect it."""
    dtls = inspect.getsource(aiortc.rtcdtlstransport)
    used = ("__tx_bytes", "__tx_packets", "_role", "_ssl", "_srtp_profiles")
    return [f"RTCDtlsTransport.{name}" for name in used if f"self.{name}" not in dtls]


def apply() -> None:
    """Sound by our sender, all else as before; again is harmless."""
    others = _connection.RTCRtpSender
    if getattr(others, "of_sound", False):
        return

    def sender(trackOrKind: Any, transport: Any) -> Any:
        kind = trackOrKind if isinstance(trackOrKind, str) else trackOrKind.kind
        return VoiceSender(trackOrKind, transport) if kind == "audio" else others(trackOrKind, transport)

    sender.of_sound = True  # type: ignore[attr-defined]
    _connection.RTCRtpSender = sender
