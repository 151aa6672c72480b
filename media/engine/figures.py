"""Rules: the counters of a connection, and the quality of the time between two of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from media.messages import Quality
from media.picture.adaptation import Limit
from media.picture.rest import KEEP_ALIVE

RESTED = 0.8  # seconds between two pictures as they were taken, from which on the page stood still
PAGE = 0.08  # seconds: pictures that usually come so far apart may be of a page
_CLOCK = {"audio": 48_000, "video": 90_000}  # Hz, for aiortc's jitter, which it counts in RTP units


@dataclass(frozen=True, slots=True)
class Counts:
    """Totals since the connection began; ``rtt``, ``jitter`` (sound), ``wait`` (jitter buffer), ``frozen`` in seconds.

    ``sound_in``, ``fec``, ``concealed`` and ``silence`` are 20 ms of play-out each; ``loss_out`` is the share (0..1)
    of our sound that the other end missed in the time of its last report.
    """

    frames_out: int = 0
    frames_in: int = 0
    sound_in: int = 0
    frames_dropped: int = 0
    freezes: int = 0
    frozen: float = 0.0
    fec: int = 0
    concealed: int = 0
    silence: int = 0
    packets_in: int = 0
    packets_lost: int = 0
    sound_packets: int = 0
    sound_lost: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    rtt: float | None = None
    jitter: float = 0.0
    wait: float = 0.0
    loss_out: float | None = None
    cpu: float = 0.0
    width: int = 0
    height: int = 0
    limit: Limit = "none"
    way: str = ""
    codec: str = ""
    keyframes: int = 0
    asked_again: int = 0

    @classmethod
    def of(cls, stats: Iterable[Any], **ours: Any) -> Counts:
        """From aiortc's statistics objects and our own counters."""
        sums = dict.fromkeys(("packets_in", "packets_lost", "bytes_in", "bytes_out"), 0)
        rtt: float | None = None
        loss_out: float | None = None
        jitter, sound_packets, sound_lost = 0.0, 0, 0
        for entry in stats:
            match entry.type:
                case "inbound-rtp":
                    sums["packets_in"] += entry.packetsReceived
                    sums["packets_lost"] += max(0, entry.packetsLost)
                    if entry.kind == "audio":
                        jitter = entry.jitter / _CLOCK["audio"]
                        sound_packets, sound_lost = entry.packetsReceived, max(0, entry.packetsLost)
                case "remote-inbound-rtp":
                    rtt = entry.roundTripTime if rtt is None else rtt
                    if entry.kind == "audio":
                        loss_out = entry.fractionLost / 256
                case "transport":
                    sums["bytes_in"] += entry.bytesReceived
                    sums["bytes_out"] += entry.bytesSent
        return cls(
            rtt=rtt,
            jitter=jitter,
            loss_out=loss_out,
            sound_packets=sound_packets,
            sound_lost=sound_lost,
            packets_in=sums["packets_in"],
            packets_lost=sums["packets_lost"],
            bytes_in=sums["bytes_in"],
            bytes_out=sums["bytes_out"],
            **ours,
        )


def quality(session_id: str, before: Counts, now: Counts, seconds: float) -> Quality:
    """The figures of the time between two counts."""
    return Quality(
        session_id=session_id,
        fps_in=round((now.frames_in - before.frames_in) / seconds, 1),
        fps_out=round((now.frames_out - before.frames_out) / seconds, 1),
        loss=_share(now.packets_lost - before.packets_lost, now.packets_in - before.packets_in),
        rtt_ms=None if now.rtt is None else round(now.rtt * 1000, 1),
        jitter_ms=round(now.jitter * 1000, 1),
        kbps_in=round((now.bytes_in - before.bytes_in) * 8 / seconds / 1000, 1),
        kbps_out=round((now.bytes_out - before.bytes_out) * 8 / seconds / 1000, 1),
        decoded=now.sound_in - before.sound_in,
        fec=now.fec - before.fec,
        concealed=now.concealed - before.concealed,
        silence=now.silence - before.silence,
        buffer_ms=round(now.wait * 1000, 1),
        sound_loss=_share(now.sound_lost - before.sound_lost, now.sound_packets - before.sound_packets),
        frames_dropped=now.frames_dropped - before.frames_dropped,
        freezes=now.freezes - before.freezes,
        frozen_s=round(now.frozen - before.frozen, 2),
        width=now.width,
        height=now.height,
        limit=now.limit,
        cpu=round(max(0.0, now.cpu - before.cpu) / seconds, 3) if before.cpu else 0.0,
        way=now.way,
        codec=now.codec,
        keyframes=max(0, now.keyframes - before.keyframes),
        asked_again=max(0, now.asked_again - before.asked_again),
        loss_out=None if now.loss_out is None else round(now.loss_out, 4),
    )


@dataclass(slots=True)
class Freezes:
    """When a picture stood still: no new one for three usual intervals and 150 ms more than one (W3C webrtc-stats).

    A page that rests is no freeze: its pictures were taken as far apart as they come, and one that comes as seldom
    as a page's is waited for. ``count`` of those that are over; times in seconds of any one clock, but that ``taken``
    is of the sender's.
    """

    count: int = 0
    _over: float = 0.0
    _shown_at: float | None = None
    _usual: float = 0.0
    _taken: float | None = None

    def shown(self, now: float, taken: float | None = None) -> None:
        """A new picture, taken ``taken``."""
        rested = 0.0 if taken is None or self._taken is None else taken - self._taken
        still, before = self._still(now, rested), self._shown_at
        self.count, self._over = self.count + (still > 0), self._over + still
        self._shown_at, self._taken = now, taken
        if before is not None and rested < RESTED:
            gap = now - before
            self._usual = gap if not self._usual else self._usual + (gap - self._usual) / 16

    def seconds(self, now: float) -> float:
        """How long it stood still in all, the present standstill included."""
        return self._over + self._still(now, KEEP_ALIVE if self._usual > PAGE else 0.0)

    def _still(self, now: float, rested: float) -> float:
        gap = 0.0 if self._shown_at is None else now - self._shown_at
        usual = self._usual
        still = usual and gap > max(3 * usual, usual + 0.15, rested + 0.15)
        return gap - max(usual, rested) if still else 0.0


def _share(lost: int, came: int) -> float:
    lost, came = max(0, lost), max(0, came)
    return round(lost / (lost + came), 4) if lost + came else 0.0
