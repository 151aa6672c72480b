"""The dispatcher under any sequence of events: what must hold after every one of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from equeue import Dispatcher, Settings, effects, events
from equeue.dispatcher import _ON_EVENT
from equeue.errors import QueueError, TicketExists
from equeue.operator_states import IN_SESSION
from equeue.operator_states import OperatorState as Op
from equeue.operators import Operator
from equeue.proof import Chain
from equeue.ticket import Ticket
from equeue.ticket_states import ENDED
from equeue.ticket_states import TicketState as T
from tests.equeue.days import Day
from tests.equeue.playbook import MORNING, Play

SETTINGS = Settings(
    offer_s=20,
    refuse_backoff_s=15,
    miss_backoff_s=10,
    misses_allowed=2,
    wrapup_s=30,
    grace_s=25,
    return_window_s=40,
    park_limit_s=100,
    transfer_exclusion_s=50,
    keep_ended_s=200,
    booking_early_s=20,
    booking_late_s=20,
    booking_no_show_s=60,
    recall_tickets=2,
    merge_requests=True,
    recall_limit_s=90,
)
RESERVING = replace(SETTINGS, skill_steps={"heat": ((0, 5), (20, 2), (40, 0))}, reserve_universals=1, reserve_s=35)
CODES = {one.code for one in QueueError.__subclasses__()}
STANDING = set(T) - {T.MERGED, T.WRAPPING, T.BOOKED, T.CHECKED_IN, *ENDED}
OPERATORS = ("olga", "anna", "vera")
SKILLS = (("*",), ("heat",), ("heat:3",), ("power",), ("heat", "power"))
operators = st.sampled_from(OPERATORS)
tickets = st.integers(0, 11).map("t{}".format)
statuses = st.sampled_from(("available", "break"))
ANY_EVENT = st.one_of(
    st.builds(
        events.TicketTaken,
        tickets,
        st.sampled_from(("heat", "power", "gas")),
        st.sampled_from(("walk_in", "booked", "repeat_callback", "special_need")),
        st.sampled_from(("ru", "lv")),
        st.sampled_from(("north", "south")),
        st.sampled_from(("kiosk", "")),
        st.sampled_from((None, None, "c1", "c2")),
    ),
    st.builds(events.OperatorSignedIn, operators, st.sampled_from(SKILLS), st.sampled_from((("*",), ("ru",)))),
    st.builds(events.OperatorSignedOut, operators),
    st.builds(events.StatusChosen, operators, statuses),
    st.builds(events.NextStatusChosen, operators, st.none() | statuses),
    st.builds(events.OperatorConnectionLost, operators),
    st.builds(events.OperatorConnectionBack, operators),
    st.builds(events.MonitoringBegan, operators, operators),
    st.builds(events.MonitoringEnded, operators),
    st.builds(
        events.TicketBooked,
        tickets,
        st.sampled_from(("heat", "power")),
        st.sampled_from(("booked", "special_need")),
        st.just("ru"),
        st.just("north"),
        st.integers(-60, 300).map(lambda s: (MORNING + timedelta(seconds=s)).isoformat()),
        st.sampled_from((None, "c1")),
    ),
    st.builds(events.BookedCheckedIn, tickets, st.just("kiosk")),
    st.builds(events.CustomerMissing, tickets),
    st.builds(events.TicketMovedAhead, tickets, st.sampled_from((0, 30)), st.just("boss"), st.just("ill")),
    st.builds(events.TicketLeft, tickets, st.just("gone")),
    st.builds(events.TicketParked, tickets),
    st.builds(events.TicketReturned, tickets),
    st.builds(events.TicketTransferred, tickets, st.sampled_from(("heat", "power"))),
    st.builds(events.OfferAccepted, tickets, operators),
    st.builds(events.OfferRefused, tickets, operators, st.just("no")),
    st.builds(events.SessionHeld, tickets),
    st.builds(events.SessionResumed, tickets),
    st.builds(events.SessionEnded, tickets, st.just("operator")),
    st.builds(events.SessionBroken, tickets),
    st.builds(events.WrapUpFinished, operators, st.just("done")),
    st.builds(events.WrapUpExtended, operators),
    st.builds(
        events.CentreFactorChanged,
        st.sampled_from(("north", "south")),
        st.sampled_from((50, 100, 300)),
        st.just("boss"),
        st.just("flood"),
    ),
    st.builds(events.SettingsChanged, st.sampled_from((SETTINGS.to_toml(), RESERVING.to_toml()))),
)


class AnySequence(RuleBasedStateMachine):
    """Any events in any order, possible or not; half of the steps follow up an offer or a session."""

    def __init__(self) -> None:
        super().__init__()
        self.settings = SETTINGS
        self.queue = Dispatcher(SETTINGS)
        self.now = MORNING
        self.log: list[tuple[datetime, events.Event, list[str]]] = []
        self.places: dict[str, tuple[int, int, str]] = {}

    @initialize(reserving=st.booleans())
    def begin(self, reserving: bool) -> None:
        """With and without levels of skill and reserved universals."""
        self.settings = RESERVING if reserving else SETTINGS
        self.queue = Dispatcher(self.settings)

    def step(self, event: events.Event) -> None:
        """Step, or see that a refusal changed nothing."""
        before, refusal = self.queue.picture(), None
        try:
            told = self.queue.step(event, self.now)
        except QueueError as error:
            refusal = error
        if refusal is not None:
            assert refusal.code in CODES
            assert self.queue.picture() == before
            return
        self.log.append((self.now, event, [effects.to_json(one) for one in told]))

    @rule(event=ANY_EVENT)
    def anything_happens(self, event: events.Event) -> None:
        """One event, whether it can happen now or not."""
        self.step(event)

    @rule(pick=st.integers(0, 2), accept=st.booleans())
    def an_operator_goes_on(self, pick: int, accept: bool) -> None:
        """What operators usually do next, so that deep states are reached."""
        known = self.queue.operators()
        if not known:
            return
        one = known[pick % len(known)]
        if one.state is Op.OFFERED and one.ticket_id is not None:
            answer = events.OfferAccepted if accept else events.OfferRefused
            self.step(answer(one.ticket_id, one.id, *(() if accept else ("no",))))  # type: ignore[call-arg]
        elif one.state is Op.BUSY and one.ticket_id is not None:
            self.step(events.SessionEnded(one.ticket_id, "customer"))
        elif one.state is Op.WRAPUP:
            self.step(events.WrapUpFinished(one.id, "done"))
        elif one.state is Op.OFFLINE:
            self.step(events.OperatorSignedIn(one.id))
        else:
            self.step(events.StatusChosen(one.id, "available"))

    @rule(seconds=st.sampled_from((1, 5, 11, 29, 60)))
    def time_passes(self, seconds: int) -> None:
        """A runner steps at each deadline."""
        end = self.now + timedelta(seconds=seconds)
        while (due := self.queue.next_deadline()) is not None and due <= end:
            self.now = max(self.now, due)
            self.step(events.TimePassed())
        self.now = end

    @invariant()
    def everyone_is_in_exactly_one_state_and_pairs_agree(self) -> None:
        """freeswitch #2540, #1973: agents stuck in Reserved, members "answered" hours after the call."""
        floor = self.queue._floor
        waiting = {one.id for one in self.queue.waiting()}
        for ticket in floor.tickets.values():
            assert (ticket.id in waiting) == (ticket.state is T.WAITING)
            with_operator = ticket.state in (T.OFFERED, T.CONNECTED, T.HOLD, T.WRAPPING)
            assert (ticket.operator_id is not None) == with_operator
            if ticket.operator_id is not None:
                operator = floor.operators[ticket.operator_id]
                assert operator.ticket_id == ticket.id
                pair = {T.OFFERED: Op.OFFERED, T.CONNECTED: Op.BUSY, T.HOLD: Op.HOLD, T.WRAPPING: Op.WRAPUP}
                assert operator.own_state is pair[ticket.state]
        idle = list(floor.idle)
        for operator in floor.operators.values():
            assert idle.count(operator.id) == (operator.state is Op.AVAILABLE)
            if operator.ticket_id is not None:
                assert floor.tickets[operator.ticket_id].operator_id == operator.id
            if operator.own_state in IN_SESSION or operator.state is Op.OFFERED:
                assert operator.ticket_id is not None
            assert (operator.beneath is not None) == (operator.state is Op.GRACE)

    @invariant()
    def an_idle_operator_and_a_customer_they_may_serve_never_wait_for_each_other(self) -> None:
        """freeswitch #1216, asterisk #1691: liveness, save for an exclusion whose end is a deadline."""
        next_deadline = self.queue.next_deadline()
        for ticket in self.queue.waiting():
            for operator in self.queue.operators():
                if operator.state is not Op.AVAILABLE or not operator.serves(ticket.need):
                    continue
                until = ticket.kept_from.get(operator.id) or self.reserved_until(ticket, operator)
                assert until is not None
                assert next_deadline is not None
                assert next_deadline <= until

    def reserved_until(self, ticket: Ticket, operator: Operator) -> datetime | None:
        """The rule of reserved universals, word for word."""
        rules, everybody = self.queue.settings(), self.queue.operators()
        idle = [one for one in everybody if one.state is Op.AVAILABLE and "*" in one.skills]
        specialists = [one for one in everybody if one.on_duty and "*" not in one.skills and one.serves(ticket.need)]
        held = operator in idle and len(idle) <= rules.reserve_universals and specialists
        return ticket.arrived + timedelta(seconds=rules.reserve_s) if held else None

    @invariant()
    def every_state_that_ends_by_itself_has_its_deadline(self) -> None:
        """freeswitch #2540: reservations expire."""
        next_deadline = self.queue.next_deadline()
        for operator in self.queue.operators():
            if operator.state in (Op.OFFERED, Op.WRAPUP):
                assert operator.deadline is not None
                assert next_deadline is not None
                assert next_deadline <= operator.deadline
            if operator.state is Op.GRACE and operator.beneath not in IN_SESSION:
                assert operator.deadline is not None
                assert next_deadline is not None

    @invariant()
    def every_ticket_that_ends_by_itself_has_its_deadline(self) -> None:
        """Nobody is lost: who is booked, away or not there is waited for until a moment, and no longer."""
        next_deadline = self.queue.next_deadline()
        for ticket in self.queue._floor.tickets.values():
            if ticket.state in (T.OFFERED, T.PARKED, T.BOOKED, T.CHECKED_IN, T.RECALLABLE):
                assert ticket.deadline is not None
                assert next_deadline is not None
                assert next_deadline <= ticket.deadline

    @invariant()
    def a_place_in_the_line_never_moves_back(self) -> None:
        """Nobody is moved back; only one's own repeated request moves one forward."""
        for ticket in self.queue._floor.tickets.values():
            if ticket.state in (T.BOOKED, T.CHECKED_IN):
                continue  # a place in the line begins when the slot is near
            key = f"{ticket.id} {ticket.number} {ticket.slot}"
            assert ticket.place <= self.places.get(key, ticket.place)
            self.places[key] = ticket.place

    @invariant()
    def a_case_has_one_place_and_everything_merged_has_somebody_standing_for_it(self) -> None:
        """Genesys FAQ: a call-back that keeps ringing."""
        floor = self.queue._floor
        standing, merged = {}, []
        for ticket in floor.tickets.values():
            if ticket.case_id is not None and ticket.state in STANDING:
                assert ticket.case_id not in standing
                standing[ticket.case_id] = ticket.id
            elif ticket.state is T.MERGED:
                merged.append(ticket)
        assert standing == {key: case.leading for key, case in floor.cases.items()}
        assert sorted(one.id for one in merged) == sorted(t for c in floor.cases.values() for t in c.merged)

    @invariant()
    def nobody_is_told_to_wait_longer_for_no_reason(self) -> None:
        """Asterisk's announced hold grew once the average had passed."""
        for ticket in self.queue.waiting():
            band = self.queue.wait_band(ticket.id, self.now)
            if band is None:
                assert self.queue.wait_rise_reason(ticket.id) == "nobody_at_work"
                continue
            assert 0 < band.p50_seconds < band.p90_seconds
            again = self.queue.wait_band(ticket.id, self.now)
            assert again == band
            assert self.queue.wait_rise_reason(ticket.id) is None

    def teardown(self) -> None:
        """Replay what was logged, through JSON, into another dispatcher: the same answers, the same state."""
        another = Dispatcher(self.settings)
        for now, event, told in self.log:
            again = another.step(events.from_json(events.to_json(event)), now)
            assert [effects.to_json(one) for one in again] == told
        assert another.picture() == self.queue.picture()
        called = [line for _, _, told in self.log for line in told if '"type":"TicketNumbered"' in line]
        assert len(called) == len(set(called))


