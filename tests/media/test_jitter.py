"""media/jitter.py: sound and picture under simulated loss, reordering and jitter."""

from __future__ import annotations

import fractions
import itertools
import random
from dataclasses import dataclass

import pytest
from aiortc.codecs.vpx import Vp8Encoder, VpxPayloadDescriptor

from media.jitter import Encoded, PictureBuffer, SoundBuffer, ahead, vp8_keyframe_begins


@dataclass
class Packet:
    sequence_number: int
    timestamp: int
    marker: int = 0
    payload: bytes = b""
    _data: bytes = b""


def spoken(number: int, start: int = 65_000) -> Packet:
    return Packet((start + number) & 0xFFFF, number * 960, _data=number.to_bytes(4, "big"))


@pytest.mark.parametrize("loss", [0.0, 0.01, 0.05, 0.10, 0.30])
def test_sound_that_arrived_is_delivered_in_order_and_never_late(loss: float) -> None:
    chance = random.Random(1)
    arrivals = []
    for number in range(15_000):
        if chance.random() >= loss:
            arrivals.append((number * 0.020 + chance.uniform(0.015, 0.030), number))
    buffer = SoundBuffer()
    delivered, waits = [], []
    for now, number in sorted(arrivals):
        _, frame = buffer.add(spoken(number))
        if frame is not None:
            out = int.from_bytes(frame.data, "big")
            delivered.append(out)
            waits.append(now - out * 0.020)
    assert delivered == sorted(delivered)
    assert len(delivered) / len(arrivals) >= 0.97
    assert sum(waits) / len(waits) <= 0.115  # at 30 % loss three packets take 86 ms to come
    assert waits[-100:] == pytest.approx(waits[200:300], abs=0.2)  # not growing
    assert max(waits[-1000:]) <= 0.35


def test_packets_that_overtook_each_other_are_put_in_order() -> None:
    buffer = SoundBuffer()
    delivered = []
    for number in [0, 2, 1, 3, 5, 4, 6, 8, 7, 9, 10, 11]:
        _, frame = buffer.add(spoken(number))
        if frame is not None:
            delivered.append(int.from_bytes(frame.data, "big"))
    assert delivered == list(range(9))


def test_a_doubled_packet_is_spoken_once() -> None:
    buffer = SoundBuffer(depth=1)
    delivered = []
    for number in [0, 0, 1, 1, 2, 1, 3]:
        _, frame = buffer.add(spoken(number))
        if frame is not None:
            delivered.append(int.from_bytes(frame.data, "big"))
    assert delivered == [0, 1, 2]


def test_another_stream_with_far_numbers_begins_anew() -> None:
    buffer = SoundBuffer()
    for number in range(10):
        buffer.add(spoken(number))
    frames = [buffer.add(spoken(number, start=20_000))[1] for number in range(10)]
    assert [int.from_bytes(f.data, "big") for f in frames if f is not None] == list(range(7))


class Film:
    """Frames of four packets each, numbered on, with a clock of their own."""

    def __init__(self) -> None:
        self.now = 0.0
        self.sequence = 65_530
        self.stamp = 0

    def frame(self, key: bool = False, packets: int = 4) -> list[Packet]:
        self.now += 1 / 30
        self.stamp += 3000
        made = []
        for place in range(packets):
            head = bytes(VpxPayloadDescriptor(partition_start=int(place == 0), partition_id=0, picture_id=7))
            body = bytes([0 if key else 1]) + place.to_bytes(2, "big")
            made.append(Packet(self.sequence, self.stamp, int(place == packets - 1), head + body, body))
            self.sequence = (self.sequence + 1) & 0xFFFF
        return made


def make() -> tuple[Film, PictureBuffer]:
    film = Film()
    return film, PictureBuffer(lambda: film.now, vp8_keyframe_begins)


def stamps(frame: Encoded | None) -> list[int]:
    return [] if frame is None else [frame.timestamp, *(later.timestamp for later in frame.following)]


def test_a_frame_is_released_with_its_last_packet() -> None:
    film, buffer = make()
    for key in (True, False, False):
        *parts, last = film.frame(key)
        assert all(buffer.add(part) == (False, None) for part in parts)
        asked, frame = buffer.add(last)
        assert not asked
        assert stamps(frame) == [film.stamp]


def test_frames_held_up_by_one_lost_packet_come_together_when_it_is_sent_again() -> None:
    film, buffer = make()
    for packet in film.frame(key=True):
        buffer.add(packet)
    lost = film.frame()
    for packet in lost[:1] + lost[2:] + film.frame() + film.frame():
        assert buffer.add(packet) == (False, None)
    _, frame = buffer.add(lost[1])
    assert stamps(frame) == [lost[0].timestamp, lost[0].timestamp + 3000, lost[0].timestamp + 6000]
    assert frame is not None
    assert frame.data == b"".join(packet._data for packet in lost)


def test_a_hole_that_stays_asks_for_a_keyframe_within_300_ms_and_goes_on_with_it() -> None:
    film, buffer = make()
    for packet in film.frame(key=True):
        buffer.add(packet)
    film.frame()  # all of it lost
    began, asked_at = film.now, []
    for _ in range(30):
        for packet in film.frame():
            asked, frame = buffer.add(packet)
            assert frame is None
            if asked:
                asked_at.append(film.now - began)
    assert 0.2 <= asked_at[0] <= 0.30
    assert all(later - earlier >= 0.5 for earlier, later in itertools.pairwise(asked_at))
    shown = [stamps(buffer.add(packet)[1]) for packet in film.frame(key=True)]
    assert shown[-1] == [film.stamp]
    assert [stamps(buffer.add(packet)[1]) for packet in film.frame()][-1] == [film.stamp]


def test_an_endless_hole_does_not_grow_without_bound() -> None:
    film, buffer = make()
    for packet in film.frame(key=True):
        buffer.add(packet)
    film.frame()
    for _ in range(1000):
        for packet in film.frame():
            buffer.add(packet)
    assert len(buffer._held) <= 1024


def test_numbers_wrap_around() -> None:
    assert ahead(2, 65_534) == 4
    assert ahead(65_534, 2) == -4


def test_a_keyframe_of_the_real_encoder_is_known_as_one() -> None:
    import av

    encoder = Vp8Encoder()
    kinds = []
    for place in range(3):
        frame = av.VideoFrame(width=320, height=180, format="yuv420p")
        frame.pts, frame.time_base = place * 3000, fractions.Fraction(1, 90_000)
        payloads, _ = encoder.encode(frame, force_keyframe=place == 2)
        kinds.append(vp8_keyframe_begins(payloads[0]))
    assert kinds == [True, False, True]
