"""media/sound: files, devices that are missing, the room."""

from __future__ import annotations

import asyncio
import sys
import time
import types
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from media.messages import DeviceBack, DeviceChoice, DeviceLost, Event
from media.sound import BLOCK, PART, RATE, SoundLost, attended
from media.sound import room as room_module
from media.sound.file import FileLoudspeaker, LoopedMicrophone, read_wav, tone
from media.sound.playout import rms
from media.sound.processing import Untouched, Wants
from media.sound.room import SoundRoom
from tests.media.ear import Ear

NONE = DeviceChoice(kind="none")


def write_wav(path: Path, samples: np.ndarray[Any, Any], rate: int, channels: int = 1) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.astype("<i2").tobytes())
    return path


async def until(wanted: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not wanted():
        assert time.monotonic() < deadline, "it never came"
        await asyncio.sleep(0.01)


def test_any_rate_and_stereo_become_our_rate_and_mono(tmp_path: Path) -> None:
    stereo = np.repeat(tone(440, 0.5)[:: RATE // 24_000], 2)
    read = read_wav(write_wav(tmp_path / "a.wav", stereo, 24_000, 2))
    assert abs(len(read) - RATE / 2) < 10
    assert np.corrcoef(read[: RATE // 4], tone(440, 0.5)[: RATE // 4])[0, 1] > 0.99


def test_what_is_no_wav_is_lost_not_a_crash(tmp_path: Path) -> None:
    (tmp_path / "x.wav").write_bytes(b"not sound")
    for path in (tmp_path / "x.wav", tmp_path / "absent.wav"):
        with pytest.raises(SoundLost):
            read_wav(path)


async def test_a_file_microphone_speaks_at_the_pace_of_the_clock_and_loops() -> None:
    samples = np.arange(3 * BLOCK - 100).astype(np.int16)
    microphone, heard = LoopedMicrophone(samples), []
    began = time.monotonic()
    microphone.start(lambda block: heard.append((time.monotonic() - began, block)), lambda _: None)
    await until(lambda: len(heard) >= 30)
    microphone.close()
    assert 0.55 < heard[29][0] < 2.0
    assert (heard[3][1] == heard[0][1]).all()
    assert (heard[2][1][-100:] == 0).all()


async def test_a_file_loudspeaker_writes_in_real_time_and_is_whole_before_it_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "out.wav"
    loudspeaker = FileLoudspeaker(path)
    played = 0

    def next_part() -> np.ndarray[Any, Any]:
        nonlocal played
        played += 1
        return np.full(PART, played, dtype=np.int16)

    began = time.monotonic()
    loudspeaker.start(next_part, lambda _: None)
    await until(lambda: played >= 101)
    assert 0.95 < time.monotonic() - began < 3.0
    with wave.open(str(path)) as file:
        assert file.getnframes() == 100 * PART  # as a killed process would leave it
    loudspeaker.close()
    written = read_wav(path)
    assert [int(written[place * PART]) for place in range(100)] == list(range(1, 101))


async def test_every_listener_hears_the_room_and_mute_makes_silence() -> None:
    room = SoundRoom(asyncio.get_running_loop(), lambda event: None)
    await room.choose(DeviceChoice(kind="generated"), NONE)
    first, second = Ear(room), Ear(room)
    assert rms(await first.next_block()) > 1000
    assert rms(await second.next_block()) > 1000
    room.mute(True)
    for _ in range(6):
        block = await first.next_block()
    assert rms(block) == 0
    assert room.mic_level == -96.0
    await room.close()


async def test_cues_are_played_by_name_and_an_unknown_one_is_told() -> None:
    room = SoundRoom(asyncio.get_running_loop(), lambda event: None)
    for name in ("touch", "call", "done"):
        room.cue(name, 1.0)
        assert max(rms(room.playout.next_part()) for _ in range(3)) > 100
    with pytest.raises(FileNotFoundError):
        room.cue("trumpet", 1.0)


class Library(types.ModuleType):
    """As much of sounddevice as our driver uses, with a cable that can be pulled."""

    class PortAudioError(Exception):
        pass

    def __init__(self) -> None:
        super().__init__("sounddevice")
        self.plugged = True
        self.pulled: set[str | int | None] = set()
        self.opened: list[Any] = []

    def _terminate(self) -> None:
        pass

    def _initialize(self) -> None:
        pass

    def RawInputStream(self, **given: Any) -> Any:
        return self._stream(given)

    RawOutputStream = RawInputStream

    def _stream(self, given: dict[str, Any]) -> Any:
        if not self.plugged or given["device"] in self.pulled:
            raise self.PortAudioError("no device")
        stream = types.SimpleNamespace(given=given, start=lambda: None, close=lambda: None)
        self.opened.append(stream)
        return stream


async def test_a_microphone_pulled_out_is_replaced_by_silence_and_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    library, told = Library(), list[Event]()
    monkeypatch.setitem(sys.modules, "sounddevice", library)
    monkeypatch.setattr(attended, "RETRY", 0.1)
    room = SoundRoom(asyncio.get_running_loop(), told.append)
    await room.choose(DeviceChoice(kind="device"), NONE)
    ear = Ear(room)
    library.opened[0].given["callback"](tone()[:BLOCK].tobytes(), BLOCK, None, None)
    assert rms(await ear.next_block()) > 1000
    library.plugged = False
    library.opened[0].given["finished_callback"]()
    await until(lambda: bool(told))
    assert isinstance(told[0], DeviceLost)
    assert rms(await ear.next_block()) == 0  # the call goes on
    library.plugged = True
    await until(lambda: len(told) == 2)
    assert told[1] == DeviceBack(kind="microphone")
    await room.close()


async def test_a_device_that_silently_stops_counts_as_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    library, told = Library(), list[Event]()
    monkeypatch.setitem(sys.modules, "sounddevice", library)
    monkeypatch.setattr(attended, "STALLED", 0.1)
    monkeypatch.setattr(attended, "RETRY", 30.0)
    room = SoundRoom(asyncio.get_running_loop(), told.append)
    await room.choose(NONE, DeviceChoice(kind="device", name="3"))
    assert library.opened[0].given["device"] == 3
    await until(lambda: bool(told))
    assert told[0] == DeviceLost(kind="loudspeaker", reason="the loudspeaker stalled")
    await room.close()


async def test_no_port_audio_at_all_is_a_lost_device(monkeypatch: pytest.MonkeyPatch) -> None:
    told = list[Event]()
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    room = SoundRoom(asyncio.get_running_loop(), told.append)
    await room.choose(DeviceChoice(kind="device"), DeviceChoice(kind="device"))
    assert {event.kind for event in told if isinstance(event, DeviceLost)} == {"microphone", "loudspeaker"}
    await room.close()


async def test_what_comes_in_the_place_of_a_headset_has_its_echo_taken_out(monkeypatch: pytest.MonkeyPatch) -> None:
    library, wanted = Library(), list[Wants]()
    library.query_devices = list  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sounddevice", library)
    monkeypatch.setattr(attended, "RETURN", 0.1)

    def chain(wants: Wants) -> Untouched:
        wanted.append(wants)
        return Untouched()

    monkeypatch.setattr(room_module, "Chain", chain)
    told = list[Event]()
    room = SoundRoom(asyncio.get_running_loop(), told.append)
    await room.choose(DeviceChoice(kind="device", name="Headset"), NONE, "headset")
    library.pulled.add("Headset")
    library.opened[0].given["finished_callback"]()
    await until(lambda: len(wanted) == 2)
    assert told[-1] == DeviceBack(kind="microphone", instead=True)
    library.pulled.clear()
    await until(lambda: len(wanted) == 3)
    assert told[-1] == DeviceBack(kind="microphone")
    assert [each.echo for each in wanted] == [False, True, False]
    await room.close()