AnySequence.TestCase.settings = hypothesis_settings(max_examples=60, stateful_step_count=50, deadline=None)
TestAnySequence = AnySequence.TestCase


def test_after_a_crash_between_any_two_events_the_queue_goes_on_as_if_nothing_had_been() -> None:
    day = Day(4, wrapup_s=20, misses_allowed=2, reserve_universals=1).run(130)
    moments = [(now, event, entry.told) for (now, event), entry in zip(day.log, day.entries, strict=True)]
    alive = Dispatcher(day.settings)
    for crash in range(len(moments)):
        restarted = Dispatcher(day.settings)
        for now, event, _ in moments[:crash]:
            restarted.step(event, now)
        assert restarted.picture() == alive.picture()
        assert restarted.next_deadline() == alive.next_deadline()
        now, event, told = moments[crash]
        answer = restarted.step(event, now)
        assert Chain("", 0).add(event, now, answer).told == told
        alive.step(event, now)
    assert alive.picture() == day.queue.picture()


def test_every_event_has_a_rule() -> None:
    assert {*_ON_EVENT, events.TimePassed} == set(events.EVENT_TYPES)


def test_a_clock_set_back_counts_as_standing_still() -> None:
    play = Play()
    play.take("t1")
    play.now -= timedelta(hours=1)
    play.take("t2")
    assert [one.id for one in play.queue.waiting()] == ["t1", "t2"]


