"""Rules: the screens of readings and payment. A sum is never called unpaid while that is not certain."""

from __future__ import annotations

from assets.words import Words
from kiosk.visit.frame import Shown, Surroundings, action, notice_of, said
from signaling.protocol.journey import JourneyView, Notice, PaymentEntry, ReadingEntry, Reference

_MENU = {"type": "confirm"}
_WAITING_PHASES = ("connecting", "present_card", "cancelling", "processing", "reversing")
_TONES = {
    "approved": "success",
    "posted": "success",
    "unknown": "warning",
    "parked": "warning",
    "reversing": "warning",
    "declined": "danger",
    "not_sent": "danger",
    "not_charged": "warning",
    "reversed": "warning",
}
_ICONS = {
    "offered": "credit-card",
    "connecting": "loader",
    "present_card": "nfc",
    "cancelling": "loader",
    "processing": "loader",
    "unknown": "clock",
    "parked": "clock",
    "approved": "circle-check",
    "posted": "circle-check",
    "reversing": "undo-2",
    "reversed": "undo-2",
    "declined": "circle-x",
    "not_sent": "circle-x",
    "not_charged": "circle-x",
}


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
        "lead": words.say("reading.lead", model=meter.model, serial=meter.serial_masked) if meter else "",
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
        "sure": entry.needs_confirmation,
        "canConfirm": bool(entry.typed) and not view.busy,
        "busy": view.busy,
    }


def reading_done(view: JourneyView, around: Surroundings, words: Words) -> Shown:
    """The readings are in, or kept to be sent; what can be done next."""
    kept = view.notice is not None and view.notice.phrase == "reading.kept"
    taken = [each for each in view.references if each.kind == "reading"]
    lead = "" if kept else words.say("reading_done.lead" if taken else "reading_done.lead_plain")
    actions = [action("confirm", words.say(_home_key(view)), "arrow-right", _MENU, "main")]
    debt = view.account.debt if view.account else None
    if debt is not None and debt.minor > 0 and view.payments_offered:
        pay = {"type": "open_service", "service": "payment"}
        actions = [
            action("service.payment", words.say("done.pay", sum=said(debt, words)), "credit-card", pay, "main"),
            action("confirm", words.say(_home_key(view)), "arrow-right", _MENU),
        ]
    return {
        "title": words.say("reading_done.title_kept" if kept else "reading_done.title"),
        "lead": lead,
        "tone": "info" if kept else "success",
        "icon": "check",
        "notice": notice_of(view.notice, words),
        "references": references(tuple(taken), words),
        "actions": actions,
    }


def payment(view: JourneyView, around: Surroundings, words: Words) -> Shown:
    """What is to pay, for what, with which fee; or that nothing is."""
    entry = view.payment
    shown = _pay_screen(view, entry, words)
    if entry is None or entry.amount.minor <= 0:
        shown |= {
            "doTitle": words.say("payment.none_title"),
            "doText": words.say("payment.nothing_due"),
            "tone": "success",
            "icon": "circle-check",
            "fee": "",
            "actions": [action("confirm_home", words.say(_home_key(view)), "arrow-right", {"type": "back"}, "main")],
        }
        return shown
    later = action("later", words.say("payment.later"), "x", {"type": "back"})
    if not view.payments_offered:
        return shown | {
            "doTitle": words.say("payment.phase.not_sent"),
            "doText": words.say("payment.not_offered"),
            "tone": "warning",
            "icon": "credit-card",
            "actions": [later],
        }
    refused = view.notice is not None and view.notice.phrase.startswith("payment.")
    pay = action(
        "pay", words.say("payment.again" if refused else "payment.pay"), "credit-card", {"type": "pay"}, "main"
    )
    return shown | {
        "doTitle": words.say("payment.phase.offered"),
        "doText": words.say("payment.offered"),
        "icon": "credit-card",
        "pin": words.say("payment.pin"),
        "actions": [pay, later],
    }


