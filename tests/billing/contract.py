"""What every driver of a billing system must do. A driver's test class inherits ``BillingContract`` and gives

- the fixture ``billing``: the driver on a system that may be written to;
- the fixture ``away``: the driver where nobody answers;
- the fixture ``known``, unless the system holds the demo accounts (``demo_accounts.json`` of the embedded one).

The tests read the figures before they change them, so that one system may serve them all, again and again.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
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
from billing.errors import BillingRefused, BillingUnavailable
from billing.port import BillingSystem
from billing.readings import window_at
from billing.suppliers import supplier_of
from ground.money import Money

DEMO = "7401004417"


@dataclass(frozen=True)
class Known:
    """Accounts of the system under test; readings of the running period may have been handed in for none of them
    but ``one_register`` and ``two_meters``. An empty number: the system has no such account, its test is skipped."""

    #: of a meter with several registers, with a last payment, that owes in ``currency``
    account: str = DEMO
    holder: str = "Петрова Ирина Сергеевна"
    town: str = "Миасс"
    model: str = "Меркурий 200"
    digits: int = 6
    registers: tuple[tuple[Zone, int], ...] = ((Zone.T1, 34118), (Zone.T2, 12611))
    card_uid: str = "04A1B2C3D4E5F6"
    #: all accounts of that holder at that address
    home: tuple[str, ...] = (DEMO, "2211893")
    currency: str = "RUB"
    other_currency: str = "EUR"
    nobodys: str = "7401999999"
    one_register: str = "7401004425"
    two_meters: str = "2211893"
    three_registers: str = "7402015830"
    #: its register is about to begin anew at nothing
    rolling: str = "7403002219"


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
    """The tests; ``billing`` and ``away`` come from the driver's own test class."""

    @pytest.fixture
    def known(self) -> Known:
        """The demo accounts."""
        return Known()

    def test_a_known_number_finds_the_card_with_its_figures(self, billing: BillingSystem, known: Known) -> None:
        card = _card(billing, known.account)
        assert card.number == known.account
        assert card.holder_name == known.holder
        assert card.address.town == known.town
        (meter,) = card.meters
        assert (meter.model, meter.digits) == (known.model, known.digits)
        assert tuple((zone.zone, zone.last_value) for zone in meter.zones) == known.registers
        assert all(0 < zone.usual_low <= zone.usual_high for zone in meter.zones)
        assert card.last_payment is not None

    @pytest.mark.parametrize(
        "number",
        ["{nobodys}", "", "' OR 1=1 --", "{account}0", "../healthz", "счёт", "a/b?c#d", "{account}\0", "9" * 5000],
    )
    def test_an_unknown_number_finds_nothing(self, billing: BillingSystem, known: Known, number: str) -> None:
        number = number.format(nobodys=known.nobodys, account=known.account)
        assert billing.find_account(number) is None
        assert billing.accounts_of_home(number) == ()

    def test_a_customer_card_finds_its_account_and_a_strange_card_none(
        self, billing: BillingSystem, known: Known
    ) -> None:
        uid = _or_skip(known.card_uid)
        assert billing.account_by_card(uid) == billing.find_account(known.account)
        assert billing.account_by_card(uid.lower()) == billing.find_account(known.account)
        assert billing.account_by_card("04FFFFFFFFFFFF") is None

    def test_a_home_is_all_accounts_of_the_holder_there_the_asked_one_first(
        self, billing: BillingSystem, known: Known
    ) -> None:
        for asked in known.home:
            home = billing.accounts_of_home(asked)
            assert home[0] == billing.find_account(asked)
            assert sorted(card.number for card in home) == sorted(known.home)

    def test_a_payment_lowers_the_debt_and_is_the_last_payment(self, billing: BillingSystem, known: Known) -> None:
        before = _card(billing, known.account)
        paid = _payment(known, 10050)
        posted = billing.post_payment(paid)
        after = _card(billing, known.account)
        assert posted.debt_after == after.debt == before.debt - paid.amount
        assert after.last_payment is not None
        assert (after.last_payment.amount, after.last_payment.reference) == (paid.amount, "test 000123")

    def test_the_same_key_gives_the_same_answer_and_one_payment(self, billing: BillingSystem, known: Known) -> None:
        paid = _payment(known, 777, reference=f"once {uuid4()}")
        first = billing.post_payment(paid)
        debt = _card(billing, known.account).debt
        assert [billing.post_payment(paid) for _ in range(3)] == [first] * 3
        assert _card(billing, known.account).debt == debt
        assert _times_in_history(billing, paid) == 1

    def test_one_key_from_many_threads_at_once_is_one_payment(self, billing: BillingSystem, known: Known) -> None:
        debt, paid = _card(billing, known.account).debt, _payment(known, 333, reference=f"at once {uuid4()}")
        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(billing.post_payment, [paid] * 8))
        assert answers == [answers[0]] * 8
        assert _card(billing, known.account).debt == debt - paid.amount
        assert _times_in_history(billing, paid) == 1

    def test_a_payment_is_taken_back_whole_and_once_and_is_the_last_one_no_more(
        self, billing: BillingSystem, known: Known
    ) -> None:
        before = _card(billing, known.account)
        paid = _payment(known, 4321)
        billing.post_payment(paid)
        back = replace(_payment(known, 4321), reverses=paid.idempotency_key)
        undone = billing.post_payment(back)
        after = _card(billing, known.account)
        assert undone.debt_after == after.debt == before.debt
        assert after.last_payment == before.last_payment
        assert billing.post_payment(back) == undone
        for impossible in (
            replace(_payment(known, 4321), reverses=paid.idempotency_key),  # a second time
            replace(_payment(known, 4321), reverses=str(uuid4())),  # what never was
        ):
            with pytest.raises(BillingRefused) as refused:
                billing.post_payment(impossible)
            assert refused.value.code == "billing.nothing_to_reverse"
        assert _card(billing, known.account).debt == before.debt

    @pytest.mark.parametrize(
        "ask",
        [
            lambda billing, known: billing.find_account(known.account),
            lambda billing, known: billing.account_by_card(known.card_uid),
            lambda billing, known: billing.accounts_of_home(known.account),
            lambda billing, known: billing.history(known.account),
            lambda billing, known: billing.post_payment(_payment(known, 100)),
            lambda billing, known: billing.submit_reading(
                ReadingSubmission(
                    known.account, "any", (ZoneValue(Zone.T1, 1),), datetime.now(UTC), "infomat", "customer"
                )
            ),
        ],
        ids=["find_account", "account_by_card", "accounts_of_home", "history", "post_payment", "submit_reading"],
    )
    def test_where_nobody_answers_that_is_said_and_is_no_refusal(
        self, away: BillingSystem, known: Known, ask: Callable[[BillingSystem, Known], object]
    ) -> None:
        with pytest.raises(BillingUnavailable) as broken:
            ask(away, known)
        assert known.account not in str(broken.value)  # it may be logged

    def test_the_same_key_with_other_content_is_refused_and_changes_nothing(
        self, billing: BillingSystem, known: Known
    ) -> None:
        paid = _payment(known, 500, reference=f"once {uuid4()}")
        billing.post_payment(paid)
        for other in (
            replace(paid, amount=Money(501, known.currency)),
            replace(paid, account=known.one_register),
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
            (lambda known: _payment(known, 100, account=known.nobodys), "billing.account_unknown"),
            (lambda known: _payment(known, 100, currency=known.other_currency), "billing.currency_mismatch"),
            (lambda known: _payment(known, 0), "billing.amount_invalid"),
            (lambda known: _payment(known, -100), "billing.amount_invalid"),
        ],
        ids=["account", "currency", "nothing", "less than nothing"],
    )
    def test_an_impossible_payment_is_refused_with_its_code(
        self, billing: BillingSystem, known: Known, wrong: Callable[[Known], Posting], code: str
    ) -> None:
        with pytest.raises(BillingRefused) as refused:
            billing.post_payment(wrong(known))
        assert refused.value.code == code

    def test_a_reading_is_taken_and_the_card_shows_it_as_handed_in(self, billing: BillingSystem, known: Known) -> None:
        card = _card(billing, _or_skip(known.one_register))
        (register,) = card.meters[0].zones
        last, units = register.last_value, round(register.usual)
        assert last is not None
        answer = billing.submit_reading(submission(card, {Zone.T1: last + units}))
        assert isinstance(answer, ReadingAccepted)
        (zone,) = answer.zones
        assert (zone.units, zone.money) == (units, Money(units * register.price.minor, register.price.currency))
        register = _card(billing, card.number).meters[0].zones[0]
        assert (register.last_value, register.handed_in) == (last, last + units)

    def test_handing_in_twice_is_one_reading_and_the_one_taken_last_stands(
        self, billing: BillingSystem, known: Known
    ) -> None:
        card = _card(billing, _or_skip(known.two_meters))
        meter = card.meters[1]
        last, units = meter.zones[0].last_value, round(meter.zones[0].usual)
        assert last is not None
        now = datetime.now(UTC)
        first = replace(submission(card, {Zone.T1: last + units}, taken_at=now), meter_id=meter.id)
        answers = [billing.submit_reading(first) for _ in range(2)]
        assert answers[0] == answers[1]
        assert isinstance(answers[0], ReadingAccepted)
        later = replace(first, values=(ZoneValue(Zone.T1, last + units + 1),), taken_at=now + timedelta(seconds=1))
        assert isinstance(billing.submit_reading(later), ReadingAccepted)
        stale = billing.submit_reading(first)
        assert isinstance(stale, ReadingAccepted)
        assert rules.NOTE_NEWER_STANDS in stale.notes
        assert _card(billing, card.number).meters[1].zones[0].handed_in == last + units + 1

    def test_zones_may_come_one_by_one_and_what_is_missing_is_told(self, billing: BillingSystem, known: Known) -> None:
        card = _card(billing, _or_skip(known.three_registers))
        meter = card.meters[0]
        usual = {zone.zone: (zone.last_value or 0) + round(zone.usual) for zone in meter.zones}
        first = billing.submit_reading(submission(card, {Zone.T1: usual[Zone.T1]}))
        assert isinstance(first, ReadingAccepted)
        assert first.missing == (Zone.T2, Zone.T3)
        assert (rules.NOTE_VERIFICATION_PAST in first.notes) == (meter.verified_until < datetime.now(UTC).date())
        second = billing.submit_reading(submission(card, {zone: usual[zone] for zone in (Zone.T2, Zone.T3)}))
        assert isinstance(second, ReadingAccepted)
        assert second.missing == ()

    def test_an_unusual_reading_wants_the_persons_word_with_units_and_money(
        self, billing: BillingSystem, known: Known
    ) -> None:
        card = _card(billing, known.account)
        usual = {zone.zone: (zone.last_value or 0) + round(zone.usual) for zone in card.meters[0].zones}
        odd = card.meters[0].zones[-1]
        units = round(odd.usual * 9.7)
        values = usual | {odd.zone: (odd.last_value or 0) + units}
        asked = billing.submit_reading(submission(card, values))
        assert isinstance(asked, ReadingRefused)
        assert (asked.reason, asked.zone, asked.needs_confirmation) == (rules.UNUSUAL, odd.zone, True)
        money = Money(units * odd.price.minor, odd.price.currency)
        assert (asked.units, asked.money, asked.times_usual) == (units, money, 9)
        assert {zone.handed_in for zone in _card(billing, known.account).meters[0].zones} == {None}
        sure = submission(card, values, confirmed=(rules.UNUSUAL,))
        assert isinstance(billing.submit_reading(sure), ReadingAccepted)

    def test_a_reading_below_the_last_one_is_refused_with_choices(self, billing: BillingSystem, known: Known) -> None:
        card = _card(billing, known.account)
        zone, last = known.registers[0]
        answer = billing.submit_reading(submission(card, {zone: last - 1}, confirmed=(rules.BELOW_LAST,)))
        assert answer == ReadingRefused(rules.BELOW_LAST, zone, rules.CHOICES_BELOW_LAST)

    def test_a_meter_may_start_again_from_zero(self, billing: BillingSystem, known: Known) -> None:
        card = _card(billing, _or_skip(known.rolling))
        meter = card.meters[0]
        last, units = meter.zones[0].last_value, round(meter.zones[0].usual)
        assert last is not None
        answer = billing.submit_reading(submission(card, {Zone.T1: (last + units) % 10**meter.digits}))
        assert isinstance(answer, ReadingAccepted)
        assert answer.zones[0].units == units
        assert rules.NOTE_ROLLED_OVER in answer.notes

    def test_a_reading_of_an_impossible_moment_meter_or_zone_is_refused(
        self, billing: BillingSystem, known: Known
    ) -> None:
        card = _card(billing, known.account)
        zone, last = known.registers[0]
        good = {zone: last + 1}
        early = submission(card, good, taken_at=datetime.now(UTC) + timedelta(hours=1))
        assert billing.submit_reading(early) == ReadingRefused(rules.TAKEN_IN_FUTURE)
        old = submission(card, good, taken_at=datetime(2010, 1, 1, tzinfo=UTC))
        assert billing.submit_reading(old) == ReadingRefused(rules.TAKEN_TOO_LONG_AGO)
        strange = replace(submission(card, good), meter_id="E99")
        assert billing.submit_reading(strange) == ReadingRefused(rules.METER_UNKNOWN)
        others = set(Zone) - {one for one, _ in known.registers}
        for other in others:
            answer = billing.submit_reading(submission(card, {other: last + 1}))
            assert answer == ReadingRefused(rules.ZONE_UNKNOWN, other)

    def test_history_has_24_complete_months_with_invoices_and_the_running_one(
        self, billing: BillingSystem, known: Known
    ) -> None:
        history, card = billing.history(known.account), _card(billing, known.account)
        assert len(history.months) == 25
        assert history.months[-1].period == window_at(supplier_of(card.supplier), datetime.now(UTC)).period
        for earlier, later in zip(history.months, history.months[1:], strict=False):
            assert later.period == earlier.period.moved(1)
        assert all(month.invoice is not None for month in history.months[:-1])
        zones = {zone for zone, _ in known.registers}
        assert all({reading.zone for reading in month.readings} >= zones for month in history.months[:-1])

    def test_history_of_an_unknown_account_is_refused(self, billing: BillingSystem, known: Known) -> None:
        with pytest.raises(BillingRefused) as refused:
            billing.history(known.nobodys)
        assert refused.value.code == "billing.account_unknown"


def _or_skip(number: str) -> str:
    if not number:
        pytest.skip("the system holds no such account")
    return number


def _payment(known: Known, amount: int, *, account: str = "", currency: str = "", reference: str = "") -> Posting:
    made = posting(amount, account=account or known.account, currency=currency or known.currency)
    return replace(made, reference=reference or made.reference)


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
