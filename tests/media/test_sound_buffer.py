"""media/sound/buffer.py, voice.py, packets.py, stretch.py: minutes of sound over bad links, on our own clock."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.sound import BLOCK, PART, RATE, packets
from media.sound.buffer import LATE, MOST, NO_COPIES, ONE_PACKET, Kind, SoundBuffer
from media.sound.opus import Encoder, OpusError
from media.sound.playout import rms
from media.sound.stretch import longer, shorter
from media.sound.voice import Voice

SPEECH = bytes([15 << 3, 0x40]) + bytes(60)  # hybrid, full band, 20 ms, with a copy of the packet before
ALONE = bytes([15 << 3, 0x80]) + bytes(60)  # the same without: the sender has another way
PAUSE = bytes([15 << 3])


@dataclass
class Packet:
    sequence_number: int
    timestamp: int
    _data: bytes


@dataclass
class Link:
    """Steps of play-out of a stream of packets, as a loudspeaker 7 ms out of step with the sender asks for them."""

    seconds: float
    loss: float = 0.0
    jitter: float = 0.0
    drift: float = 0.0
    burst: tuple[float, float] | None = None
    seed: int = 1
    copies_for: float = 1e9  # seconds for which packets carry copies
    waits: list[float] = field(default_factory=list)

    def arrivals(self) -> list[tuple[float, int]]:
        chance, found = random.Random(self.seed), []
        for number in range(round(self.seconds * 50)):
            lost, late = chance.random() < self.loss, abs(chance.gauss(0, self.jitter))
            at = (number + 1) * 0.02 * (1 + self.drift) + 0.030 + late
            if self.burst and self.burst[0] < at < sum(self.burst):
                at = sum(self.burst)
            if not lost:
                found.append((at, number))
        return sorted(found)

    def play(self, buffer: SoundBuffer) -> None:
        """What the voice does, in samples only: a pitch period of 5 ms is cut or said twice where there is slack."""
        arrivals, place, ready, rest = self.arrivals(), 0, 0, 0
        for part in range(round(self.seconds * 100)):
            now = part * 0.01 + 0.007
            while place < len(arrivals) and arrivals[place][0] <= now:
                at, number = arrivals[place]
                data = SPEECH if number * 0.02 < self.copies_for else ALONE
                buffer.put(number & 0xFFFF, (4_294_000_000 + number * 960) & 0xFFFFFFFF, data, at)
                place += 1
            while ready < PART:
                step = buffer.next(now, ready / RATE)
                samples, rest = step.samples, rest - 1
                if step.kind is Kind.DECODED and step.slack and rest < 0:
                    change = -240 if step.slack > 0 else 240
                    buffer.stretched(change)
                    samples, rest = samples + change, 3
                ready += samples
            ready -= PART
            self.waits.append(buffer.tally.wait)


def steps(buffer: SoundBuffer, now: float) -> list[Kind]:
    """What the next 20 ms are made of."""
    kinds, samples = [], 0
    while samples < BLOCK:
        step = buffer.next(now, samples / RATE)
        kinds.append(step.kind)
        samples += step.samples
    return kinds


def test_a_clean_link_costs_little_time_and_nothing_is_made_up() -> None:
    link, buffer = Link(60, jitter=0.001), SoundBuffer()
    link.play(buffer)
    assert buffer.tally.concealed == buffer.tally.fec == 0
    assert buffer.tally.decoded > 2990
    assert max(link.waits[100:]) <= 0.055


@pytest.mark.parametrize("drift", [0.0, 2e-4, -2e-4])
def test_ten_minutes_at_three_percent_loss_are_as_late_at_the_end_as_at_the_beginning(drift: float) -> None:
    link, buffer = Link(600, loss=0.03, jitter=0.004, drift=drift), SoundBuffer()
    link.play(buffer)
    tally = buffer.tally
    played = tally.decoded + tally.fec + tally.concealed
    assert (tally.decoded + tally.fec) / played >= 0.97
    assert tally.fec > 500
    assert np.mean(link.waits[-6000:]) <= np.mean(link.waits[3000:9000]) + LATE
    assert np.mean(link.waits[-6000:]) <= 0.055
    assert np.quantile(link.waits, 0.99) <= 0.100


def test_a_copy_is_not_waited_for_that_will_not_come() -> None:
    found = []
    for copies_for in (1e9, 2.0):
        link, buffer = Link(10, loss=0.05, jitter=0.001, copies_for=copies_for), SoundBuffer()
        link.play(buffer)
        found.append(buffer.target)
    assert found[0] > ONE_PACKET
    assert found[1] < 0.010


def test_every_step_is_accounted_for() -> None:
    link, buffer = Link(120, loss=0.10, jitter=0.010), SoundBuffer()
    link.play(buffer)
    tally = buffer.tally
    assert abs(tally.decoded + tally.fec + tally.concealed - 6000) < 40  # but for the start and what was stretched


@settings(max_examples=25, deadline=None)
@given(st.floats(0, 0.4), st.floats(0, 0.08), st.floats(0, 1.5), st.integers(0, 99))
def test_no_link_makes_it_later_than_its_most(loss: float, jitter: float, burst: float, seed: int) -> None:
    link, buffer = Link(8, loss, jitter, burst=(3.0, burst), seed=seed), SoundBuffer()
    link.play(buffer)
    assert max(link.waits) <= MOST + 0.065  # and three blocks that may be on their way, and a little of the next
    assert link.waits[-1] <= MOST + 0.045


def test_after_a_burst_it_comes_back_to_where_it_was() -> None:
    link, buffer = Link(40, burst=(10.0, 0.1)), SoundBuffer()
    link.play(buffer)
    assert max(link.waits) > 0.08
    assert link.waits[-1] <= 0.055
    assert buffer.tally.late == 0  # what came late was still played


def test_a_sender_whose_clock_stood_still_is_followed_within_a_second() -> None:
    link, buffer, shift = Link(40), SoundBuffer(), 0.7
    arrivals = [(at + shift * (at > 10), number) for at, number in link.arrivals()]
    link.arrivals = lambda: arrivals  # type: ignore[method-assign]
    link.play(buffer)
    assert buffer.tally.concealed <= 40  # 0.7 s in which nothing came, and little more
    assert link.waits[-1] <= 0.055


def test_a_packet_a_little_late_changes_nobodys_time_and_those_that_often_are_are_waited_for() -> None:
    def played(late: set[int]) -> tuple[SoundBuffer, list[float]]:
        link, buffer = Link(20, jitter=0.0005), SoundBuffer()
        arrivals = [(at + 0.022 * (number in late), number) for at, number in link.arrivals()]
        link.arrivals = lambda: arrivals  # type: ignore[method-assign]
        link.play(buffer)
        return buffer, link.waits

    buffer, waits = played({500})
    assert buffer.tally.concealed <= 1
    assert waits[-1] == pytest.approx(waits[900], abs=0.003)
    buffer, waits = played(set(range(300, 900, 20)))
    assert buffer.tally.concealed <= 2
    assert 0.022 <= waits[-1] <= 0.045


def test_rare_stalls_are_concealed_and_do_not_make_every_word_late() -> None:
    link, buffer = Link(120), SoundBuffer()
    stalled = [(at + max(0.0, 0.08 - at % 6.0), number) for at, number in link.arrivals()]
    link.arrivals = lambda: stalled  # type: ignore[method-assign]
    link.play(buffer)
    assert buffer.tally.concealed / (buffer.tally.decoded + buffer.tally.concealed) < 0.02
    assert np.median(link.waits) <= 0.060


def test_a_pause_of_the_sender_is_silence_and_no_loss() -> None:
    buffer, kinds = SoundBuffer(), []
    sent = {0: (0, SPEECH), 1: (1, SPEECH), 2: (2, PAUSE), 22: (3, PAUSE), 30: (4, SPEECH), 31: (5, SPEECH)}
    for block in range(33):
        now = block * 0.02
        if block in sent:
            sequence, data = sent[block]
            buffer.put(sequence, block * 960, data, now)
        kinds += steps(buffer, now + 0.005)
    assert Kind.CONCEALED not in kinds
    assert kinds.count(Kind.DECODED) >= 3
    assert kinds.count(Kind.SILENCE) > 50


def test_a_pause_whose_first_packet_was_lost_is_found_out() -> None:
    buffer = SoundBuffer()
    for block in range(60):
        now = block * 0.02
        if block < 2 or block >= 30:
            number = block if block < 2 else block - 27  # packet 2, which began the pause, never came
            buffer.put(number, block * 960, SPEECH, now)
        steps(buffer, now + 0.005)
    assert buffer.tally.concealed <= 2
    assert buffer.tally.silence >= 25


def test_packets_that_overtook_each_other_or_came_twice_are_played_once_and_in_order() -> None:
    buffer, played = SoundBuffer(), []
    order = [0, 2, 1, 1, 3, 5, 4, 6, 6, 8, 7, 9, 10, 11]
    for place, number in enumerate(order):
        buffer.put(number, number * 960, SPEECH + bytes([number]), place * 0.02)
    for block in range(12):
        step = buffer.next(0.3 + block * 0.02)
        if step.kind is Kind.DECODED:
            played.append(step.data[-1])
    assert played == sorted(set(played))


def test_another_stream_begins_anew() -> None:
    buffer = SoundBuffer()
    for stream, start in enumerate((100, 40_000)):
        for number in range(20):
            now = stream + number * 0.02
            buffer.put(start + number, start * 1000 + number * 960, SPEECH, now)
            buffer.next(now + 0.01)
    assert buffer.tally.decoded >= 34
    assert buffer.tally.late == 0


def test_a_stream_that_nobody_plays_does_not_grow() -> None:
    voice = Voice(lambda: 0.0)
    for number in range(5000):
        voice.add(Packet(number & 0xFFFF, number * 960, SPEECH))
    assert len(voice._buffer._held) <= 100
    assert len(voice._buffer._arrivals) <= 1000


def spoken(seconds: float = 4.0) -> np.ndarray:
    """Something with a pitch that comes and goes, like syllables."""
    time = np.arange(round(RATE * seconds)) / RATE
    pitch = 120 + 20 * np.sin(2 * np.pi * 0.7 * time)
    tone = sum(np.sin(2 * np.pi * np.cumsum(pitch * n) / RATE) / n for n in range(1, 12))
    return (tone * 4000 * (0.55 + 0.45 * np.sin(2 * np.pi * 3 * time))).astype(np.int16)


def test_lost_packets_are_spoken_from_the_copy_in_the_next() -> None:
    sound, encoder = spoken(), Encoder()
    encoder.expect_loss(10)
    coded = [encoder.encode(sound[at : at + BLOCK]) for at in range(0, len(sound) - BLOCK, BLOCK)]
    assert sum(packets.corrects(data) for data in coded if data) > 0.5 * len(coded)
    assert {packets.duration(data) for data in coded if data} == {BLOCK}
    now = 0.0
    voice, whole = Voice(lambda: now), Voice(lambda: now)
    heard, wanted, firsts = [], [], []
    gaps = [number for number in range(5, len(coded) - 3, 10) if packets.corrects(coded[number + 1] or b"")]
    assert len(gaps) > 9
    voice.on_first = lambda: firsts.append(now)
    for number, data in enumerate(coded):
        now = number * 0.02
        packet = Packet(number, number * 960, data or b"")
        whole.add(packet)
        if number not in gaps:
            voice.add(packet)
        now += 0.003
        for ear, played in ((voice, heard), (whole, wanted)):
            played += [ear.next_part(), ear.next_part()]
    assert len(firsts) == 1
    assert voice.tally.fec >= len(gaps) - 1
    assert voice.tally.concealed <= 1
    assert whole.tally.decoded >= len(coded) - 4
    both = [np.concatenate(part).astype(float)[RATE:] for part in (heard, wanted)]
    assert 0.8 < np.linalg.norm(both[0]) / np.linalg.norm(both[1]) < 1.2  # not torn to silence


@pytest.mark.parametrize("expected", [10.0, 0.0])
def test_spoken_packets_show_whether_their_sender_adds_copies(expected: float) -> None:
    sound, encoder = spoken(), Encoder()
    encoder.expect_loss(expected)
    coded = [encoder.encode(sound[at : at + BLOCK]) or b"" for at in range(0, len(sound) - BLOCK, BLOCK)]
    run = longest = 0
    for data in coded:
        if packets.speaks(data) or packets.corrects(data):
            run = 0 if packets.corrects(data) else run + 1
            longest = max(longest, run)
    assert longest < NO_COPIES / 2 if expected else longest > 5 * NO_COPIES


def test_a_voice_that_breaks_off_fades_within_a_second_and_comes_back_at_its_place_without_a_click() -> None:
    room = np.random.default_rng(2).normal(0, 60, 8 * RATE)
    sound = np.clip(spoken(8.0) + room, -32768, 32767).astype(np.int16)
    encoder, now = Encoder(pauses=False), 0.0
    voice, whole = Voice(lambda: now), Voice(lambda: now)
    heard, wanted = list[np.ndarray](), list[np.ndarray]()
    for number in range(len(sound) // BLOCK):
        now, data = number * 0.02, encoder.encode(sound[number * BLOCK : (number + 1) * BLOCK])
        packet = Packet(number, number * BLOCK, data or b"")
        whole.add(packet)
        if not 100 <= number < 250:  # two to five seconds: the link is cut
            voice.add(packet)
        now += 0.003
        for ear, parts in ((voice, heard), (whole, wanted)):
            parts += [ear.next_part(), ear.next_part()]
    played = np.concatenate(heard).astype(float)
    loud = [rms(played[at : at + RATE // 10]) for at in range(round(2.1 * RATE), round(3.2 * RATE), RATE // 10)]
    assert all(after <= 1.1 * before + 1 for before, after in itertools.pairwise(loud))
    assert loud[6] < 0.5 * loud[0]
    assert loud[-1] == 0.0
    assert not played[round(3.2 * RATE) : 5 * RATE].any()
    back = int(np.flatnonzero(played[5 * RATE :])[0]) + 5 * RATE
    assert np.abs(np.diff(played[back - 10 : back + 200])).max() <= 1.5 * np.abs(np.diff(sound.astype(int))).max()
    assert abs(played[back]) < 100

    after = slice(round(5.5 * RATE), None)  # time is as it was before: the same sound at the same moment
    assert np.corrcoef(played[after], np.concatenate(wanted)[after])[0, 1] > 0.98
    assert voice.tally.decoded >= 248
    assert 148 <= voice.tally.concealed <= 152


def test_silence_costs_nothing_to_send_and_its_first_packet_says_so() -> None:
    encoder, quiet = Encoder(), np.zeros(BLOCK, dtype=np.int16)
    coded = [encoder.encode(quiet) for _ in range(100)]
    sent = [data for data in coded if data is not None]
    assert len(sent) < 35
    assert any(packets.begins_pause(data) for data in sent)
    noisy = Encoder(pauses=False)
    assert all(noisy.encode(quiet) for _ in range(50))


@pytest.mark.parametrize("data", [b"", b"\xff", b"\x03", bytes([3, 63])])
def test_what_is_no_opus_packet_is_not_taken(data: bytes) -> None:
    buffer = SoundBuffer()
    buffer.put(1, 960, data, 0.0)
    assert buffer.next(1.0).kind is (Kind.IDLE if packets.duration(data) == 0 else Kind.DECODED)


def test_a_packet_that_cannot_be_decoded_is_a_gap_and_no_crash() -> None:
    now = 0.0
    voice = Voice(lambda: now)
    for number in range(10):
        now = number * 0.02
        voice.add(Packet(number, number * 960, bytes([2, 200, 0])))
        assert len(voice.next_part()) == len(voice.next_part()) == PART
    with pytest.raises(OpusError):
        voice._decoder.decode(bytes([2, 200, 0]))


@pytest.mark.parametrize("pitch", [110, 150, 230, 380])
def test_a_block_is_cut_or_lengthened_by_a_period_without_a_click(pitch: int) -> None:
    time = np.arange(BLOCK) / RATE
    block = (8000 * np.sin(2 * np.pi * pitch * time) + 3000 * np.sin(4 * np.pi * pitch * time)).astype(np.int16)
    steepest = int(np.abs(np.diff(block.astype(int))).max())
    for changed in (shorter(block), longer(block)):
        assert 100 <= abs(len(changed) - len(block)) <= 480
        assert np.abs(np.diff(changed.astype(int))).max() <= 1.6 * steepest
        assert abs(rms(changed) / rms(block) - 1) < 0.1


def test_noise_that_is_no_voice_is_left_as_it_is_but_quiet_is_cut() -> None:
    noise = np.random.default_rng(1).normal(0, 3000, BLOCK).astype(np.int16)
    assert len(shorter(noise)) == len(longer(noise)) == BLOCK
    assert len(shorter((noise // 100).astype(np.int16))) == BLOCK - 480
    assert len(shorter(noise[:500])) == 500
