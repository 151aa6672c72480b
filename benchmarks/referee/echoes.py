"""Rules: what became of echo and speech, from the WAV files of a run (see benchmarks/echo.py for what each holds)."""

from __future__ import annotations

import csv
import math
import wave
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.referee.evidence import csv_rows

Sound = NDArray[np.float64]

FRAME = 0.010  # seconds
ACTIVE = -55.0  # dBFS, RMS of a frame from which somebody speaks
STEP = 0.5  # seconds between two points of the curve
AFTER = 1.0  # seconds of far speech after which the echo shall be gone
BAR = 20.0  # dB at which it counts as taken out again after a jump
LOOK = 0.060  # seconds by which the processing may delay speech


def figures(folder: Path) -> dict[str, object]:
    """The figures of one scenario; loudness in dB, times in seconds."""
    marks = {row["what"]: float(row["value"]) for row in csv_rows(folder / "marks.csv")}
    mic, out, near, echo = (_read(folder / f"{name}.wav") for name in ("mic", "out", "near", "echo"))
    rate = _rate(folder / "mic.wav")
    began = _first_activity(echo, rate)
    far_only = began + AFTER, marks["double_talk_s"]
    curve = _curve(mic, out, echo, rate, began, marks["double_talk_s"])
    with (folder / "erle.csv").open("w", newline="") as text:
        csv.writer(text).writerows([("second", "erle_db"), *curve])
    jump = marks["jump_s"]
    before_jump = (far_only[0], jump) if jump else far_only
    found: dict[str, object] = {
        "erle_db": round(_erle(mic, out, echo, rate, *before_jump), 1),
        "erle_2nd_second_db": round(_erle(mic, out, echo, rate, began + AFTER, began + AFTER + 1.0), 1),
        "to_20_db_s": _reached(curve, began),
    }
    double, alone = (marks["double_talk_s"], marks["near_only_s"]), (marks["near_only_s"], marks["end_s"])
    gain_double, gain_alone = (_gain(out, near, rate, *part) for part in (double, alone))
    found["near_alone_db"] = round(gain_alone, 1)
    found["double_talk_db"] = round(gain_double, 1)
    found["estoi_mic"], found["estoi_out"] = (round(_estoi(sound, near, rate, *double), 2) for sound in (mic, out))
    if jump:
        found["after_jump_20_db_s"] = _reached([point for point in curve if point[0] >= jump], jump)
        found["erle_after_jump_db"] = round(_erle(mic, out, echo, rate, jump + 5.0, marks["double_talk_s"]), 1)
    found["cpu_us_per_10_ms"] = round(1e6 * marks["cpu_s"] / (marks["blocks"] * 2))
    return found


def _curve(mic: Sound, out: Sound, echo: Sound, rate: int, began: float, ended: float) -> list[tuple[float, float]]:
    points = np.arange(began, ended - STEP, STEP)
    curve = [(round(float(at), 2), _erle(mic, out, echo, rate, at, at + STEP)) for at in points]
    return [(at, round(value, 1)) for at, value in curve if not math.isnan(value)]


def _reached(curve: list[tuple[float, float]], since: float) -> float | None:
    """Seconds until every further point but a tenth is above the bar (a pause between words is no measure)."""
    for place, (at, value) in enumerate(curve):
        rest = [erle for _, erle in curve[place : place + 10]]
        if value >= BAR and sum(erle >= BAR for erle in rest) >= 0.9 * len(rest):
            return round(at - since + STEP, 1)
    return None


def _erle(mic: Sound, out: Sound, echo: Sound, rate: int, begins: float, ends: float) -> float:
    """Energy of the microphone over that of what is sent, in frames in which the far end is heard; NaN without any."""
    part = slice(round(begins * rate), round(ends * rate))
    size = round(FRAME * rate)
    active = _frames(echo[part], size) > 10 ** (ACTIVE / 10)
    if not active.any():
        return math.nan
    before, after = (_frames(sound[part], size)[active].sum() for sound in (mic, out))
    return float(10 * np.log10(before / max(after, 1e-12)))


def _gain(out: Sound, near: Sound, rate: int, begins: float, ends: float) -> float:
    """How loud the clean near speech is in what is sent: the projection on it, at the delay that fits best."""
    at, moved = _matched(out, near, rate, begins, ends)
    return float(20 * np.log10(max(1e-9, float(at @ moved) / float(at @ at))))


def _matched(out: Sound, near: Sound, rate: int, begins: float, ends: float) -> tuple[Sound, Sound]:
    start, stop = round(begins * rate), round(ends * rate) - round(LOOK * rate)
    clean = near[start:stop]
    delays = range(0, round(LOOK * rate), 4)
    best = max(delays, key=lambda delay: abs(float(clean @ out[start + delay : stop + delay])))
    return clean, out[start + best : stop + best]


def _estoi(sound: Sound, near: Sound, rate: int, begins: float, ends: float) -> float:
    from pystoi import stoi

    clean, heard = _matched(sound, near, rate, begins, ends)
    return float(stoi(clean, heard, rate, extended=True))


def _frames(sound: Sound, size: int) -> Sound:
    whole = len(sound) // size * size
    return np.square(sound[:whole]).reshape(-1, size).mean(axis=1)


def _first_activity(sound: Sound, rate: int) -> float:
    active = np.flatnonzero(_frames(sound, round(FRAME * rate)) > 10 ** (ACTIVE / 10))
    return float(active[0]) * FRAME


def _read(file: Path) -> Sound:
    with wave.open(str(file), "rb") as wav:
        data: NDArray[Any] = np.frombuffer(wav.readframes(wav.getnframes()), dtype="<i2")
    return data.astype(np.float64) / 32768


def _rate(file: Path) -> int:
    with wave.open(str(file), "rb") as wav:
        return wav.getframerate()
