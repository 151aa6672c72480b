"""The referee of calls finds what was planted in small evidence: a delay, a freeze, a gap, a recovery, a lost call."""

from __future__ import annotations

import csv
import functools
import json
import wave
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.referee import calls, pictures, sounds

RATE = 48_000
BEGAN = 1_700_000_000_000.0  # wall_ms
SECONDS = 9.0
ENDS = ("kiosk", "operator")


@functools.cache
def voice(seed: int) -> np.ndarray[Any, Any]:
    """Something like speech: a buzzing voice in syllables, over the noise of a room."""
    chance = np.random.default_rng(seed)
    time = np.arange(round(SECONDS * RATE)) / RATE
    pitch = 110 + 20 * np.sin(2 * np.pi * 0.7 * time)
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    colour = 1 + np.sin(2 * np.pi * 1.3 * time)
    buzz = sum(np.sin(phase * n) / n * (1 + colour * (n % 3)) for n in range(1, 25))
    # four syllables a second, each of its own loudness, no two stretches alike
    loudness = np.repeat(chance.uniform(0.05, 1, round(SECONDS * 8) + 1), RATE // 8)[: len(time)]
    syllables = np.convolve(loudness, np.hanning(2400) / 1200, mode="same")
    return np.asarray(4000 * buzz * syllables / np.abs(buzz).max() * 3 + chance.normal(0, 60, len(time)))


def write(file: Path, heads: str, rows: Iterable[Iterable[Any]]) -> None:
    with file.open("w", newline="") as out:
        csv.writer(out).writerows([heads.split(","), *rows])


def recorded(folder: Path, name: str, samples: np.ndarray[Any, Any], began: float = BEGAN) -> None:
    """A WAV and its stamps, which are late now and then, as on a busy machine."""
    with wave.open(str(folder / f"{name}.wav"), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(np.clip(samples, -32768, 32767).astype("<i2").tobytes())
    stamps = ((place, began + place / 48 + (15 if place % 9600 == 0 else 0)) for place in range(0, len(samples), 960))
    write(folder / f"{name}.csv", "sample,wall_ms", stamps)


def later(samples: np.ndarray[Any, Any], ms: float) -> np.ndarray[Any, Any]:
    gap = round(ms * 48)
    return np.concatenate([np.zeros(gap), samples])[: len(samples)]


def evidence(
    folder: Path, *, sound_ms: float = 80, picture_ms: float = 60, freeze: float = 0, gap: float = 0, cut: bool = False
) -> Path:
    """A call of nine seconds at thirty pictures a second with these faults at the kiosk's end."""
    folder.mkdir(parents=True)
    marks = [("began", BEGAN), ("ended", BEGAN + SECONDS * 1000)]
    if cut:
        marks += [("cut", BEGAN + 3000), ("joined", BEGAN + 5000)]
    write(folder / "cut.csv", "what,wall_ms", marks)
    takes = [(number % 240, BEGAN + number * 100 / 3) for number in range(round(SECONDS * 30))]
    for place, (end, other) in enumerate(zip(ENDS, reversed(ENDS), strict=True)):
        write(folder / f"taken-{end}.csv", "code,wall_ms", takes)
        shows = [(code, at + picture_ms, 1280) for code, at in takes]
        if freeze and end == "kiosk":
            shows = [row for row in shows if not 4000 < row[1] - BEGAN < 4000 + freeze]
        if cut:
            shows = [row for row in shows if not 3000 < row[1] - BEGAN < 5300 + 100 * place]
        write(folder / f"shown-{end}.csv", "code,wall_ms,width", shows)
        said = voice(place)
        recorded(folder, f"said-{end}", said)
        heard = later(said, sound_ms)
        if gap and end == "operator":
            for block in np.random.default_rng(5).choice(len(said) // 960, round(gap * len(said) / 960), replace=False):
                heard[block * 960 : (block + 1) * 960] = 0
        if cut:
            heard[3 * RATE : round(5.2 * RATE)] = 0
        recorded(folder, f"heard-{other}", heard)
    write(
        folder / "sound.csv",
        "end,decoded,fec,concealed",
        [(end, 1000 - 1000 * gap - 20, 20, 1000 * gap) for end in ENDS],
    )
    write(
        folder / "setup.csv", "call,end,what,ms",
        [(n, end, what, 100 + 10 * n + extra) for n in range(10) for end in ENDS for what, extra in SET_UP],
    )  # fmt: skip
    write(
        folder / "load.csv", "end,process,cpu_s,wall_s,rss_mib,pss_mib,frames",
        [(end, process, 0.6, 6.0, 100, 60, 180) for end in ENDS for process in ("renderer", "gpu-process")],
    )  # fmt: skip
    write(
        folder / "memory.csv",
        "call,end,rss_mib",
        [(n, end, 200 + min(n, 10) + n / 4) for n in range(40) for end in ENDS],
    )
    write(folder / "before.csv", "call,end,bytes", [(n, end, 300 * n) for n in range(2) for end in ENDS])
    (folder / "link.json").write_text(json.dumps({"seen": [1000, 1000], "dropped": [10, 30]}))
    return folder


SET_UP = (("first_frame", 0), ("first_sound", 40))


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The figures of a call without a fault."""
    return calls.call(evidence(tmp_path_factory.mktemp("calls") / "good"), "clean", "ours")


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The figures of a call with half a second of a frozen picture and every twentieth bit of sound missing."""
    return calls.call(evidence(tmp_path_factory.mktemp("calls") / "faulty", freeze=500, gap=0.05), "loss5", "ours")


def test_a_planted_delay_is_found_in_the_sound_and_in_the_pictures(good: dict[str, Any]) -> None:
    assert good["sound_ms"] == pytest.approx(80, abs=1)
    assert (good["picture_p50_ms"], good["picture_p95_ms"]) == (60, 60)
    assert (good["fps"], good["width"]) == (pytest.approx(30, abs=0.3), 1280)


def test_a_delay_that_grew_in_the_middle_is_found_in_each_stretch(tmp_path: Path) -> None:
    said = voice(3)
    half = len(said) // 2
    recorded(tmp_path, "said", said)
    recorded(tmp_path, "heard", np.concatenate([later(said, 80)[:half], later(said, 230)[half:]]))
    windows = sounds.found_again(
        sounds.Recording.read(tmp_path, "said"), sounds.Recording.read(tmp_path, "heard"), window=1.0
    )
    assert [round(w.delay_ms) for w in windows][1] == pytest.approx(80, abs=1)
    assert [round(w.delay_ms) for w in windows][-2] == pytest.approx(230, abs=1)


def test_what_was_never_said_is_not_found(tmp_path: Path) -> None:
    recorded(tmp_path, "said", voice(1))
    recorded(tmp_path, "heard", np.random.default_rng(9).normal(0, 2000, round(SECONDS * RATE)))
    assert sounds.found_again(sounds.Recording.read(tmp_path, "said"), sounds.Recording.read(tmp_path, "heard")) == []


def test_a_whole_call_has_no_freeze_and_the_best_marks(good: dict[str, Any]) -> None:
    assert (good["freezes"], good["frozen_ms"], good["recovery_ms"]) == (0, 0, None)
    assert (good["decoded"], good["fec"], good["concealed"]) == (0.98, 0.02, 0)
    assert good["pesq"] > 4.4
    assert good["estoi"] > 0.98


def test_a_planted_freeze_is_counted_once_and_as_long_as_it_was(faulty: dict[str, Any]) -> None:
    assert faulty["freezes"] == 1
    assert faulty["frozen_ms"] == pytest.approx(520, abs=35)


def test_a_picture_that_never_comes_back_is_a_freeze_and_one_late_picture_is_none() -> None:
    steady = [place * 33.3 for place in range(60)]
    assert pictures.frozen(steady, steady[-1] + 3000) == [pytest.approx(3000)]
    assert pictures.frozen([*steady, steady[-1] + 150], steady[-1] + 170) == []


def test_a_planted_gap_of_five_percent_lowers_pesq_and_estoi(faulty: dict[str, Any], good: dict[str, Any]) -> None:
    assert faulty["concealed"] == pytest.approx(0.05, abs=0.001)
    assert faulty["delivered"] == pytest.approx(0.95, abs=0.001)
    assert faulty["pesq"] < good["pesq"] - 0.3
    assert faulty["estoi"] < good["estoi"] - 0.01


def test_recovery_is_the_last_of_both_ends_pictures_and_sound(tmp_path: Path) -> None:
    found = calls.call(evidence(tmp_path / "cut", cut=True), "cut", "ours")
    assert found["recovery_ms"] == pytest.approx(410, abs=35)  # the operator's picture; the sound came after 200 ms
    assert found["freezes"] == 2


def test_a_call_is_set_up_when_it_is_seen_and_heard(good: dict[str, Any]) -> None:
    assert (good["set_up_calls"], good["setup_p50_ms"], good["setup_p95_ms"]) == (10, 180, 230)
    assert (good["first_frame_p50_ms"], good["first_sound_p50_ms"]) == (140, 180)


def test_a_call_that_was_never_heard_is_not_left_out(tmp_path: Path) -> None:
    folder = evidence(tmp_path / "mute")
    rows = (folder / "setup.csv").read_text().splitlines()
    (folder / "setup.csv").write_text(
        "\n".join(row if "9,kiosk,first_sound" not in row else "9,kiosk,first_sound," for row in rows)
    )
    assert calls._setup(folder)["setup_p95_ms"] == 230
    assert calls._setup(folder)["setup_p50_ms"] == 180
    (folder / "setup.csv").write_text(
        "\n".join(row if "first_sound" not in row else row.rsplit(",", 1)[0] + "," for row in rows)
    )
    assert calls._setup(folder)["setup_p50_ms"] is None


def test_load_is_of_all_processes_a_frame_and_an_end(good: dict[str, Any]) -> None:
    assert good["cpu_ms_per_frame"] == pytest.approx(1000 * 4 * 0.6 / 360, abs=0.05)
    assert (good["rss_mib"], good["pss_mib"], good["lost"]) == (200, 120, 0.02)


def test_growth_is_told_from_the_calls_after_the_first_ten(good: dict[str, Any]) -> None:
    assert good["mib_per_call"] == 0.25
    assert good["bytes_before_accept"] == 300


def test_pictures_that_did_not_pass_the_link_are_no_evidence(tmp_path: Path) -> None:
    folder = evidence(tmp_path / "around")
    (folder / "link.json").write_text(json.dumps({"seen": [2000, 40], "dropped": [0, 0]}))
    with pytest.raises(ValueError, match="did not pass the link"):
        calls.call(folder, "clean", "ours")


def test_ratios_are_ours_to_theirs_and_what_is_missed_is_said(tmp_path: Path) -> None:
    evidence(tmp_path / "clean" / "ours", picture_ms=90, freeze=500)
    evidence(tmp_path / "clean" / "chromium", sound_ms=120)
    found = calls.comparison(tmp_path, ["clean"], ["ours", "chromium"])
    assert found["ratios"]["clean"]["picture_p50_ms"] == 1.5
    assert found["ratios"]["clean"]["freezes"] is None  # one to none
    assert found["ratios"]["clean"]["sound_ms"] == pytest.approx(0.667, abs=0.01)
    missed = {line.split(":")[0] for line in found["missed"]}
    assert {"clean setup_p50_ms", "clean picture_p50_ms", "clean picture_p95_ms", "clean freezes"} <= missed
    assert not missed & {"clean sound_ms", "clean cpu_ms_per_frame", "clean delivered"}
