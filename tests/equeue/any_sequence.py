"""The machine that does anything to a dispatcher, possible or not, and what must hold after each step.

It counts the steps it has taken, so that a run can say how much was tried (``python -m tests.equeue.soak``).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from equeue import Dispatcher, Settings, effects, events
from equeue.errors import QueueError
from equeue.operator_states import IN_SESSION
from equeue.operator_states import OperatorState as Op
from equeue.operators import Operator
from equeue.ticket import Ticket
from equeue.ticket_states import ENDED
from equeue.ticket_states import TicketState as T
from tests.equeue.playbook import MORNING

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
    channels={"video": 100, "phone": 100, "chat": 40},
    callback_gap_s=30,
    callback_tries=2,
    door_lead_s=15,
    door_grace_s=20,
    door_limit_s=150,
    handling_prior_s=30,
    edition=2,
)
RESERVING = replace(SETTINGS, skill_steps={"heat": ((0, 5), (20, 2), (40, 0))}, reserve_universals=1, reserve_s=35)
SHARING = replace(
    SETTINGS,
    channels={"video": 60, "phone": 100, "chat": 20},
    room_s=90,
    room_after_s=5,
    wrapup_s=0,
    misses_allowed=1,
    return_anywhere=False,
    booking_open_s=120,
    break_reasons=("lunch",),
    idle_through_breaks=True,
)
#: by the rules of the first edition, as logs have them that name none
EARLIER = replace(SHARING, edition=1, room_s=0)
EVERY = (SETTINGS, RESERVING, SHARING, EARLIER)
CODES = {one.code for one in QueueError.__subclasses__()}
STANDING = set(T) - {T.MERGED, T.WRAPPING, T.BOOKED, T.CHECKED_IN, T.AT_DOOR, T.CALLED_IN, *ENDED}
#: These end by themselves, and so have a deadline.
LIMITED = (T.OFFERED, T.PARKED, T.BOOKED, T.CHECKED_IN, T.RECALLABLE, T.CALLBACK, T.AT_DOOR, T.CALLED_IN)
WITH_OPERATOR = (T.OFFERED, T.CONNECTED, T.HOLD, T.WRAPPING)
KIOSKS = ("kiosk", "booth")
CHANNELS = (("video",), ("video", "phone"), ("video", "phone", "chat"), ("*",), ("chat",))
OPERATORS = ("olga", "anna", "vera")
SKILLS = (("*",), ("heat",), ("heat:3",), ("power",), ("heat", "power"))
operators = st.sampled_from(OPERATORS)
tickets = st.integers(0, 11).map("t{}".format)
statuses = st.sampled_from(("available", "break"))
SOON = st.integers(-60, 300).map(lambda s: (MORNING + timedelta(seconds=s)).isoformat())
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
        st.none(),
        st.sampled_from(("video", "chat", "chat", "letter")),
    ),
    st.builds(
        events.CallBackAsked,
        tickets,
        st.sampled_from(("heat", "power")),
        st.sampled_from(("walk_in", "repeat_callback", "unheard")),
        st.just("ru"),
        st.just("south"),
        st.sampled_from((None, "c1", "c2")),
        st.none(),
        st.none() | SOON,
    ),
    st.builds(events.CallBackWished, tickets, st.none() | SOON),
    st.builds(events.CallBackUnanswered, tickets),
    st.builds(
        events.DoorTicketTaken,
        tickets,
        st.sampled_from(("heat", "power")),
        st.sampled_from(("walk_in", "special_need", "unheard")),
        st.just("ru"),
        st.sampled_from(("north", "south")),
        st.sampled_from(KIOSKS),
    ),
    st.builds(events.DoorEntered, tickets, st.sampled_from(KIOSKS), st.sampled_from((None, "c1"))),
    st.builds(events.KioskOccupied, st.sampled_from(KIOSKS)),
    st.builds(events.KioskFreed, st.sampled_from(KIOSKS)),
    st.builds(events.ChannelsChosen, operators, st.sampled_from(CHANNELS)),
    st.builds(
        events.OperatorSignedIn,
        operators,
        st.sampled_from(SKILLS),
        st.sampled_from((("*",), ("ru",))),
        st.just(("*",)),
        st.sampled_from(CHANNELS),
    ),
    st.builds(events.OperatorSignedOut, operators),
    st.builds(events.StatusChosen, operators, statuses, st.sampled_from((None, "lunch"))),
    st.builds(events.NextStatusChosen, operators, st.none() | statuses | st.just("offline")),
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
        SOON,
        st.sampled_from((None, "c1")),
    ),
    st.builds(events.BookingMoved, tickets, SOON),
    st.builds(events.BookedCheckedIn, tickets, st.sampled_from(KIOSKS), st.sampled_from(("", "north", "south"))),
    st.builds(events.BookedWentAway, tickets),
    st.builds(events.CustomerMissing, tickets),
    st.builds(events.TicketMovedAhead, tickets, st.sampled_from((0, 30)), st.just("boss"), st.just("ill")),
    st.builds(events.TicketLeft, tickets, st.just("gone")),
    st.builds(events.TicketParked, tickets),
    st.builds(events.TicketReturned, tickets, st.sampled_from(("", *KIOSKS)), st.sampled_from(("", "north", "south"))),
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
    st.builds(events.SettingsChanged, st.sampled_from([one.to_toml() for one in EVERY])),
)


class AnySequence(RuleBasedStateMachine):
    """Any events in any order, possible or not; half of the steps follow up an offer or a session."""

    #: of all runs of this process: steps of hypothesis, each followed by every invariant; events stepped; refused ones
    steps = 0
    events = 0
    refused = 0

    def __init__(self) -> None:
        super().__init__()
        self.settings = SETTINGS
        self.queue = Dispatcher(SETTINGS)
        self.now = MORNING
        self.log: list[tuple[datetime, events.Event, list[str]]] = []
        self.places: dict[str, tuple[int, int, str]] = {}
        #: the state as it is, where a refused step has left it alone
        self.pictured: dict[str, object] | None = None

    @initialize(settings=st.sampled_from(EVERY))
    def begin(self, settings: Settings) -> None:
        """With and without levels of skill, reserved universals and sessions beside each other."""
        self.settings, self.pictured = settings, None
        self.queue = Dispatcher(self.settings)

    def step(self, event: events.Event) -> None:
        """Step, or see that a refusal changed nothing."""
        AnySequence.events += 1
        before, refusal = self.pictured or self.queue.picture(), None
        self.pictured = before
        try:
            told = self.queue.step(event, self.now)
        except QueueError as error:
            refusal = error
        if refusal is not None:
            AnySequence.refused += 1
            assert refusal.code in CODES
            assert self.queue.picture() == before
            return
        self.pictured = None
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
        elif one.shared and accept:
            self.step(events.SessionEnded(min(one.shared), "customer"))
        elif one.state is Op.WRAPUP:
            self.step(events.WrapUpFinished(one.id, "done"))
        elif one.state is Op.OFFLINE:
            self.step(events.OperatorSignedIn(one.id))
        else:
            self.step(events.StatusChosen(one.id, "available"))

    @rule(
        pick=st.integers(0, 11),
        act=st.sampled_from(("enter", "return", "unanswered", "ring off")),
        kiosk=st.sampled_from(("", *KIOSKS)),
    )
    def a_customer_goes_on(self, pick: int, act: str, kiosk: str) -> None:
        """What people at a door, at a kiosk and at the telephone usually do next."""
        known = sorted(self.queue._floor.tickets)
        if not known:
            return
        ticket = self.queue.ticket(known[pick % len(known)])
        if ticket.state in (T.AT_DOOR, T.CALLED_IN) and act == "enter":
            self.step(events.DoorEntered(ticket.id, ticket.kiosk_id, None))
        elif ticket.state in (T.PARKED, T.ABANDONED, T.RECALLABLE, T.CALLBACK, T.WAITING) and act == "return":
            self.step(events.TicketReturned(ticket.id, kiosk))
        elif ticket.state in (T.BOOKED, T.NO_SHOW) and act in ("enter", "return"):
            self.step(events.BookedCheckedIn(ticket.id, kiosk or "kiosk"))
        elif ticket.state is T.CHECKED_IN and act == "ring off":
            self.step(events.BookedWentAway(ticket.id))
        elif ticket.state is T.CONNECTED and act == "unanswered":
            self.step(events.CallBackUnanswered(ticket.id))
        elif ticket.state is T.CONNECTED:
            self.step(events.SessionEnded(ticket.id, "customer"))
            self.step(events.KioskFreed(ticket.kiosk_id or "kiosk"))

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
        AnySequence.steps += 1
        floor = self.queue._floor
        waiting = {one.id for one in self.queue.waiting()}
        for ticket in floor.tickets.values():
            assert (ticket.id in waiting) == (ticket.state is T.WAITING)
            assert (ticket.operator_id is not None) == (ticket.state in WITH_OPERATOR)
            if ticket.operator_id is not None:
                operator = floor.operators[ticket.operator_id]
                if ticket.id in operator.shared:
                    assert ticket.state in (T.CONNECTED, T.HOLD)
                    assert operator.own_state in (Op.SHARING, Op.OFFERED)
                    continue
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
            if operator.own_state is Op.SHARING:
                assert operator.shared
                assert operator.ticket_id is None
            assert all(floor.tickets[one].operator_id == operator.id for one in operator.shared)
            assert operator.load <= 100
            assert (operator.beneath is not None) == (operator.state is Op.GRACE)

    @invariant()
    def an_idle_operator_and_a_customer_they_may_serve_never_wait_for_each_other(self) -> None:
        """freeswitch #1216, asterisk #1691: liveness, save for an exclusion whose end is a deadline.

        Somebody in conversations that leave room for this one counts as idle.
        """
        next_deadline = self.queue.next_deadline()
        for ticket in self.queue.waiting():
            weight = self.queue.settings().channels.get(ticket.channel, 100)
            for operator in self.queue.operators():
                beside = operator.takes_more and operator.load + weight <= 100
                if not (beside or operator.state is Op.AVAILABLE) or not operator.serves(ticket.need):
                    continue
                until = ticket.kept_from.get(operator.id) or self.reserved_until(ticket, operator)
                until = until or self.room_kept_until(weight, operator)
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

    def room_kept_until(self, weight: int, operator: Operator) -> datetime | None:
        """Room is kept for somebody who waits and needs more of it than this."""
        if not operator.room_for or not operator.shared:
            return None
        kept, weights = self.queue.ticket(operator.room_for), self.queue.settings().channels
        assert kept.state is T.WAITING
        return kept.room_until if weight <= weights.get(kept.channel, 100) else None

    @invariant()
    def room_is_kept_by_one_operator_for_one_who_waits_until_a_deadline(self) -> None:
        """Whoever it is kept for waits, and knows where; nobody keeps room for two, or for nobody."""
        floor, next_deadline = self.queue._floor, self.queue.next_deadline()
        kept = {one.room_for: one.id for one in floor.operators.values() if one.room_for}
        assert kept == {one.id: one.room_at for one in floor.tickets.values() if one.room_at}
        for ticket in map(self.queue.ticket, kept):
            assert ticket.state is T.WAITING
            assert ticket.room_until is not None
            assert next_deadline is not None
            assert next_deadline <= ticket.room_until

    @invariant()
    def nobody_stands_outside_a_free_kiosk_while_an_operator_is_idle_and_nobody_was_asked_in_for_them(self) -> None:
        """Liveness at the door; and one kiosk has one person called in, at most."""
        floor = self.queue._floor
        called = [one.kiosk_id for one in floor.tickets.values() if one.state is T.CALLED_IN]
        assert len(called) == len(set(called))
        for ticket in floor.tickets.values():
            door = self.queue.door(ticket.kiosk_id)
            assert (ticket.state is T.AT_DOOR) == (ticket.id in door.outside)
            if ticket.state is not T.AT_DOOR or door.occupied or door.called:
                continue
            able = [
                one
                for one in self.queue.operators()
                if one.state is Op.AVAILABLE and one.serves(ticket.need) and not ticket.excludes(one.id, self.now)
            ]
            asked_in = [floor.tickets[one.called] for one in floor.doors.by_kiosk.values() if one.called]
            assert len(able) <= sum(1 for other in asked_in if any(one.serves(other.need) for one in able))

    @invariant()
    def every_state_that_ends_by_itself_has_its_deadline(self) -> None:
        """freeswitch #2540: reservations expire."""
        next_deadline = self.queue.next_deadline()
        for operator in self.queue.operators():
            if operator.state in (Op.OFFERED, Op.WRAPUP):
                assert operator.deadline is not None
                assert next_deadline is not None
                assert next_deadline <= operator.deadline
            if operator.state is Op.GRACE and operator.beneath not in IN_SESSION and operator.deadline is None:
                talks = [self.queue.ticket(one).channel for one in operator.shared]
                assert talks  # who writes went to others when the grace was over
                assert set(talks) <= {"video", "phone"}
            elif operator.state is Op.GRACE and operator.beneath not in IN_SESSION:
                assert next_deadline is not None

    @invariant()
    def every_ticket_that_ends_by_itself_has_its_deadline(self) -> None:
        """Nobody is lost: who is booked, away or not there is waited for until a moment, and no longer."""
        next_deadline = self.queue.next_deadline()
        for ticket in self.queue._floor.tickets.values():
            if ticket.state in LIMITED:
                assert ticket.deadline is not None
                assert next_deadline is not None
                assert next_deadline <= ticket.deadline

    @invariant()
    def a_place_in_the_line_never_moves_back(self) -> None:
        """Nobody is moved back; only one's own repeated request moves one forward."""
        for ticket in self.queue._floor.tickets.values():
            booked = ticket.slot is not None and ticket.offers == 0
            if ticket.state in (T.BOOKED, T.CHECKED_IN) or (ticket.state is T.NO_SHOW and booked):
                continue  # a place in the line begins when the slot is near
            key = f"{ticket.id} {ticket.number} {ticket.slot}"
            if ticket.state is T.CALLBACK:  # nothing is gathered before the moment somebody chose
                self.places.pop(key, None)
                continue
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
            reason = self.queue.wait_rise_reason(ticket.id)
            again = self.queue.wait_band(ticket.id, self.now)
            assert again == band
            assert self.queue.wait_rise_reason(ticket.id) == reason

    def teardown(self) -> None:
        """Replay what was logged, through JSON, into another dispatcher: the same answers, the same state."""
        another = Dispatcher(self.settings)
        for now, event, told in self.log:
            again = another.step(events.from_json(events.to_json(event)), now)
            assert [effects.to_json(one) for one in again] == told
        assert another.picture() == self.queue.picture()
        called = [line for _, _, told in self.log for line in told if '"type":"TicketNumbered"' in line]
        assert len(called) == len(set(called))
