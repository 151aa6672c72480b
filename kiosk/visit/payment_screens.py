"""Rules: the screens of payment. A sum is never called unpaid while that is not certain."""

from __future__ import annotations

from assets.words import Words
from kiosk.visit.frame import (
    GO_ON,
    Shown,
    Surroundings,
    action,
    home_key,
    notice_of,
    references,
    said,
    slip_notice,
    unbroken,
)
from signaling.protocol.journey import BillEntry, JourneyView, Notice, PaymentEntry
from signaling.protocol.values import FiscalDocument, Sum

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
#: Phases in which a sum must not be called one that is still to be paid: nobody is to pay it a second time.
_ASKED = ("cancelling", "processing", "unknown", "parked", "reversing")
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


def payment(view: JourneyView, around: Surroundings, words: Words) -> Shown:
    """What is to pay, for what, with which fee; or that nothing is."""
    entry = view.payment
    shown = _pay_screen(view, entry, words)
    if entry is None or (entry.amount.minor <= 0 and not entry.bills):
        shown |= {
            "doTitle": words.say("payment.none_title"),
            "doText": words.say("payment.nothing_due"),
            "tone": "success",
            "icon": "circle-check",
            "fee": "",
            "actions": [action("confirm_home", words.say(home_key(view)), "arrow-right", {"type": "back"}, "main")],
        }
        return shown
    if not view.payments_offered:
        return shown | {
            "doTitle": words.say("payment.closed_title"),
            "doText": words.say("payment.closed_text"),
            "tone": "warning",
            "icon": "credit-card",
            "fee": "",
            "actions": [action("confirm_home", words.say(home_key(view)), "arrow-right", {"type": "back"}, "main")],
        }
    later = action("later", words.say("payment.later"), "x", {"type": "back"})
    refused = view.notice is not None and view.notice.phrase.startswith("payment.")
    several = len(entry.bills) > 1
    if entry.slip == "out" and several:  # beside the button that pays: a list may leave no room for a notice in view
        shown["fee"] = f"{shown['fee'].rstrip('.')}. {slip_notice(entry.slip, words)['text']}"
    elif entry.slip == "out" and view.notice is None:
        shown["notice"] = slip_notice(entry.slip, words)
    pay = action(
        "pay", words.say("payment.again" if refused else "payment.pay"), "credit-card", {"type": "pay"}, "main"
    )
    if several:
        return shown | {
            "billsTitle": words.say("payment.choose_title"),
            "bills": [_bill(bill, words, choosing=True) for bill in entry.bills],
            "purpose": "",
            "actions": [pay, later] if entry.amount.minor > 0 else [later],
        }
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
        actions.append(action("confirm", words.say(home_key(view)), "arrow-right", GO_ON))
    return (
        shown
        | _phase(entry, words)
        | {
            "steps": _steps(entry.phase, words),
            "references": _own_references(view, entry, words),
            "actions": actions,
            "notice": _told(view, entry, words),
        }
    )


def paid(view: JourneyView, around: Surroundings, words: Words) -> Shown:
    """The money is received: the sum, the reference, what comes next."""
    entry = view.payment
    shown = _pay_screen(view, entry, words)
    if entry is None:
        return shown
    slip = slip_notice(entry.slip, words)["text"]
    return (
        shown
        | _phase(entry, words)
        | {
            "sumTitle": words.say("payment.sum_paid" if entry.phase in ("approved", "posted") else "payment.sum_asked"),
            "purpose": "" if entry.bills else shown["purpose"],
            # A slip of bills and the receipt need the room; the title says as much.
            **({"doText": "", "icon": ""} if entry.bills and entry.document is not None else {}),
            # What to do now is to take the slip; that the money is there, the title says.
            **({"doText": slip} if slip else {}),
            "bills": [_bill(bill, words, choosing=False) for bill in entry.bills],
            # A slip of bills takes their room; the words say the same.
            "steps": _steps(entry.phase, words) if entry.phase == "approved" and not entry.bills else [],
            "references": _own_references(view, entry, words),
            "actions": [action("confirm", words.say(home_key(view)), "arrow-right", GO_ON, "main")],
            "notice": notice_of(_unless_said(view.notice, entry), words),
        }
    )


