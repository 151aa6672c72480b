"""Rules: the screens of arriving and choosing: attract, language, services, who you are, out of service."""

from __future__ import annotations

from assets.words import Words
from kiosk.visit.frame import Shown, Surroundings, ahead, languages, notice_of, said, unbroken
from signaling.protocol.journey import JourneyView


def attract(view: JourneyView, around: Surroundings, words: Words) -> Shown:
    """The resting screen: a greeting in every language, what can be done, where to touch."""
    others = [code for code in around.face.languages if code != view.language]
    services = ["readings", "payment", "talk"] if around.payments_offered else ["readings", "talk"]
    icons = {"readings": "gauge", "payment": "wallet", "talk": "video"}
    return {
        "company": around.face.company,
        "place": words.say("top.kiosk", kiosk=around.face.kiosk_name, place=around.face.place),
        "greeting": words.say("attract.greeting"),
        "others": [Words(code).say("attract.greeting") for code in others],
        "canDo": words.say("attract.can_do"),
        "services": [{"icon": icons[name], "text": words.say(f"attract.{name}")} for name in services],
        "touch": words.say("attract.touch"),
        "called": words.say("attract.called", number=around.called) if around.called else "",
        "haveNumber": words.say("attract.have_number"),
        "ease": words.say("attract.ease"),
        "languages": languages(view, around, words),
    }


def language(view: JourneyView, around: Surroundings, words: Words) -> Shown:
    """The question in every language, and each language in its own words."""
    return {
        "questions": [Words(code).say("language.question") for code in around.face.languages],
        "languages": languages(view, around, words),
    }


def menu(view: JourneyView, around: Surroundings, words: Words) -> Shown:
    """What can be done here. Human help is the largest and tells the wait before it is asked."""
    return {
        "title": words.say("menu.title"),
        "lead": words.say("menu.lead_known" if view.account else "menu.lead"),
        "notice": notice_of(view.notice, words),
        "talk": _talk(view, around, words),
        "services": services(view, words),
        "haveNumber": words.say("menu.have_number") if view.ticket is None else "",
        "haveNumberNote": words.say("menu.have_number_note"),
    }


def services(view: JourneyView, words: Words) -> list[Shown]:
    """The services that exist now, each with what to know about it."""
    account = view.account
    readings_note = words.say("menu.readings_note")
    payment_note = words.say("menu.payment_note")
    if account is not None:
        if account.readings_until is not None:
            readings_note = words.say("menu.readings_until", day=words.until(account.readings_until))
        payment_note = words.say("menu.payment_none")
        if account.debt.minor > 0:
            payment_note = words.say("menu.payment_due", sum=said(account.debt, words))
    shown = [{"name": "readings", "icon": "gauge", "title": words.say("menu.readings"), "note": readings_note}]
    if view.online and view.payments_offered:
        shown.append({"name": "payment", "icon": "wallet", "title": words.say("menu.payment"), "note": payment_note})
    return shown


def wait_told(around: Surroundings, words: Words, keys: str) -> str | None:
    """The wait before it is asked (``keys`` is ``menu.talk`` or ``topic``); None when the server has not told it."""
    line = around.line
    if line is None or line.operators == 0 or not around.online:
        return None
    if line.wait is None or (line.waiting == 0 and line.wait.p90 < 60):
        return words.say(f"{keys}_free") if line.waiting == 0 else None
    wait = words.minutes(line.wait.p50, line.wait.p90)
    return words.say(f"{keys}_wait", wait=wait, ahead=ahead(line.waiting, words))


def identify(view: JourneyView, around: Surroundings, words: Words) -> Shown:
    """The account number, with why it is asked for, or the card."""
    return {
        "title": words.say("identify.title"),
        "lead": words.say("identify.lead"),
        "typed": view.typed_account,
        "shown": grouped(view.typed_account),
        "hint": words.say("identify.hint"),
        "card": words.say("identify.card"),
        "notice": notice_of(view.notice, words),
        "erase": words.say("key.erase"),
        "clear": words.say("key.clear"),
        "confirm": words.say("identify.busy" if view.busy else "identify.confirm"),
        "canConfirm": bool(view.typed_account) and not view.busy,
        "busy": view.busy,
    }


def out_of_service(view: JourneyView, around: Surroundings, words: Words) -> Shown:
    """What happened, that nothing is lost, whom to call; a line of it in the other languages."""
    others = [code for code in around.face.languages if code != view.language]
    phone = around.face.phone
    return {
        "title": words.say("out.title"),
        "lead": words.say("out.lead"),
        "phone": words.say("out.phone", phone=unbroken(phone)) if phone else "",
        "others": [Words(code).say("out.title") for code in others],
    }


def grouped(digits: str) -> str:
    """An account number in groups of four, to be compared with the paper one."""
    return "\u00a0".join(digits[place : place + 4] for place in range(0, len(digits), 4))


def _talk(view: JourneyView, around: Surroundings, words: Words) -> Shown:
    """Human help; for a person in the line, the way back to their place."""
    if view.ticket is not None:
        note = words.say("menu.talk_in_line", ahead=ahead(view.ticket.ahead, words))
        return {
            "title": words.say("strip.ticket", number=view.ticket.number),
            "note": note,
            "icon": "ticket",
            "enabled": True,
        }
    note = _talk_note(view, around, words)
    return {"title": words.say("menu.talk"), "note": note, "icon": "video", "enabled": view.online}


def _talk_note(view: JourneyView, around: Surroundings, words: Words) -> str:
    if not view.online:
        return words.say("menu.talk_offline")
    if around.line is not None and around.line.operators == 0:
        return words.say("menu.talk_nobody")
    return wait_told(around, words, "menu.talk") or words.say("menu.talk_plain")
