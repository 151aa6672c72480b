"""Rules: handing in readings, one register a screen. The rules of ``billing`` judge first, the server last."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from billing import readings as rules
from billing.accounts import Meter, Service, Unit, Zone, ZoneCard
from billing.errors import BillingError
from billing.suppliers import supplier_of
from ground.money import Money
from kiosk.journey import notices
from kiosk.journey.effects import AskServer, Cue, Effect, TellServer
from kiosk.journey.events import ReadingAnswered, Refused
from kiosk.journey.identify import typed_after
from kiosk.journey.places import Outcome, at_home
from kiosk.journey.state import Doubt, Journey, Pending, Readings, Spot
from signaling.protocol.commands import ReadingSubmit
from signaling.protocol.journey import Notice, Reference, Step
from signaling.protocol.replies import ReadingAnswer
from signaling.protocol.values import MeterView, Sum, ZoneView


def key(journey: Journey, pressed: str) -> Outcome:
    """A key of the number pad; a changed value is judged anew. While the server is asked what was typed stands."""
    if journey.waits_for("reading"):
        return journey, []
    meter, zone = journey.spots[journey.readings.position]
    spot = (meter.meter_id, zone.zone)
    typed = typed_after(journey.readings.typed.get(spot, ""), pressed, meter.digits)
    return replace(journey, readings=_with_typed(journey, spot, typed), notice=None), []


def put(journey: Journey, zone_name: str, value: str) -> Journey:
    """A proposed value the person accepted: into the register of that zone of the meter in view."""
    in_view = journey.spots[journey.readings.position][0] if journey.spots else None
    for position, (meter, zone) in enumerate(journey.spots):
        if zone.zone == zone_name and (in_view is None or meter.meter_id == in_view.meter_id):
            readings = _with_typed(journey, (meter.meter_id, zone.zone), value[: meter.digits])
            return replace(journey, step=Step.READING, readings=replace(readings, position=position))
    return journey


def confirm(journey: Journey, now: datetime) -> Outcome:
    """Go on with the value in view: ask about it, go to the next register, or hand the meter in."""
    if journey.waits_for("reading"):
        return journey, []
    readings = journey.readings
    meter, zone = journey.spots[readings.position]
    spot = (meter.meter_id, zone.zone)
    if readings.doubt is not None:
        readings = replace(readings, doubt=None, confirmed=readings.confirmed | {spot})
        return _next(replace(journey, readings=readings, notice=None), now)
    value = rules.parse_reading(readings.typed.get(spot, ""), meter.digits)
    verdict = value if isinstance(value, rules.Refused) else judge(journey, meter, zone, value, now)
    if isinstance(verdict, rules.Refused):
        return replace(journey, notice=_refusal(verdict.reason, verdict.choices, zone)), []
    if isinstance(verdict, rules.NeedsConfirmation) and spot not in readings.confirmed:
        worth = None if zone.price is None else Sum(minor=verdict.money.minor, currency=verdict.money.currency)
        doubt = Doubt(verdict.reason, verdict.units, worth, verdict.times_usual)
        return _doubted(journey, doubt), []
    return _next(replace(journey, notice=None), now)


def judge(journey: Journey, meter: MeterView, zone: ZoneView, value: int, now: datetime) -> rules.Verdict:
    """The verdict of billing's own rules on what a kiosk knows of the meter."""
    assert journey.account is not None
    currency = journey.account.debt.currency
    price = Money(0, currency) if zone.price is None else Money(zone.price.minor, zone.price.currency)
    last = date.fromisoformat(zone.last_date) if zone.last_date else None
    if zone.zone not in set(Zone):  # of a newer server
        return _judged_by_server(value, zone, price)
    card = ZoneCard(Zone(zone.zone), zone.last_value, last, zone.usual_low or 0, zone.usual_high or 0, price)
    known = Meter(
        meter.meter_id,
        Service.ELECTRICITY,
        meter.model,
        meter.serial_masked,
        Unit.KWH,
        meter.digits,
        most_per_hour=Decimal("Infinity"),  # what can pass physically is the server's knowledge
        verified_until=date.max,
        zones=(card,),
    )
    try:
        return rules.check_reading(value, known, card.zone, supplier_of(journey.account.supplier), now)
    except BillingError:  # a supplier this build does not know
        return _judged_by_server(value, zone, price)


