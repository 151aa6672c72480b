"""Rules: the counters of a connection, and the quality of the time between two of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from media.messages import Quality

_CLOCK = {"audio": 48_000, "video": 90_000}  # Hz, for aiortc's jitter, which it counts in RTP units


@dataclass(frozen=True, slots=True)
class Counts:
    """Totals since the connection began; ``rtt``, ``jitter`` (sound) and ``wait`` (jitter buffer) in seconds.

    ``sound_in``, ``fec``, ``concealed`` and ``silence`` are 20 ms of play-out each; ``loss_out`` is the share (0..1)
    of our sound that the other end missed in the time of its last report.
    """

    frames_out: int = 0
    frames_in: int = 0
    sound_in: int = 0
    frames_dropped: int = 0
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
            **sums,
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
    )


def _share(lost: int, came: int) -> float:
    lost, came = max(0, lost), max(0, came)
    return round(lost / (lost + came), 4) if lost + came else 0.0
