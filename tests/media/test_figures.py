"""media/engine/figures.py"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from media.engine.figures import Counts, Freezes, quality


def stats(received: int, lost: int, octets: int, rtt: float | None = 0.03) -> list[Any]:
    return [
        SimpleNamespace(type="inbound-rtp", kind="audio", packetsReceived=received, packetsLost=lost, jitter=480),
        SimpleNamespace(type="inbound-rtp", kind="video", packetsReceived=received, packetsLost=-1, jitter=9000),
        SimpleNamespace(type="remote-inbound-rtp", kind="audio", roundTripTime=rtt, fractionLost=64),
        SimpleNamespace(type="transport", bytesReceived=octets, bytesSent=2 * octets),
        SimpleNamespace(type="outbound-rtp"),
    ]


def test_the_figures_are_of_the_time_between_two_counts() -> None:
    before = Counts.of(stats(100, 5, 10_000), frames_out=10, frames_in=20, sound_in=50, concealed=1, frames_dropped=0)
    heard = {"sound_in": 145, "fec": 3, "concealed": 6, "silence": 9, "wait": 0.0441}
    now = Counts.of(stats(150, 10, 35_000), frames_out=70, frames_in=75, frames_dropped=2, **heard)
    told = quality("s", before, now, seconds=2.0)
    assert (told.fps_out, told.fps_in) == (30.0, 27.5)
    assert told.loss == round(5 / 105, 4)
    assert (told.kbps_in, told.kbps_out) == (100.0, 200.0)
    assert (told.decoded, told.concealed, told.frames_dropped) == (95, 5, 2)
    assert (told.fec, told.silence, told.buffer_ms, told.sound_loss) == (3, 9, 44.1, round(5 / 55, 4))
    assert now.loss_out == 0.25  # 64 of 256
    assert (told.rtt_ms, told.jitter_ms) == (30.0, 10.0)  # the sound's jitter: 480 of 48,000 a second


def test_nothing_received_is_no_loss_and_no_round_trip() -> None:
    told = quality("s", Counts(), Counts.of([]), seconds=1.0)
    assert (told.loss, told.rtt_ms, told.fps_in) == (0.0, None, 0.0)


def test_a_fresh_connection_that_counts_from_zero_gives_no_negative_loss() -> None:
    told = quality("s", Counts(packets_in=500, packets_lost=50), Counts(packets_in=10), seconds=1.0)
    assert told.loss == 0.0


def test_a_picture_that_stands_still_is_a_freeze_and_a_slow_one_is_not_for_long() -> None:
    freezes = Freezes()
    for number in range(30):
        freezes.shown(number / 30)
    assert (freezes.count, freezes.seconds(1.0)) == (0, 0.0)
    assert freezes.seconds(29 / 30 + 0.6) == pytest.approx(0.567, abs=0.01)  # it still stands
    freezes.shown(29 / 30 + 0.6)
    assert (freezes.count, round(freezes.seconds(29 / 30 + 0.61), 2)) == (1, 0.57)
    slow = Freezes()
    for number in range(30):
        slow.shown(number / 5)
    assert slow.count == 0


def test_a_page_that_rests_is_no_freeze_and_one_that_stopped_is() -> None:
    freezes, now = Freezes(), 0.0
    for number in range(30):
        now = number / 10
        freezes.shown(now + 0.02, now)
    for _ in range(5):
        assert freezes.seconds(now + 0.99) == 0.0
        now += 1.0
        freezes.shown(now + 0.03, now)
    assert (freezes.count, freezes.seconds(now)) == (0, 0.0)
    assert freezes.seconds(now + 3.0) > 1.5  # nothing comes any more
    for _ in range(5):
        now += 0.1
        freezes.shown(now, now)
    assert freezes.count == 0
    now += 0.1
    freezes.shown(now + 0.9, now)  # taken in time, and late
    assert (freezes.count, round(freezes.seconds(now + 0.9), 1)) == (1, 0.9)