def paying(view: JourneyView, around: Surroundings, words: Words) -> Shown:
    """The one thing to do now, and the steps."""
    entry = view.payment
    shown = _pay_screen(view, entry, words)
    if entry is None:
        return shown
    actions = []
    if entry.can_cancel:
        actions.append(action("cancel_payment", words.say("payment.cancel"), "x", {"type": "cancel_payment"}))
    if view.can_go_back and view.call is None:  # the strip above leads back to a conversation
        actions.append(action("confirm", words.say(_home_key(view)), "arrow-right", _MENU))
    return (
        shown
        | _phase(entry, words)
        | {
            "steps": _steps(entry.phase, words),
            "references": _own_references(view, entry, words),
            "actions": actions,
            "notice": notice_of(_unless_said(view.notice, entry), words),
        }
    )


def paid(view: JourneyView, around: Surroundings, words: Words) -> Shown:
    """The money is received: the sum, the reference, what comes next."""
    entry = view.payment
    shown = _pay_screen(view, entry, words)
    if entry is None:
        return shown
    return (
        shown
        | _phase(entry, words)
        | {
            "sumTitle": words.say("payment.sum_paid" if entry.phase in ("approved", "posted") else "payment.sum_asked"),
            "fee": "",
            "steps": _steps(entry.phase, words) if entry.phase == "approved" else [],
            "references": _own_references(view, entry, words),
            "actions": [action("confirm", words.say(_home_key(view)), "arrow-right", _MENU, "main")],
            "notice": notice_of(_unless_said(view.notice, entry), words),
        }
    )


def references(told: tuple[Reference, ...], words: Words) -> list[Shown]:
    """What can be shown later: its name and its number."""
    return [
        {"text": words.say(each.text) if words.knows(each.text) else each.text, "value": each.value} for each in told
    ]


def _own_references(view: JourneyView, entry: PaymentEntry, words: Words) -> list[Shown]:
    """The number of the payment in view, once it has one that leads somewhere."""
    own = (each for each in view.references if each.kind in ("payment", "unknown_payment"))
    return references(tuple(each for each in own if each.value == entry.reference), words)


def _pay_screen(view: JourneyView, entry: PaymentEntry | None, words: Words) -> Shown:
    fee = ""
    if entry is not None:
        free = entry.fee.minor == 0
        fee = words.say("payment.fee_none") if free else words.say("payment.fee", fee=said(entry.fee, words))
    return {
        "sumTitle": words.say("payment.sum_title"),
        "sum": said(entry.amount, words) if entry else "",
        "purpose": entry.purpose if entry else "",
        "fee": fee,
        "notice": notice_of(view.notice, words),
        "doTitle": "",
        "doText": "",
        "pin": "",
        "tone": "info",
        "icon": "",
        "steps": [],
        "references": [],
        "actions": [],
    }


def _phase(entry: PaymentEntry, words: Words) -> Shown:
    phase = entry.phase if words.knows(f"payment.phase.{entry.phase}") else "processing"
    return {
        "doTitle": words.say(f"payment.phase.{phase}"),
        "doText": words.say(entry.phrase) if words.knows(entry.phrase) and not words.places(entry.phrase) else "",
        "pin": words.say("payment.pin") if phase == "present_card" else "",
        "tone": _TONES.get(phase, "info"),
        "icon": _ICONS.get(phase, "loader"),
    }


def _unless_said(notice: Notice | None, entry: PaymentEntry) -> Notice | None:
    """The same sentence is not said twice on one screen."""
    return None if notice is not None and notice.phrase == entry.phrase else notice


def _steps(phase: str, words: Words) -> list[Shown]:
    done, now, later = "done", "now", "later"
    if phase in ("approved", "posted"):
        card, last = done, done if phase == "posted" else now
    elif phase in ("connecting", "present_card", "cancelling", "processing", "unknown"):
        card, last = now, later
    else:
        return []
    card_key = "payment.step_card_done" if card == done else "payment.step_card"
    if phase in ("processing", "unknown"):
        card_key = "payment.step_bank"
    texts = ("payment.step_sum", card_key, "payment.step_posted" if last == done else "payment.step_post")
    icons = ("check", "check" if card == done else "loader", "check" if last == done else "receipt-text")
    return [
        {"text": words.say(text), "state": state, "icon": icon}
        for text, state, icon in zip(texts, (done, card, last), icons, strict=True)
    ]


def _home_key(view: JourneyView) -> str:
    """Where going on leads to: the conversation, the line, or the services."""
    if view.call is not None:
        return "done.call"
    return "done.line" if view.ticket is not None else "done.menu"


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
