"""Rules: the screens of people who have a number already, and of those who go away and keep it."""

from __future__ import annotations

from assets.words import Words
from kiosk.journey.number import CODE, LEAST, MOST
from kiosk.visit.frame import Shown, Surroundings, action, clock, leave_asked, notice_of
from signaling.protocol.journey import JourneyView


def have_number(view: JourneyView, around: Surroundings, words: Words) -> Shown:
    """Two fields of digits, one after the other, and a large pad; what to type and where it stands is said before."""
    number, code = _fields(view.typed_number)
    titles = words.say("have_number.number"), words.say("have_number.code")
    typed = view.typed_number
    return {
        "title": words.say("have_number.title"),
        "lead": words.say("have_number.lead"),
        "where": words.say("have_number.where"),
        "typed": typed,
        "fields": [
            {"title": titles[0], "boxes": number, "here": len(typed) < LEAST - CODE},
            {"title": titles[1], "boxes": code, "here": len(typed) >= LEAST - CODE},
        ],
        "spoken": f"{titles[0]} {' '.join(number)} {titles[1]} {' '.join(code)}",
        "notice": notice_of(view.notice, words),
        "erase": words.say("key.erase"),
        "clear": words.say("key.clear"),
        "confirm": words.say("have_number.busy" if view.busy else "have_number.confirm"),
        "canConfirm": len(typed) >= LEAST and not view.busy,
        "busy": view.busy,
        "new": words.say("have_number.new"),
    }


def parked(view: JourneyView, around: Surroundings, words: Words) -> Shown:
    """Number and code as large as they can be; until when the place is kept; go, or be called again."""
    ticket = view.ticket
    if ticket is None:
        raise ValueError("a place that is kept, without a place")
    asked = leave_asked(view)
    back = action("back_again", words.say("parked.busy" if view.busy else "parked.back"), "undo-2", {"type": "confirm"})
    stay = action("stay", words.say("waiting.stay"), "check", {"type": "open_service", "service": "talk"}, "main")
    go = action("go", words.say("parked.go"), "log-out", {"type": "finish"}, "main")
    leave = words.say("waiting.leave_sure" if asked else "parked.leave")
    return {
        "title": words.say("parked.title"),
        "lead": words.say("parked.lead", time=clock(ticket.until)) if ticket.until is not None else "",
        "remember": words.say("parked.remember"),
        "numberTitle": words.say("parked.number"),
        "number": ticket.number,
        "codeTitle": words.say("parked.code"),
        "code": ticket.code,
        "notice": notice_of(view.notice, words),
        "actions": [
            *([stay] if asked else [go, back]),
            action("leave_line", leave, "x", {"type": "leave_line"}),
        ],
    }


def _fields(typed: str) -> tuple[list[str], list[str]]:
    """The digits of number and code, each with what is missing; a number of four digits shows with the last of all."""
    digits = len(typed) - CODE if len(typed) == MOST else LEAST - CODE
    return list(typed[:digits].ljust(digits)), list(typed[digits:].ljust(CODE))
