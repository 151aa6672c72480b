"""Wiring: one call between two of our engines at 1280x720 on this machine, as raw evidence for the referee.

Evidence: ``frames-kiosk.csv`` and ``frames-operator.csv`` (shown_ms, drawn_ms, counter: read from the pictures that
arrived), ``setup.csv`` (call, end, what, ms since accept), ``load.csv`` (process, cpu_s, wall_s, rss_mib).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from benchmarks.call import evidence
from benchmarks.referee import calls
from ground import signing
from ground.ids import new_id
from media import messages as m
from media.client import MediaProcess
from media.timecode import read


class End:
    """One end: an engine with its key, told what the other end says."""

    def __init__(self, role: str, voice: Path) -> None:
        self.role, self.voice = role, voice
        self.key = signing.SigningKey()
        self.other: End
        self.engine: MediaProcess
        self.opened = asyncio.Event()
        self.first: dict[str, float] = {}
        self.accepted = 0.0
        self.frames: list[tuple[float, int, int]] = []

    async def start(self) -> None:
        """Start the engine and its devices, as a window does long before a call."""
        self.engine = await MediaProcess.start(self._hear, {"remote": (1280, 720), "local": (320, 180)})
        self.engine.send(
            m.Open(
                camera=m.DeviceChoice(kind="generated", label=self.role),
                microphone=m.DeviceChoice(kind="file", path=str(self.voice)),
                loudspeaker=m.DeviceChoice(kind="none"),
            )
        )
        await asyncio.wait_for(self.opened.wait(), 60)

    def join(self, session: str, offerer: bool, codecs: Sequence[m.Codec] = ("VP8",)) -> None:
        """Take part, as after an accept."""
        self.first, self.accepted = {}, time.monotonic()
        self.engine.send(
            m.Join(
                session_id=session, role=self.role, offerer=offerer, peer_public_key=self.other.key.public,
                peer_role=self.other.role, codecs=list(codecs),
            )
        )  # fmt: skip

    def _hear(self, event: Any) -> None:
        if isinstance(event, m.Opened):
            self.opened.set()
        elif isinstance(event, m.LocalDescription):
            text = signing.description_text(event.session_id, self.role, event.fingerprint, event.nonce)
            signed = m.SignedDescription(
                kind=event.kind, sdp=event.sdp, fingerprint=event.fingerprint, nonce=event.nonce,
                signature=self.key.sign(text),
            )  # fmt: skip
            self.other.engine.send(m.RemoteDescription(session_id=event.session_id, description=signed))
        elif isinstance(event, (m.FirstFrame, m.FirstSound)):
            self.first[event.type] = (time.monotonic() - self.accepted) * 1000

    async def watch(self, seconds: float) -> None:
        """Read the number in every picture that arrives."""
        shown, end = 0, time.monotonic() + seconds
        while time.monotonic() < end:
            frame = self.engine.remote.latest(after=shown)
            if frame is not None:
                shown = frame.number
                pixels = np.frombuffer(frame.pixels, np.uint8).reshape(frame.height, frame.width, 4)
                code = read(pixels)
                if code is not None:
                    self.frames.append((time.time() * 1000 % 2**32, code.ms, code.counter))
            await asyncio.sleep(0.004)


async def _measure(out: Path, calls_count: int, seconds: float, voice: Path) -> None:
    kiosk, operator = End("kiosk", voice), End("operator", voice)
    kiosk.other, operator.other = operator, kiosk
    await asyncio.gather(kiosk.start(), operator.start())
    setups: list[tuple[int, str, str, float]] = []
    try:
        idle = await load(kiosk, operator, 5)
        for number in range(calls_count):
            session = new_id()
            operator.join(session, offerer=False)
            kiosk.join(session, offerer=True)
            async with asyncio.timeout(30):
                while not all(len(end.first) == 2 for end in (kiosk, operator)):
                    await asyncio.sleep(0.005)
            setups += [(number, e.role, what, ms) for e in (kiosk, operator) for what, ms in e.first.items()]
            if number + 1 < calls_count:
                for end in (kiosk, operator):
                    end.engine.send(m.Leave(session_id=session))
                await asyncio.sleep(0.5)
        watched = asyncio.gather(kiosk.watch(seconds), operator.watch(seconds))
        busy = await load(kiosk, operator, seconds)
        await watched
    finally:
        await asyncio.gather(kiosk.engine.close(), operator.engine.close())
    for end in (kiosk, operator):
        evidence.rows(out / f"frames-{end.role}.csv", ("shown_ms", "drawn_ms", "counter"), end.frames)
    evidence.rows(out / "setup.csv", ("call", "end", "what", "ms"), setups)
    rows = [("idle", *row) for row in idle] + [("call", *row) for row in busy]
    evidence.rows(out / "load.csv", ("when", "process", "cpu_s", "wall_s", "rss_mib"), rows)


async def load(kiosk: End, operator: End, seconds: float) -> list[tuple[str, float, float, float]]:
    """Of each engine: its role, processor time, time, and memory in MiB."""
    watched = {end.role: psutil.Process(end.engine.pid) for end in (kiosk, operator)}
    before = {role: sum(p.cpu_times()[:2]) for role, p in watched.items()}
    began = time.monotonic()
    await asyncio.sleep(seconds)
    wall = time.monotonic() - began
    return [
        (role, sum(p.cpu_times()[:2]) - before[role], wall, p.memory_info().rss / 2**20) for role, p in watched.items()
    ]


def measured(out: Path, calls_count: int, seconds: float) -> dict[str, object]:
    """Make the calls, then let the referee read the evidence."""
    from infomat.demo.speech import voice

    speech = asyncio.run(voice("operator", out))
    asyncio.run(_measure(out, calls_count, seconds, speech))
    return calls.figures(out)
