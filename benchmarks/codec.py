"""Wiring: VP8 and H.264 as we code them, side by side, as raw evidence for the referee.

Evidence: ``coding.csv`` (codec, content, kbps, fps, picture, bytes, key, coding_us, decoding_us: processor time of one
thread; error: mean square of brightness against what was coded, empty when nothing came out) and ``engines.csv``
(codec, end, cpu_s, pictures: of a call between two engines at 1280x720, and how many pictures each painted).
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.call import evidence
from benchmarks.call.film import FPS, HEIGHT, WIDTH, film
from benchmarks.call.quick import End, load
from benchmarks.referee import codecs
from ground.ids import new_id
from infomat.demo.speech import voice
from media import mend
from media import messages as m
from media.capture.film import RawFilm
from media.capture.paper import PageCamera
from media.picture.coder import static_of
from media.picture.encoders import H264, VP8, can_code, encoder_of

_PERSON = (300, 600, 1_200, 2_000)
_PAGE = ((300, 5), (1_000, 10))
_CLOCK = 90_000
_AT_ONCE = 10_000  # pictures a second: nobody waits for a camera
_RISES = 12.0  # seconds a call takes to 720 lines
_HEADS = ("codec", "content", "kbps", "fps", "picture", "bytes", "key", "coding_us", "decoding_us", "error")


def _coded(kind: str, content: str, kbps: int, fps: int, pictures: list[Any]) -> Iterator[tuple[Any, ...]]:
    height, width = pictures[0].shape[0] * 2 // 3, pictures[0].shape[1]
    coder = encoder_of(kind, width, height, kbps, content == "page")
    decoder: Any = av.CodecContext.create("h264" if kind == H264 else "vp8", "r")
    decoder.thread_count = 1
    if content == "person":
        coder.set_static(static_of(pictures[0], pictures[1]))
    for number, picture in enumerate(pictures):
        began = time.thread_time_ns()
        data, key = coder.encode(picture, number * _CLOCK // fps, _CLOCK // fps, keyframe=False)
        coded = time.thread_time_ns()
        shown = decoder.decode(av.Packet(data)) if data else []
        decoded = time.thread_time_ns()
        error = ""
        if shown:
            found = shown[-1].to_ndarray(format="yuv420p")[:height].astype(np.float32)
            error = f"{float(np.mean(np.square(found - picture[:height]))):.4f}"
        times = ((coded - began) // 1000, (decoded - coded) // 1000)
        yield (kind[6:].upper(), content, kbps, fps, number, len(data), int(key), *times, error)


def _pictures(file: Path, count: int) -> list[Any]:
    source = RawFilm(str(file), WIDTH, HEIGHT, _AT_ONCE)
    found = [source.read() for _ in range(count)]
    source.close()
    return found


def _page(folder: Path) -> Any:
    paper = np.full((842, 595, 3), 255, np.uint8)
    for row in range(1, 30):
        cv2.putText(paper, f"Rekins {row * 7919}  kopsumma {row},17 EUR", (40, row * 28), 0, 0.6, (30, 30, 30), 1)
    cv2.imwrite(str(folder / "page.png"), paper)
    return PageCamera(str(folder / "page.png"), 1920, 1080, _AT_ONCE).read()


async def _call(codec: m.Codec, said: Path, seconds: float) -> list[tuple[str, str, float, int]]:
    ends = kiosk, operator = End("kiosk", said), End("operator", said)
    kiosk.other, operator.other = operator, kiosk
    await asyncio.gather(*(end.start() for end in ends))
    session = new_id()
    try:
        for end in ends:
            end.join(session, offerer=end is kiosk, codecs=(codec,))
        await asyncio.sleep(_RISES)
        before = {end.role: _shown(end) for end in ends}
        loads = await load(kiosk, operator, seconds)
        seen = {end.role: _shown(end) - before[end.role] for end in ends}
    finally:
        await asyncio.gather(*(end.engine.close() for end in ends))
    return [(codec, role, round(cpu, 3), seen[role]) for role, cpu, _, _ in loads]


def _shown(end: End) -> int:
    """How many pictures were painted so far."""
    frame = None if end.engine.remote is None else end.engine.remote.latest(after=0)
    return 0 if frame is None else frame.number


def run(out: Path, args: list[str]) -> dict[str, object]:
    """Measure, print a table, give the figures back."""
    parser = argparse.ArgumentParser(prog="./dev bench codec")
    parser.add_argument("--pictures", type=int, default=150, help="of the film, at each rate")
    parser.add_argument("--seconds", type=float, default=15.0, help="of the call at each codec; 0: no call")
    asked = parser.parse_args(args)
    mend.apply()
    kinds = [kind for kind in (VP8, H264) if can_code(kind)]
    with tempfile.TemporaryDirectory(prefix="infomat-codec-") as place:
        folder = Path(place)
        pictures, page = _pictures(film(folder / "film.y4m"), asked.pictures), _page(folder)
        rows: list[tuple[Any, ...]] = []
        for kind in kinds:
            for kbps in _PERSON:
                rows += _coded(kind, "person", kbps, FPS, pictures)
            for kbps, fps in _PAGE:
                rows += _coded(kind, "page", kbps, fps, [page] * 2 * fps)
        evidence.rows(out / "coding.csv", _HEADS, rows)
        (out / "engines.csv").unlink(missing_ok=True)
        if asked.seconds:
            said = asyncio.run(voice("operator", folder))
            names: dict[str, m.Codec] = {VP8: "VP8", H264: "H264"}
            calls = [row for kind in kinds for row in asyncio.run(_call(names[kind], said, asked.seconds))]
            evidence.rows(out / "engines.csv", ("codec", "end", "cpu_s", "pictures"), calls)
    found = codecs.figures(out)
    _show(codecs.coders(out / "coding.csv"))
    return found


def _show(rows: list[dict[str, object]]) -> None:
    title = "a person at 1280x720x30, a page at 1920x1080 for two seconds; kbit/s, ms a picture, dB"
    table = Table("content", "asked", "codec", "made", "coding", "decoding", "PSNR", "first", "bytes", title=title)
    for row in rows:
        table.add_row(*map(str, list(row.values())[:9]))
    Console().print(table)
