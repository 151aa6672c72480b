"""Wiring: our echo canceller in a synthetic hall, as WAV files for the referee; no real time is spent.

What runs is the product's processing as the kiosk has it (echo, noise and gain), but for ``webrtc``: that of the
library alone. The far end speaks throughout; at 35 s somebody at the kiosk speaks into it, from 50 s on alone.
Evidence of each scenario in its folder: ``far`` (played), ``echo`` and ``near`` (each at the microphone, clean),
``mic`` (their sum with noise), ``out`` (sent); what would have been sent, had the echo (``echo_turned``) or the near
speech (``near_turned``) had the other sign, or nothing been played (``idle``), all ``.wav``; ``marks.csv``.
"""

from __future__ import annotations

import argparse
import csv
import time
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks import hall, voices
from benchmarks.hall import Signal
from benchmarks.referee import echoes
from media.sound import BLOCK, RATE
from media.sound.apm import Apm
from media.sound.chain import Chain
from media.sound.processing import WANTS, Processing

END, DOUBLE_TALK, NEAR_ONLY = 56.0, 35.0, 50.0  # seconds
FAR, NEAR, ECHO, NOISE = -26.0, -28.0, -33.0, -65.0  # dBFS, RMS while there is speech
DELAY = 0.060  # seconds from the loudspeaker's block to the microphone's: two sound cards' buffers
ERLE_BAR, DUCKED_BAR = 35.0, 8.0  # dB
NOISE_BAR = 1.0  # dB by which what is sent while the far end speaks may be louder than the noise that is sent otherwise
LOUD = 20.0  # dB of the echo over the noise from which on all that is left counts as echo

Samples = np.ndarray[Any, np.dtype[np.int16]]


@dataclass(frozen=True)
class Scenario:
    """What makes it hard. Levels in dBFS, ``drift`` in parts of the clock, times in seconds."""

    meaning: str
    echo: float = ECHO
    near: float = NEAR
    noise: float = NOISE
    babble: bool = False
    clipping: float = 0.0
    overload: float = 0.0  # dB by which the microphone is turned up too far
    drift: float = 0.0
    delay: float = DELAY
    jump: tuple[float, float] = (0.0, 0.0)
    pause: tuple[float, float] = (0.0, 0.0)  # of the far end
    walker: bool = False
    voices: Literal["ru", "lv", "en", "new"] = "ru"
    seed: int = 7
    webrtc: bool = False  # the library alone, for comparison


SCENARIOS = {
    "plain": Scenario("a calm hall, loudspeaker and microphone of one card; the far end speaks at once"),
    "plain-lv": Scenario("the same, other voices", voices="lv"),
    "plain-en": Scenario("the same, other voices", voices="en"),
    "plain-new": Scenario("voices and a noise by which nothing was tuned", voices="new", seed=11),
    "plain-webrtc": Scenario("the same, WebRTC's processing alone", webrtc=True),
    "loud": Scenario("echo 5 dB over the talker, a loudspeaker that clips", echo=NEAR + 5, clipping=0.5),
    "loud-lv": Scenario("the same, other voices", echo=NEAR + 5, clipping=0.5, voices="lv"),
    "loud-en": Scenario("the same, other voices", echo=NEAR + 5, clipping=0.5, voices="en"),
    "loud-new": Scenario("voices by which nothing was tuned", echo=NEAR + 5, clipping=0.5, voices="new", seed=11),
    "loud-clean": Scenario("echo 5 dB over the talker, a loudspeaker that does not clip", echo=NEAR + 5),
    "loud-webrtc": Scenario("loud, WebRTC's processing alone", echo=NEAR + 5, clipping=0.5, webrtc=True),
    "noisy": Scenario("a loud hall: noise 15 dB below the talker", noise=NEAR - 15),
    "noisy-lv": Scenario("the same, other voices", noise=NEAR - 15, voices="lv"),
    "noisy-en": Scenario("the same, other voices", noise=NEAR - 15, voices="en"),
    "noisy-new": Scenario("voices by which nothing was tuned", noise=NEAR - 15, voices="new", seed=11),
    "noisy-webrtc": Scenario("noisy, WebRTC's processing alone", noise=NEAR - 15, webrtc=True),
    "babble": Scenario("a hall full of talk, 15 dB below the talker", noise=NEAR - 15, babble=True),
    "drift": Scenario("two cards whose clocks differ by 100 ppm", drift=1e-4),
    "drift+300": Scenario("by 300 ppm", drift=3e-4),
    "drift-300": Scenario("by 300 ppm, the other way", drift=-3e-4),
    "jump": Scenario("the delay goes from 60 to 180 ms at 20 s", jump=(20.0, 0.120)),
    "jump+200": Scenario("from 40 to 240 ms", delay=0.040, jump=(20.0, 0.200)),
    "jump-200": Scenario("from 240 to 40 ms", delay=0.240, jump=(20.0, -0.200)),
    "pause": Scenario("the far end is silent from 10 to 20 s", pause=(10.0, 20.0)),
    "late": Scenario("the far end begins after 12 s", pause=(0.0, 12.0)),
    "walker": Scenario("somebody comes and goes in front of the kiosk all the time", walker=True),
    "overload": Scenario("a microphone turned up until it clips", overload=18.0),
    "talk+10": Scenario("the talker 10 dB over the echo", echo=NEAR - 10),
    "talk-10": Scenario("the talker 10 dB under the echo", echo=NEAR, near=NEAR - 10),
}


