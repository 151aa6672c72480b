"""Adapter: our engine as one end: its process inside a namespace, its rings looked at as a window would."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.call import evidence
from benchmarks.call.ends import WALL_OFFSET, Firsts, Said, Sounds, wall
from benchmarks.call.engine import FOLDER
from benchmarks.call.film import FPS, HEIGHT, WIDTH
from benchmarks.call.namespaces import inside
from media import messages as m
from media.client import MediaProcess
from media.timecode import read
from signaling.protocol.values import Description, SessionView

TICK = 1 / 60  # seconds between two looks at the rings: a window paints sixty times a second
HEARD = 10.0  # RMS of a block (of 32768) that is sound: -70 dBFS, below the noise floor of every microphone here


class OurEnd:
    """A MediaProcess with tapped file devices (see ``engine``)."""

    def __init__(self, role: str, namespace: str, film: Path, speech: Path, folder: Path) -> None:
        self.role, self.firsts = role, Firsts()
        self._namespace, self._film, self._speech, self._folder = namespace, film, speech, folder
        self._engine: MediaProcess
        self._opened = asyncio.Event()
        self._described: Callable[[Said], None] = lambda said: None
        self._taken: list[tuple[int, float]] = []
        self._shown: list[tuple[int, float, int]] = []
        self._told: list[dict[str, Any]] = []
        self._pictures = 0
        self._tapping = True
        self._watching: asyncio.Task[None] | None = None

    async def start(self, described: Callable[[Said], None]) -> None:
        """Start the engine in its namespace and open the devices."""
        self._described = described
        self._folder.mkdir(parents=True, exist_ok=True)
        os.environ[FOLDER] = str(self._folder)
        with inside(self._namespace):
            rings = {"remote": (WIDTH, HEIGHT), "local": (320, 180)}
            self._engine = await MediaProcess.start(self._hear, rings, program="benchmarks.call.engine")
        self._engine.send(
            m.Open(
                camera=m.DeviceChoice(kind="file", path=str(self._film)),
                microphone=m.DeviceChoice(kind="file", path=str(self._speech)),
                loudspeaker=m.DeviceChoice(kind="none"),
                width=WIDTH, height=HEIGHT, fps=FPS, listening="raw",
            )
        )  # fmt: skip
        await asyncio.wait_for(self._opened.wait(), 60)
        self._watching = asyncio.create_task(self._watch(), name=f"{self.role} rings")

    def join(self, session: SessionView) -> None:
        """As the windows of the product do."""
        self.firsts = Firsts()
        self._told.append({"wall_ms": wall(), "type": "join"})
        self._engine.send(
            m.Join(
                session_id=session.session_id, role=session.you, offerer=session.offerer,
                peer_public_key=session.peer.public_key, peer_role=session.peer.role,
            )
        )  # fmt: skip

    def take(self, session_id: str, description: Description) -> None:
        """To the engine, which checks it."""
        signed = m.SignedDescription(
            kind=description.kind, sdp=description.sdp, fingerprint=description.fingerprint,
            nonce=description.nonce, signature=description.signature,
        )  # fmt: skip
        self._told.append({"wall_ms": wall(), "type": "remote_description", "kind": description.kind})
        self._engine.send(m.RemoteDescription(session_id=session_id, description=signed))

    def leave(self, session_id: str) -> None:
        """End our part."""
        self._engine.send(m.Leave(session_id=session_id))

    async def tap(self, on: bool) -> None:
        """Read the codes of the pictures, or only count them."""
        self._tapping = on

    async def counted(self) -> tuple[int, Sounds]:
        """Pictures that came into the ring, sound packets."""
        last = [
            map(float, whole[-1].split(","))
            for file in self._folder.glob("tally-*.csv")  # of each connection's voice; a cut may make another
            if (whole := file.read_text().splitlines()[1:-1])  # the last line may be half written
        ]
        return self._pictures, Sounds(*map(sum, zip(*last, strict=True)))

    def pids(self) -> list[int]:
        """The engine."""
        return [self._engine.pid] if self._engine.pid is not None else []

    async def close(self, folder: Path, span: tuple[float, float]) -> None:
        """End the engine, write the evidence."""
        if self._watching is not None:
            self._watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watching
        await self._engine.close()
        evidence.rows(folder / f"taken-{self.role}.csv", ("code", "wall_ms"), self._taken)
        evidence.rows(folder / f"shown-{self.role}.csv", ("code", "wall_ms", "width"), self._shown)
        evidence.note(folder / f"stats-{self.role}.json", self._told)
        came = max(self._folder.glob("came-*.csv"), key=lambda file: file.stat().st_size, default=None)
        if came is not None:
            (folder / f"came-{self.role}.csv").write_bytes(came.read_bytes())
        for name in ("said", "heard"):
            times, pcm = self._tapped(name)
            evidence.sound(folder, f"{name}-{self.role}", pcm, times, span)

    def first_sound(self, after: float, before: float) -> float | None:
        """When (wall_ms) the loudspeaker got its first block of sound between these two."""
        times, pcm = self._tapped("heard")
        samples = np.frombuffer(pcm, dtype="<i2")
        for sample, at in times:
            block = samples[sample : sample + 960]
            if after <= at < before and len(block) and np.sqrt(np.mean(block.astype(np.float64) ** 2)) > HEARD:
                return at
        return None

    def _tapped(self, name: str) -> tuple[list[tuple[int, float]], bytes]:
        """What the call's device passed: the one that ran longest; a rehearsal's ran for a second."""
        pcm = max(self._folder.glob(f"{name}-*.pcm"), key=lambda file: file.stat().st_size)
        with pcm.with_suffix(".csv").open() as text:
            times = [(int(row["sample"]), float(row["wall_ms"])) for row in csv.DictReader(text)]
        return times, pcm.read_bytes()

    def _hear(self, event: m.Event) -> None:
        match event:
            case m.Opened():
                self._opened.set()
            case m.LocalDescription():
                self._described(Said(event.session_id, event.kind, event.sdp, event.fingerprint, event.nonce))
            case m.FirstSound() if self.firsts.sound is None:
                self.firsts.sound = wall()  # when it was played is read from the tap
        if not isinstance(event, m.Level):
            self._told.append({"wall_ms": wall()} | event.model_dump(mode="json", exclude={"sdp", "fingerprint"}))

    async def _watch(self) -> None:
        """At each tick of a screen: which picture would be painted now."""
        loop, numbers = asyncio.get_running_loop(), {"remote": 0, "local": 0}
        due = loop.time()
        while True:
            due = max(due + TICK, loop.time())
            await asyncio.sleep(due - loop.time())
            for name, ring in (("remote", self._engine.remote), ("local", self._engine.local)):
                frame = ring.latest(after=numbers[name]) if ring is not None else None
                if frame is None:
                    continue
                numbers[name] = frame.number
                if name == "remote":
                    self._pictures += 1
                    if self.firsts.picture is None:
                        self.firsts.picture = wall()
                if not self._tapping:
                    continue
                code = read(np.frombuffer(frame.pixels, np.uint8).reshape(frame.height, frame.width, 4))
                if name == "remote":
                    self._shown.append((-1 if code is None else code.counter, wall(), frame.width))
                elif code is not None:
                    self._taken.append((code.counter, frame.taken_at * 1000 + WALL_OFFSET))
