"""Rules: the screens of readings: one value a screen, with what it comes to in units and money."""

from __future__ import annotations

from assets.words import Words
from kiosk.journey.notices import READING_NOT_KEPT
from kiosk.visit.frame import (
    GO_ON,
    Shown,
    Surroundings,
    action,
    home_key,
    notice_of,
    readings_kept,
    references,
    said,
    unbroken,
)
from signaling.protocol.journey import JourneyView, ReadingEntry


def reading(view: JourneyView, around: Surroundings, words: Words) -> Shown:
    """One value: what is typed, the last one and the usual month beside it, the consequence in units and money."""
    entry = view.reading
    if entry is None:
        raise ValueError("a reading screen without a reading")
    meter = (
        next((each for each in view.account.meters if each.meter_id == entry.meter_id), None) if view.account else None
    )
    unit = words.unit(entry.unit)
    key = f"reading.title.{entry.zone_count}.{entry.zone}"
    if meter is not None:
        key = f"reading.title.{len(meter.zones)}.{entry.zone}"
    return {
        "title": words.say(key if words.knows(key) else "reading.title"),
        "lead": words.say("reading.lead", model=meter.model, serial=unbroken(meter.serial_masked)) if meter else "",
        "lean": not view.online,  # the banner takes the room of what can be read on the meter
        "typed": entry.typed,
        "boxes": [*" " * (entry.digits - len(entry.typed)), *entry.typed][-max(entry.digits, len(entry.typed)) :],
        "entryTitle": words.say("reading.entry", unit=unit),
        "lastTitle": _last_title(entry, words),
        "lastValue": _last_value(entry, words),
        "lastLine": _last_line(entry, words),
        "usual": _usual(entry, words),
        "notice": _reading_notice(view, entry, words),
        "erase": words.say("key.erase"),
        "clear": words.say("key.clear"),
        "confirm": words.say(_confirm_key(view, entry)),
        "skip": words.say("reading.skip") if entry.can_skip and not view.busy else "",
        "sure": entry.needs_confirmation,
        "canConfirm": bool(entry.typed) and not view.busy,
        "busy": view.busy,
    }


def reading_done(view: JourneyView, around: Surroundings, words: Words) -> Shown:
    """The readings are in, or kept to be sent; what can be done next."""
    kept, lost = readings_kept(view), view.notice is not None and view.notice.phrase == READING_NOT_KEPT
    taken = [each for each in view.references if each.kind == "reading"]
    lead = "" if kept or lost else words.say("reading_done.lead" if taken else "reading_done.lead_plain")
    actions = [action("confirm", words.say(home_key(view)), "arrow-right", GO_ON, "main")]
    debt = view.account.debt if view.account else None
    if debt is not None and debt.minor > 0 and view.payments_offered:
        pay = {"type": "open_service", "service": "payment"}
        actions = [
            action("service.payment", words.say("done.pay", sum=said(debt, words)), "credit-card", pay, "main"),
            action("confirm", words.say(home_key(view)), "arrow-right", GO_ON),
        ]
    return {
        "title": words.say(f"reading_done.title{'_kept' if kept else '_lost' if lost else ''}"),
        "lead": lead,
        "tone": "info" if kept else "warning" if lost else "success",
        "icon": "triangle-alert" if lost else "check",
        "notice": notice_of(view.notice, words),
        "references": references(tuple(taken), words),
        "actions": actions,
    }


def _confirm_key(view: JourneyView, entry: ReadingEntry) -> str:
    if view.busy:
        return "reading.busy"
    if entry.needs_confirmation:
        return "reading.sure"
    return "reading.send" if entry.zone_index + 1 == entry.zone_count else "reading.next"


def _last_title(entry: ReadingEntry, words: Words) -> str:
    if entry.last_date is None:
        return words.say("reading.last_undated")
    return words.say("reading.last", day=words.day(entry.last_date))


def _last_value(entry: ReadingEntry, words: Words) -> str:
    if entry.last_value is None:
        return words.say("reading.last_none")
    digits = str(entry.last_value).zfill(entry.digits)
    return digits if len(digits) < 5 else f"{digits[:-3]}\u00a0{digits[-3:]}"


def _last_line(entry: ReadingEntry, words: Words) -> str:
    """The last value and the usual month in one line, where there is no room for a card."""
    line = f"{_last_title(entry, words)}: {_last_value(entry, words)}"
    usual = _usual(entry, words)
    return f"{line}, {usual}" if usual else line


def _usual(entry: ReadingEntry, words: Words) -> str:
    if entry.usual_low is None or entry.usual_high is None:
        return ""
    return words.say("reading.usual", low=words.number(entry.usual_low), high=words.number(entry.usual_high))


def _reading_notice(view: JourneyView, entry: ReadingEntry, words: Words) -> Shown:
    """What is wrong or doubtful; otherwise what the typed value comes to, once it can be known."""
    notice = view.notice
    if notice is not None:
        values = dict(notice.values)
        if entry.units is not None:
            amount = words.say("unit.amount", amount=words.number(entry.units), unit=words.unit(entry.unit))
            values["amount"] = amount
        if entry.money is not None:
            values["money"] = words.money_about(entry.money.minor, entry.money.currency)
        values.pop("units", None)
        if entry.times_usual is not None and entry.times_usual >= 2:
            values["n"] = str(round(entry.times_usual))
        return notice_of(notice.model_copy(update={"values": values}), words)
    if not entry.typed or entry.units is None:
        return {"tone": "info", "text": ""}
    amount = words.say("unit.amount", amount=words.number(entry.units), unit=words.unit(entry.unit))
    if entry.money is None:
        return {"tone": "info", "text": words.say("reading.units", amount=amount)}
    money = words.money_about(entry.money.minor, entry.money.currency)
    return {"tone": "info", "text": words.say("reading.units_money", amount=amount, money=money)}
