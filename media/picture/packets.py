"""Rules: RTP packets of VP8 pictures, made without objects: header, extensions, descriptor (RFC 3550, 7741, 4588).

Our sender makes some hundred packets a second in Python; each is one ``bytes`` and two patches.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from struct import Struct, pack_into
from typing import Any

PAYLOAD = 1180  # bytes of VP8 in a packet: with all headers, SRTP's and TURN's it stays below 1280 (IPv6's least MTU)
KEPT = 1024  # packets that can be sent again
_HEAD = Struct("!BBHLL")
_ONE_BYTE_FORM = 0xBEDE  # RFC 8285 section 4.2
_SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
_MID = "urn:ietf:params:rtp-hdrext:sdes:mid"


@dataclass(frozen=True, slots=True)
class Stream:
    """What all packets of a stream share."""

    ssrc: int
    payload_type: int
    extensions: bytes  # with their own header; empty when none was negotiated
    send_time: int  # where in the packet the 24 bits of abs-send-time are; 0: nowhere

    @classmethod
    def of(cls, ssrc: int, payload_type: int, agreed: Iterable[Any], mid: str) -> Stream:
        """From the agreed header extensions (objects with ``uri`` and ``id``)."""
        body, place = b"", 0
        for extension in agreed:
            if extension.uri == _SEND_TIME:
                place = _HEAD.size + 4 + len(body) + 1
                body += bytes([extension.id << 4 | 2, 0, 0, 0])
            elif extension.uri == _MID and mid:
                body += bytes([extension.id << 4 | len(mid) - 1]) + mid.encode("ascii")
        body += bytes(-len(body) % 4)
        head = _ONE_BYTE_FORM.to_bytes(2, "big") + (len(body) // 4).to_bytes(2, "big")
        return cls(ssrc, payload_type, head + body if body else b"", place)

    def packet(self, sequence: int, timestamp: int, marker: bool, payload: bytes) -> bytearray:
        """A packet but for its sending time."""
        first = 0x90 if self.extensions else 0x80
        head = _HEAD.pack(first, marker << 7 | self.payload_type, sequence, timestamp, self.ssrc)
        return bytearray(head + self.extensions + payload)

    def again(self, original: bytes | bytearray, sequence: int, ssrc: int, payload_type: int) -> bytearray:
        """A retransmission (RFC 4588 section 4): the payload behind the original's sequence number."""
        start = _HEAD.size + len(self.extensions)
        marker = original[1] & 0x80
        head = _HEAD.pack(original[0], marker | payload_type, sequence, int.from_bytes(original[4:8], "big"), ssrc)
        return bytearray(head + self.extensions + original[2:4] + original[start:])

    def stamp(self, packet: bytearray, ntp: int) -> None:
        """Write when it is sent: the middle of a 64-bit NTP time, 6.18 seconds."""
        if self.send_time:
            pack_into("!BH", packet, self.send_time, ntp >> 30 & 0xFF, ntp >> 14 & 0xFFFF)


def payloads(picture: bytes, picture_id: int) -> list[bytes]:
    """A coded VP8 picture in parts of even size, each with its descriptor (RFC 7741 section 4.2)."""
    count = max(1, -(-len(picture) // PAYLOAD))
    size = -(-len(picture) // count)
    number = (0x8000 | picture_id & 0x7FFF).to_bytes(2, "big")
    return [
        (b"\x90\x80" if part == 0 else b"\x80\x80") + number + picture[part * size : (part + 1) * size]
        for part in range(count)
    ]


class History:
    """The last packets sent, to be sent again; none twice within ``rest`` seconds, which is a round trip."""

    def __init__(self) -> None:
        self._packets: dict[int, tuple[int, bytes | bytearray]] = {}
        self._again: dict[int, float] = {}

    def keep(self, sequence: int, packet: bytes | bytearray) -> None:
        """Remember a packet in place of the one ``KEPT`` before it."""
        self._packets[sequence % KEPT] = (sequence, packet)

    def find(self, sequence: int, now: float, rest: float) -> bytes | bytearray | None:
        """The packet, unless it is too old or was sent again a moment ago."""
        found = self._packets.get(sequence % KEPT)
        if found is None or found[0] != sequence or now - self._again.get(sequence, float("-inf")) < rest:
            return None
        if len(self._again) > KEPT:
            self._again = {s: at for s, at in self._again.items() if now - at < 1.0}
        self._again[sequence] = now
        return found[1]
