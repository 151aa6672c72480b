"""media/picture: packets, pacing, asking again, adaptation."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from aiortc.codecs.vpx import VpxPayloadDescriptor
from aiortc.rtcrtpparameters import RTCRtpHeaderExtensionParameters, RTCRtpParameters
from aiortc.rtp import HeaderExtensionsMap, RtpPacket, unwrap_rtx
from hypothesis import given, settings
from hypothesis import strategies as st

from media.picture import adaptation, asking, pacing
from media.picture import estimate as estimate_module
from media.picture.adaptation import EVERY, LADDER, Adaptation, Figures
from media.picture.asking import Asking
from media.picture.estimate import LinkEstimate
from media.picture.pacing import Pacer
from media.picture.packets import KEPT, PAYLOAD, History, Stream, payloads
from media.picture.planes import noise, parts, scaled

AGREED = [
    RTCRtpHeaderExtensionParameters(id=1, uri="urn:ietf:params:rtp-hdrext:sdes:mid"),
    RTCRtpHeaderExtensionParameters(id=3, uri="http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"),
]


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


# --- packets --------------------------------------------------------------------------------------------------


def read(packet: bytes | bytearray) -> RtpPacket:
    """As aiortc, and so any other client, reads it."""
    known = HeaderExtensionsMap()
    known.configure(RTCRtpParameters(headerExtensions=AGREED))
    return RtpPacket.parse(bytes(packet), known)


@given(st.binary(min_size=1, max_size=5 * PAYLOAD), st.integers(0, 2**16))
def test_a_picture_is_whole_again_from_its_payloads(picture: bytes, picture_id: int) -> None:
    found = b""
    for place, payload in enumerate(payloads(picture, picture_id)):
        descriptor, data = VpxPayloadDescriptor.parse(payload)
        assert descriptor.partition_start == (place == 0)
        assert descriptor.picture_id == picture_id & 0x7FFF
        assert len(data) <= PAYLOAD
        found += data
    assert found == picture


@pytest.mark.parametrize("agreed", [AGREED, AGREED[:1], []])
def test_a_packet_is_read_by_others_as_it_was_meant(agreed: list[RTCRtpHeaderExtensionParameters]) -> None:
    stream = Stream.of(0xDEADBEEF, 97, agreed, "1")
    packet = stream.packet(65_535, 2**32 - 1, True, b"payload")
    stream.stamp(packet, 0x0123456789ABCDEF)
    found = read(packet)
    assert (found.ssrc, found.payload_type, found.sequence_number) == (0xDEADBEEF, 97, 65_535)
    assert (found.timestamp, found.marker, found.payload) == (2**32 - 1, 1, b"payload")
    assert found.extensions.mid == ("1" if agreed else None)
    assert found.extensions.abs_send_time == ((0x0123456789ABCDEF >> 14) & 0xFFFFFF if len(agreed) == 2 else None)


def test_a_retransmission_is_unwrapped_to_the_packet_that_was_lost() -> None:
    stream = Stream.of(7, 97, AGREED, "1")
    packet = stream.packet(12_345, 90_000, True, b"payload")
    again = read(stream.again(packet, 4, 8, 98))
    assert (again.ssrc, again.payload_type, again.sequence_number) == (8, 98, 4)
    found = unwrap_rtx(again, payload_type=97, ssrc=7)
    assert (found.sequence_number, found.payload, found.marker) == (12_345, b"payload", 1)
    assert found.timestamp == 90_000


def test_what_was_sent_is_found_again_once_a_round_trip_and_not_for_ever() -> None:
    history = History()
    for sequence in range(3 * KEPT):
        history.keep(sequence & 0xFFFF, sequence.to_bytes(4, "big"))
    last = 3 * KEPT - 1
    assert history.find(last, 1.0, 0.05) == last.to_bytes(4, "big")
    assert history.find(last, 1.04, 0.05) is None
    assert history.find(last, 1.06, 0.05) is not None
    assert history.find(last - KEPT, 1.0, 0.05) is None


# --- pacing ---------------------------------------------------------------------------------------------------


@settings(max_examples=60)
@given(st.lists(st.integers(50, 1200), min_size=1, max_size=200), st.integers(60, 2500))
def test_a_burst_leaves_in_order_whole_and_at_its_pace(sizes: list[int], kbps: int) -> None:
    pacer, now = Pacer(kbps, 0.0), 0.0
    for number, size in enumerate(sizes):
        pacer.put(bytearray(number.to_bytes(2, "big") + bytes(size - 2)))
    gone: list[bytearray] = []
    while (at := pacer.next_at(now)) is not None:
        gone += pacer.due(now)
        narrow = kbps <= pacing.NARROW
        burst = 0 if narrow else kbps * 125 * pacing.BURST_FOR
        pace = pacing.FACTOR_NARROW if narrow else pacing.FACTOR
        assert sum(map(len, gone)) <= max(burst, pacing.AT_ONCE) + now * kbps * pace * 125 + 1201
        now = max(at, now + pacing.TICK)
    assert [int.from_bytes(packet[:2], "big") for packet in gone] == list(range(len(sizes)))


def test_an_ordinary_picture_leaves_at_once_and_what_was_asked_for_leaves_first() -> None:
    pacer = Pacer(1200, 0.0)
    for _ in range(5):
        pacer.put(bytearray(1200))
    assert len(pacer.due(0.0)) == 5
    for _ in range(20):
        pacer.put(bytearray(1200))
    pacer.put_first(bytearray(b"again"), 0.001)
    assert pacer.due(0.01)[0] == b"again"
    assert pacer.delay > 0


def test_what_was_asked_for_and_waited_too_long_is_not_sent() -> None:
    pacer = Pacer(400, 0.0)
    pacer.put(bytearray(1500))
    pacer.due(0.0)
    pacer.put_first(bytearray(1200), 0.0)
    assert pacer.due(pacing.TOO_OLD + 0.1) == []
    assert pacer.next_at(1.0) is None


# --- asking again ---------------------------------------------------------------------------------------------


def came(asked: Asking, *sequences: int) -> None:
    for sequence in sequences:
        asked.add(SimpleNamespace(sequence_number=sequence & 0xFFFF))


def test_a_lost_packet_is_asked_for_at_once_and_again_until_it_comes() -> None:
    clock = Clock()
    found = Asking(clock)
    came(found, 65_534)
    assert found.add(SimpleNamespace(sequence_number=1))
    assert found.missing == [65_535, 0]
    assert found.due() == []
    clock.now += 0.14
    assert found.due() == [65_535, 0]
    clock.now += 0.05
    came(found, 65_535)
    clock.now += 0.12
    assert found.due() == [0]
    came(found, 0)
    assert not found.waits


def test_what_was_sent_before_the_first_packet_that_came_is_asked_for_once() -> None:
    clock = Clock()
    found = Asking(clock)
    assert found.add(SimpleNamespace(sequence_number=2))
    assert found.missing[-3:] == [65_535, 0, 1]
    clock.now += 0.5
    assert found.due() == []
    assert not found.waits


def test_the_round_trip_is_learnt_from_what_was_asked_for() -> None:
    clock = Clock()
    found = Asking(clock)
    for start in range(0, 120, 3):
        came(found, start, start + 2)
        clock.now += 0.03
        came(found, start + 1)
    assert 0.028 < found.round_trip < 0.05


def test_a_long_break_is_not_asked_for_packet_by_packet() -> None:
    found = Asking(Clock())
    came(found, 0, asking.MOST + 50)
    assert found.broken
    assert not found.waits


@given(st.lists(st.integers(0, 400), max_size=300), st.floats(0.001, 0.2))
def test_nothing_that_came_is_asked_for_and_nothing_grows(order: list[int], pause: float) -> None:
    clock = Clock()
    found, seen = Asking(clock), set[int]()
    for sequence in order:
        came(found, sequence)
        seen.add(sequence)
        clock.now += pause
        assert not seen & set(found.due())
    clock.now += asking.GIVE_UP + 1
    found.due()
    assert not found.waits


# --- adaptation -----------------------------------------------------------------------------------------------

HD = Adaptation.begun(1280, 720, 30, "motion")


def after(state: Adaptation, seconds: float, **figures: float | None) -> Adaptation:
    for _ in range(round(seconds / EVERY)):
        state = state.step(Figures(**figures))  # type: ignore[arg-type]
    return state


def test_a_good_link_gives_the_whole_picture() -> None:
    wanted = after(HD, 20, estimate=5000, loss=0.0, coding=0.004).wanted
    assert (wanted.width, wanted.height, wanted.fps, wanted.kbps) == (1280, 720, 30, adaptation.MOST)
    assert after(HD, 20, estimate=5000, loss=0.0).limit == "none"
    assert after(HD, 5, estimate=900, loss=0.0, used=0.5).limit == "none"  # no more is needed
    assert after(HD, 5, estimate=900, loss=0.0, used=1.0).limit == "link"


def test_a_link_that_narrows_costs_size_then_motion_and_gives_them_back() -> None:
    state, seen = HD, []
    for kbps in (600, 400, 260, 180, 100, 70):
        state = after(state, 2, estimate=kbps, loss=0.0)
        seen.append((state.wanted.height, state.wanted.fps))
        assert state.wanted.kbps <= kbps
    assert seen == [(360, 30), (360, 30), (360, 30), (360, 20), (240, 15), (240, 10)]
    assert state.limit == "link"
    assert after(state, 120, estimate=3000, loss=0.0).wanted.height == 720


def test_much_loss_lowers_the_rate_without_an_estimate() -> None:
    assert after(HD, 5, loss=0.3).kbps < 400
    assert after(HD, 5, loss=0.05).kbps == HD.kbps


def test_a_slow_processor_costs_size_and_is_named() -> None:
    state = after(HD, 6, estimate=3000, loss=0.0, coding=0.032)
    assert state.wanted.height < 720
    assert state.limit == "cpu"


def test_a_document_keeps_its_size_and_gives_up_motion() -> None:
    state = after(Adaptation(1920, 1080, 10, "document"), 5, estimate=300, loss=0.0)
    assert (state.wanted.height, state.wanted.fps) == (1080, 5)
    assert after(state, 5, estimate=120, loss=0.0).wanted.height == 1080


def test_a_link_that_swings_does_not_make_the_picture_swing() -> None:
    state, changes = HD, 0
    for second in range(300):
        before = state.wanted.height
        state = after(state, 1, estimate=300 if second % 12 < 2 else 1500, loss=0.0)
        changes += state.wanted.height != before
    assert changes < 40  # 25 swings of the link; up and down with each would be 50 at least, of several rungs


FIGURES = st.builds(
    Figures,
    estimate=st.none() | st.integers(0, 50_000),
    loss=st.none() | st.floats(0, 1),
    rtt=st.none() | st.floats(0, 5),
    coding=st.floats(0, 1),
    behind=st.floats(0, 5),
    used=st.floats(0, 3),
)


@settings(max_examples=80)
@given(st.lists(FIGURES, max_size=60), st.sampled_from(["motion", "document"]))
def test_whatever_is_measured_what_is_wanted_can_be_sent(measured: list[Figures], hint: str) -> None:
    state = Adaptation(1280, 720, 30, hint)  # type: ignore[arg-type]
    for figures in measured:
        before, state = state, state.step(figures)
        wanted = state.wanted
        assert 2 <= wanted.width <= 1280
        assert 2 <= wanted.height <= 720
        assert wanted.width % 2 == wanted.height % 2 == 0
        assert 1 <= wanted.fps <= 30
        assert adaptation.LEAST <= wanted.kbps <= adaptation.MOST
        rungs = LADDER[state.hint]
        assert max(state.link, state.cpu) < len(rungs)
        if before.patience != adaptation.CLIMB_FIRST:
            assert max(before.link, before.cpu) - max(state.link, state.cpu) <= 1  # once fallen, up a step at a time


def test_a_call_begins_small_and_is_whole_within_four_seconds_on_a_good_link() -> None:
    assert HD.wanted.kbps == adaptation.START
    assert HD.wanted.height == 360
    assert after(HD, 2, estimate=5000, loss=0.0).limit == "none"
    assert after(HD, 4, estimate=5000, loss=0.0).wanted.height == 720


def test_bits_nobody_sees_are_spent_only_to_prove_that_a_larger_picture_would_go() -> None:
    assert not HD.wanted.sparing
    whole = after(HD, 4, estimate=5000, loss=0.0)
    assert whole.wanted.sparing
    assert not whole.told(300).wanted.sparing
    assert not after(Adaptation.begun(1920, 1080, 10, "document"), 4, estimate=5000, loss=0.0).wanted.sparing


def test_a_larger_picture_waits_for_proof_that_its_first_one_fits() -> None:
    assert after(HD, 9, estimate=600, loss=0.0).wanted.height == 360  # the end of the link may be just there
    assert after(HD, 12, estimate=600, loss=0.0).wanted.height == 540


def test_the_first_climb_goes_as_far_as_the_rate_at_once() -> None:
    state, heights = HD, {HD.wanted.height}
    for _ in range(12):
        state = after(state, EVERY, estimate=5000, loss=0.0)
        heights.add(state.wanted.height)
    assert heights == {360, 720}


def test_a_round_trip_that_grew_or_an_estimate_that_fell_is_heeded_at_once() -> None:
    state = after(HD, 6, estimate=3000, loss=0.0, rtt=0.04)
    assert state.step(Figures(estimate=3000, loss=0.2, rtt=0.5)).kbps <= state.kbps / 2
    assert state.step(Figures(estimate=3000, loss=0.0, rtt=0.5)).kbps < 0.8 * state.kbps
    assert state.told(300).wanted.kbps == 300
    assert state.told(300).wanted.height == 360


def test_loss_on_a_wide_link_makes_pictures_small_and_sends_them_twice_within_the_rate() -> None:
    lossy = after(HD, 10, estimate=3000, loss=0.03, rtt=0.06)
    assert lossy.wanted.twice
    assert lossy.wanted.height == 540
    assert 2 * lossy.wanted.kbps <= lossy.kbps
    assert not after(HD, 10, estimate=600, loss=0.03, rtt=0.06).wanted.twice  # there is no room
    assert not after(HD, 10, estimate=3000, loss=0.03, rtt=0.06).step(Figures(rtt=0.6)).wanted.twice  # a queue
    calm = after(lossy, 15, estimate=3000, loss=0.0, rtt=0.06)
    assert (calm.wanted.twice, calm.wanted.height) == (False, 720)


# --- the link's estimate --------------------------------------------------------------------------------------


class Link:
    """Packets of one size over a line of ``kbps`` with 20 ms of delay, to an estimate; time in ms."""

    def __init__(self, kbps: float) -> None:
        self.kbps, self.now, self.free = kbps, 60_000.0, 0.0
        self.estimate, self.said, self.waits = LinkEstimate(), 400.0, list[float]()
        self._under_way: list[tuple[float, float]] = []

    def run(self, seconds: float, most: float = 2500) -> None:
        """Send what the estimate allows, at most ``most`` kbit/s."""
        ends, sends = self.now + seconds * 1000, self.now
        while self.now < ends:
            if self.now >= sends:
                self.free = max(self.free, self.now) + 1000 * 8 / self.kbps
                self._under_way.append((self.free + 20, self.now))
                sends += 1000 * 8 / min(most, self.said)
            while self._under_way and self._under_way[0][0] <= self.now:
                came, sent = self._under_way.pop(0)
                self.waits.append(came - sent - 20)
                stamp = round(sent * 262.144) % (1 << 24)
                if (said := self.estimate.add(round(self.now), stamp, 1000, 7)) is not None:
                    self.said = said[0] / 1000
            self.now += 1


@pytest.mark.parametrize("kbps", [200, 430, 900])
def test_a_narrow_link_is_found_without_a_long_queue_and_then_used(kbps: int) -> None:
    link = Link(kbps)
    link.run(8)
    assert max(link.waits) < (600 if kbps < adaptation.START else 300)
    link.waits.clear()
    link.run(25)
    assert sorted(link.waits)[len(link.waits) // 2] < 80
    assert len(link.waits) * 8 / 25 > 0.75 * kbps


def test_a_wide_link_is_trusted_within_four_seconds_and_a_wider_one_found_again() -> None:
    link = Link(10_000)
    link.run(5)
    assert link.said > 1_800
    link.kbps = 500
    link.run(5)
    assert link.said < 560
    link.kbps = 10_000
    link.run(35)
    assert link.said > 1_500


@pytest.mark.parametrize(("apart", "quick"), [(20, False), (0, True)])
def test_how_far_apart_packets_come_that_left_together_says_how_fast_to_grow(apart: int, quick: bool) -> None:
    estimate, said = LinkEstimate(), 0
    for number in range(4):  # left at once; a link of 480 kbit/s brings one each 20 ms
        estimate.add(1_000 + number * apart, 1 << 18, 1200, 7)
    for number in range(150):
        at = 1_100 + number * 20
        told = estimate.add(at, (1 << 18) + round((at - 1_000) * 262.144), 1200, 7)
        said = told[0] if told else said
    assert said > 750_000 if quick else 320_000 < said < 360_000  # of 510, what a voice leaves, and not all of that


def test_a_receiver_that_was_busy_takes_the_bunch_for_no_queue_and_what_is_not_used_for_no_proof() -> None:
    estimate, said = LinkEstimate(), None
    for number in range(400):
        sent = 1000 + number * 10
        came = sent + 20 if number % 100 < 60 else 1000 + (number // 100 + 1) * 1000 + 20  # busy for 0.4 s of each
        said = estimate.add(came, round(sent * 262.144) % (1 << 24), 100, 7) or said
    assert said is not None
    assert said[0] == estimate_module.BEGIN
    assert estimate.filled is None


# --- planes ---------------------------------------------------------------------------------------------------


def test_the_noise_of_a_sensor_is_measured_though_something_moves() -> None:
    chance = np.random.default_rng(3)
    scene = np.tile(np.linspace(40, 200, 640), (540, 1))
    before, now = ((scene + chance.normal(0, 2.5, scene.shape)).astype(np.uint8) for _ in range(2))
    now[100:250, 200:400] = 255
    assert 5.5 < noise(before, now) < 7.5
    assert noise(before, before) == 0.0


def test_colours_stay_in_their_places_when_scaled() -> None:
    planes = np.full((270, 320), 16, dtype=np.uint8)
    parts(planes)[1][:] = 90
    parts(planes)[2][:] = 200
    for part, value in zip(parts(scaled(planes, 160, 90)), (16, 90, 200), strict=True):
        assert (part == value).all()