def test_a_moment_without_its_zone_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="aware"):
        Dispatcher(Settings()).step(events.TimePassed(), datetime(2026, 11, 2))  # noqa: DTZ001


def test_the_same_event_twice_changes_nothing_the_second_time() -> None:
    """asterisk #1736: counters double under load."""
    play = Play()
    play.take("t1")
    before = play.queue.picture()
    with pytest.raises(TicketExists):
        play.take("t1")
    assert play.queue.picture() == before


def test_a_tier_of_operators_on_a_break_counts_as_nobody() -> None:
    """FreeSWITCH counts agents on a break as available for its no-wait rule."""
    play = Play()
    play.do(events.OperatorSignedIn("olga"))
    play.take("t1")
    assert play.queue.wait_band("t1") is None
    assert play.queue.operators_on_duty() == 0


def test_one_early_hang_up_leaves_the_other_offers_alone() -> None:
    """asterisk #1557: one early hang-up drops all ringing."""
    play = Play()
    for name in OPERATORS:
        play.desk(name)
    for name in ("t1", "t2", "t3"):
        play.take(name)
    play.do(events.TicketLeft("t2", "gone"))
    assert [play.ticket(name) for name in ("t1", "t2", "t3")] == [T.OFFERED, T.ABANDONED, T.OFFERED]


def test_an_older_ticket_is_never_skipped_for_newer_ones_when_somebody_comes_free() -> None:
    """chatwoot #10376: unassigned conversations skipped while newer ones are assigned."""
    play = Play(wrapup_s=0)
    for number in range(20):
        play.take(f"t{number}")
        play.wait(1)
    play.desk("olga")
    order = []
    while (current := play.queue.operator("olga").ticket_id) is not None:
        order.append(current)
        play.serve_at_once(current, "olga")
    assert order == [f"t{number}" for number in range(20)]


def test_the_position_in_the_line_counts_down() -> None:
    """Amazon Connect cannot tell a position in its flows."""
    play = Play()
    play.desk("olga")
    play.take("t0")
    for number in range(1, 4):
        play.take(f"t{number}")
    assert [play.queue.ahead_of(f"t{number}") for number in range(4)] == [0, 0, 1, 2]
    play.do(events.TicketLeft("t1", "gone"))
    assert [play.queue.ahead_of(f"t{number}") for number in (2, 3)] == [0, 1]
