"""Rules: what of a journey is shown on the screen and, in a conversation, to the operator."""

from __future__ import annotations

from kiosk.journey import payment, phones, slips
from kiosk.journey.state import Journey
from signaling.protocol.journey import CallBackEntry, CallEntry, JourneyView, PaymentEntry, ReadingEntry, Step
from signaling.protocol.values import Sum

_WAITED = {
    Step.READING: "reading",
    Step.TOPIC: "ticket",
    Step.CALL_BACK: "call_back",
    Step.HAVE_NUMBER: "number",
    Step.WAITING: "number",
    Step.PARKED: "number",
}
_NO_BACK = (Step.ATTRACT, Step.OUT_OF_SERVICE, Step.MENU, Step.CALL)


def view(journey: Journey) -> JourneyView:
    """Everything shown at this moment. The account's own number is the only unmasked thing in it."""
    return JourneyView(
        visit_id=journey.visit_id,
        number=journey.number,
        step=journey.step,
        language=journey.language,
        ease=journey.ease,
        online=journey.online,
        payments_offered=journey.payments_offered,
        account=journey.account,
        typed_account=journey.typed_account if journey.step is Step.IDENTIFY else "",
        typed_number=journey.typed_number if journey.step is Step.HAVE_NUMBER else "",
        busy=_busy(journey),
        reading=_reading(journey) if journey.step is Step.READING else None,
        payment=_payment(journey),
        ticket=journey.ticket,
        ticket_slip=slips.of_ticket(journey),
        call=_call(journey),
        call_back=_call_back(journey),
        stars=journey.stars,
        references=journey.references,
        notice=journey.notice,
        permission=journey.permission,
        proposal=journey.proposal,
        idle_warning_s=journey.warning_left_s,
        can_go_back=_can_go_back(journey),
    )


def _busy(journey: Journey) -> bool:
    return journey.waits_for(_WAITED.get(journey.step, "account"))


def _can_go_back(journey: Journey) -> bool:
    if journey.step is Step.PAYING:
        return not journey.paying or journey.session is not None
    return journey.step not in _NO_BACK


def _reading(journey: Journey) -> ReadingEntry:
    readings = journey.readings
    meter, zone = journey.spots[readings.position]
    typed = readings.typed.get((meter.meter_id, zone.zone), "")
    units = _units(typed, zone.last_value)
    money = None
    if units is not None and zone.price is not None:
        money = Sum(minor=units * zone.price.minor, currency=zone.price.currency)
    usual = ((zone.usual_low or 0) + (zone.usual_high or 0)) / 2
    times = round(units / usual, 1) if units is not None and usual > 0 else None
    doubt = readings.doubt
    return ReadingEntry(
        meter_id=meter.meter_id,
        zone=zone.zone,
        zone_index=readings.position,
        zone_count=len(journey.spots),
        unit=meter.unit,
        digits=meter.digits,
        typed=typed,
        last_value=zone.last_value,
        last_date=zone.last_date,
        usual_low=zone.usual_low,
        usual_high=zone.usual_high,
        units=doubt.units if doubt else units,
        money=(doubt.money or money) if doubt else money,
        times_usual=doubt.times_usual if doubt else times,
        needs_confirmation=doubt is not None,
        can_skip=journey.account is not None and len(journey.account.meters) > 1,
    )


def _units(typed: str, last_value: int | None) -> int | None:
    """What was used, once the typed value has reached the last one."""
    if not typed or last_value is None or int(typed) < last_value:
        return None
    return int(typed) - last_value


def _payment(journey: Journey) -> PaymentEntry | None:
    purchase = journey.purchase
    if purchase is not None and (journey.purchase_open or journey.step in (Step.PAYING, Step.PAID)):
        return PaymentEntry(
            purchase_id=purchase.purchase_id,
            amount=purchase.amount,
            fee=payment.totals(purchase.bills, purchase.amount.currency)[1],
            bills=payment.entries(purchase.bills),
            purpose=purchase.purpose,
            phase=purchase.phase,
            phrase=purchase.phrase,
            can_cancel=purchase.can_cancel,
            reference=purchase.reference,
            document=purchase.document,
            slip=slips.of_payment(journey),
        )
    if journey.step is Step.PAYMENT and journey.account is not None:
        amount, fee = payment.totals(payment.ticked(journey), journey.account.debt.currency)
        due = payment.entries(payment.bills(journey.account), journey.unticked)
        purpose = journey.account.supplier_name
        return PaymentEntry(amount=amount, fee=fee, bills=due, purpose=purpose, slip=slips.of_payment(journey))
    return None


def _call_back(journey: Journey) -> CallBackEntry | None:
    if journey.step is Step.CALL_BACK:
        code = phones.NUMBERS[journey.settings.country].code
        wait = None if journey.ticket is None else journey.ticket.wait
        return CallBackEntry(country_code=code, typed=journey.typed_phone, wait=wait)
    return journey.call_back if journey.step is Step.CALL_BACK_DONE else None


def _call(journey: Journey) -> CallEntry | None:
    session = journey.session
    if session is None:
        return None
    return CallEntry(
        session_id=session.session_id,
        operator_name=session.peer.name,
        media=journey.media,
        microphone_on=journey.microphone_on,
        camera_covered=journey.terminal_active,
        missing=journey.missing,
        on_hold=journey.ticket is not None and journey.ticket.stage == "hold",
        page=session.page,
    )
