"""Rules: between the billing system's values and the protocol's: what is shown of an account, and to whom."""

from __future__ import annotations

from datetime import date, datetime

from billing.accounts import (
    AccountCard,
    AccountHistory,
    Meter,
    ReadingAccepted,
    ReadingRefused,
    ReadingSubmission,
    Zone,
    ZoneCard,
    ZoneValue,
)
from billing.masking import masked, masked_serial
from billing.readings import (
    DOUBTS,
    METER_UNKNOWN,
    NOT_A_NUMBER,
    TOO_MANY_DIGITS,
    local_day,
    window_at,
)
from billing.suppliers import SUPPLIERS
from ground.money import Money
from payment.terms import PaymentTerms
from signaling.protocol.commands import ReadingSubmit
from signaling.protocol.errors import ErrorCode, ProtocolError
from signaling.protocol.replies import ReadingAnswer
from signaling.protocol.values import AccountView, BillView, CaseLine, CustomerCard, MeterView, Sum, ZoneView

_NO_TERMS = PaymentTerms()
_NOT_A_READING = (NOT_A_NUMBER, TOO_MANY_DIGITS, METER_UNKNOWN)


def sum_of(money: Money) -> Sum:
    """Money for the wire."""
    return Sum(minor=money.minor, currency=money.currency)


def account_view(
    card: AccountCard, now: datetime, home: tuple[AccountCard, ...] = (), terms: PaymentTerms = _NO_TERMS
) -> AccountView:
    """What a public screen may show; ``home``: the person's accounts here, this one first."""
    public = masked(card)
    supplier = SUPPLIERS.get(card.supplier)
    return AccountView(
        account=card.number,
        account_masked=public.number,
        holder_initials=public.holder,
        supplier=card.supplier,
        supplier_name=card.supplier_name,
        address_masked=public.address,
        meters=tuple(_meter_view(meter) for meter in card.meters),
        debt=sum_of(card.debt),
        readings_until=window_at(supplier, now).last_day.isoformat() if supplier else None,
        bills=tuple(_bill_view(one, terms) for one in home or (card,) if one.debt.minor > 0),
    )


def _bill_view(card: AccountCard, terms: PaymentTerms) -> BillView:
    supplier = SUPPLIERS.get(card.supplier)
    return BillView(
        account=card.number,
        account_masked=masked(card).number,
        supplier=card.supplier,
        supplier_name=card.supplier_name,
        supplier_phone=supplier.phone if supplier else "",
        services=tuple(dict.fromkeys(meter.service.value for meter in card.meters)),
        due=sum_of(card.debt),
        fee=sum_of(terms.fee(card.supplier, card.debt)),
    )


def _meter_view(meter: Meter) -> MeterView:
    return MeterView(
        meter_id=meter.id,
        model=meter.model,
        serial_masked=masked_serial(meter.serial),
        unit=meter.unit.value,
        digits=meter.digits,
        zones=tuple(_zone_view(zone) for zone in meter.zones),
    )


def _zone_view(zone: ZoneCard) -> ZoneView:
    return ZoneView(
        zone=zone.zone.value,
        last_value=zone.last_value,
        last_date=zone.last_date.isoformat() if zone.last_date else None,
        price=sum_of(zone.price),
        usual_low=zone.usual_low,
        usual_high=zone.usual_high,
    )


def customer_card(
    card: AccountCard, history: AccountHistory | None, earlier: tuple[CaseLine, ...], now: datetime
) -> CustomerCard:
    """What staff with the right see: the whole account with 24 months of what its first meter counted."""
    paid = card.last_payment
    used = history.units_of(card.meters[0].id) if history and card.meters else ()
    return CustomerCard(
        account=account_view(card, now),
        holder_name=card.holder_name,
        address=card.address.line,
        tariff=card.tariff,
        verification_until=min((m.verified_until.isoformat() for m in card.meters), default=None),
        last_payment=sum_of(paid.amount) if paid else None,
        last_payment_date=_day_of(paid.paid_at, card).isoformat() if paid else None,
        monthly_units=tuple((str(period), units) for period, units in used[-24:]),
        earlier=earlier,
    )


def _day_of(moment: datetime, card: AccountCard) -> date:
    """The day where the supplier is: a payment soon after midnight there is not of the day before."""
    supplier = SUPPLIERS.get(card.supplier)
    return local_day(supplier, moment) if supplier else moment.date()


def submission(command: ReadingSubmit, kiosk_id: str, now: datetime) -> ReadingSubmission:
    """The command for the billing system; raises READING_INVALID for a zone that no meter has."""
    if not command.values or any(zone not in ("T1", "T2", "T3") for zone in command.values):
        raise ProtocolError(ErrorCode.READING_INVALID, "zones are T1, T2, T3")
    return ReadingSubmission(
        account=command.account,
        meter_id=command.meter_id,
        values=tuple(ZoneValue(Zone(zone), value) for zone, value in sorted(command.values.items())),
        taken_at=_moment(command.taken_at) or now,
        channel="kiosk",
        author=kiosk_id,
        confirmed=DOUBTS if command.confirmed else (),
    )


def reading_answer(answer: ReadingAccepted | ReadingRefused) -> ReadingAnswer:
    """The billing system's answer; raises READING_INVALID for what is no reading of that meter at all."""
    if isinstance(answer, ReadingAccepted):
        units = sum(zone.units for zone in answer.zones)
        minor = sum(zone.money.minor for zone in answer.zones)
        money = Sum(minor=minor, currency=answer.zones[0].money.currency) if answer.zones else None
        note = answer.notes[0] if answer.notes else ""
        return ReadingAnswer(outcome="accepted", reason=note, reference=answer.reference, units=units, money=money)
    if answer.reason in _NOT_A_READING:
        raise ProtocolError(ErrorCode.READING_INVALID, answer.reason)
    return ReadingAnswer(
        outcome="needs_confirmation" if answer.needs_confirmation else "refused",
        reason=answer.reason,
        units=answer.units,
        money=sum_of(answer.money) if answer.money else None,
        times_usual=answer.times_usual,
        zone=answer.zone.value if answer.zone else None,
    )


def _moment(told: datetime | None) -> datetime | None:
    if told is not None and told.tzinfo is None:
        raise ProtocolError(ErrorCode.MALFORMED, "taken_at needs a time zone")
    return told
