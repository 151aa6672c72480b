"""Rules: is this reading right, for which month does it count, and which of two stands (features.md 9).

The kiosk (also offline) and the billing system itself ask the same functions, so a person never hears "accepted"
from one and "refused" from the other. Reasons, notes and choices are phrase keys.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, timezone

from billing.accounts import (
    AccountCard,
    Meter,
    Period,
    ReadingAccepted,
    ReadingRefused,
    ReadingSubmission,
    Zone,
    ZoneAccepted,
    ZoneCard,
)
from billing.suppliers import ReadingTerms, Supplier
from ground.money import Money

EMPTY = "reading.empty"
NOT_A_NUMBER = "reading.not_a_number"
TOO_MANY_DIGITS = "reading.too_many_digits"
BELOW_LAST = "reading.below_last"
UNUSUAL = "reading.unusual"
BEYOND_PHYSICAL = "reading.beyond_physical"
NO_CONSUMPTION = "reading.no_consumption"
SUM_DIFFERS = "reading.sum_differs"
ZONE_UNKNOWN = "reading.zone_unknown"
METER_UNKNOWN = "reading.meter_unknown"
TAKEN_IN_FUTURE = "reading.taken_in_future"
TAKEN_TOO_LONG_AGO = "reading.taken_too_long_ago"
ABOVE_NEXT = "reading.above_next"  # a later month already stands lower

#: The reasons a person may overrule by saying so.
DOUBTS = (UNUSUAL, BEYOND_PHYSICAL, NO_CONSUMPTION)

NOTE_ROLLED_OVER = "reading.note.rolled_over"
NOTE_VERIFICATION_PAST = "reading.note.verification_past"
NOTE_BEFORE_WINDOW = "reading.note.before_window"
NOTE_NEXT_PERIOD = "reading.note.next_period"
NOTE_NEWER_STANDS = "reading.note.newer_stands"

CHOICES_BELOW_LAST = (
    "reading.choice.mistyped",
    "reading.choice.meter_replaced",
    "reading.choice.estimate_too_high",
)

CLOCK_TOLERANCE = timedelta(minutes=10)  # a kiosk's clock may be a little ahead of ours
LONGEST_KEPT = timedelta(days=62)  # an offline kiosk's outbox; what is older is history, not a reading
_DAYS_OF_MONTH = 30


@dataclass(frozen=True, slots=True)
class Accepted:
    """The value is good: ``units`` used since the last one, worth ``money``."""

    value: int
    units: int
    money: Money
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NeedsConfirmation:
    """The value may be right, but the person should look again: here is what it comes to.

    ``times_usual`` whole times the usual amount, None when nothing is known as usual.
    """

    reason: str
    value: int
    units: int
    money: Money
    times_usual: int | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The value cannot be right; ``choices`` are what the person may say about it."""

    reason: str
    choices: tuple[str, ...] = ()


Verdict = Accepted | NeedsConfirmation | Refused


@dataclass(frozen=True, slots=True)
class Window:
    """The month a reading counts for now, its days, and the moment (UTC) when the window closes."""

    period: Period
    first_day: date
    last_day: date
    closes_at: datetime


def parse_reading(text: str, digits: int) -> int | Refused:
    """The whole units typed by a person; what follows a comma or point is dropped (features.md 9)."""
    whole = text.strip().replace(" ", "").replace("\u00a0", "")
    for comma in (",", "."):
        head, found, tail = whole.partition(comma)
        if found:
            if tail and not (tail.isascii() and tail.isdigit()):
                return Refused(NOT_A_NUMBER)
            whole = head
    if not whole:
        return Refused(EMPTY)
    if not (whole.isascii() and whole.isdigit()):
        return Refused(NOT_A_NUMBER)
    if len(whole.lstrip("0")) > digits:
        return Refused(TOO_MANY_DIGITS)
    return int(whole)


def check_reading(
    value: int,
    meter: Meter,
    zone: Zone,
    supplier: Supplier,
    taken_at: datetime,
    confirmed: Collection[str] = (),
) -> Verdict:
    """Judge one register's value. ``confirmed`` holds the reasons the person already agreed to."""
    register = meter.zone(zone)
    if register is None:
        return Refused(ZONE_UNKNOWN)
    if not 0 <= value < 10**meter.digits:
        return Refused(TOO_MANY_DIGITS if value > 0 else NOT_A_NUMBER)
    today = local_day(supplier, taken_at)
    notes = [NOTE_VERIFICATION_PAST] if meter.verified_until < today else []
    if register.last_value is None or register.last_date is None:
        return Accepted(value, 0, _worth(0, register), tuple(notes))
    units = value - register.last_value
    if units < 0:
        if is_below(value, register.last_value, meter.digits):
            return Refused(BELOW_LAST, CHOICES_BELOW_LAST)
        units += 10**meter.digits
        notes.append(NOTE_ROLLED_OVER)
    doubt = _doubt(units, register, meter, supplier.terms_on(today), today)
    money = _worth(units, register)
    if doubt is not None and doubt not in confirmed:
        return NeedsConfirmation(doubt, value, units, money, _times_usual(units, register))
    return Accepted(value, units, money, tuple(notes))


def check_sum(values: Mapping[Zone, int], shown_total: int) -> Refused | None:
    """The meter's own sum register must be T1+T2+T3 within 1; None when it is."""
    return Refused(SUM_DIFFERS) if abs(sum(values.values()) - shown_total) > 1 else None


def local_day(supplier: Supplier, moment: datetime) -> date:
    """The calendar day of a moment where the supplier is."""
    return moment.astimezone(_zone_of(supplier.terms_on(moment.date()))).date()