def run(out: Path, args: list[str]) -> dict[str, object]:
    """Run the scenarios, then let the referee read the files."""
    parser = argparse.ArgumentParser(prog="./dev bench echo")
    parser.add_argument("--only", choices=SCENARIOS, action="append", default=[])
    names = parser.parse_args(args).only or list(SCENARIOS)
    found: dict[str, dict[str, object]] = {}
    for name in names:
        _play(out / name, SCENARIOS[name], out)
        found[name] = echoes.figures(out / name)
    short = {name: what for name, some in found.items() if (what := falls_short(SCENARIOS[name], some))}
    _show(found, short)
    flat = {f"{name}_{figure}": value for name, some in found.items() for figure, value in some.items()}
    ours = {name: what for name, what in short.items() if not SCENARIOS[name].webrtc}
    for bar in ("erle", "double_talk"):
        flat[f"{bar}_ok"] = not any(bar in what for what in ours.values())
    return flat


def falls_short(scenario: Scenario, found: dict[str, object]) -> list[str]:
    """Which bars are missed.

    ERLE is a matter of quiet rooms (Cutler et al., "INTERSPEECH 2021 acoustic echo cancellation challenge"): in noise
    what is left of the echo is measured alone, and what is sent must not be louder than the noise of the place.
    The near speech is measured by its level, as ITU-T P.340 does it; its projection is of tables before this one.
    """

    def figure(name: str) -> float:
        return float(str(found[name]))

    quiet = scenario.echo - scenario.noise >= LOUD
    erle = figure("erle_db") if quiet else min(figure("echo_alone_db"), figure("echo_coherent_db"))
    good = {
        "erle": erle >= ERLE_BAR and (quiet or figure("over_noise_db") <= NOISE_BAR),
        "double_talk": figure("double_talk_db") >= -DUCKED_BAR,
    }
    return [bar for bar, well in good.items() if not well]


_COLUMNS = {
    "erle_db": "ERLE", "erle_2nd_second_db": "2nd s", "echo_alone_db": "echo alone", "echo_coherent_db": "coherent",
    "over_noise_db": "over noise", "to_20_db_s": "20 dB after s", "double_talk_db": "near, double",
    "double_talk_projected_db": "projected",
    "estoi_mic": "ESTOI mic", "estoi_out": "out", "pesq_mic": "PESQ mic", "pesq_out": "out",
    "near_alone_db": "near alone", "after_change_20_db_s": "again after s", "erle_after_change_db": "ERLE then",
    "cpu_us_per_10_ms": "us/10 ms",
}  # fmt: skip


def _show(found: dict[str, dict[str, object]], short: dict[str, list[str]]) -> None:
    bars = f"ERLE >= {ERLE_BAR:.0f} dB after 1 s, near speech in double talk >= -{DUCKED_BAR:.0f} dB"
    table = Table(title=f"echo; bars: {bars}")
    table.add_column("scene")
    for title in _COLUMNS.values():
        table.add_column(title, justify="right")
    table.add_column("misses")
    for name, some in found.items():
        table.add_row(name, *(str(some.get(head, "")) for head in _COLUMNS), " ".join(short.get(name, [])))
    people = Console(width=190)
    people.print(table)
    for name in found:
        people.print(f"  {name:12} {SCENARIOS[name].meaning}")


