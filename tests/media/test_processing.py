"""media/sound/chain.py and the room: echo is taken out of what is sent, on file devices and on a clock of our own."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import pytest

from media.messages import DeviceChoice, Event, Listening, Problem
from media.sound import BLOCK, RATE, apm
from media.sound.apm import Apm, ApmError
from media.sound.chain import Chain
from media.sound.playout import level
from media.sound.processing import WANTS
from media.sound.room import SoundRoom
from tests.media.ear import Ear

NONE = DeviceChoice(kind="none")


def babble(seconds: float, seed: int) -> np.ndarray[Any, Any]:
    """Noise in syllables with the colour of speech, as loud as a voice."""
    chance = np.random.default_rng(seed)
    count = round(RATE * seconds)
    shape = np.fft.rfftfreq(count, 1 / RATE)
    spectrum = np.fft.rfft(chance.normal(size=count)) / (1 + (shape / 500) ** 2) * (shape > 100)
    sound = np.fft.irfft(spectrum, count)
    syllables = 0.5 + 0.5 * np.sign(np.sin(2 * np.pi * 2.7 * np.arange(count) / RATE))
    return (sound / sound.std() * 3000 * syllables).clip(-32768, 32767).astype(np.int16)


def sent(listening: Listening, far: np.ndarray[Any, Any], near: np.ndarray[Any, Any] | None = None) -> Any:
    """What is sent when the loudspeaker plays ``far`` into the microphone 40 ms later."""
    processing = Chain(WANTS[listening])
    echo = np.concatenate([np.zeros(1920, dtype=np.int16), far[:-1920] // 3])
    heard = echo if near is None else echo + near
    out = []
    for at in range(0, len(far) - BLOCK, BLOCK):
        processing.played(far[at : at + BLOCK])
        out.append(processing.heard(heard[at : at + BLOCK]))
    return heard, np.concatenate(out)


def test_echo_is_gone_after_a_second_and_the_near_voice_is_not() -> None:
    far = babble(5, 1)
    heard, out = sent("loudspeaker", far)
    last = slice(2 * RATE, 5 * RATE - BLOCK)
    assert level(heard[last]) - level(out[last]) > 30
    near = babble(5, 2)
    near[: 3 * RATE] = 0
    _, both = sent("loudspeaker", np.where(np.arange(len(far)) < 3 * RATE, far, 0).astype(np.int16), near)
    assert level(both[-RATE:]) > level(near[-RATE:]) - 12  # noise suppression may dislike babble, but it is heard


def test_a_headsets_sound_is_not_searched_for_echo() -> None:
    heard, out = sent("headset", babble(3, 1))
    assert level(out[-RATE:]) > level(heard[-RATE:]) - 12


async def test_the_room_feeds_what_it_plays_to_the_processing_while_somebody_listens() -> None:
    room = SoundRoom(asyncio.get_running_loop(), lambda event: None)
    await room.choose(NONE, NONE, "loudspeaker")
    played: list[float] = []
    processing = room._processing
    assert isinstance(processing, Chain)
    room._processing = type("Watched", (), {"played": lambda _, b: played.append(level(b)), "heard": lambda _, b: b})()
    room.cue("call", 1.0)
    room._play()
    assert played == []  # nobody listens, nobody pays
    ear = Ear(room)
    for _ in range(10):
        room._play()
    assert max(played) > -60
    ear.close()
    await room.close()


async def test_without_the_library_the_call_goes_on_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> Any:
        raise ApmError("the package livekit is not installed")

    told: list[Event] = []
    monkeypatch.setattr(apm, "_library", missing)
    room = SoundRoom(asyncio.get_running_loop(), told.append)
    await room.choose(DeviceChoice(kind="generated"), NONE, "loudspeaker")
    ear = Ear(room)
    assert level(await ear.next_block()) > -30
    assert told == [Problem(code="media.processing", text="the package livekit is not installed")]
    await room.close()


async def test_a_processing_that_fails_in_a_call_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Event] = []
    room = SoundRoom(asyncio.get_running_loop(), told.append)
    await room.choose(DeviceChoice(kind="generated"), NONE, "headset")
    monkeypatch.setattr(Apm, "_ask", lambda self, request: b"\x92\x03\x05\x0a\x03bad")  # field 50: error "bad"
    ear = Ear(room)
    assert level(await ear.next_block()) > -30
    while not told:
        await ear.next_block()
    assert told == [Problem(code="media.processing", text="bad")]
    await room.close()
