"""Rules: the counters of a connection, and the quality of the time between two of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from media.messages import Quality

_CLOCK = {"audio": 48_000, "video": 90_000}  # Hz, for aiortc's jitter, which it counts in RTP units


@dataclass(frozen=True, slots=True)
class Counts:
    """Totals since the connection began; ``rtt`` in seconds, ``jitter`` in seconds (sound)."""

    frames_out: int = 0
    frames_in: int = 0
    sound_in: int = 0
    frames_dropped: int = 0
    concealed: int = 0
    packets_in: int = 0
    packets_lost: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    rtt: float | None = None
    jitter: float = 0.0

    @classmethod
    def of(cls, stats: Iterable[Any], **ours: int) -> Counts:
        """From aiortc's statistics objects and our own counters."""
        sums = dict.fromkeys(("packets_in", "packets_lost", "bytes_in", "bytes_out"), 0)
        rtt, jitter = None, 0.0
        for entry in stats:
            match entry.type:
                case "inbound-rtp":
                    sums["packets_in"] += entry.packetsReceived
                    sums["packets_lost"] += max(0, entry.packetsLost)
                    if entry.kind == "audio":
                        jitter = entry.jitter / _CLOCK["audio"]
                case "remote-inbound-rtp":
                    rtt = entry.roundTripTime if rtt is None else rtt
                case "transport":
                    sums["bytes_in"] += entry.bytesReceived
                    sums["bytes_out"] += entry.bytesSent
        return cls(rtt=rtt, jitter=jitter, **sums, **ours)


def quality(session_id: str, before: Counts, now: Counts, seconds: float) -> Quality:
    """The figures of the time between two counts."""
    lost = max(0, now.packets_lost - before.packets_lost)
    came = max(0, now.packets_in - before.packets_in)
    return Quality(
        session_id=session_id,
        fps_in=round((now.frames_in - before.frames_in) / seconds, 1),
        fps_out=round((now.frames_out - before.frames_out) / seconds, 1),
        loss=round(lost / (lost + came), 4) if lost + came else 0.0,
        rtt_ms=None if now.rtt is None else round(now.rtt * 1000, 1),
        jitter_ms=round(now.jitter * 1000, 1),
        kbps_in=round((now.bytes_in - before.bytes_in) * 8 / seconds / 1000, 1),
        kbps_out=round((now.bytes_out - before.bytes_out) * 8 / seconds / 1000, 1),
        decoded=now.sound_in - before.sound_in,
        concealed=now.concealed - before.concealed,
        frames_dropped=now.frames_dropped - before.frames_dropped,
    )