def _play(folder: Path, scenario: Scenario, kept: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    count = round(END * RATE) // BLOCK * BLOCK
    far, near = _said(scenario, kept, count)
    driven = hall.clipped(far, scenario.clipping) if scenario.clipping else far
    echo = hall.delayed(hall.heard(driven, scenario.walker), scenario.delay, scenario.jump)
    echo = hall.at_level(hall.drifted(echo, scenario.drift), scenario.echo)
    around = _noise(scenario, kept, count)
    gain = 10 ** (scenario.overload / 20)
    played = _samples(far)
    sent, spent = _sent(scenario, played, mic := _samples(gain * (echo + near + around)))
    until = round(DOUBLE_TALK * RATE)
    others = {
        "echo_turned": _sent(scenario, played[:until], _samples(gain * (near + around - echo)[:until]))[0],
        "near_turned": _sent(scenario, played, _samples(gain * (echo + around - near)))[0],
        "idle": _sent(scenario, 0 * played[:until], _samples(gain * (near + around)[:until]))[0],
    }
    clean = {"far": played, "echo": _samples(gain * echo), "near": _samples(gain * near)}
    for name, sound in {**clean, "mic": mic, "out": sent, **others}.items():
        _write(folder / f"{name}.wav", sound)
    marks = {
        "double_talk_s": DOUBLE_TALK, "near_only_s": NEAR_ONLY, "end_s": END,
        "change_s": scenario.jump[0] or (scenario.pause[1] if scenario.pause[0] else 0.0),
        "quiet_s": scenario.pause[0], "cpu_s": spent, "blocks": count // BLOCK,
    }  # fmt: skip
    with (folder / "marks.csv").open("w", newline="") as text:
        csv.writer(text).writerows([("what", "value"), *marks.items()])


def _said(scenario: Scenario, kept: Path, count: int) -> tuple[Signal, Signal]:
    """What the loudspeaker plays, and what is said at the kiosk, at its microphone."""
    far = hall.at_level(np.resize(voices.speech(f"operator-{scenario.voices}", kept), count), FAR)
    far[round(NEAR_ONLY * RATE) :] = 0
    begins, ends = (round(at * RATE) for at in scenario.pause)
    far[begins:ends] = 0
    near, speech = np.zeros(count), voices.speech(f"customer-{scenario.voices}", kept)
    spoken = hall.at_level(np.resize(speech, count), scenario.near)
    near[round(DOUBLE_TALK * RATE) :] = spoken[: count - round(DOUBLE_TALK * RATE)]
    if ends and not begins:  # who waits for the other end says hello
        near[2 * RATE : 8 * RATE] = spoken[: 6 * RATE]
    return far, near


def _noise(scenario: Scenario, kept: Path, count: int) -> Signal:
    if scenario.babble:
        people = [voices.speech(name, kept) for name in voices.SPEAKERS]
        return hall.babble(people, count, scenario.noise, scenario.seed)
    return hall.noise(count, scenario.noise, scenario.seed)


def _sent(scenario: Scenario, played: Samples, mic: Samples) -> tuple[Samples, float]:
    """What is sent, and the seconds of CPU it took."""
    wants = WANTS["loudspeaker"]
    processing: Processing = Apm(wants.echo, wants.noise) if scenario.webrtc else Chain(wants)
    sent = np.zeros_like(mic)
    began = time.process_time()
    for place in range(0, len(mic), BLOCK):
        processing.played(played[place : place + BLOCK])
        sent[place : place + BLOCK] = processing.heard(mic[place : place + BLOCK])
    return sent, time.process_time() - began


def _samples(sound: Signal) -> Samples:
    return np.clip(np.rint(sound * 32768), -32768, 32767).astype(np.int16)


def _write(file: Path, samples: Samples) -> None:
    with wave.open(str(file), "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(RATE)
        wav.writeframes(samples.astype("<i2").tobytes())
