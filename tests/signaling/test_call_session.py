"""The life of a conversation, by table and by any order of events."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.server import call_session as s
from signaling.server.call_session import CallSession, End, SessionState

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
GRACE = timedelta(seconds=60)


def after(*events: s.Event, session: CallSession | None = None) -> tuple[CallSession, list[s.Effect]]:
    """The session after these events, a second apart, and all effects."""
    session = session or CallSession(grace=GRACE)
    told: list[s.Effect] = []
    for second, event in enumerate(events):
        session, effects = s.step(session, event, NOW + timedelta(seconds=second))
        told += effects
    return session, told


LIVE = (
    s.Offered(),
    s.Answered(),
    s.MediaSaid(End.KIOSK, "live"),
    s.MediaSaid(End.OPERATOR, "live"),
)


def test_it_is_live_as_soon_as_one_end_says_so() -> None:
    assert after(*LIVE[:3])[0].state is SessionState.LIVE


def test_a_lost_link_ends_nothing_while_the_other_end_says_live() -> None:
    session, told = after(*LIVE, s.LinkLost(End.OPERATOR))
    assert (session.state, session.deadline, told) == (SessionState.LIVE, None, [])


def test_both_links_lost_gives_a_grace_and_one_that_comes_back_ends_the_grace() -> None:
    session, _ = after(*LIVE, s.LinkLost(End.OPERATOR), s.LinkLost(End.KIOSK))
    assert session.state is SessionState.RECONNECTING
    assert session.deadline == NOW + timedelta(seconds=5) + GRACE
    session, told = after(s.LinkBack(End.KIOSK), session=session)
    assert (session.state, session.deadline, told) == (SessionState.LIVE, None, [])


def test_a_linked_end_whose_media_is_lost_does_not_hold_it() -> None:
    session, _ = after(*LIVE, s.LinkLost(End.OPERATOR), s.MediaSaid(End.KIOSK, "lost"))
    assert session.deadline is not None
    ended, told = after(s.GracePassed(), session=session)
    assert ended.state is SessionState.ENDED
    assert told == [s.Over("media_lost", customer_waits=True)]


def test_a_customer_who_is_gone_does_not_wait_in_line_again() -> None:
    session, _ = after(*LIVE, s.LinkLost(End.KIOSK), s.MediaSaid(End.OPERATOR, "lost"))
    assert after(s.GracePassed(), session=session)[1] == [s.Over("media_lost", customer_waits=False)]


@pytest.mark.parametrize(
    ("event", "reason"),
    [(s.HungUp(End.KIOSK), "customer"), (s.HungUp(End.OPERATOR), "operator"), (s.VisitOver(), "visit_ended")],
)
def test_it_ends_with_a_reason(event: s.Event, reason: s.Reason) -> None:
    assert after(*LIVE, event)[1] == [s.Over(reason)]


def test_a_second_offer_makes_the_operator_begin_anew() -> None:
    session, told = after(*LIVE, s.Offered())
    assert told == [s.Restart(End.OPERATOR)]
    assert not session.answered


def test_the_first_offer_and_an_unanswered_one_make_nobody_begin_anew() -> None:
    assert after(s.Offered(), s.Offered())[1] == []


def test_an_operator_whose_media_began_anew_makes_the_kiosk_offer_again() -> None:
    assert after(*LIVE, s.MediaSaid(End.OPERATOR, "connecting"))[1] == [s.Restart(End.KIOSK)]


def test_a_fresh_console_makes_the_kiosk_offer_again_even_before_media_was_live() -> None:
    events = (s.Offered(), s.Answered(), s.LinkLost(End.OPERATOR), s.LinkBack(End.OPERATOR, fresh=True))
    assert after(*events)[1] == [s.Restart(End.KIOSK)]


def test_saying_connecting_again_while_connecting_restarts_nothing() -> None:
    assert after(s.Offered(), s.Answered(), s.MediaSaid(End.OPERATOR, "connecting"))[1] == []


def test_nothing_happens_to_a_session_that_is_over() -> None:
    session, _ = after(*LIVE, s.HungUp(End.KIOSK))
    with pytest.raises(s.IllegalSessionMove):
        s.step(session, s.HungUp(End.KIOSK), NOW)


ENDS = st.sampled_from(End)
ANY = st.one_of(
    st.builds(s.MediaSaid, ENDS, st.sampled_from(["connecting", "live", "reconnecting", "lost"])),
    st.builds(s.LinkLost, ENDS),
    st.builds(s.LinkBack, ENDS, st.booleans()),
    st.just(s.Offered()),
    st.just(s.Answered()),
)


@given(st.lists(ANY, max_size=30))
def test_it_has_a_deadline_exactly_while_nobody_is_there_and_never_ends_by_itself(events: list[s.Event]) -> None:
    session, told = after(*events)
    assert (session.deadline is None) == session.somebody_there
    assert session.state is not SessionState.ENDED
    assert (session.state is SessionState.LIVE) == any(session.media(end) == "live" for end in session.linked)
    assert all(isinstance(effect, s.Restart) for effect in told)
