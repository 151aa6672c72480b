"""media/picture: pacing, adaptation and estimate together over a narrow link, on our own clock: what a voice waits."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from typing import Any

import pytest

from media.picture.adaptation import EVERY, Adaptation, Figures
from media.picture.estimate import HEADERS, LinkEstimate
from media.picture.pacing import Pacer, shown
from media.picture.packets import PAYLOAD

DELAY = 0.02  # seconds, each way
VOICE, TWICE_FOR = 138, 1.0  # bytes of a packet of it on the wire; seconds until a first report says that all came


class Call:
    """One way of a call: pictures of ``FPS`` and a voice over a line of ``kbps``; all times in seconds."""

    def __init__(self, kbps: float, seed: int, *, unread: float = 0.0, jitter: float = 0.0003) -> None:
        self.kbps, self.unread, self.jitter = kbps, unread, jitter
        self.chance = random.Random(seed)
        self.voice: list[tuple[float, float]] = []  # when sent, and what it waited on the line
        self.rates: list[tuple[float, int]] = []
        self._estimate = LinkEstimate()
        self._said: int | None = None
        self._state = Adaptation.begun(1280, 720, 30, "motion")
        self._pacer = Pacer(self._state.wanted.kbps, 0.0)
        self._pictures, self._line_free_at, self._sending = 0, 0.0, False
        self._due: list[tuple[float, int, Callable[..., object], tuple[Any, ...]]] = []

    def run(self, seconds: float) -> Call:
        self._at(0.0, self._picture)
        self._at(0.005, self._speak)
        self._at(EVERY, self._step)
        while (entry := heapq.heappop(self._due))[0] < seconds:
            entry[2](entry[0], *entry[3])
        return self

    def stays(self, after: float) -> float:
        """Milliseconds that each of six voices in a row waited at least, once ``after`` seconds have passed."""
        waits = [wait for sent, wait in self.voice if sent > after]
        return 1000 * max(min(waits[at : at + 6]) for at in range(len(waits) - 6))

    def _at(self, when: float, what: Callable[..., object], *told: Any) -> None:
        heapq.heappush(self._due, (when, self.chance.getrandbits(60), what, told))

    def _line(self, now: float, size: int) -> float:
        """When a packet has passed the line."""
        self._line_free_at = max(self._line_free_at, now) + size / (self.kbps * 125)
        return self._line_free_at

    def _speak(self, now: float) -> None:
        self.voice.append((now, self._line(now, VOICE) - now))
        self._at(now + 0.02, self._speak)
        if now < TWICE_FOR:
            self._at(now + 0.01, self._line, VOICE)

    def _picture(self, now: float) -> None:
        """An encoder is careful at first, then for a moment too lavish."""
        wanted, number = self._state.wanted, self._pictures
        lavish = 0.17 + now if now < 0.8 else 1.25 if now < 1.3 else 1.0
        size = (
            1050
            if number == 0
            else max(60, round(wanted.kbps * 125 / wanted.fps * lavish * self.chance.gauss(1, 0.25)))
        )
        parts = -(-size // PAYLOAD)
        if times := shown(number, parts):
            self._pacer.show(times * size)
        for _ in range(parts * max(1, times)):
            self._pacer.put(bytearray(size // parts))
        self._pictures += 1
        if not self._sending:
            self._send(now)
        self._at(now + 1 / wanted.fps, self._picture)

    def _send(self, now: float) -> None:
        for packet in self._pacer.due(now):
            came = self._line(now, len(packet) + HEADERS) + DELAY + abs(self.chance.gauss(0, self.jitter))
            self._at(came, self._come, now, len(packet))
        following = self._pacer.next_at(now)
        self._sending = following is not None
        if following is not None:
            self._at(following + abs(self.chance.gauss(0, 0.0007)), self._send)

    def _come(self, now: float, sent: float, size: int) -> None:
        if self.unread:  # the loop reads only so often, and knows no better than that
            now = (now // self.unread + 1) * self.unread
        told = self._estimate.add(60_000 + now * 1000, round(sent * 262_144) % (1 << 24), size, 7)
        if told is not None:
            self._at(now + DELAY, self._heed, told[0])

    def _heed(self, now: float, bits: int) -> None:
        self._said = bits // 1000
        self._state = self._state.told(self._said)
        self._pacer.set_rate(self._state.wanted.kbps)

    def _step(self, now: float) -> None:
        self._state = self._state.step(Figures(estimate=self._said, loss=0.0, behind=self._pacer.delay))
        self._pacer.set_rate(self._state.wanted.kbps)
        self.rates.append((now, self._state.wanted.kbps))
        self._at(now + EVERY, self._step)


@pytest.mark.parametrize(("kbps", "most", "used"), [(300, 50, 130), (500, 35, 320), (700, 30, 450)])
def test_no_call_of_ten_fills_a_narrow_link_before_its_voice(kbps: int, most: float, used: int) -> None:
    calls = [Call(kbps, seed).run(8) for seed in range(10)]
    assert max(call.stays(0.5) for call in calls) < most
    assert min(rate for call in calls for at, rate in call.rates if at > 4) > used


@pytest.mark.parametrize(("kbps", "longest", "least", "most"), [(500, 0.04, 320, 420), (1000, 0.03, 650, 850)])
def test_a_voice_waits_no_longer_in_the_second_minute_than_in_the_first(
    kbps: int, longest: float, least: int, most: int
) -> None:
    """Nearly full, a link makes packets come unevenly: that must not be taken for a path of which nothing is known."""
    calls = [Call(kbps, seed).run(100) for seed in range(4)]
    waits = sorted(wait for call in calls for sent, wait in call.voice if sent > 20)
    assert waits[round(0.99 * len(waits))] < longest
    rates = [rate for call in calls for at, rate in call.rates if at > 4]
    assert least < min(rates) <= max(rates) < most


def test_the_width_is_known_from_the_first_picture() -> None:
    call = Call(500, 1).run(0.2)
    assert 450_000 < call._estimate.width < 550_000
    assert call._state.estimate is not None
    assert 280 < call._state.estimate < 320  # a voice may go twice at first


def test_where_nothing_is_known_of_the_width_what_is_too_much_is_soon_gone() -> None:
    """All is read in bunches of 30 ms, and nobody says when it came: groups tell nothing."""
    calls = [Call(500, seed, unread=0.03).run(8) for seed in range(6)]
    assert max(call.stays(3) for call in calls) < 60
    assert min(rate for call in calls for at, rate in call.rates if at > 3) > 200


@pytest.mark.parametrize("seed", range(5))
def test_a_wide_link_whose_packets_come_unevenly_is_used(seed: int) -> None:
    call = Call(20_000, seed, jitter=0.015).run(12)
    assert max(rate for _, rate in call.rates) > 1_200
    assert call.rates[-1][1] > 900


def test_one_group_that_was_held_up_misleads_nobody() -> None:
    estimate = LinkEstimate()
    for number, apart in enumerate((18, 5, 17, 18)):  # of 500 kbit/s, but for the second
        for copy in range(2):
            sent = number * 270
            estimate.add(60_000 + sent + copy * apart, round(sent * 262.144), 1050, 7)
    assert 480_000 < estimate.width < 530_000


@pytest.mark.parametrize("paused", [20, 40, 63, 64, 100, 1000])
def test_a_pause_of_any_length_tells_nothing_of_the_link(paused: int) -> None:
    """The sending time turns over each 64 s: a picture at rest, or a customer on hold, is no queue of a minute."""
    estimate, said = LinkEstimate(), []
    for begun in (60_000, 72_000 + 1000 * paused):
        for number in range(360):
            for copy in range(3):
                sent = begun + number * 33.3 + copy
                told = estimate.add(sent + 20, round(sent * 262.144) % (1 << 24), 1000, 7)
                said += [] if told is None else [(sent, told[0])]
    before = max(bits for at, bits in said if at < 73_000)
    assert before > 1_000_000
    assert min(bits for at, bits in said if at > 73_000) >= before