def _judged_by_server(value: int, zone: ZoneView, price: Money) -> rules.Verdict:
    """What this build does not know is the server's to judge alone."""
    return rules.Accepted(value, max(value - (zone.last_value or 0), 0), price)


def answered(journey: Journey, event: ReadingAnswered, now: datetime) -> Outcome:
    """The server's word on a meter; it counts also when the person has gone on to something else."""
    waited = next((waiting for waiting in journey.pending if waiting.number == event.number), None)
    if waited is None or waited.sent is None:
        return journey, []
    journey = replace(journey, pending=tuple(other for other in journey.pending if other is not waited))
    answer, sent = event.answer, waited.sent
    here = _in_view(journey, sent)
    if answer.outcome == "accepted":
        reference = (
            (Reference(kind="reading", text="reference.reading", value=answer.reference),) if answer.reference else ()
        )
        journey = replace(journey, references=journey.references + reference)
        journey = _handed_in(journey, sent.meter_id) if here else journey
        if journey.step is not Step.READING or not here:
            return replace(journey, notice=notices.success(notices.READING_TAKEN)), [Cue("done")]
        return _after_meter(journey)
    if not here:  # the meter is not in view any more: neither confirmed nor corrected
        return replace(journey, notice=notices.warning(notices.READING_NOT_TAKEN)), []
    if answer.outcome == "needs_confirmation":
        return _asked_by_server(journey, sent.meter_id, answer, now)
    journey = _shown_at(journey, sent.meter_id, answer.zone)
    zone = journey.spots[journey.readings.position][1]
    choices = rules.CHOICES_BELOW_LAST if answer.reason == rules.BELOW_LAST else ()
    return replace(journey, notice=_refusal(answer.reason, choices, zone)), []


def refused(journey: Journey, event: Refused, waited: Pending) -> Outcome:
    """Nobody answered: the reading is kept and sent later. A real refusal is shown, what is typed stays."""
    if event.code != notices.LINK_DOWN or waited.sent is None:
        return replace(journey, notice=notices.of_error(event.code)), []
    return _kept(journey, waited.sent)


def unanswered(journey: Journey) -> list[TellServer]:
    """Of a visit that ends: what was handed in and not answered arrives all the same; told twice it is one reading."""
    return [_told_later(waiting.sent) for waiting in journey.pending if waiting.sent is not None]


def skip(journey: Journey) -> Outcome:
    """Without this meter: the next one, or done with those that were handed in, or home."""
    if journey.waits_for("reading"):
        return journey, []
    meter_id = journey.spots[journey.readings.position][0].meter_id
    readings = replace(journey.readings, skipped=journey.readings.skipped | {meter_id})
    journey, _ = _after_meter(replace(journey, readings=readings))
    if journey.step is Step.READING_DONE and not readings.handed_in:
        return at_home(journey), []
    return journey, []


def back(journey: Journey) -> Outcome:
    """The register before, or home; what is typed stays."""
    position = journey.readings.position
    journey = replace(journey, notice=None, readings=replace(journey.readings, doubt=None))
    if position == 0 or journey.spots[position - 1][0].meter_id in journey.readings.handed_in:
        return at_home(journey), []
    return replace(journey, readings=replace(journey.readings, position=position - 1)), []


def _next(journey: Journey, now: datetime) -> Outcome:
    """The meter's next register without a value, or the whole meter to the server."""
    readings = journey.readings
    meter_id = journey.spots[readings.position][0].meter_id
    for position, (meter, zone) in enumerate(journey.spots):
        if meter.meter_id != meter_id or position == readings.position:
            continue
        empty = not readings.typed.get((meter_id, zone.zone))
        if position == readings.position + 1 or (empty and position < readings.position):
            return replace(journey, readings=replace(readings, position=position)), []
    sent = _submission(journey, meter_id, now)
    if not journey.online:
        return _kept(journey, sent)
    ask = journey.asks + 1
    journey = replace(journey, asks=ask, pending=(*journey.pending, Pending(ask, "reading", sent)))
    return journey, [AskServer(ask, sent)]


