"""Wiring: our echo canceller in a synthetic room, as WAV files for the referee; no real time is spent.

What runs is the product's processing as the kiosk has it (echo, noise and gain), but for ``plain-aec``.

The room is made by the image method (Allen, Berkley 1979): a hall with a kiosk in it, loudspeaker and microphone an arm
apart, and a small loudspeaker's band. The far end speaks throughout; at 35 s somebody at the kiosk speaks into it, from
50 s on alone. Evidence of each scenario in its folder: ``far`` (played), ``echo`` and ``near`` (each at the microphone,
clean), ``mic`` (their sum with noise), ``out`` (sent), all ``.wav``; ``marks.csv`` (what, value).
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import time
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.referee import echoes
from media.sound import BLOCK, RATE
from media.sound.apm import Apm
from media.sound.file import read_wav
from media.sound.processing import WANTS, Wants

END, DOUBLE_TALK, NEAR_ONLY = 56.0, 35.0, 50.0  # seconds
NEAR, ECHO, NOISE = -28.0, -33.0, -65.0  # dBFS, RMS while there is speech
DELAY = 0.060  # seconds from the loudspeaker's block to the microphone's: two sound cards' buffers
ERLE_BAR, DUCKED_BAR = 35.0, 8.0  # dB

Signal = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Scenario:
    """What makes it hard. ``echo`` and ``noise`` in dBFS, ``drift`` in parts of the clock, ``jump`` in seconds."""

    meaning: str
    echo: float = ECHO
    noise: float = NOISE
    clipping: float = 0.0
    drift: float = 0.0
    jump: tuple[float, float] = (0.0, 0.0)
    wants: Wants = WANTS["loudspeaker"]


SCENARIOS = {
    "plain": Scenario("a calm hall, loudspeaker and microphone of one card"),
    "plain-aec": Scenario("the same, echo canceller alone", wants=Wants(echo=True, noise=False, gain=False)),
    "loud": Scenario("echo 5 dB over the talker, a loudspeaker that clips", echo=NEAR + 5, clipping=0.5),
    "noisy": Scenario("a loud hall: noise 15 dB below the talker", noise=NEAR - 15),
    "drift": Scenario("two cards whose clocks differ by 100 ppm", drift=1e-4),
    "jump": Scenario("the delay goes from 60 to 180 ms at 20 s", jump=(20.0, 0.120)),
}


def run(out: Path, args: list[str]) -> dict[str, object]:
    """Run the scenarios, then let the referee read the files."""
    parser = argparse.ArgumentParser(prog="./dev bench echo")
    parser.add_argument("--only", choices=SCENARIOS, action="append", default=[])
    asked = parser.parse_args(args)
    names = asked.only or list(SCENARIOS)
    from infomat.demo.speech import voice

    far, near = (read_wav(asyncio.run(voice(who, out))).astype(np.float64) for who in ("operator", "customer"))
    found: dict[str, dict[str, object]] = {}
    for name in names:
        _play(out / name, SCENARIOS[name], far, near)
        found[name] = echoes.figures(out / name)
    _show(found)
    flat = {f"{name}_{figure}": value for name, some in found.items() for figure, value in some.items()}
    if (plain := found.get("plain")) is not None:
        flat["erle_ok"] = float(str(plain["erle_db"])) >= ERLE_BAR
        flat["double_talk_ok"] = float(str(plain["double_talk_db"])) >= -DUCKED_BAR
    return flat


def _show(found: dict[str, dict[str, object]]) -> None:
    heads = list(dict.fromkeys(head for some in found.values() for head in some))
    bars = f"ERLE >= {ERLE_BAR:.0f} dB after 1 s, near speech in double talk >= -{DUCKED_BAR:.0f} dB"
    table = Table(title=f"echo; bars for plain: {bars}")
    table.add_column("figure")
    for name in found:
        table.add_column(name, justify="right")
    for head in heads:
        table.add_row(head, *(str(some.get(head, "")) for some in found.values()))
    Console().print(table)
    for name in found:
        Console().print(f"  {name:10} {SCENARIOS[name].meaning}")


def _play(folder: Path, scenario: Scenario, far_speech: Signal, near_speech: Signal) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    count = round(END * RATE) // BLOCK * BLOCK
    far = _loud(np.resize(far_speech, count), -26.0)
    far[round(NEAR_ONLY * RATE) :] = 0
    near = np.zeros(count)
    spoken = slice(round(DOUBLE_TALK * RATE), None)
    near[spoken] = _loud(np.resize(near_speech, count)[: len(near[spoken])], NEAR)
    echo = _echo(far, scenario)
    noise = np.random.default_rng(7).normal(0, 10 ** (scenario.noise / 20), count)
    mic = echo + near + noise
    processing = Apm(scenario.wants)
    played, heard = _samples(far), _samples(mic)
    sent = np.zeros_like(heard)
    began = time.process_time()
    for place in range(0, count, BLOCK):
        processing.played(played[place : place + BLOCK])
        sent[place : place + BLOCK] = processing.heard(heard[place : place + BLOCK])
    spent = time.process_time() - began
    files = {"far": played, "echo": _samples(echo), "near": _samples(near), "mic": heard, "out": sent}
    for name, sound in files.items():
        _write(folder / f"{name}.wav", sound)
    marks = {
        "double_talk_s": DOUBLE_TALK, "near_only_s": NEAR_ONLY, "end_s": END, "jump_s": scenario.jump[0],
        "cpu_s": spent, "blocks": count // BLOCK,
    }  # fmt: skip
    with (folder / "marks.csv").open("w", newline="") as text:
        csv.writer(text).writerows([("what", "value"), *marks.items()])


def _echo(far: Signal, scenario: Scenario) -> Signal:
    """What the microphone hears of the loudspeaker."""
    driven = far
    if scenario.clipping:
        top = scenario.clipping * np.abs(far).max()
        driven = top * np.tanh(far / top)
    wet = _convolved(driven, _hall())
    begins, longer = scenario.jump
    shift = round(DELAY * RATE)
    heard = np.concatenate([np.zeros(shift), wet])[: len(far)]
    if begins:
        after = np.concatenate([np.zeros(shift + round(longer * RATE)), wet])[: len(far)]
        heard = np.where(np.arange(len(far)) < begins * RATE, heard, after)
    if scenario.drift:
        places = np.arange(len(far)) * (1 + scenario.drift)
        heard = np.interp(places, np.arange(len(far)), heard)
    return _loud(heard, scenario.echo)


def _hall(size: tuple[float, float, float] = (8.0, 10.0, 3.5), reflection: float = 0.72) -> Signal:
    """The impulse response from the kiosk's loudspeaker to its microphone: mirror images up to 0.35 s away."""
    source, ear = np.array([2.0, 1.0, 0.9]), np.array([2.1, 1.05, 1.35])
    speed, longest = 343.0, 0.35
    response = np.zeros(round(longest * RATE) + 1)
    reach = [int(longest * speed / (2 * side)) + 1 for side in size]
    axes = [np.arange(-most, most + 1) for most in reach]
    for flips in np.ndindex(2, 2, 2):
        places = [(1 - 2 * f) * s + 2 * n * side for f, s, n, side in zip(flips, source, axes, size, strict=True)]
        bounces = [np.abs(n - f) + np.abs(n) for f, n in zip(flips, axes, strict=True)]
        x, y, z = np.meshgrid(*(p - e for p, e in zip(places, ear, strict=True)), indexing="ij")
        walls = sum(np.meshgrid(*bounces, indexing="ij"))
        distance = np.sqrt(x**2 + y**2 + z**2)
        arrival = np.rint(distance / speed * RATE).astype(int)
        inside = arrival < len(response)
        np.add.at(response, arrival[inside], (reflection**walls / distance)[inside])
    spectrum = np.fft.rfft(response, 2 * len(response))
    pitch = np.fft.rfftfreq(2 * len(response), 1 / RATE)
    band = 1 / (1 + (150 / np.maximum(pitch, 1)) ** 4) / (1 + (pitch / 9000) ** 8)
    return np.fft.irfft(spectrum * band)[: len(response)]


def _convolved(sound: Signal, response: Signal) -> Signal:
    size = 1 << (len(sound) + len(response)).bit_length()
    return np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(response, size), size)[: len(sound)]


def _loud(sound: Signal, level: float) -> Signal:
    """At ``level`` dBFS while there is something to hear."""
    frames = sound[: len(sound) // 480 * 480].reshape(-1, 480)
    power = np.square(frames).mean(axis=1)
    active = power > power.max() * 1e-4
    return sound / np.sqrt(power[active].mean()) * 10 ** (level / 20)


def _samples(sound: Signal) -> np.ndarray[Any, np.dtype[np.int16]]:
    return np.clip(np.rint(sound * 32768), -32768, 32767).astype(np.int16)


def _write(file: Path, samples: np.ndarray[Any, np.dtype[np.int16]]) -> None:
    with wave.open(str(file), "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(RATE)
        wav.writeframes(samples.astype("<i2").tobytes())
