"""billing.readings: is a reading right, for which month does it count, which of two stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from billing import readings as rules
from billing.accounts import (
    Meter,
    Period,
    ReadingAccepted,
    ReadingRefused,
    ReadingSubmission,
    Zone,
    ZoneCard,
    ZoneValue,
)
from billing.readings import (
    Accepted,
    NeedsConfirmation,
    Refused,
    check_reading,
    check_sum,
    judge_submission,
    parse_reading,
    stands_over,
    usual_range,
    window_at,
    window_notes,
)
from billing.suppliers import supplier_of
from ground.money import Money
from tests.billing.samples import NOON, card, meter, register

ELEKTRO = supplier_of("elektro")


def judge(value: int, one: ZoneCard | None = None, digits: int = 6, confirmed: tuple[str, ...] = ()) -> rules.Verdict:
    """The verdict on one register at noon of 21 November."""
    found = one or register()
    return check_reading(value, meter(found, digits=digits), found.zone, ELEKTRO, NOON, confirmed)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("014285", 14285),
        (" 034 118 ", 34118),
        ("34118,7", 34118),
        ("34118.", 34118),
        ("0000034118", 34118),
        ("0", 0),
        ("", Refused(rules.EMPTY)),
        ("  ", Refused(rules.EMPTY)),
        (",5", Refused(rules.EMPTY)),
        ("12a4", Refused(rules.NOT_A_NUMBER)),
        ("-5", Refused(rules.NOT_A_NUMBER)),
        ("1,2,3", Refused(rules.NOT_A_NUMBER)),
        ("1,x", Refused(rules.NOT_A_NUMBER)),
        ("²³", Refused(rules.NOT_A_NUMBER)),
        ("١٢٣", Refused(rules.NOT_A_NUMBER)),
        ("1234567", Refused(rules.TOO_MANY_DIGITS)),
        ("1" * 5000, Refused(rules.TOO_MANY_DIGITS)),
    ],
)
def test_what_a_person_types_is_whole_units_or_a_named_reason(typed: str, read: int | Refused) -> None:
    assert parse_reading(typed, 6) == read


@given(st.text(max_size=12), st.integers(4, 7))
def test_no_text_ever_breaks_the_reading_of_it(typed: str, digits: int) -> None:
    read = parse_reading(typed, digits)
    assert isinstance(read, Refused) or 0 <= read < 10**digits


def test_the_sketchs_unusual_reading_says_units_money_and_times() -> None:
    asked = judge(14285)
    assert asked == NeedsConfirmation(rules.UNUSUAL, 14285, 1674, Money(585900, "RUB"), 9)
    assert judge(14285, confirmed=(rules.UNUSUAL,)) == Accepted(14285, 1674, Money(585900, "RUB"))


def test_a_usual_reading_is_accepted_at_once() -> None:
    assert judge(12781) == Accepted(12781, 170, Money(59500, "RUB"))


def test_the_same_value_twice_asks_whether_nothing_was_used() -> None:
    asked = judge(12611)
    assert isinstance(asked, NeedsConfirmation)
    assert (asked.reason, asked.units, asked.times_usual) == (rules.NO_CONSUMPTION, 0, 0)
    assert isinstance(judge(12611, confirmed=(rules.NO_CONSUMPTION,)), Accepted)


def test_heat_in_summer_asks_nothing_when_nothing_was_used() -> None:
    assert judge(12611, replace(register(), usual_low=0, usual_high=0)) == Accepted(12611, 0, Money(0, "RUB"))


def test_more_than_can_pass_the_meter_is_asked_about_by_its_own_name() -> None:
    month = int(Decimal("13.8") * 24 * 30)
    doubt = judge(12611 + month + 1)
    assert isinstance(doubt, NeedsConfirmation)
    assert doubt.reason == rules.BEYOND_PHYSICAL
    possible = judge(12611 + month)
    assert isinstance(possible, NeedsConfirmation)
    assert possible.reason == rules.UNUSUAL
    assert isinstance(judge(12611 + month + 1, confirmed=rules.DOUBTS), Accepted)


def test_exactly_three_times_the_usual_is_still_usual() -> None:
    assert isinstance(judge(12611 + 3 * 170), Accepted)
    assert isinstance(judge(12611 + 3 * 170 + 1), NeedsConfirmation)


def test_small_uses_are_not_asked_about_however_many_times_the_usual() -> None:
    cottage = replace(register(), usual_low=1, usual_high=1)
    assert isinstance(judge(12611 + 30, cottage), Accepted)
    asked = judge(12611 + 31, cottage)
    assert isinstance(asked, NeedsConfirmation)
    assert asked.times_usual == 31


def test_three_months_use_handed_in_at_once_is_not_three_times_too_much() -> None:
    late = replace(register(), last_date=date(2026, 8, 23))
    assert isinstance(judge(12611 + 3 * 190, late), Accepted)
    assert isinstance(judge(12611 + 3 * 190), NeedsConfirmation)


def test_below_the_last_value_is_refused_with_what_the_person_may_say() -> None:
    assert judge(12610) == Refused(rules.BELOW_LAST, rules.CHOICES_BELOW_LAST)
    assert judge(12610, confirmed=(rules.BELOW_LAST,)) == Refused(rules.BELOW_LAST, rules.CHOICES_BELOW_LAST)


@pytest.mark.parametrize(
    ("last", "value", "rolls"),
    [(9931, 44, True), (9001, 999, True), (9000, 5, False), (9931, 1000, False), (9931, 9930, False)],
)
def test_a_meter_near_its_end_may_start_again_from_zero(last: int, value: int, rolls: bool) -> None:
    verdict = judge(value, register(last=last), digits=4, confirmed=rules.DOUBTS)
    if rolls:
        assert isinstance(verdict, Accepted)
        assert verdict.units == 10_000 + value - last
        assert rules.NOTE_ROLLED_OVER in verdict.notes
    else:
        assert verdict == Refused(rules.BELOW_LAST, rules.CHOICES_BELOW_LAST)


def test_a_meter_past_its_check_is_read_all_the_same_and_told() -> None:
    one = register()
    past = meter(one, verified_until=date(2026, 11, 20))
    verdict = check_reading(12781, past, Zone.T2, ELEKTRO, NOON)
    assert isinstance(verdict, Accepted)
    assert verdict.notes == (rules.NOTE_VERIFICATION_PAST,)
    today = meter(one, verified_until=date(2026, 11, 21))
    assert check_reading(12781, today, Zone.T2, ELEKTRO, NOON) == Accepted(12781, 170, Money(59500, "RUB"))


def test_a_first_reading_has_nothing_to_be_compared_with() -> None:
    assert judge(500, register(last=None)) == Accepted(500, 0, Money(0, "RUB"))


def test_a_zone_the_meter_does_not_have_is_refused() -> None:
    assert check_reading(1, meter(), Zone.T3, ELEKTRO, NOON) == Refused(rules.ZONE_UNKNOWN)


def _some_meter(digits: int, last: int, low: int, spread: int, limit: int) -> Meter:
    found = register(Zone.T1, last % 10**digits, low, low + spread)
    return replace(meter(found, digits=digits), most_per_hour=Decimal(limit))


_meters = st.builds(
    _some_meter,
    st.integers(4, 7),
    st.integers(0, 10**7 - 1),
    st.integers(0, 900),
    st.integers(0, 300),
    st.integers(1, 40),
)


@given(_meters, st.integers(-10, 10**7 + 10), st.sets(st.sampled_from(rules.DOUBTS)))
@example(meter(register(Zone.T1, 0, 0, 0)), 0, set())
def test_every_verdict_agrees_with_the_meter(one: Meter, value: int, confirmed: set[str]) -> None:
    """What must hold for any meter and value, whatever the thresholds are."""
    verdict = check_reading(value, one, Zone.T1, ELEKTRO, NOON, confirmed)
    found = one.zones[0]
    assert found.last_value is not None
    if not 0 <= value < 10**one.digits:
        assert verdict in (Refused(rules.TOO_MANY_DIGITS), Refused(rules.NOT_A_NUMBER))
        return
    if isinstance(verdict, Refused):
        assert verdict.reason == rules.BELOW_LAST
        assert value < found.last_value
        return
    assert verdict.units == (value - found.last_value) % 10**one.digits
    assert verdict.money == Money(verdict.units * found.price.minor, "RUB")
    assert (value < found.last_value) <= (10 * found.last_value > 9 * 10**one.digits)
    if isinstance(verdict, NeedsConfirmation):
        assert verdict.reason not in confirmed
        agreed = check_reading(value, one, Zone.T1, ELEKTRO, NOON, {verdict.reason})
        assert isinstance(agreed, Accepted), "one word of the person is enough"
    else:
        assert verdict.units <= max(3 * found.usual, 30) or confirmed


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6), st.integers(-5, 5))
def test_the_sum_register_must_agree_within_one(t1: int, t2: int, t3: int, off: int) -> None:
    wrong = check_sum({Zone.T1: t1, Zone.T2: t2, Zone.T3: t3}, t1 + t2 + t3 + off)
    assert wrong == (None if abs(off) <= 1 else Refused(rules.SUM_DIFFERS))


def at(day: int, hour: int = 12, month: int = 11) -> datetime:
    """An hour of the wall clock in the Urals."""
    return datetime(2026, month, day, hour, tzinfo=UTC) - timedelta(hours=5)


def test_until_the_25th_a_reading_is_the_months_and_later_the_next_months() -> None:
    window = window_at(ELEKTRO, at(25, 23))
    assert (window.period, window.first_day, window.last_day) == (
        Period(2026, 11), date(2026, 11, 15), date(2026, 11, 25),
    )  # fmt: skip
    assert window.closes_at == datetime(2026, 11, 25, 19, 0, tzinfo=UTC)
    assert window_at(ELEKTRO, window.closes_at).period == Period(2026, 12)
    assert window_at(ELEKTRO, at(26, month=12)).period == Period(2027, 1)


@pytest.mark.parametrize(
    ("moment", "notes"),
    [
        (at(14), (rules.NOTE_BEFORE_WINDOW,)),
        (at(15, 0), ()),
        (at(25, 23), ()),
        (at(26, 0), (rules.NOTE_NEXT_PERIOD,)),
    ],
)
def test_a_reading_too_early_or_too_late_is_taken_and_told(moment: datetime, notes: tuple[str, ...]) -> None:
    assert window_notes(ELEKTRO, moment) == notes


@given(
    st.integers(1_460_000_000, 2_200_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
    st.sampled_from(["elektro", "teplo", "gaze"]),
)
def test_every_moment_is_in_the_window_it_is_told(moment: datetime, code: str) -> None:
    supplier = supplier_of(code)
    window = window_at(supplier, moment)
    assert moment < window.closes_at <= moment + timedelta(days=32)
    assert window_at(supplier, window.closes_at).period == window.period.moved(1)
    assert window_at(supplier, window.closes_at - timedelta(microseconds=1)).period == window.period


@pytest.mark.parametrize(
    ("taken_at", "reason"),
    [
        (NOON + timedelta(minutes=10), None),
        (NOON + timedelta(minutes=11), rules.TAKEN_IN_FUTURE),
        (NOON - timedelta(days=62), None),
        (NOON - timedelta(days=62, seconds=1), rules.TAKEN_TOO_LONG_AGO),
        (datetime.min.replace(tzinfo=UTC), rules.TAKEN_TOO_LONG_AGO),
        (datetime.max.replace(tzinfo=UTC), rules.TAKEN_IN_FUTURE),
    ],
)
def test_a_moment_in_the_future_or_of_another_season_is_no_reading(taken_at: datetime, reason: str | None) -> None:
    refused = rules.check_moment(taken_at, NOON)
    assert (refused.reason if refused else None) == reason


def test_the_reading_taken_last_stands_in_whatever_order_they_come() -> None:
    assert stands_over(at(21), at(20))
    assert stands_over(at(20), at(20))
    assert not stands_over(at(20), at(21))


@given(st.lists(st.integers(0, 5000), max_size=30))
def test_what_is_usual_lies_within_what_was_used_and_leaves_one_extreme_out(units: list[int]) -> None:
    low, high = usual_range(units)
    assert low <= high
    if units:
        assert min(units[-12:]) <= low
        assert high <= max(units[-12:])
    if len(units) > 3:
        assert usual_range([*units[-11:-1], units[-1], 10**6])[1] < 10**6


def handed_in(values: dict[Zone, int], **parts: object) -> ReadingSubmission:
    """A submission for the demo meter at noon of 21 November."""
    made = ReadingSubmission(
        "7401004417", "E01004417", tuple(ZoneValue(zone, value) for zone, value in values.items()), NOON, "infomat",
        "customer",
    )  # fmt: skip
    return replace(made, **parts)  # type: ignore[arg-type]


def test_a_submission_is_judged_zone_by_zone_and_says_what_is_missing() -> None:
    answer = judge_submission(handed_in({Zone.T1: 34378}), card(), ELEKTRO)
    assert isinstance(answer, ReadingAccepted)
    assert (answer.reference, answer.period, answer.missing) == ("R2611-E01004417", Period(2026, 11), (Zone.T2,))


def test_one_bad_zone_refuses_the_whole_submission() -> None:
    answer = judge_submission(handed_in({Zone.T1: 34378, Zone.T2: 12610}), card(), ELEKTRO)
    assert answer == ReadingRefused(rules.BELOW_LAST, Zone.T2, rules.CHOICES_BELOW_LAST)


def test_a_sum_that_differs_refuses_once_all_zones_are_known() -> None:
    both = {Zone.T1: 34378, Zone.T2: 12781}
    assert judge_submission(handed_in(both, shown_total=47161), card(), ELEKTRO) == ReadingRefused(rules.SUM_DIFFERS)
    assert isinstance(judge_submission(handed_in(both, shown_total=47160), card(), ELEKTRO), ReadingAccepted)
    alone = handed_in({Zone.T1: 34378}, shown_total=47161)
    assert isinstance(judge_submission(alone, card(), ELEKTRO), ReadingAccepted)


def test_a_meter_of_another_account_is_refused() -> None:
    wrong = handed_in({Zone.T1: 34378}, meter_id="E99")
    assert judge_submission(wrong, card(), ELEKTRO) == ReadingRefused(rules.METER_UNKNOWN)