def _submission(journey: Journey, meter_id: str, now: datetime) -> ReadingSubmit:
    assert journey.account is not None
    values = {zone: int(text) for (meter, zone), text in journey.readings.typed.items() if meter == meter_id and text}
    return ReadingSubmit(
        visit_id=journey.visit_id,
        account=journey.account.account,
        meter_id=meter_id,
        values=values,
        confirmed=meter_id in journey.readings.server_asked,
        taken_at=now,
    )


def _kept(journey: Journey, sent: ReadingSubmit) -> Outcome:
    if not journey.keeps:  # nothing may be promised: what is typed stays on the screen
        return replace(journey, notice=notices.of_error(notices.LINK_DOWN)), []
    effects: list[Effect] = []
    if _in_view(journey, sent):
        journey = _handed_in(journey, sent.meter_id)
        if journey.step is Step.READING:
            journey, effects = _after_meter(journey)
    return replace(journey, notice=notices.info(notices.READING_KEPT)), [_told_later(sent), *effects]


def _told_later(sent: ReadingSubmit) -> TellServer:
    """A kept reading counts as confirmed: nobody will be there to be asked, and the kiosk's rules have asked."""
    return TellServer(sent.model_copy(update={"confirmed": True}))


def _in_view(journey: Journey, sent: ReadingSubmit) -> bool:
    """Whether the account it was handed in for is still the one in view, with that meter."""
    account = journey.account
    if account is None or account.account != sent.account:
        return False
    return any(meter.meter_id == sent.meter_id for meter, _ in journey.spots)


def _handed_in(journey: Journey, meter_id: str) -> Journey:
    return replace(journey, readings=replace(journey.readings, handed_in=journey.readings.handed_in | {meter_id}))


def _after_meter(journey: Journey) -> Outcome:
    """The first register of the next meter, or done."""
    for position, (meter, _) in enumerate(journey.spots):
        if meter.meter_id not in journey.readings.handed_in | journey.readings.skipped:
            readings = replace(journey.readings, position=position, doubt=None)
            return replace(journey, readings=readings, notice=None), [Cue("done")]
    return replace(journey, step=Step.READING_DONE, notice=None), [Cue("done")]


def _asked_by_server(journey: Journey, meter_id: str, answer: ReadingAnswer, now: datetime) -> Outcome:
    """The server doubts too. What the person has just confirmed here is not asked twice."""
    readings = replace(journey.readings, server_asked=journey.readings.server_asked | {meter_id})
    journey = _shown_at(replace(journey, readings=readings), meter_id, answer.zone)
    meter, zone = journey.spots[journey.readings.position]
    if (meter.meter_id, zone.zone) in readings.confirmed and journey.step is Step.READING:
        last = max(place for place, (each, _) in enumerate(journey.spots) if each.meter_id == meter_id)
        return _next(replace(journey, readings=replace(readings, position=last)), now)
    doubt = Doubt(answer.reason, answer.units, answer.money, answer.times_usual)
    return _doubted(journey, doubt), []


def _shown_at(journey: Journey, meter_id: str, zone_name: str | None) -> Journey:
    for position, (meter, zone) in enumerate(journey.spots):
        if meter.meter_id == meter_id and zone_name in (zone.zone, None):
            return replace(journey, readings=replace(journey.readings, position=position))
    return journey


def _doubted(journey: Journey, doubt: Doubt) -> Journey:
    values = {
        "units": "" if doubt.units is None else str(doubt.units),
        "minor": "" if doubt.money is None else str(doubt.money.minor),
        "currency": "" if doubt.money is None else doubt.money.currency,
        "times": "" if doubt.times_usual is None else f"{doubt.times_usual:g}",
    }
    return replace(
        journey,
        readings=replace(journey.readings, doubt=doubt),
        notice=Notice(tone="warning", phrase=doubt.reason, values=values),
    )


def _refusal(reason: str, choices: tuple[str, ...], zone: ZoneView) -> Notice:
    last = "" if zone.last_value is None else str(zone.last_value)
    return notices.warning(reason, last=last, choices=",".join(choices))


def _with_typed(journey: Journey, spot: Spot, typed: str) -> Readings:
    readings = journey.readings
    return replace(
        readings,
        typed={**readings.typed, spot: typed},
        confirmed=readings.confirmed - {spot},
        server_asked=readings.server_asked - {spot[0]},
        doubt=None,
    )
