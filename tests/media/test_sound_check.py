"""media/sound/loopback.py and the room's check: a loudspeaker that is heard, one that is not, a deaf microphone."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import numpy as np
import pytest

from media.messages import DeviceChoice, SoundChecked
from media.sound import BLOCK, PART, RATE
from media.sound.loopback import LONG, chirp, found
from media.sound.room import SoundRoom
from tests.media.test_sound import Library

DEVICE, VOLUME = DeviceChoice(kind="device"), 0.15
Sound = np.ndarray[Any, Any]


def heard(gain_db: float, noise_db: float, delay: float = 0.080, seed: int = 1) -> Sound:
    """What a microphone hears of the chirp, with an echo of the room and noise (dBFS)."""
    sound, played = np.zeros(round(LONG * RATE)), chirp() / 32768 * VOLUME
    for late, loud in ((delay, 1.0), (delay + 0.013, 0.4), (delay + 0.029, -0.3)):
        at = round(late * RATE)
        part = sound[at : at + len(played)]
        part += loud * 10 ** (gain_db / 20) * played[: len(part)]
    sound += np.random.default_rng(seed).normal(0, 10 ** (noise_db / 20), len(sound))
    return (32768 * sound).clip(-32768, 32767).astype(np.int16)


@pytest.mark.parametrize(("gain", "noise"), [(0.0, -60.0), (-20.0, -40.0), (-30.0, -35.0)])
def test_the_chirp_is_found_under_noise(gain: float, noise: float) -> None:
    told = found(heard(gain, noise), VOLUME)
    assert told.verdict == "heard"
    assert told.gain_db == pytest.approx(gain, abs=1.5)
    assert told.delay_ms == pytest.approx(80, abs=1)


def test_what_is_not_the_chirp_is_not_taken_for_it() -> None:
    assert {found(heard(-200, -45, seed=seed), VOLUME).verdict for seed in range(10)} == {"unheard"}
    assert found(heard(-200, -20), VOLUME).verdict == "noisy"
    assert found(np.zeros(round(LONG * RATE), np.int16), VOLUME).verdict == "deaf"
    assert found(np.zeros(0, np.int16), VOLUME).verdict == "deaf"
    once = heard(0, -60)
    once[round(0.45 * RATE) :] = heard(-200, -60)[round(0.45 * RATE) :]  # only one of the two
    assert found(once, VOLUME).verdict == "unheard"


class Desk:
    """A loudspeaker and a microphone of PortAudio with air between them, moved by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, gain: float, noise: float) -> None:
        self.library = Library()
        monkeypatch.setitem(sys.modules, "sounddevice", self.library)
        self._gain, self._noise, self._air = gain, noise, [np.zeros(BLOCK)] * 4
        self._chance = np.random.default_rng(2)

    def move(self) -> None:
        """20 ms pass."""
        microphone, loudspeaker = (stream.given["callback"] for stream in self.library.opened[:2])
        played = [bytearray(2 * PART), bytearray(2 * PART)]
        for part in played:
            loudspeaker(part, PART, None, None)
        self._air.append(self._gain * np.frombuffer(b"".join(played), np.int16))
        sound = self._air.pop(0) + self._chance.normal(0, self._noise, BLOCK)
        microphone(sound.astype(np.int16).tobytes(), BLOCK, None, None)

    async def check(self, room: SoundRoom) -> SoundChecked:
        """The room's check while time passes."""
        checking = asyncio.create_task(room.check(VOLUME))
        while not checking.done():
            await asyncio.sleep(0)
            self.move()
        return await checking


@pytest.mark.parametrize(
    ("gain", "noise", "verdict"),
    [(0.2, 20.0, "heard"), (0.0, 20.0, "unheard"), (0.2, 0.0, "heard"), (0.0, 0.0, "deaf")],
)
async def test_the_room_tells_which_of_both_is_out(
    monkeypatch: pytest.MonkeyPatch, gain: float, noise: float, verdict: str
) -> None:
    desk = Desk(monkeypatch, gain, noise)
    room = SoundRoom(asyncio.get_running_loop(), lambda event: None)
    await room.choose(DEVICE, DEVICE, "loudspeaker")
    told = await desk.check(room)
    assert told.verdict == verdict
    if verdict == "heard":
        assert told.gain_db == pytest.approx(-14, abs=1)
        assert told.delay_ms == pytest.approx(80, abs=25)
    await room.close()


async def test_nothing_is_played_into_a_call_or_without_both_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    Desk(monkeypatch, 1.0, 0.0)
    room = SoundRoom(asyncio.get_running_loop(), lambda event: None)
    await room.choose(DeviceChoice(kind="generated"), DEVICE)
    assert (await room.check(VOLUME)).verdict == "untried"
    await room.choose(DEVICE, DEVICE)
    room.listen(lambda block: None)
    assert (await room.check(VOLUME)).verdict == "untried"
    assert not room.playout.next_part().any()
    await room.close()
