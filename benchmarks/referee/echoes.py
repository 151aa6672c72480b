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
WINDOW = 0.040  # seconds of a spectrum
SETTLED = 5.0  # seconds after a change
LOOK = 0.060  # seconds by which the processing may delay speech


def figures(folder: Path) -> dict[str, object]:
    """The figures of one scenario; loudness in dB, times in seconds."""
    marks = {row["what"]: float(row["value"]) for row in csv_rows(folder / "marks.csv")}
    mic, out, near, echo = (_read(folder / f"{name}.wav") for name in ("mic", "out", "near", "echo"))
    rate = _rate(folder / "mic.wav")
    began, double = _first_activity(echo, rate), marks["double_talk_s"]
    curve = _curve(mic, out, echo, rate, began, double)
    with (folder / "erle.csv").open("w", newline="") as text:
        csv.writer(text).writerows([("second", "erle_db"), *curve])
    change = marks["change_s"]
    far_only = began + AFTER, (marks["quiet_s"] or change) or double
    found: dict[str, object] = {
        "erle_db": round(_erle(mic, out, echo, rate, *far_only), 1),
        "erle_2nd_second_db": round(_erle(mic, out, echo, rate, began + AFTER, began + AFTER + 1.0), 1),
        "to_20_db_s": _reached(curve, began),
    }
    echo_turned, near_turned, idle = (_read(folder / f"{name}.wav") for name in ("echo_turned", "near_turned", "idle"))
    found |= _apart(echo, out, echo_turned, idle, rate, far_only)
    talk, alone = (double, marks["near_only_s"]), (marks["near_only_s"], marks["end_s"])
    sent = (out - near_turned) / 2  # what of it is the near speech, see _apart
    for name, part in (("near_alone_db", alone), ("double_talk_db", talk)):
        found[name] = round(_louder(sent, near, rate, *part), 1)
    found["double_talk_projected_db"] = round(_gain(out, near, rate, *talk), 1)
    for name, sound in (("mic", mic), ("out", out)):
        clean, heard = _matched(sound, near, rate, *talk)
        found[f"estoi_{name}"], found[f"pesq_{name}"] = round(_estoi(clean, heard, rate), 2), _pesq(clean, heard, rate)
    if change:
        found["after_change_20_db_s"] = _reached([point for point in curve if point[0] >= change], change)
        found["erle_after_change_db"] = round(_erle(mic, out, echo, rate, change + SETTLED, double), 1)
    found["cpu_us_per_10_ms"] = round(1e6 * marks["cpu_s"] / (marks["blocks"] * 2))
    return found


def _apart(
    echo: Sound, out: Sound, echo_turned: Sound, idle: Sound, rate: int, part: tuple[float, float]
) -> dict[str, object]:
    """What is left of the echo alone, and how loud all that is sent is beside the noise that is sent otherwise.

    ``echo_alone_db``: two runs that differ in the sign of the echo; half their difference is the echo's part of what
    is sent (Hagerman, Olofsson: "A method to measure the effect of noise reduction algorithms using simultaneous
    speech and noise", Acta Acustica 90 (2004)). ``echo_coherent_db``: the power of what is sent that is coherent with
    the echo (Bendat, Piersol: the coherent output spectrum), which also sees what the noise did to a canceller's path.
    """
    size, whole = round(FRAME * rate), slice(round(part[0] * rate), round(part[1] * rate))
    active = _frames(echo[whole], size) > 10 ** (ACTIVE / 10)

    def power(sound: Sound) -> float:
        return float(_frames(sound[whole], size)[active].sum())

    before = power(echo)
    alone = before / max(power((out[: len(echo_turned)] - echo_turned) / 2), 1e-12)
    louder = power(out) / max(power(idle), 1e-12)
    coherent = float(np.square(echo[whole]).sum()) / max(_coherent(echo[whole], out[whole], rate), 1e-12)
    figures = {"echo_alone_db": alone, "echo_coherent_db": coherent, "over_noise_db": louder}
    return {name: round(10 * math.log10(ratio), 1) for name, ratio in figures.items()}


def _coherent(echo: Sound, out: Sound, rate: int) -> float:
    """Energy of ``out`` that is coherent with ``echo``, at the delay that fits best, less what chance alone gives."""
    size = round(WINDOW * rate)
    best = _delay(echo, out, round(LOOK * rate))
    pairs = [sound[: len(echo) - best] for sound in (echo, out[best:])]
    window = np.hanning(size)
    starts = range(0, len(pairs[0]) - size, size // 2)
    one, other = (np.array([np.fft.rfft(sound[at : at + size] * window) for at in starts]) for sound in pairs)
    cross, power, sent = np.abs((np.conj(one) * other).mean(0)) ** 2, (np.abs(one) ** 2).mean(0), np.abs(other) ** 2
    share = np.clip(cross / np.maximum(power * sent.mean(0), 1e-30), 0, 1)
    chance = 1 / (len(starts) / 1.5)  # windows that overlap by half
    real = np.clip((share - chance) / (1 - chance), 0, 1)
    return float(np.square(pairs[1]).sum() * (real * sent.mean(0)).sum() / sent.mean(0).sum())


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


def _louder(sent: Sound, near: Sound, rate: int, begins: float, ends: float) -> float:
    """The level of the near speech as it is sent beside that at the microphone."""
    after, before = (float(np.square(one[round(begins * rate) : round(ends * rate)]).sum()) for one in (sent, near))
    return 10 * math.log10(max(after, 1e-12) / max(before, 1e-12))


def _gain(out: Sound, near: Sound, rate: int, begins: float, ends: float) -> float:
    """How loud the clean near speech is in what is sent: the projection on it, at the delay that fits best."""
    at, moved = _matched(out, near, rate, begins, ends)
    return float(20 * np.log10(max(1e-9, float(at @ moved) / float(at @ at))))


def _matched(out: Sound, near: Sound, rate: int, begins: float, ends: float) -> tuple[Sound, Sound]:
    start, stop = round(begins * rate), round(ends * rate) - round(LOOK * rate)
    clean = near[start:stop]
    best = _delay(clean, out[start : stop + round(LOOK * rate)], round(LOOK * rate))
    return clean, out[start + best : stop + best]


def _delay(clean: Sound, sound: Sound, most: int) -> int:
    """Samples, fewer than ``most``, by which ``sound`` is most like ``clean`` later."""
    size = 1 << (len(clean) + len(sound)).bit_length()
    product = np.fft.irfft(np.conj(np.fft.rfft(clean, size)) * np.fft.rfft(sound, size), size)
    return int(product[:most].argmax())


def _estoi(clean: Sound, heard: Sound, rate: int) -> float:
    from pystoi import stoi

    return float(stoi(clean, heard, rate, extended=True))


def _pesq(clean: Sound, heard: Sound, rate: int) -> float | None:
    """PESQ, wide band (P.862.2); None when there is no speech."""
    from pesq import NoUtterancesError, pesq
    from scipy import signal

    try:
        return round(float(pesq(16_000, *(signal.resample_poly(one, 16_000, rate) for one in (clean, heard)), "wb")), 2)
    except NoUtterancesError:
        return None


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
