"""Every row of the decision table of payments.md 1.5, from the terminal's answer to the state it leads to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from ground.money import Money
from payment import effects as do
from payment import events as e
from payment.answers import (
    REFUSALS,
    Failure,
    Garbled,
    Granted,
    PaymentAnswer,
    Repeated,
    ReversalAnswer,
    Silence,
    Slip,
    StatusAnswer,
    Undone,
    Unsent,
    Untold,
)
from payment.moves import State
from payment.purchase import replay
from payment.readings import CLARIFIED, after_payment, after_reversal, after_status, on_wake, undone
from tests.payment.purchases import (
    BILL,
    OTHER_SLIP,
    POI,
    SALE,
    SLIP,
    Play,
    approved,
    asked,
    busy,
    parked,
    reversal_parked,
    reversing,
    unknown,
    verifying,
)


@dataclass(frozen=True)
class Row:
    number: str  # of payments.md 1.5
    answer: PaymentAnswer
    state: State
    wanted: tuple[str, ...]  # effects beside the journal, in order


HALF = Money(BILL.minor // 2, BILL.currency)
FRANCS = Slip(Money(BILL.minor, "CHF"), SLIP.poi_transaction)
PAYMENT_ROWS = [
    Row("1", Unsent("refused", refused=True), State.NOT_SENT, ("WakeAt",)),
    Row("1", Unsent("the certificate is not a terminal's"), State.NOT_SENT, ("WakeAt",)),
    Row("2", Silence("TimeoutError"), State.UNKNOWN, ("WakeAt",)),
    Row("2", Silence("status 500"), State.UNKNOWN, ("WakeAt",)),
    Row("3", Garbled("another ServiceID"), State.UNKNOWN, ("WakeAt",)),
    Row("4", Granted(SLIP), State.APPROVED, ()),
    Row("5", Granted(OTHER_SLIP), State.MISMATCH, ("RaiseAlarm", "WakeAt")),
    Row("5", Granted(OTHER_SLIP, partial=True), State.MISMATCH, ("RaiseAlarm", "WakeAt")),
    Row("5", Granted(FRANCS), State.MISMATCH, ("RaiseAlarm", "WakeAt")),
    *(
        Row("6", Failure(condition), State.DECLINED, ())
        for condition in sorted(REFUSALS - {"LoggedOut", "MessageFormat", "NotAllowed"})
    ),
    Row("6", Failure("LoggedOut"), State.DECLINED, ("LogIn",)),
    Row("6", Failure("MessageFormat"), State.DECLINED, ("RaiseAlarm",)),
    Row("6", Failure("NotAllowed"), State.DECLINED, ("RaiseAlarm",)),
    Row("7", Failure("Busy"), State.BUSY, ("AskStatus",)),
    Row("8", Failure("UnreachableHost"), State.VERIFYING, ("AskStatus",)),
    Row("8", Failure("Aborted", timed_out=True), State.VERIFYING, ("AskStatus",)),
    Row("9", Failure("InProgress"), State.UNKNOWN, ("WakeAt",)),
    Row("3", Failure("NoSuchWord"), State.UNKNOWN, ("WakeAt",)),
]


@pytest.mark.conformance(9)
@pytest.mark.parametrize("row", PAYMENT_ROWS, ids=lambda row: f"row-{row.number}-{row.state}")
def test_each_row_of_the_table_reaches_its_state(row: Row) -> None:
    play = asked()
    play.feed(after_payment(play.purchase, row.answer, "FRESH1"))
    assert (play.purchase.state, tuple(play.kinds())) == (row.state, row.wanted)


def status(
    play: Play, answer: StatusAnswer, service_id: str = "FRESH9", *, poi_id: str = POI, about: str = ""
) -> list[do.Effect]:
    about = about or (play.purchase.reversal_service_id if play.purchase.reversal_open else play.purchase.service_id)
    event = after_status(play.purchase, answer, service_id, play.now, about=about, sale_id=SALE, poi_id=poi_id)
    return play.feed(event)


def repeated(answer: Granted | Failure | Undone | Garbled, **ids: str) -> Repeated:
    told = {"category": "Payment", "sale_id": SALE, "service_id": "PAY1", "poi_id": POI} | ids
    return Repeated(**told, answer=answer)


NOT_FOUND = Failure("NotFound")
STATUS_ROWS: list[tuple[str, Callable[[], Play], StatusAnswer, State]] = [
    ("loop-1 rows 4-6", unknown, repeated(Granted(SLIP)), State.APPROVED),
    ("loop-1 rows 4-6", unknown, repeated(Granted(OTHER_SLIP)), State.MISMATCH),
    ("loop-1 rows 4-6", unknown, repeated(Failure("Refusal")), State.DECLINED),
    ("loop-1 busy is final there", unknown, repeated(Failure("Busy")), State.DECLINED),
    ("loop-1 in progress", unknown, repeated(Failure("InProgress")), State.UNKNOWN),
    ("loop-1 unreadable", unknown, repeated(Garbled("no amount")), State.UNKNOWN),
    ("loop-2 other ServiceID", unknown, repeated(Granted(SLIP), service_id="OLD1"), State.UNKNOWN),
    ("loop-2 other SaleID", unknown, repeated(Granted(SLIP), sale_id="kiosk-2"), State.UNKNOWN),
    ("loop-2 other POIID", unknown, repeated(Granted(SLIP), poi_id="P400Plus-1"), State.UNKNOWN),
    ("loop-2 other category", unknown, repeated(Undone(), category="Reversal"), State.UNKNOWN),
    ("loop-3", unknown, Failure("InProgress"), State.UNKNOWN),
    ("loop-3", unknown, Failure("Busy"), State.UNKNOWN),
    ("loop-4 too early", unknown, NOT_FOUND, State.UNKNOWN),
    ("loop-5", unknown, Silence("reset"), State.UNKNOWN),
    ("loop-5", unknown, Unsent("refused", refused=True), State.UNKNOWN),
    ("loop-5", unknown, Garbled("HMAC"), State.UNKNOWN),
    ("loop-5 parked", parked, Silence("reset"), State.PARKED),
    ("late success", parked, repeated(Granted(SLIP)), State.APPROVED),
    ("late refusal", parked, repeated(Failure("Aborted")), State.DECLINED),
    ("7 it was ours after all", busy, repeated(Granted(SLIP)), State.APPROVED),
    ("7 not started", busy, NOT_FOUND, State.NOT_SENT),
    ("7 not started", busy, repeated(Failure("Busy")), State.NOT_SENT),
    ("7 something runs", busy, Failure("InProgress"), State.UNKNOWN),
    ("7 no answer", busy, Silence("reset"), State.UNKNOWN),
    ("8 then declined", verifying, repeated(Failure("UnreachableHost")), State.DECLINED),
    ("8 then declined", verifying, NOT_FOUND, State.DECLINED),
    ("8 charged after all", verifying, repeated(Granted(SLIP)), State.APPROVED),
    ("8 still running", verifying, Failure("InProgress"), State.UNKNOWN),
    ("8 no answer", verifying, Silence("reset"), State.UNKNOWN),
    ("8 other ids", verifying, repeated(Granted(SLIP), service_id="OLD1"), State.UNKNOWN),
]


@pytest.mark.conformance(9)
@pytest.mark.parametrize(("row", "start", "answer", "state"), STATUS_ROWS, ids=[row[0] for row in STATUS_ROWS])
def test_each_status_answer_reaches_its_state(
    row: str, start: Callable[[], Play], answer: StatusAnswer, state: State
) -> None:
    play = start()
    status(play, answer)
    assert play.purchase.state == state


def test_not_found_needs_two_answers_past_the_expiry_five_seconds_apart() -> None:
    play = unknown()
    for at, state in ((60, State.UNKNOWN), (121, State.UNKNOWN), (124, State.UNKNOWN), (126, State.NOT_CHARGED)):
        play.at = at
        status(play, NOT_FOUND)
        assert play.purchase.state == state, at


def test_an_answer_between_two_not_founds_starts_the_count_anew() -> None:
    play = unknown()
    for at, answer in ((121, NOT_FOUND), (126, Failure("InProgress")), (131, NOT_FOUND)):
        play.at = at
        status(play, answer)
    assert play.purchase.state == State.UNKNOWN
    play.at = 136
    status(play, NOT_FOUND)
    assert play.purchase.state == State.NOT_CHARGED


@pytest.mark.parametrize("sign", ["refused", "refused to another", "machine restarted", "died while asking"])
def test_not_found_by_a_terminal_that_may_have_rebooted_proves_nothing(sign: str) -> None:
    play = unknown()
    if sign == "refused":
        status(play, Unsent("connection refused", refused=True))
    elif sign == "refused to another":
        play.feed(e.TerminalWasAway())
    elif sign == "machine restarted":
        play.feed(e.Restarted("FRESH2", machine_too=True))
    else:
        play.feed(e.Woken("FRESH2"))
        play.feed(e.Restarted("FRESH3", machine_too=False))
    for at in (121, 126, 131, 136):
        play.at = at
        status(play, NOT_FOUND)
    assert play.purchase.state == State.UNKNOWN


def test_another_terminal_on_the_cable_proves_nothing() -> None:
    play = unknown()
    for at in (121, 126, 131):
        play.at = at
        status(play, NOT_FOUND, poi_id="P400Plus-000000001")
    assert play.purchase.state == State.UNKNOWN


@pytest.mark.conformance(10)
def test_in_progress_past_the_expiry_sends_one_abort() -> None:
    play = unknown()
    play.at = 119
    assert not any(isinstance(x, do.SendAbort) for x in status(play, Failure("InProgress"), "A1"))
    play.at = 121
    assert do.SendAbort("A2", "PAY1") in status(play, Failure("InProgress"), "A2")
    play.at = 126
    assert not any(isinstance(x, do.SendAbort) for x in status(play, Failure("Busy"), "A3"))


def test_unknown_for_five_minutes_is_parked() -> None:
    play = unknown()
    play.at = 299
    assert isinstance(on_wake(play.purchase, "W1", play.now), e.Woken)
    play.at = 300
    assert isinstance(on_wake(play.purchase, "W1", play.now), e.TooLong)


@pytest.mark.conformance(13)
@pytest.mark.parametrize(
    ("start", "state"),
    [(unknown, State.PARKED), (reversing, State.REVERSAL_PARKED), (parked, State.PARKED), (verifying, State.UNKNOWN)],
)
def test_what_can_never_be_told_is_parked_without_waiting(start: Callable[[], Play], state: State) -> None:
    play = start()
    status(play, Untold("cut off"))
    assert play.purchase.state == state


REVERSAL_ROWS: list[tuple[ReversalAnswer, State]] = [
    (Undone(), State.REVERSED),
    (Unsent("refused", refused=True), State.REVERSING),
    (Silence("reset"), State.REVERSING),
    (Garbled("HMAC"), State.REVERSING),
    (Failure("InProgress"), State.REVERSING),
    (Failure("Busy"), State.REVERSING),
    (Failure("UnreachableHost"), State.REVERSING),
    (Failure("Refusal", timed_out=True), State.REVERSING),
    (Failure("Refusal"), State.REVERSAL_PARKED),
]


@pytest.mark.parametrize(("answer", "state"), REVERSAL_ROWS)
def test_each_reversal_answer_reaches_its_state(answer: ReversalAnswer, state: State) -> None:
    play = reversing()
    play.feed(after_reversal(play.purchase, answer, "FRESH1"))
    assert play.purchase.state == state


@pytest.mark.parametrize("start", [reversing, reversal_parked])
def test_a_lost_reversal_is_asked_about_by_its_own_category(start: Callable[[], Play]) -> None:
    play = start()
    if play.purchase.state is State.REVERSING:
        play.feed(e.ReversalLost("reset"))
    play.feed(e.Woken("ASK1"))
    assert play.effect(do.AskStatus) == do.AskStatus("ASK1", "Reversal", "REV1")
    status(play, repeated(Granted(SLIP)))
    assert play.purchase.state in (State.REVERSING, State.REVERSAL_PARKED)
    status(play, repeated(Undone(), category="Reversal", service_id="REV1"))
    assert play.purchase.state == State.REVERSED


def test_a_second_reversal_is_sent_only_after_not_found() -> None:
    play = reversing()
    play.feed(e.ReversalLost("reset"))
    for number, answer in enumerate((Silence("x"), Failure("InProgress"), repeated(Granted(SLIP)))):
        play.feed(e.Woken(f"ASK{number}"))
        assert any(isinstance(x, do.AskStatus) for x in play.effects)
        status(play, answer)
    play.at = 120
    status(play, NOT_FOUND)
    play.feed(e.Woken("ASK9"))
    assert play.effect(do.AskStatus) == do.AskStatus("ASK9", "Reversal", "REV1"), "it may still be on its way"
    play.at = 121
    status(play, NOT_FOUND)
    play.feed(e.Woken("REV2"))
    assert play.effect(do.SendReversal) == do.SendReversal(
        "REV2", OTHER_SLIP.poi_transaction, "Unable2Compl", "p1", play.purchase.begun_at
    )


def test_a_terminal_that_may_have_forgotten_a_reversal_is_not_sent_a_second_one() -> None:
    play = reversing()
    play.feed(e.ReversalLost("reset"))
    play.feed(e.Woken("ASK1"))
    status(play, Unsent("connection refused", refused=True))
    play.feed(e.Woken("ASK2"))
    play.at = 121
    status(play, NOT_FOUND)
    play.feed(e.Woken("ASK3"))
    assert play.effect(do.AskStatus) == do.AskStatus("ASK3", "Reversal", "REV1")


def test_our_process_dying_while_no_question_is_out_takes_nothing_from_not_found() -> None:
    play = asked()
    play.feed(e.Restarted("FRESH2", machine_too=False))
    for at in (121, 126):
        play.at = at
        status(play, NOT_FOUND)
    assert play.purchase.state == State.NOT_CHARGED


@pytest.mark.parametrize(
    ("charged", "answer", "state", "alarm"),
    [
        (False, repeated(Granted(SLIP)), State.APPROVED, False),
        (False, repeated(Granted(OTHER_SLIP)), State.NOT_CHARGED, True),
        (False, repeated(Granted(SLIP), service_id="OLD1"), State.NOT_CHARGED, False),
        (False, NOT_FOUND, State.NOT_CHARGED, False),
        (True, repeated(Granted(SLIP)), State.APPROVED, False),
        (True, repeated(Failure("Refusal")), State.APPROVED, True),
        (True, Silence("reset"), State.APPROVED, False),
    ],
)
def test_an_answer_after_a_person_clarified_it_is_neither_an_error_nor_lost(
    charged: bool, answer: StatusAnswer, state: State, alarm: bool
) -> None:
    play = parked()
    play.feed(e.Woken("ASK1"))
    play.feed(e.Clarified("bank file") if charged else e.ClarifiedNotCharged("bank file"))
    status(play, answer)
    assert play.purchase.state == state
    assert ("RaiseAlarm" in play.kinds()) is alarm


def test_a_terminal_that_was_away_while_its_bank_was_in_doubt_may_have_charged() -> None:
    play = verifying()
    play.feed(e.TerminalWasAway())
    status(play, NOT_FOUND)
    assert play.purchase.state == State.UNKNOWN


def ended_by_a_person(*, kept: bool) -> Play:
    """A refund without an outcome, about which ``ASK1`` is out, when a person says that it did (not) happen."""
    play = approved()
    play.feed(e.ReversalOrdered("REV1", "MerchantCancel", "r1", HALF))
    play.feed(e.ReversalLost("reset"))
    play.feed(e.TooLong(), at=301)
    play.feed(e.Woken("ASK1"))
    play.feed(e.RefundRefused(CLARIFIED) if kept else undone(play.purchase, "bank file"))
    return play


@pytest.mark.parametrize(
    ("kept", "said", "alarm"),
    [
        (True, Undone(), True),
        (True, Failure("Refusal"), False),
        (False, Undone(), False),
    ],
)
def test_a_late_word_about_a_refund_that_a_person_has_ended(kept: bool, said: Failure | Undone, alarm: bool) -> None:
    play = ended_by_a_person(kept=kept)
    status(play, repeated(said, category="Reversal", service_id="REV1"), about="REV1")
    assert play.purchase.state == State.APPROVED
    assert ("RaiseAlarm" in play.kinds()) is alarm


@pytest.mark.parametrize(
    "late", [NOT_FOUND, Failure("InProgress"), repeated(Undone(), category="Reversal", service_id="REV1")]
)
def test_a_late_word_about_an_earlier_refund_says_nothing_of_the_next_one(late: StatusAnswer) -> None:
    play = ended_by_a_person(kept=True)
    play.feed(e.ReversalOrdered("REV2", "MerchantCancel", "r2", HALF), at=500)
    status(play, late, about="REV1")
    assert (play.purchase.state, play.purchase.reversal_open) == (State.REVERSING, True)
    assert "WakeAt" not in play.kinds(), "the answer to the second one is still to come"
    play.feed(after_reversal(play.purchase, Undone(), "FRESH2"))
    assert (play.purchase.state, play.purchase.refunded_minor) == (State.APPROVED, HALF.minor)
    assert replay(play.entries) == play.purchase
