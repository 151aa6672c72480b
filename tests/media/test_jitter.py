"""media/jitter.py: pictures under simulated loss, reordering and jitter."""

from __future__ import annotations

import fractions
import itertools
from dataclasses import dataclass

from aiortc.codecs.vpx import Vp8Encoder, VpxPayloadDescriptor

from media.jitter import Encoded, PictureBuffer, ahead, vp8_keyframe_begins


@dataclass
class Packet:
    sequence_number: int
    timestamp: int
    marker: int = 0
    payload: bytes = b""
    _data: bytes = b""


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


def test_a_stream_begins_with_its_keyframe_though_the_first_packet_comes_last() -> None:
    film, buffer = make()
    first, *rest = film.frame(key=True)
    following = film.frame()
    assert all(buffer.add(packet) == (False, None) for packet in rest + following)
    asked, frame = buffer.add(first)
    assert not asked
    assert stamps(frame) == [first.timestamp, following[0].timestamp]


def test_a_stream_that_is_joined_in_its_middle_is_asked_for_a_keyframe() -> None:
    film, buffer = make()
    asked = False
    for _ in range(12):
        for packet in film.frame():
            asked |= buffer.add(packet)[0]
    assert asked
    whole = film.frame(key=True)
    assert stamps([buffer.add(packet) for packet in whole][-1][1]) == [whole[0].timestamp]


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
