"""Adapter: the sender of our pictures in place of aiortc's: coded by us, paced, adapted to link and processor.

aiortc's sender codes in a shared pool, re-creates its encoder for each change of rate, and sends a keyframe in one
burst. Ours takes over for our own tracks of pictures only; foreign tracks stay aiortc's.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from aiortc import clock
from aiortc.rtp import RTCP_PSFB_APP, RtcpPsfbPacket, RtcpRrPacket, RtcpSrPacket, unpack_remb_fci

from media import own_sender
from media.own_sender import OwnSender
from media.picture import avc
from media.picture.adaptation import EVERY, LEAST, Adaptation, Figures, Limit
from media.picture.coder import Coded, Coder, Work
from media.picture.encoders import H264, VP8, can_code
from media.picture.pacing import Pacer, shown
from media.picture.packets import History
from media.picture.vpx import CLOCK

PRIVATE = (*own_sender.PRIVATE, "rtt", "rtx_payload_type", "rtx_sequence_number", "lsr", "lsr_time")
REST_LEAST = 0.02  # seconds between two retransmissions of the same packet, at least


@dataclass(frozen=True, slots=True)
class Sending:
    """How our pictures are sent, for the figures of a call."""

    width: int = 0
    height: int = 0
    kbps: int = 0
    limit: Limit = "none"
    pictures: int = 0
    keyframes: int = 0
    coding_ms: float = 0.0
    codec: str = ""


class PictureSender(OwnSender):
    """aiortc's sender, but for a track that has ``shots`` (``media.engine.tracks.PictureTrack``)."""

    def __init__(self, trackOrKind: Any, transport: Any) -> None:
        super().__init__(trackOrKind, transport)
        self._adaptation: Adaptation | None = None
        self._pacer: Pacer | None = None
        self._coder: Coder | None = None
        self._history = History()
        self._origin: float | None = None
        self._size = (0, 0)
        self._wake = asyncio.Event()
        self._estimate: int | None = None
        self._losses: list[float] = []
        self.lost: float | None = None  # share of our packets that the other end missed, by its last report
        self._again = 0  # bytes sent again of late, which are of the rate too
        self._rtt: float | None = None  # the last one measured
        self._cut = False  # a picture was not sent: what follows it cannot be decoded
        self.told = ""  # the other end's description: how large a picture it reads

    def prepare(self, kind: str = VP8) -> None:
        """What the first picture needs, before there is a connection: its encoder, and a camera that is awake.

        ``kind`` is the MIME type that will most likely be agreed upon.
        """
        track: Any = self.track
        if self._coder is not None or getattr(track, "shots", None) is None:
            return
        loop = asyncio.get_running_loop()
        order = track.order
        self._adaptation = Adaptation.begun(order.width, order.height, order.fps, track.hint)
        wanted = self._adaptation.wanted
        pacer = self._pacer = Pacer(wanted.kbps, time.monotonic())

        def deliver(coded: Coded) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: the call is over
                loop.call_soon_threadsafe(self._take, coded)

        self._coder = Coder(track.shots, wanted, track.hint == "document", deliver, lambda: pacer.delay, kind)

    async def stop(self) -> None:
        """As aiortc's."""
        if self._coder is not None:
            self._coder.stop()
        await super().stop()

    @property
    def room(self) -> float | None:
        """What the link carries in kbit/s, as far as the other end has said."""
        return None if self._adaptation is None else self._adaptation.estimate

    @property
    def sending(self) -> Sending:
        """The figures as they are now."""
        if self._coder is None or self._adaptation is None:
            return Sending()
        work, adaptation = self._coder.work, self._adaptation
        coding = work.seconds / work.pictures * 1000 if work.pictures else 0.0
        return Sending(
            *self._size,
            adaptation.wanted.kbps,
            adaptation.limit,
            pictures=work.pictures,
            keyframes=work.keyframes,
            coding_ms=round(coding, 2),
            codec=self._coder.kind.partition("/")[2].upper(),
        )

    async def _run_rtp(self, codec: Any) -> None:
        track: Any = self.track
        kind = codec.mimeType.lower()
        if getattr(track, "shots", None) is None or not can_code(kind):
            if self._coder is not None:
                self._coder.stop()
            self._coder = self._pacer = None
            await super()._run_rtp(codec)
            return
        self._mine("rtp_started").set()
        self._begin_stream(codec)
        self.prepare(kind)
        assert self._coder is not None
        self._coder.kind = kind
        if kind == H264:
            self._coder.blocks = avc.blocks_read(self.told, codec.payloadType, track.order.fps)
        assert self._pacer is not None
        pacer = self._pacer
        self._coder.begin()
        adapting = asyncio.create_task(self._adapt(track), name="picture adaptation")
        try:
            while track.readyState == "live":
                await self._send_due(pacer)
        except (asyncio.CancelledError, ConnectionError):
            pass
        finally:
            adapting.cancel()
            self._coder.stop()
            track.stop()
            self._set_mine("track", None)
            self._mine("rtp_exited").set()

    def _take(self, coded: Coded) -> None:
        """Put a coded picture into the pacer, in the loop; pictures from before a still or mute never leave."""
        track: Any = self.track
        if track is None or self._pacer is None or self._coder is None or not self._enabled:
            return
        if not track.shots.is_current(coded.shot) or (self._cut and not coded.keyframe):
            self._cut = True
            self._coder.ask_keyframe()
            return
        self._cut = False
        if self._origin is None:
            self._origin = coded.shot.taken_at
        timestamp = self._base + round((coded.shot.taken_at - self._origin) * CLOCK) & 0xFFFFFFFF
        last, first = len(coded.parts) - 1, self._sequence
        if times := shown(track.sent, last + 1):
            self._pacer.show(times * sum(map(len, coded.parts)))
        for place, part in enumerate(coded.parts):
            packet = self._stream.packet(self._sequence, timestamp, place == last, part)
            self._history.keep(self._sequence, packet)
            self._pacer.put(packet)
            self._sequence = self._sequence + 1 & 0xFFFF
        if times > 1 or (self._adaptation is not None and self._adaptation.twice):
            for place in range(last + 1):
                self._send_again(first + place & 0xFFFF, 0.0, self._pacer.put)
        self._size = coded.size
        track.sent += 1
        self._wake.set()

    async def _send_due(self, pacer: Pacer) -> None:
        now = time.monotonic()
        due = pacer.due(now)
        if due:
            ntp, transport, size = clock.current_ntp_time(), self.transport, 0
            for packet in due:
                self._stream.stamp(packet, ntp)
                size += len(packet)
                await transport._send_rtp(bytes(packet))
            timestamp = self._base + round((now - (self._origin or now)) * CLOCK) & 0xFFFFFFFF
            self._count(ntp, timestamp, packets=len(due), size=size)
        at = pacer.next_at(now)
        if at is None:
            self._wake.clear()
            await self._wake.wait()
        else:
            await asyncio.sleep(max(0.0, at - time.monotonic()))

    async def _adapt(self, track: Any) -> None:
        pictures, seconds, coded = 0, 0.0, 0
        while True:
            await asyncio.sleep(EVERY)
            coder, pacer, adaptation = self._coder, self._pacer, self._adaptation
            assert coder is not None
            assert pacer is not None
            assert adaptation is not None
            work: Work = coder.work
            count, spent = work.pictures - pictures, work.seconds - seconds
            made, coded = work.bytes - coded, work.bytes
            pictures, seconds = work.pictures, work.seconds
            losses, self._losses = self._losses, []
            again, self._again = self._again, 0
            rtt, self._rtt = self._rtt, None
            figures = Figures(
                estimate=self._estimate,
                loss=max(losses) if losses else None,
                rtt=rtt,
                coding=spent / count if count else 0.0,
                behind=pacer.delay,
                used=made / (EVERY * 125 * adaptation.wanted.kbps),
            )
            order, hint = track.order, track.hint
            self._adaptation = adaptation.of(order.width, order.height, order.fps, hint).step(figures)
            coder.document = hint == "document"
            self._follow(again / (EVERY * 125))

    def _follow(self, again: float = 0.0) -> None:
        """Code and send as the adaptation wants; ``again`` kbit/s of it go to what is asked for again."""
        if self._coder is None or self._pacer is None or self._adaptation is None:
            return
        wanted = self._adaptation.wanted
        self._pacer.set_rate(wanted.kbps * (2 if wanted.twice else 1))
        self._coder.wanted = replace(wanted, kbps=max(LEAST, wanted.kbps - round(again)))
        self._coder.key_rest = (self._mine("rtt") or 0.0) + self._pacer.delay

    # --- what the other end says -----------------------------------------------------------------------------

    async def _handle_rtcp_packet(self, packet: Any) -> None:
        if isinstance(packet, (RtcpRrPacket, RtcpSrPacket)):
            for report in packet.reports:
                if report.ssrc == self._ssrc:
                    self.lost = report.fraction_lost / 256
                    self._losses.append(self.lost)
                    if report.dlsr and report.lsr == self._mine("lsr"):
                        self._rtt = max(0.0, time.time() - self._mine("lsr_time") - report.dlsr / 65536)
        elif isinstance(packet, RtcpPsfbPacket) and packet.fmt == RTCP_PSFB_APP and self._adaptation is not None:
            with contextlib.suppress(ValueError):
                bits, streams = unpack_remb_fci(packet.fci)
                if self._ssrc in streams:
                    self._estimate = bits // 1000
                    before, self._adaptation = self._adaptation, self._adaptation.told(self._estimate)
                    if before.kbps > self._adaptation.kbps:
                        self._follow()
            return
        await super()._handle_rtcp_packet(packet)

    def _send_keyframe(self) -> None:
        if self._coder is None:
            super()._send_keyframe()
        else:
            self._coder.ask_keyframe()

    async def _retransmit(self, sequence_number: int) -> None:
        if self._pacer is None:
            await super()._retransmit(sequence_number)
            return
        rest = max(REST_LEAST, 0.8 * (self._mine("rtt") or 0.0))
        now, pacer = time.monotonic(), self._pacer
        self._send_again(sequence_number, rest, lambda packet: pacer.put_first(packet, now))
        self._wake.set()

    def _send_again(self, sequence_number: int, rest: float, put: Callable[[bytearray], None]) -> None:
        packet = self._history.find(sequence_number, time.monotonic(), rest)
        if packet is None:
            return
        payload_type = self._mine("rtx_payload_type")
        if payload_type is None:
            again = bytearray(packet)
        else:
            sequence = self._mine("rtx_sequence_number")
            again = self._stream.again(packet, sequence, self._rtx_ssrc, payload_type)
            self._set_mine("rtx_sequence_number", sequence + 1 & 0xFFFF)
        if rest:
            self._again += len(again)
        put(again)
