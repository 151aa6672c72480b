"""What every driver of a billing system must do. A test class of a driver inherits ``BillingContract`` and
gives the fixture ``billing``: the driver on a system that holds the demo accounts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from billing import readings as rules
from billing.accounts import (
    AccountCard,
    Posting,
    ReadingAccepted,
    ReadingRefused,
    ReadingSubmission,
    Zone,
    ZoneValue,
)
from billing.errors import BillingRefused
from billing.port import BillingSystem
from billing.readings import window_at
from billing.suppliers import supplier_of
from ground.money import Money

DEMO = "7401004417"
DEMO_UID = "04A1B2C3D4E5F6"
ROLLING = "7403002219"


def submission(
    card: AccountCard, values: dict[Zone, int], *, taken_at: datetime | None = None, confirmed: tuple[str, ...] = ()
) -> ReadingSubmission:
    """What a kiosk hands in for the card's first meter."""
    return ReadingSubmission(
        card.number,
        card.meters[0].id,
        tuple(ZoneValue(zone, value) for zone, value in values.items()),
        taken_at or datetime.now(UTC),
        "infomat",
        "customer",
        confirmed,
    )


def posting(amount: int, *, account: str = DEMO, currency: str = "RUB", key: str | None = None) -> Posting:
    """A payment of so many minor units made now."""
    return Posting(key or str(uuid4()), account, Money(amount, currency), datetime.now(UTC), "test 000123")


