"""media/liveness.py"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.liveness import (
    FIRST,
    MOVES,
    PATIENCE,
    SILENCE,
    Call,
    FellSilent,
    Happening,
    Heard,
    IllegalMove,
    Left,
    Liveness,
    Refused,
    Rejoined,
)


def live(now: float = 0.0) -> Liveness:
    return Liveness.begun(now).step(Heard(), now)


def test_a_call_is_live_with_its_first_packets() -> None:
    liveness, happening = Liveness.begun(0.0).look(3, 0.5)
    assert liveness.call is Call.LIVE
    assert happening == Heard()


def test_two_seconds_of_silence_are_told_and_packets_bring_the_call_back() -> None:
    liveness, _ = live().look(10, 1.0)
    assert liveness.look(10, 1.0 + SILENCE - 0.1)[1] is None
    quiet, happening = liveness.look(10, 1.0 + SILENCE)
    assert quiet.call is Call.RECONNECTING
    assert happening == FellSilent()
    assert quiet.look(11, 9.0)[0].call is Call.LIVE


def test_fifteen_seconds_of_silence_are_a_lost_call() -> None:
    liveness, _ = live().look(10, 0.0)
    liveness, _ = liveness.look(10, SILENCE)
    assert liveness.look(10, PATIENCE - 0.1)[0].call is Call.RECONNECTING
    assert liveness.look(10, PATIENCE)[0].call is Call.LOST


def test_a_connection_that_never_brings_a_packet_is_lost() -> None:
    liveness = Liveness.begun(5.0)
    assert liveness.look(0, 5.0 + FIRST - 0.1)[0].call is Call.CONNECTING
    assert liveness.look(0, 5.0 + FIRST)[0].call is Call.LOST


def test_a_fresh_connection_has_its_own_patience_and_its_own_packets() -> None:
    liveness, _ = live().look(1000, 0.0)
    liveness = liveness.step(Rejoined(), 14.0)
    assert liveness.call is Call.RECONNECTING
    assert liveness.look(0, 28.0)[0].call is Call.RECONNECTING
    assert liveness.look(1, 28.0)[0].call is Call.LIVE


def test_a_live_call_is_not_refused() -> None:
    with pytest.raises(IllegalMove, match="Refused while live"):
        live().step(Refused(), 1.0)


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("look"), st.integers(0, 5), st.floats(0, 20)),
            st.tuples(st.sampled_from([FellSilent, Rejoined, Left, Refused]), st.just(0), st.floats(0, 20)),
        ),
        max_size=40,
    )
)
def test_whatever_happens_looking_is_always_legal_until_we_left(story: list[tuple[object, int, float]]) -> None:
    liveness, now, packets = Liveness.begun(0.0), 0.0, 0
    for what, more, later in story:
        now += later
        if what == "look":
            packets += more
            liveness, happening = liveness.look(packets, now)
            assert happening is None or (more > 0) == isinstance(happening, Heard)
            continue
        happening_type: type[Happening] = what  # type: ignore[assignment]
        if (liveness.call, happening_type) in MOVES:
            liveness = liveness.step(happening_type(), now)
            packets = 0 if happening_type is Rejoined else packets
        if liveness.call is Call.CLOSED:
            return