def _bill(bill: BillEntry, words: Words, *, choosing: bool) -> Shown:
    """A bill to tick, or a line of the slip: whom, what for, which account, the fee, whom to ask."""
    known = (f"payment.service.{service}" for service in bill.services)
    services = ", ".join(words.say(key) for key in known if words.knows(key))
    notes = [services, words.say("payment.account", account=unbroken(bill.account_masked))]
    if bill.fee.minor or not choosing:
        notes.append(_fee(bill.fee, words, of="bill"))
    if not choosing and bill.supplier_phone:
        notes.append(words.say("payment.supplier_phone", phone=unbroken(bill.supplier_phone)))
    return {
        "name": f"bill.{bill.place}",
        "title": bill.supplier_name,
        "note": " · ".join(note[0].upper() + note[1:] for note in notes if note),
        "sum": said(bill.due, words),
        "ticked": bill.ticked,
        "choosing": choosing,
        "intent": {"type": "tick_bill", "place": bill.place, "ticked": not bill.ticked},
    }


def _fee(fee: Sum, words: Words, of: str = "all") -> str:
    """The fee, also when it is nothing (103-FZ)."""
    key = "payment.fee" if of == "all" else "payment.bill_fee"
    return words.say(f"{key}_none") if fee.minor == 0 else words.say(key, fee=said(fee, words))


def _own_references(view: JourneyView, entry: PaymentEntry, words: Words) -> list[Shown]:
    """The number of the payment in view, once it has one that leads somewhere."""
    own = (each for each in view.references if each.kind in ("payment", "unknown_payment"))
    told = references(tuple(each for each in own if each.value == entry.reference), words)
    return [*told, _receipt(entry.document, words)] if entry.document is not None else told


def _receipt(document: FiscalDocument, words: Words) -> Shown:
    """The fiscal document: its number, what proves it, and the code by which the tax service's page finds it."""
    return {
        "text": words.say("payment.receipt" if document.kind == "sell" else "payment.receipt_of_refund"),
        "value": words.say("payment.receipt_number", number=str(document.number)),
        "proof": words.say("payment.receipt_details", storage=document.storage, sign=document.sign),
        "code": document.qr,
    }


def _pay_screen(view: JourneyView, entry: PaymentEntry | None, words: Words) -> Shown:
    fee = ""
    if entry is not None and entry.phase != "reversing":
        fee = _fee(entry.fee, words)
    asked = entry is not None and entry.phase in _ASKED
    return {
        "sumTitle": words.say("payment.sum_asked" if asked else "payment.sum_title"),
        "sum": said(entry.amount, words) if entry else "",
        "billsTitle": "",
        "bills": [],
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


def _told(view: JourneyView, entry: PaymentEntry, words: Words) -> Shown:
    """What is to be said beside the phase; else what became of the slip."""
    notice = _unless_said(view.notice, entry)
    return notice_of(notice, words) if notice is not None else slip_notice(entry.slip, words)


def _steps(phase: str, words: Words) -> list[Shown]:
    done, now, later = "done", "now", "later"
    if phase in ("approved", "posted"):
        card, last = done, done if phase == "posted" else now
    elif phase in ("connecting", "present_card", "processing", "unknown"):
        card, last = now, later
    else:
        return []
    card_key = "payment.step_card_done" if card == done else "payment.step_card"
    if phase == "connecting":
        card_key = "payment.step_prepare"
    elif phase in ("processing", "unknown"):
        card_key = "payment.step_bank"
    texts = ("payment.step_sum", card_key, "payment.step_posted" if last == done else "payment.step_post")
    icons = ("check", "check" if card == done else "loader", "check" if last == done else "receipt-text")
    return [
        {"text": words.say(text), "state": state, "icon": icon}
        for text, state, icon in zip(texts, (done, card, last), icons, strict=True)
    ]
