"""Numbered events: what a client that comes back is given."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from signaling.protocol.events import LineTold
from signaling.protocol.frames import Seen
from signaling.server.streams import Stream

EVENT = LineTold(waiting=1, operators=1, wait=None)


@given(told=st.integers(0, 40), seen=st.integers(0, 50), kept=st.integers(1, 20))
def test_a_client_gets_exactly_what_it_missed_or_a_snapshot(told: int, seen: int, kept: int) -> None:
    stream = Stream("e", kept)
    for _ in range(told):
        stream.add(EVENT)
    missed = stream.missed(Seen(epoch="e", number=seen))
    if seen > told or seen < told - kept:
        assert missed is None
    else:
        assert missed is not None
        assert [frame.number for frame in missed] == list(range(seen + 1, told + 1))


def test_another_epoch_or_no_memory_needs_a_snapshot() -> None:
    stream = Stream("e")
    assert stream.missed(None) is None
    assert stream.missed(Seen(epoch="before", number=0)) is None
    assert stream.missed(Seen(epoch="e", number=0)) == []
