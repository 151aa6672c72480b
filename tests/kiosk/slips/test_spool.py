"""When a slip is due, and what becomes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ground.money import Money
from kiosk.slips.spool import (
    MOVES,
    PATIENCE,
    Asked,
    Confirmed,
    Due,
    Hindered,
    IllegalSlipMove,
    Restarted,
    SlipPage,
    SlipState,
    Unanswered,
    due,
    step,
)
from payment.moves import UNCLEAR, State
from payment.record import Purchase
from tests.kiosk.slips.samples import MARK

NOW = datetime(2026, 11, 22, 8, 41, tzinfo=UTC)
EVENTS = (Asked(), Confirmed(), Unanswered(), Hindered(begun=True), Hindered(begun=False), Restarted())


def bought(state: State, **more: object) -> Purchase:
    return replace(Purchase("p", Money(100, "RUB"), "a", "x", "poi", NOW, state), **more)  # type: ignore[arg-type]


def test_a_receipt_waits_a_little_for_the_posting_and_then_says_what_is_known() -> None:
    approved = bought(State.APPROVED)
    assert due(approved, {}, NOW, NOW) == NOW + PATIENCE.posting
    assert due(approved, {}, NOW, NOW + PATIENCE.posting) == Due("receipt", "receipt")
    assert due(approved, {}, NOW, NOW, leaving=True) == Due("receipt", "receipt")
    assert due(bought(State.POSTED), {}, NOW, NOW) == Due("receipt", "receipt")


def test_a_receipt_waits_for_the_fiscal_document_that_is_owed_and_brings_it_later_when_it_is_late() -> None:
    owed = bought(State.POSTED, document_due=True)
    assert due(owed, {}, NOW, NOW) == NOW + PATIENCE.document
    issued = replace(owed, state=State.FISCALISED, documents=(("p", MARK),))
    assert due(issued, {}, NOW, NOW) == Due("receipt", "receipt")
    printed = SlipPage("receipt", SlipState.PRINTED)
    assert due(issued, {"receipt": printed}, NOW, NOW) == Due("fiscal p", "fiscal")
    assert due(issued, {"receipt": replace(printed, documents=1)}, NOW, NOW) is None


@pytest.mark.parametrize("state", sorted(UNCLEAR))
def test_nothing_but_clarifying_is_printed_while_the_outcome_is_unknown(state: State) -> None:
    for leaving in (False, True):
        for later in (timedelta(0), timedelta(minutes=10)):
            found = due(bought(state), {}, NOW, NOW + later, leaving=leaving)
            assert found is None or isinstance(found, datetime) or found.kind == "clarifying"
    assert due(bought(State.PARKED), {}, NOW, NOW) == Due("clarifying", "clarifying")
    assert due(bought(State.UNKNOWN), {}, NOW, NOW) == NOW + PATIENCE.unknown


@pytest.mark.parametrize("state", [State.CREATED, State.NOT_SENT, State.DECLINED, State.NOT_CHARGED])
def test_what_took_no_money_has_no_slip(state: State) -> None:
    assert due(bought(state), {}, NOW, NOW + timedelta(hours=1), leaving=True) is None


def test_each_refund_has_a_slip_and_a_late_approval_has_its_receipt_after_the_clarifying_one() -> None:
    part = bought(State.POSTED, refunded_minor=40, refund_id="r1")
    assert due(part, {"receipt": SlipPage("receipt", SlipState.PRINTED)}, NOW, NOW) == Due(
        "part_refunded r1", "part_refunded"
    )
    assert due(bought(State.REFUNDED), {}, NOW, NOW) == Due("reversed", "reversed")
    clarified = {"clarifying": SlipPage("clarifying", SlipState.PRINTED)}
    assert due(bought(State.POSTED), clarified, NOW, NOW) == Due("receipt", "receipt")


def test_what_a_crash_left_asked_for_is_printed_again_as_a_copy() -> None:
    asked = step(SlipPage("receipt"), Asked())
    assert asked.state is SlipState.ASKED
    again = step(asked, Restarted())
    assert (again.waits, again.begun) == (True, True)
    assert step(step(asked, Confirmed()), Restarted()).state is SlipState.PRINTED
    never_begun = step(step(SlipPage("receipt"), Hindered(begun=False)), Restarted())
    assert (never_begun.waits, never_begun.begun) == (True, False)


@given(st.lists(st.sampled_from(EVENTS), max_size=12))
def test_a_printed_slip_is_never_asked_for_again(events: list[object]) -> None:
    page, printed = SlipPage("receipt"), False
    for event in events:
        try:
            page = step(page, event)  # type: ignore[arg-type]
        except IllegalSlipMove:
            assert (page.state, type(event)) not in MOVES
            continue
        printed = printed or page.state is SlipState.PRINTED
        assert not (printed and page.waits)
    found = due(bought(State.POSTED), {"receipt": page}, NOW, NOW)
    assert (found is None) == (not page.waits)