class BillingContract:
    """The tests; ``billing`` comes from the driver's own test class."""

    def test_a_known_number_finds_the_card_with_its_figures(self, billing: BillingSystem) -> None:
        card = billing.find_account(DEMO)
        assert card is not None
        assert card.holder_name == "Петрова Ирина Сергеевна"
        assert card.address.town == "Миасс"
        (meter,) = card.meters
        assert (meter.model, meter.digits) == ("Меркурий 200", 6)
        assert [(zone.zone, zone.last_value) for zone in meter.zones] == [(Zone.T1, 34118), (Zone.T2, 12611)]
        assert all(0 < zone.usual_low <= zone.usual_high for zone in meter.zones)
        assert card.last_payment is not None

    @pytest.mark.parametrize(
        "number", ["7401999999", "", "' OR 1=1 --", "74010044170", "../healthz", "счёт", "a/b?c#d"]
    )
    def test_an_unknown_number_finds_nothing(self, billing: BillingSystem, number: str) -> None:
        assert billing.find_account(number) is None

    def test_a_customer_card_finds_its_account_and_a_strange_card_none(self, billing: BillingSystem) -> None:
        assert billing.account_by_card(DEMO_UID) == billing.find_account(DEMO)
        assert billing.account_by_card(DEMO_UID.lower()) == billing.find_account(DEMO)
        assert billing.account_by_card("04FFFFFFFFFFFF") is None

    def test_a_payment_lowers_the_debt_and_is_the_last_payment(self, billing: BillingSystem) -> None:
        before = _card(billing, DEMO)
        paid = posting(10050)
        posted = billing.post_payment(paid)
        after = _card(billing, DEMO)
        assert posted.debt_after == after.debt == before.debt - paid.amount
        assert after.last_payment is not None
        assert (after.last_payment.amount, after.last_payment.reference) == (paid.amount, "test 000123")

    def test_the_same_key_gives_the_same_answer_and_one_payment(self, billing: BillingSystem) -> None:
        paid = posting(777)
        first = billing.post_payment(paid)
        debt = _card(billing, DEMO).debt
        assert [billing.post_payment(paid) for _ in range(3)] == [first] * 3
        assert _card(billing, DEMO).debt == debt
        assert _times_in_history(billing, paid) == 1

    def test_the_same_key_with_other_content_is_refused_and_changes_nothing(self, billing: BillingSystem) -> None:
        paid = replace(posting(500), reference=f"once {uuid4()}")
        billing.post_payment(paid)
        for other in (
            replace(paid, amount=Money(501, "RUB")),
            replace(paid, account="7401004425"),
            replace(paid, reference="other"),
            replace(paid, paid_at=paid.paid_at + timedelta(seconds=1)),
        ):
            with pytest.raises(BillingRefused) as refused:
                billing.post_payment(other)
            assert refused.value.code == "billing.key_reused"
        assert _times_in_history(billing, paid) == 1

    @pytest.mark.parametrize(
        ("wrong", "code"),
        [
            (posting(100, account="7401999999"), "billing.account_unknown"),
            (posting(100, currency="EUR"), "billing.currency_mismatch"),
            (posting(0), "billing.amount_invalid"),
            (posting(-100), "billing.amount_invalid"),
        ],
    )
    def test_an_impossible_payment_is_refused_with_its_code(
        self, billing: BillingSystem, wrong: Posting, code: str
    ) -> None:
        with pytest.raises(BillingRefused) as refused:
            billing.post_payment(wrong)
        assert refused.value.code == code

    def test_a_reading_is_taken_and_the_card_shows_it_as_handed_in(self, billing: BillingSystem) -> None:
        card = _card(billing, "7401004425")
        last = card.meters[0].zones[0].last_value
        assert last is not None
        answer = billing.submit_reading(submission(card, {Zone.T1: last + 170}))
        assert isinstance(answer, ReadingAccepted)
        (zone,) = answer.zones
        assert (zone.units, zone.money) == (170, Money(170 * 487, "RUB"))
        register = _card(billing, "7401004425").meters[0].zones[0]
        assert (register.last_value, register.handed_in) == (last, last + 170)

    def test_handing_in_twice_is_one_reading_and_the_one_taken_last_stands(self, billing: BillingSystem) -> None:
        card = _card(billing, "2211893")
        water = card.meters[1]
        last = water.zones[0].last_value
        assert last is not None
        now = datetime.now(UTC)
        first = replace(submission(card, {Zone.T1: last + 3}, taken_at=now), meter_id=water.id)
        answers = [billing.submit_reading(first) for _ in range(2)]
        assert answers[0] == answers[1]
        assert isinstance(answers[0], ReadingAccepted)
        later = replace(first, values=(ZoneValue(Zone.T1, last + 5),), taken_at=now + timedelta(seconds=1))
        assert isinstance(billing.submit_reading(later), ReadingAccepted)
        stale = billing.submit_reading(first)
        assert isinstance(stale, ReadingAccepted)
        assert rules.NOTE_NEWER_STANDS in stale.notes
        assert _card(billing, "2211893").meters[1].zones[0].handed_in == last + 5

    def test_zones_may_come_one_by_one_and_what_is_missing_is_told(self, billing: BillingSystem) -> None:
        card = _card(billing, "7402015830")
        last = {zone.zone: zone.last_value for zone in card.meters[0].zones}
        first = billing.submit_reading(submission(card, {Zone.T1: (last[Zone.T1] or 0) + 100}))
        assert isinstance(first, ReadingAccepted)
        assert first.missing == (Zone.T2, Zone.T3)
        assert rules.NOTE_VERIFICATION_PAST in first.notes
        rest = {Zone.T2: (last[Zone.T2] or 0) + 100, Zone.T3: (last[Zone.T3] or 0) + 100}
        second = billing.submit_reading(submission(card, rest))
        assert isinstance(second, ReadingAccepted)
        assert second.missing == ()

    def test_an_unusual_reading_wants_the_persons_word_with_units_and_money(self, billing: BillingSystem) -> None:
        card = _card(billing, DEMO)
        asked = billing.submit_reading(submission(card, {Zone.T1: 34400, Zone.T2: 14285}))
        assert isinstance(asked, ReadingRefused)
        assert (asked.reason, asked.zone, asked.needs_confirmation) == (rules.UNUSUAL, Zone.T2, True)
        assert (asked.units, asked.money, asked.times_usual) == (1674, Money(585900, "RUB"), 9)
        assert [zone.handed_in for zone in _card(billing, DEMO).meters[0].zones] == [None, None]
        sure = submission(card, {Zone.T1: 34400, Zone.T2: 14285}, confirmed=(rules.UNUSUAL,))
        assert isinstance(billing.submit_reading(sure), ReadingAccepted)

    def test_a_reading_below_the_last_one_is_refused_with_choices(self, billing: BillingSystem) -> None:
        card = _card(billing, DEMO)
        answer = billing.submit_reading(submission(card, {Zone.T1: 34117}, confirmed=(rules.BELOW_LAST,)))
        assert answer == ReadingRefused(rules.BELOW_LAST, Zone.T1, rules.CHOICES_BELOW_LAST)

    def test_a_meter_may_start_again_from_zero(self, billing: BillingSystem) -> None:
        answer = billing.submit_reading(submission(_card(billing, ROLLING), {Zone.T1: 44}))
        assert isinstance(answer, ReadingAccepted)
        assert answer.zones[0].units == 10_000 - 9931 + 44
        assert rules.NOTE_ROLLED_OVER in answer.notes

    def test_a_reading_of_an_impossible_moment_meter_or_zone_is_refused(self, billing: BillingSystem) -> None:
        card = _card(billing, DEMO)
        early = submission(card, {Zone.T1: 34400}, taken_at=datetime.now(UTC) + timedelta(hours=1))
        assert billing.submit_reading(early) == ReadingRefused(rules.TAKEN_IN_FUTURE)
        old = submission(card, {Zone.T1: 34400}, taken_at=datetime(2010, 1, 1, tzinfo=UTC))
        assert billing.submit_reading(old) == ReadingRefused(rules.TAKEN_TOO_LONG_AGO)
        strange = replace(submission(card, {Zone.T1: 34400}), meter_id="E99")
        assert billing.submit_reading(strange) == ReadingRefused(rules.METER_UNKNOWN)
        wrong_zone = submission(card, {Zone.T3: 34400})
        assert billing.submit_reading(wrong_zone) == ReadingRefused(rules.ZONE_UNKNOWN, Zone.T3)

    def test_history_has_24_complete_months_with_invoices_and_the_running_one(self, billing: BillingSystem) -> None:
        history = billing.history(DEMO)
        card = _card(billing, DEMO)
        assert len(history.months) == 25
        assert history.months[-1].period == window_at(supplier_of(card.supplier), datetime.now(UTC)).period
        for earlier, later in zip(history.months, history.months[1:], strict=False):
            assert later.period == earlier.period.moved(1)
        assert all(month.invoice is not None for month in history.months[:-1])
        assert all({reading.zone for reading in month.readings} >= {Zone.T1, Zone.T2} for month in history.months[:-1])

    def test_history_of_an_unknown_account_is_refused(self, billing: BillingSystem) -> None:
        with pytest.raises(BillingRefused) as refused:
            billing.history("7401999999")
        assert refused.value.code == "billing.account_unknown"


def _card(billing: BillingSystem, number: str) -> AccountCard:
    card = billing.find_account(number)
    assert card is not None
    return card


def _times_in_history(billing: BillingSystem, paid: Posting) -> int:
    payments = [payment for month in billing.history(paid.account).months for payment in month.payments]
    return sum(
        (payment.amount, payment.reference, payment.paid_at.replace(microsecond=0))
        == (paid.amount, paid.reference, paid.paid_at.replace(microsecond=0))
        for payment in payments
    )
