"""benchmarks/echo.py and its referee: known echoes give known figures, and our processing beats doing nothing."""

from __future__ import annotations

import csv
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import echo
from benchmarks.referee import echoes

RATE = 16_000


def write(path: Path, sound: Any) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.clip(np.rint(sound), -32768, 32767).astype("<i2").tobytes())


def evidence(folder: Path, *, leaves: float, ducks: float, jump: float = 0.0) -> Path:
    """A run in which ``leaves`` (amplitude) of the echo is left and near speech comes out ``ducks`` as loud."""
    chance, count = np.random.default_rng(3), 12 * RATE
    time = np.arange(count) / RATE
    far = np.where(time < 8, chance.normal(0, 800, count), 0)
    near = np.where(time >= 5, chance.normal(0, 900, count), 0)
    left = np.where((time < 1) | ((jump > 0) & (time >= jump) & (time < jump + 2)), 1.0, leaves)
    late = np.concatenate([np.zeros(80), near])[:count]  # the processing takes 5 ms
    out = far * left + late * np.where(time < 8, ducks, 1.0)
    sounds = {
        "mic": far + near,
        "out": out,
        "near": near,
        "echo": far,
        "echo_turned": out - 2 * far * left,
        "near_turned": 2 * far * left - out,
        "idle": out - far * left,
    }
    for name, sound in sounds.items():
        write(folder / f"{name}.wav", sound)
    marks = {
        "double_talk_s": 5,
        "near_only_s": 8,
        "end_s": 12,
        "change_s": jump,
        "quiet_s": 0,
        "cpu_s": 0.12,
        "blocks": 600,
    }
    with (folder / "marks.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("what", "value"), *marks.items()])
    return folder


@pytest.fixture(autouse=True)
def _no_quality(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both need seconds."""
    if request.node.get_closest_marker("slow") is None:
        monkeypatch.setattr(echoes, "_estoi", lambda *given: 0.0)
        monkeypatch.setattr(echoes, "_pesq", lambda *given: 1.0)


def test_the_referee_finds_what_is_in_the_files(tmp_path: Path) -> None:
    found = echoes.figures(evidence(tmp_path, leaves=0.01, ducks=0.5))
    assert found["erle_db"] == pytest.approx(40, abs=0.6)
    assert found["to_20_db_s"] == pytest.approx(1.5, abs=0.6)
    assert found["double_talk_db"] == pytest.approx(-6, abs=0.3)
    assert found["near_alone_db"] == pytest.approx(0, abs=0.3)
    assert found["cpu_us_per_10_ms"] == 100
    curve = (tmp_path / "erle.csv").read_text().splitlines()
    assert curve[0] == "second,erle_db"
    assert len(curve) > 6


def test_an_echo_that_stays_is_no_erle_and_a_jump_is_timed(tmp_path: Path) -> None:
    nothing = tmp_path / "nothing"
    nothing.mkdir()
    found = echoes.figures(evidence(nothing, leaves=1.0, ducks=1.0))
    assert found["erle_db"] == pytest.approx(0, abs=0.2)
    assert found["to_20_db_s"] is None
    jumped = tmp_path / "jumped"
    jumped.mkdir()
    found = echoes.figures(evidence(jumped, leaves=0.001, ducks=1.0, jump=2.0))
    assert found["after_change_20_db_s"] == pytest.approx(2.5, abs=0.6)


def test_in_noise_what_is_left_of_the_echo_is_told_from_the_noise(tmp_path: Path) -> None:
    """The echo 10 dB over a noise that stays as it is: all that is sent falls by 10 dB, the echo in it by 40."""
    folder = evidence(tmp_path, leaves=1.0, ducks=1.0)
    chance, count = np.random.default_rng(5), 12 * RATE
    far = np.where(np.arange(count) < 8 * RATE, chance.normal(0, 800, count), 0)
    noise = chance.normal(0, 253, count)
    sounds = {
        "echo": far,
        "mic": far + noise,
        "out": 0.01 * far + noise,
        "echo_turned": -0.01 * far + noise,
        "idle": noise,
        "near": np.where(np.arange(count) >= 5 * RATE, chance.normal(0, 900, count), 0),
    }
    for name, sound in sounds.items():
        write(folder / f"{name}.wav", sound)
    found = echoes.figures(folder)
    assert found["erle_db"] == pytest.approx(10.4, abs=0.5)
    assert found["echo_alone_db"] == pytest.approx(40, abs=0.5)
    assert found["echo_coherent_db"] == pytest.approx(35, abs=6)  # chance alone is worth as much as this echo
    assert found["over_noise_db"] == pytest.approx(0, abs=0.3)
    write(folder / "out.wav", 0.3 * far + noise)
    write(folder / "echo_turned.wav", 0.3 * far + noise)  # the same in both: only the second way sees it
    found = echoes.figures(folder)
    assert found["echo_coherent_db"] == pytest.approx(10.4, abs=1)
    assert float(str(found["over_noise_db"])) > 2


def test_each_bar_is_asked_of_what_it_is_for() -> None:
    quiet, loud = echo.SCENARIOS["plain"], echo.SCENARIOS["noisy"]
    found: dict[str, object] = {"erle_db": 27.0, "echo_alone_db": 42.0, "echo_coherent_db": 50.0, "over_noise_db": -1.0}
    assert echo.falls_short(quiet, found | {"double_talk_db": -3.0}) == ["erle"]
    assert echo.falls_short(loud, found | {"double_talk_db": -3.0}) == []
    assert echo.falls_short(loud, found | {"double_talk_db": -9.0, "over_noise_db": 2.0}) == ["erle", "double_talk"]
    assert echo.falls_short(loud, found | {"double_talk_db": -3.0, "echo_coherent_db": 30.0}) == ["erle"]


@pytest.mark.slow
def test_our_processing_in_the_synthetic_room_keeps_its_bars(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(echo, "SCENARIOS", {name: echo.SCENARIOS[name] for name in ("loud", "noisy")})
    found = echo.run(tmp_path, [])
    assert found["erle_ok"] is True
    assert found["double_talk_ok"] is True
    assert (tmp_path / "loud" / "out.wav").stat().st_size > 5_000_000