def window_at(supplier: Supplier, moment: datetime) -> Window:
    """The period for which a reading taken at ``moment`` counts: after the last day it is the next month's."""
    terms = supplier.terms_on(moment.date())
    place = _zone_of(terms)
    local = moment.astimezone(place)
    period = Period.of(local.date())
    if local.day > terms.last_day:
        period = period.moved(1)
    last = date(period.year, period.month, terms.last_day)
    closes = datetime.combine(last + timedelta(days=1), time(), place).astimezone(UTC)
    return Window(period, last.replace(day=terms.first_day), last, closes)


def check_moment(taken_at: datetime, now: datetime) -> Refused | None:
    """Why a reading cannot have been taken at that moment, or None: in the future, or too long ago."""
    if taken_at > now + CLOCK_TOLERANCE:
        return Refused(TAKEN_IN_FUTURE)
    return Refused(TAKEN_TOO_LONG_AGO) if taken_at < now - LONGEST_KEPT else None


def window_notes(supplier: Supplier, taken_at: datetime) -> tuple[str, ...]:
    """What to tell a person about the date: too early to be the month's last word, or the month is over."""
    window = window_at(supplier, taken_at)
    local = local_day(supplier, taken_at)
    if Period.of(local) != window.period:
        return (NOTE_NEXT_PERIOD,)
    return (NOTE_BEFORE_WINDOW,) if local < window.first_day else ()


def stands_over(new_taken_at: datetime, old_taken_at: datetime) -> bool:
    """Whether a reading replaces an earlier one of the same (meter, period, zone): the one taken last wins,
    in whatever order an offline kiosk's outbox delivered them. Both were taken before the deadline, else
    they would belong to different periods."""
    return new_taken_at >= old_taken_at


def usual_range(monthly_units: Sequence[int]) -> tuple[int, int]:
    """What is usual in a month: from the second least to the second most of the last twelve, so that one
    holiday or one leak does not set the scale. (0, 0) when nothing is known."""
    if not monthly_units:
        return (0, 0)
    sorted_units = sorted(monthly_units[-12:])
    trimmed = sorted_units[1:-1] if len(sorted_units) > 3 else sorted_units
    return (trimmed[0], trimmed[-1])


def _zone_of(terms: ReadingTerms) -> timezone:
    return timezone(timedelta(minutes=terms.utc_offset_minutes))


def is_below(value: int, last: int, digits: int) -> bool:
    """Whether a register cannot have come from ``last`` to ``value``: it is less, and has not begun anew at nothing."""
    scale: int = 10**digits
    rolled_over = last * 10 > 9 * scale and value * 10 < scale
    return value < last and not rolled_over


def _worth(units: int, register: ZoneCard) -> Money:
    return Money(units * register.price.minor, register.price.currency)


def _times_usual(units: int, register: ZoneCard) -> int | None:
    return int(units / register.usual) if register.usual > 0 else None


def _doubt(units: int, register: ZoneCard, meter: Meter, terms: ReadingTerms, day: date) -> str | None:
    """Why a person should look again, or None. Time since the last reading counts: three months' use is
    not three times too much."""
    assert register.last_date is not None
    days = max((day - register.last_date).days, 1)
    if units == 0 and register.usual > 0:
        return NO_CONSUMPTION
    months = max(1, (days + _DAYS_OF_MONTH // 2) // _DAYS_OF_MONTH)
    if units > meter.most_per_hour * 24 * _DAYS_OF_MONTH * months:  # whole months: the last date may be told, not read
        return BEYOND_PHYSICAL
    if units > max(terms.unusual_times * register.usual * months, terms.unusual_floor):
        return UNUSUAL
    return None


def judge_submission(
    submission: ReadingSubmission, card: AccountCard, supplier: Supplier
) -> ReadingAccepted | ReadingRefused:
    """All zones of a submission, or the first reason against it. ``card`` is as of ``submission.taken_at``."""
    meter = card.meter(submission.meter_id)
    if meter is None:
        return ReadingRefused(METER_UNKNOWN)
    zones, notes = [], list(window_notes(supplier, submission.taken_at))
    for read in submission.values:
        verdict = check_reading(read.value, meter, read.zone, supplier, submission.taken_at, submission.confirmed)
        if not isinstance(verdict, Accepted):
            return _refusal(verdict, read.zone)
        zones.append(ZoneAccepted(read.zone, read.value, verdict.units, verdict.money))
        notes += [note for note in verdict.notes if note not in notes]
    known = {zone.zone: zone.handed_in for zone in meter.zones if zone.handed_in is not None}
    known |= {read.zone: read.value for read in submission.values}
    if submission.shown_total is not None and len(known) == len(meter.zones):
        wrong = check_sum(known, submission.shown_total)
        if wrong is not None:
            return ReadingRefused(wrong.reason)
    period = window_at(supplier, submission.taken_at).period
    return ReadingAccepted(
        reference=f"R{period.year % 100:02d}{period.month:02d}-{meter.id}",
        account=card.number,
        meter_id=meter.id,
        period=period,
        zones=tuple(zones),
        notes=tuple(notes),
        missing=tuple(zone.zone for zone in meter.zones if zone.zone not in known),
    )


def with_note(accepted: ReadingAccepted, note: str) -> ReadingAccepted:
    """The same acceptance, telling one thing more."""
    return replace(accepted, notes=(*accepted.notes, note))


def _refusal(verdict: NeedsConfirmation | Refused, zone: Zone) -> ReadingRefused:
    if isinstance(verdict, Refused):
        return ReadingRefused(verdict.reason, zone, verdict.choices)
    return ReadingRefused(verdict.reason, zone, (), True, verdict.units, verdict.money, verdict.times_usual)
