"""The machine's steps, and its invariants under any sequence of events a runner can feed."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from payment import effects as do
from payment import events as e
from payment.answers import Failure, Garbled, Granted, Repeated, Silence, Slip, Undone, Unsent
from payment.errors import IllegalEvent, NothingToReverse, ReusedServiceId
from payment.events import entry_from_dict, entry_from_json, entry_to_dict, entry_to_json
from payment.moves import MOVES, UNCLEAR, State
from payment.purchase import replay
from payment.readings import after_payment, after_reversal, after_status, on_wake
from payment.screen import screen_phase
from tests.payment.purchases import (
    BILL,
    OTHER_SLIP,
    POI,
    SALE,
    SLIP,
    START,
    Play,
    approved,
    asked,
    busy,
    created,
    mismatch,
    not_sent,
    parked,
    reversal_parked,
    reversing,
    seconds,
    unknown,
    verifying,
)

EVERYWHERE: list[Callable[[], Play]] = [
    created,
    asked,
    not_sent,
    busy,
    verifying,
    unknown,
    parked,
    approved,
    mismatch,
    reversing,
    reversal_parked,
]


def test_the_journal_comes_before_everything_it_covers() -> None:
    for start in EVERYWHERE:
        play = start()
        kinds = [type(effect) for effect in play.effects]
        assert kinds[:2] == [do.WriteJournal, do.Replicate], start.__name__


def test_the_intent_is_written_before_the_payment_is_sent() -> None:
    play = asked()
    assert play.effects == [
        do.WriteJournal(e.Entry("p1", 2, e.PaymentAsked("PAY1"), START)),
        do.Replicate(e.Entry("p1", 2, e.PaymentAsked("PAY1"), START)),
        do.SendPayment("PAY1", "p1", START, BILL),
    ]


def test_nothing_sent_is_tried_twice_more_with_new_ids_and_the_same_sale_transaction() -> None:
    play = not_sent()
    for number in (2, 3):
        assert play.effect(do.WakeAt) == do.WakeAt(play.now + seconds(2))
        play.feed(e.Woken(f"PAY{number}"))
        assert play.effect(do.SendPayment) == do.SendPayment(f"PAY{number}", "p1", START, BILL)
        play.feed(e.NotSent("TimeoutError"))
    assert play.kinds() == []
    assert not play.purchase.is_open


def test_busy_is_tried_three_times_more_five_seconds_apart() -> None:
    play = busy()
    for number in range(3):
        play.feed(e.NotStarted())
        assert play.effect(do.WakeAt) == do.WakeAt(play.now + seconds(5))
        play.feed(e.Woken(f"MORE{number}"))
        play.feed(e.TerminalBusy(f"ASK{number + 2}"))
    play.feed(e.NotStarted())
    assert play.kinds() == []
    assert (play.purchase.state, play.purchase.is_open) == (State.NOT_SENT, False)


def test_the_status_loop_begins_after_two_seconds_goes_on_every_five_and_backs_off_to_a_minute() -> None:
    play = unknown()
    assert play.effect(do.WakeAt) == do.WakeAt(play.now + seconds(2))
    play.feed(e.Woken("ASK1"), at=2)
    assert play.effect(do.AskStatus) == do.AskStatus("ASK1", "Payment", "PAY1")
    play.feed(e.StatusLost("reset"))
    assert play.effect(do.WakeAt) == do.WakeAt(play.now + seconds(5))
    play.feed(e.TooLong(), at=302)
    pauses = []
    for number in range(5):
        play.feed(e.StatusLost("reset"))
        wake = play.effect(do.WakeAt)
        assert isinstance(wake, do.WakeAt)
        pauses.append((wake.at - play.now).total_seconds())
        play.feed(e.Woken(f"PARKED{number}"))
    assert pauses == [20, 40, 60, 60, 60]


def test_parking_blocks_the_terminal_and_a_late_answer_frees_it() -> None:
    play = unknown()
    play.feed(e.TooLong(), at=301)
    assert play.kinds() == ["BlockTerminal", "RaiseAlarm", "WakeAt"]
    assert play.purchase.is_open
    play.feed(e.Charged(SLIP), at=4000)
    assert play.kinds() == ["UnblockTerminal"]
    assert play.purchase.state is State.APPROVED


def test_a_parked_purchase_that_learns_nothing_writes_nothing() -> None:
    play = parked()
    written = len(play.entries)
    for number in range(50):
        play.feed(e.Woken(f"ASK{number}"))
        play.feed(e.StatusLost("reset"))
    assert len(play.entries) == written
    play.feed(e.StatusLost("connection refused", refused=True))
    assert len(play.entries) == written + 1


@pytest.mark.conformance(10)
def test_cancel_sends_one_abort_and_waits() -> None:
    play = asked()
    play.feed(e.Cancelled("AB1"))
    assert play.kinds() == ["SendAbort"]
    play.feed(e.Cancelled("AB2"))
    assert play.kinds() == []
    play.feed(e.Refused("Aborted"))
    assert play.purchase.state is State.DECLINED


def test_cancel_before_anything_was_sent_is_certain() -> None:
    play = not_sent()
    play.feed(e.Cancelled("AB1"))
    assert (play.purchase.state, play.kinds()) == (State.DECLINED, [])


def test_cancel_while_the_terminal_is_asked_about_busy_stops_the_retries() -> None:
    play = busy()
    play.feed(e.Cancelled("AB1"))
    play.feed(e.NotStarted())
    assert (play.kinds(), play.purchase.is_open) == ([], False)


def test_cancel_while_busy_becomes_an_abort_when_the_payment_runs_after_all() -> None:
    play = busy()
    play.feed(e.Cancelled("AB1"))
    assert play.kinds() == []
    play.feed(e.StillRunning("AB2"))
    assert play.kinds() == ["SendAbort", "WakeAt"]
    play.feed(e.Woken("ASK2"))
    play.feed(e.StillRunning("AB3"))
    assert play.kinds() == ["WakeAt"], "one wish is enough"


@pytest.mark.conformance(11)
def test_a_mismatch_is_reversed_as_unable_to_complete_with_an_alarm() -> None:
    play = mismatch()
    assert play.kinds() == ["RaiseAlarm", "WakeAt"]
    play.feed(e.Woken("REV1"))
    assert play.effect(do.SendReversal) == do.SendReversal(
        "REV1", OTHER_SLIP.poi_transaction, "Unable2Compl", "p1", START
    )


def test_an_approved_purchase_may_be_reversed_by_order_and_then_asks_about_the_reversal() -> None:
    play = approved()
    play.feed(e.ReversalOrdered("REV1", "CustCancel"))
    assert play.effect(do.SendReversal) == do.SendReversal("REV1", SLIP.poi_transaction, "CustCancel", "p1", START)
    play.feed(e.ReversalNotSent("TimeoutError"))
    play.feed(e.Woken("REV2"))
    assert play.effect(do.SendReversal) == do.SendReversal("REV2", SLIP.poi_transaction, "CustCancel", "p1", START)


def test_a_reversal_that_no_terminal_takes_is_sent_ever_more_rarely_and_in_the_end_left_to_a_person() -> None:
    play = reversing()
    pauses = []
    while play.purchase.state is State.REVERSING:
        play.feed(after_reversal(play.purchase, Unsent("connection refused", refused=True), play.fresh()))
        wake = play.effect(do.WakeAt)
        assert isinstance(wake, do.WakeAt)
        pauses.append((wake.at - play.now).total_seconds())
        play.at += pauses[-1]
        play.feed(on_wake(play.purchase, play.fresh(), play.now))
    assert pauses[:6] == [5, 10, 20, 40, 60, 60]
    assert play.purchase.state is State.REVERSAL_PARKED
    assert play.kinds() == ["RaiseAlarm"], "nothing is sent any more: a person has the bank return it"
    assert timedelta(hours=1) <= play.now - START < timedelta(minutes=62)
    assert len(play.entries) < 200
    assert replay(play.entries) == play.purchase
    play.feed(e.Restarted("FRESH1", machine_too=True))
    assert play.kinds() == [], "not by a restart either"


def test_what_has_no_terminal_reference_cannot_be_reversed() -> None:
    play = parked()
    play.feed(e.Clarified("bank file"))
    with pytest.raises(NothingToReverse):
        play.feed(e.ReversalOrdered("REV1", "CustCancel"))


def test_posted_keeps_the_billing_reference() -> None:
    play = approved()
    play.feed(e.Posted("billing-7"))
    assert (play.purchase.state, play.purchase.billing_reference) == (State.POSTED, "billing-7")


@pytest.mark.parametrize(
    ("start", "state", "wanted"),
    [
        (created, State.NOT_SENT, []),
        (asked, State.UNKNOWN, ["AskStatus"]),
        (not_sent, State.NOT_SENT, []),
        (busy, State.UNKNOWN, ["AskStatus"]),
        (verifying, State.UNKNOWN, ["AskStatus"]),
        (unknown, State.UNKNOWN, ["AskStatus"]),
        (parked, State.PARKED, ["BlockTerminal", "AskStatus"]),
        (mismatch, State.MISMATCH, ["WakeAt"]),
        (reversing, State.REVERSING, ["AskStatus"]),
        (reversal_parked, State.REVERSAL_PARKED, ["AskStatus"]),
    ],
)
def test_a_restart_takes_every_open_purchase_up_again(
    start: Callable[[], Play], state: State, wanted: list[str]
) -> None:
    play = start()
    play.feed(e.Restarted("BOOT1", machine_too=False))
    assert (play.purchase.state, play.kinds()) == (state, wanted)


def test_an_event_without_a_row_is_an_error_with_a_name() -> None:
    with pytest.raises(IllegalEvent):
        approved().feed(e.Charged(SLIP))
    with pytest.raises(IllegalEvent):
        created().feed(e.Posted("x"))


@pytest.mark.conformance(10)
def test_a_service_id_never_names_two_requests() -> None:
    play = not_sent()
    with pytest.raises(ReusedServiceId):
        play.feed(e.Woken("PAY1"))


def test_replay_refuses_entries_with_a_hole_or_without_a_beginning() -> None:
    entries = approved().entries
    for broken in ([], entries[1:], [entries[0], entries[2]]):
        with pytest.raises(IllegalEvent):
            replay(broken)


class AnyPurchase(RuleBasedStateMachine):
    """A runner whose terminal answers anything at all, at any time, over restarts."""

    def __init__(self) -> None:
        super().__init__()
        self.play = Play()
        self.play.feed(e.PaymentAsked(self.play.fresh()))
        self.waiting: do.Effect | None = None
        self.wake: datetime | None = None
        self.sent: list[str] = []
        self.payments_open = 0
        self.seen_charged = False
        self._look()

    def _look(self) -> None:
        journal_first = True
        for effect in self.play.effects:
            match effect:
                case do.WriteJournal():
                    assert journal_first, "an effect came before its journal entry"
                case do.SendPayment(service_id=service_id) | do.SendReversal(service_id=service_id):
                    assert service_id not in self.sent, "a ServiceID was used twice"
                    assert isinstance(self.play.effects[0], do.WriteJournal)
                    self.sent.append(service_id)
                    self.waiting = effect
                case do.AskStatus():
                    self.waiting = effect
                case do.WakeAt(at):
                    self.wake = at
            journal_first = isinstance(effect, do.WriteJournal)
        if self.play.purchase.slip is not None:
            self.seen_charged = True

    def _feed(self, event: e.Event) -> None:
        before = self.play.purchase.state
        self.play.feed(event)
        if self.play.purchase.state is not before:
            self.wake = None
        self._look()

    @precondition(lambda self: isinstance(self.waiting, do.SendPayment))
    @rule(
        answer=st.sampled_from(
            [
                Unsent("x"),
                Silence("x"),
                Garbled("x"),
                Granted(SLIP),
                Granted(OTHER_SLIP),
                *map(Failure, ("Refusal", "Busy", "InProgress", "UnreachableHost", "LoggedOut", "Odd")),
            ]
        )
    )
    def payment_answers(self, answer: Granted | Failure | Silence) -> None:
        self.waiting = None
        self._feed(after_payment(self.play.purchase, answer, self.play.fresh()))

    @precondition(lambda self: isinstance(self.waiting, do.AskStatus))
    @rule(
        inner=st.sampled_from([Granted(SLIP), Granted(OTHER_SLIP), Failure("Refusal"), Undone(), Garbled("x")]),
        outer=st.sampled_from(["same", "other", "InProgress", "NotFound", "lost", "refused"]),
    )
    def status_answers(self, inner: Granted | Failure | Undone | Garbled, outer: str) -> None:
        asked_about = self.waiting
        assert isinstance(asked_about, do.AskStatus)
        self.waiting = None
        answer = {
            "same": Repeated(asked_about.category, SALE, asked_about.about, POI, inner),
            "other": Repeated(asked_about.category, SALE, "OTHER", POI, inner),
            "InProgress": Failure("InProgress"),
            "NotFound": Failure("NotFound"),
            "lost": Silence("x"),
            "refused": Unsent("x", refused=True),
        }[outer]
        known, about = self.play.purchase, asked_about.about
        told = after_status(known, answer, self.play.fresh(), self.play.now, about=about, sale_id=SALE, poi_id=POI)
        self._feed(told)

    @precondition(lambda self: isinstance(self.waiting, do.SendReversal))
    @rule(answer=st.sampled_from([Undone(), Silence("x"), Unsent("x"), Failure("Refusal"), Failure("InProgress")]))
    def reversal_answers(self, answer: Undone | Silence | Unsent | Failure) -> None:
        self.waiting = None
        self._feed(after_reversal(self.play.purchase, answer, self.play.fresh()))

    @precondition(lambda self: self.wake is not None and self.waiting is None)
    @rule()
    def timer_runs_out(self) -> None:
        assert self.wake is not None
        self.play.at = max(self.play.at, (self.wake - START).total_seconds())
        self.wake = None
        self._feed(on_wake(self.play.purchase, self.play.fresh(), self.play.now))

    @precondition(lambda self: screen_phase(self.play.purchase).can_cancel)
    @rule()
    def customer_cancels(self) -> None:
        self._feed(e.Cancelled(self.play.fresh()))

    @precondition(lambda self: (self.play.purchase.state, e.Restarted) in MOVES)
    @rule(machine_too=st.booleans())
    def process_dies(self, machine_too: bool) -> None:
        self.waiting = self.wake = None
        self.play.purchase = replay(self.play.entries)
        self._feed(e.Restarted(self.play.fresh(), machine_too))

    @precondition(lambda self: (self.play.purchase.state, e.TerminalWasAway) in MOVES)
    @rule()
    def terminal_was_away(self) -> None:
        self._feed(e.TerminalWasAway())

    @rule(pause=st.sampled_from([0.5, 3, 30, 121, 400]))
    def time_passes(self, pause: float) -> None:
        self.play.at += pause

    def teardown(self) -> None:
        """What is written is what is known."""
        kept = [entry_from_json(entry_to_json(entry)) for entry in self.play.entries]
        known, told = self.play.purchase, replay(kept)
        assert (told.state, told.seq, told.slip, told.service_id, told.spent_ids, told.terminal_restarted) == (
            known.state,
            known.seq,
            known.slip,
            known.service_id,
            known.spent_ids,
            known.terminal_restarted,
        )

    @invariant()
    def it_never_waits_for_nothing(self) -> None:
        if self.play.purchase.is_open:
            assert self.waiting is not None or self.wake is not None

    @invariant()
    def not_paid_is_said_only_when_it_is_certain(self) -> None:
        purchase = self.play.purchase
        says_not_paid = screen_phase(purchase).name in ("declined", "not_sent", "not_charged")
        assert not (says_not_paid and purchase.state in UNCLEAR)
        assert not (says_not_paid and self.seen_charged)

    @invariant()
    def one_abort_at_most_for_each_payment(self) -> None:
        assert self.play.kinds().count("SendAbort") <= 1

    @invariant()
    def approved_is_exactly_what_was_asked(self) -> None:
        if self.play.purchase.state is State.APPROVED:
            slip = self.play.purchase.slip
            assert isinstance(slip, Slip)
            assert slip.amount == BILL


TestAnyPurchase = AnyPurchase.TestCase
TestAnyPurchase.settings = settings(max_examples=50, stateful_step_count=40, deadline=None)


def test_entries_survive_the_protocol_and_the_journal() -> None:
    chance = random.Random(1)
    plays = [start() for start in EVERYWHERE]
    entries = [entry for play in plays for entry in play.entries]
    chance.shuffle(entries)
    for entry in entries:
        assert entry_from_dict(entry_to_dict(entry)) == entry
        assert entry_from_json(entry_to_json(entry)) == entry


def test_a_clock_set_back_does_not_make_anybody_wait_longer() -> None:
    play = unknown()
    play.feed(e.Woken("ASK1"), at=2)
    play.feed(e.StatusLost("reset"), at=-86_400)
    assert play.purchase.sent_at == START + seconds(-86_402)
    assert isinstance(on_wake(play.purchase, "W", play.now + seconds(300)), e.TooLong)
    assert replay(play.entries) == play.purchase
