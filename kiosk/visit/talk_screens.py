"""Rules: the screens of talking to a person: topic, waiting, conversation, rating; and the goodbye."""

from __future__ import annotations

from assets.words import Words
from kiosk.slips.figures import in_groups
from kiosk.visit.frame import (
    Shown,
    Surroundings,
    ahead,
    ask,
    call_state,
    clock,
    leave_asked,
    notice_of,
    proof_of_place,
    references,
)
from kiosk.visit.service_screens import services as all_services
from kiosk.visit.service_screens import wait_told
from signaling.protocol.journey import CallEntry, JourneyView
from signaling.protocol.values import TicketState, TicketView

_TOPICS = {"readings": "gauge", "payment": "wallet", "contract": "file-text", "other": "message-circle-question-mark"}


def topic(view: JourneyView, around: Surroundings, words: Words) -> Shown:
    """What the talk is about; the wait is told again before the number is taken."""
    notice = notice_of(view.notice, words)
    if view.busy:
        notice = {"tone": "info", "text": words.say("topic.busy")}
    elif view.notice is None:
        notice = {"tone": "info", "text": wait_told(around, words, "topic.wait") or ""}
    return {
        "title": words.say("topic.title"),
        "lead": words.say("topic.lead"),
        "notice": notice,
        "busy": view.busy,
        "topics": [
            {"name": name, "icon": icon, "title": words.say(f"topic.{name}"), "note": words.say(f"topic.{name}_note")}
            for name, icon in _TOPICS.items()
        ],
    }


def waiting(view: JourneyView, around: Surroundings, words: Words) -> Shown:
    """The number, the promise as a band, who is ahead, and useful things to do meanwhile."""
    ticket = view.ticket
    asked = leave_asked(view)
    called = ticket is not None and ticket.state in (TicketState.OFFERED, TicketState.CONNECTED)
    missed = ticket is not None and ticket.stage == "recallable"
    waits = ticket is not None and ticket.state is TicketState.WAITING and not missed and not _booked_later(ticket)
    services = [] if asked or called or missed else _meanwhile(view, words)
    return {
        "numberTitle": words.say("waiting.number_title"),
        "number": ticket.number if ticket else "",
        "code": words.say("ticket.code", code=ticket.code) if ticket and ticket.code and not called else "",
        "proof": _proof(view, words) if ticket and view.online else "",
        "called": called,
        "promise": _promise(ticket, called, words),
        "ahead": _ahead_and_operators(ticket, words) if waits and ticket else "",
        "kept": _kept(ticket, called, words) if view.online else "",
        "notice": notice_of(view.notice, words),
        "meanwhile": words.say("waiting.meanwhile") if services else "",
        "services": services,
        "mayGo": view.online and not asked and waits,
        "callBack": words.say("waiting.call_back"),
        "away": words.say("waiting.away"),
        "pause": words.say("waiting.pause"),
        "here": words.say("parked.busy" if view.busy else "waiting.here") if missed and not asked else "",
        "asked": asked,
        "stay": words.say("waiting.stay"),
        "leave": words.say("waiting.leave_sure" if asked else "waiting.leave"),
        "canLeave": ticket is not None and not called,
    }


def _proof(view: JourneyView, words: Words) -> str:
    """The proof of the place; a printed ticket has it, and is to be taken."""
    if view.ticket_slip == "printed":
        return words.say("slip.screen.ticket")
    return proof_of_place(view.ticket.proof, words) if view.ticket is not None else ""


def _meanwhile(view: JourneyView, words: Words) -> list[Shown]:
    """What is worth doing while waiting: the services of the menu, without what this visit has done already."""
    done = {each.kind for each in view.references}
    owes = view.account is None or view.account.debt.minor > 0
    useful = {"readings": "reading" not in done, "payment": owes and "payment" not in done}
    return [each for each in all_services(view, words) if useful[each["name"]]]


def call(view: JourneyView, around: Surroundings, words: Words) -> Shown:
    """The face first; what the operator asks or proposes; microphone and end."""
    told = view.call
    if told is None:
        raise ValueError("a conversation's screen without a conversation")
    state = call_state(view, words, around.connection)
    return {
        "operator": words.say("call.operator", operator=told.operator_name),
        "state": state,
        "stateLong": words.say("call.hold_long") if told.on_hold else _long_state(told.media, words),
        "live": told.media == "live" and not told.on_hold,
        "weak": state if told.media == "live" and around.connection != "good" else "",
        "covered": words.say("call.covered") if told.camera_covered else "",
        "missing": _missing(told, words),
        "pageShape": told.page.width / told.page.height if told.page is not None and told.media == "live" else 0,
        "pageTitle": words.say("call.page", operator=told.operator_name),
        "you": words.say("call.you"),
        "ask": ask(view, words),
        "readings": words.say("call.readings"),
        "payment": words.say("call.payment"),
        "canPay": view.payments_offered,
        "microphoneOn": told.microphone_on,
        "microphone": words.say("call.microphone_on" if told.microphone_on else "call.microphone_off"),
        "ease": words.say("bar.ease"),
        "end": words.say("call.end"),
    }


#: What does not work in a conversation, the worst first: the word for it and its sign.
_MISSING = (
    ({"microphone", "loudspeaker"}, "sound", "volume-x"),
    ({"microphone"}, "microphone", "mic-off"),
    ({"loudspeaker"}, "loudspeaker", "volume-x"),
    ({"camera"}, "camera", "camera-off"),
)


def _missing(told: CallEntry, words: Words) -> Shown:
    """The one thing that is to be said of our own devices; nothing of a microphone the person has switched off."""
    found = set(told.missing) - (set() if told.microphone_on else {"microphone"})
    for kinds, word, icon in _MISSING:
        if kinds <= found:
            return {"text": words.say(f"call.{word}_out"), "icon": icon}
    return {"text": "", "icon": ""}


def rating(view: JourneyView, around: Surroundings, words: Words) -> Shown:
    """One to five stars, the best first, each with its word."""
    return {
        "title": words.say("rating.title"),
        "lead": words.say("rating.lead"),
        "notice": notice_of(view.notice, words),
        "chosen": view.stars or 0,
        "skip": words.say("rating.skip"),
        "stars": [
            {
                "count": count,
                "text": words.say(f"rating.star.{count}"),
                "spoken": words.say("rating.spoken", n=count, word=words.say(f"rating.star.{count}")),
            }
            for count in (5, 4, 3, 2, 1)
        ],
    }


def goodbye(view: JourneyView, around: Surroundings, words: Words) -> Shown:
    """Thank you, and what to keep, also as a code for the phone."""
    kept = references(view.references, words)
    lines = [around.face.company]
    for each, told in zip(kept, view.references, strict=True):
        lines.append(f"{each['text']}: {each['value']}" + (f" ({in_groups(told.proof)})" if told.proof else ""))
    if around.face.phone:
        lines.append(around.face.phone)
    return {
        "title": words.say("goodbye.title"),
        "lead": words.say("goodbye.lead"),
        "notice": notice_of(view.notice, words),
        "references": kept,
        "code": "\n".join(lines) if kept else "",
        "codeHint": words.say("goodbye.code"),
        "finish": words.say("goodbye.finish"),
    }


def _long_state(media: str, words: Words) -> str:
    if media == "live":
        return ""
    return words.say("call.media_lost_long" if media == "lost" else f"call.{media}_long")


def _promise(ticket: TicketView | None, called: bool, words: Words) -> str:
    if called:
        return words.say("waiting.offered")
    if ticket is not None and ticket.stage == "recallable":
        return words.say("waiting.missed_promise")
    if ticket is not None and _booked_later(ticket):
        return words.say("waiting.booked", time=clock(ticket.slot))
    if ticket is None or ticket.wait is None or ticket.operators == 0:
        return words.say("waiting.soon")
    return words.say("waiting.promise", wait=words.minutes(ticket.wait.p50, ticket.wait.p90))


def _booked_later(ticket: TicketView | None) -> bool:
    """Checked in, and not in the line before the slot is near."""
    return ticket is not None and ticket.stage == "checked_in"


def _kept(ticket: TicketView | None, called: bool, words: Words) -> str:
    if _booked_later(ticket):
        return words.say("waiting.booked_kept")
    if ticket is not None and ticket.stage == "recallable":
        return ""
    return words.say("waiting.kept" if ticket and ticket.wait and not called else "waiting.stays")


def _ahead_and_operators(ticket: TicketView, words: Words) -> str:
    before = ahead(ticket.ahead, words)
    if ticket.operators == 0:
        return before
    operators = words.say("wait.operators", n=ticket.operators)
    return words.say("wait.ahead_and_operators", ahead=before, operators=operators)
