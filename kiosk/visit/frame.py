"""Rules: what every screen has around it: who and where, the bars, what goes on beside, ease of use, the idle warning.

Every text on a screen is made here and in the ``screens`` beside it, from a ``JourneyView`` and a ``Surroundings``;
the views only place it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from assets.words import LANGUAGES, Words
from kiosk.ipc import KioskFace
from kiosk.journey.notices import LEAVE_QUESTION, READING_KEPT, READING_NOT_KEPT
from kiosk.journey.state import AWAY
from kiosk.slips.figures import in_groups
from signaling.protocol.events import LineTold
from signaling.protocol.journey import Ease, JourneyView, Notice, Reference, SlipWord, Step
from signaling.protocol.values import Sum, TicketState, TicketView

Shown = dict[str, Any]

#: Screens without bars: they fill the window.
FULL = (Step.ATTRACT, Step.CALL, Step.OUT_OF_SERVICE)
_NO_TICKET = (Step.MENU, Step.WAITING, Step.PARKED, Step.CALL_BACK, Step.CALL, Step.RATING, Step.GOODBYE)
_MARKS = {"ru": "РУ", "lv": "LV", "en": "EN"}
_EASE_ICONS = {"bigger": "a-large-small", "contrast": "contrast", "slower": "turtle", "low_reach": "arrow-down-to-line"}
_SLIP_TONES = {"out": "warning", "printing": "info", "printed": "success", "unsure": "info", "not_printed": "warning"}
#: Going on from a screen that is done.
GO_ON: Shown = {"type": "confirm"}
_NOTHING_ASKED: Shown = {"title": "", "value": "", "text": "", "answers": []}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a screen needs to know besides the journey.

    The company's face, the line before anybody asks, and in a conversation how good the ``connection`` is.
    """

    face: KioskFace
    line: LineTold | None = None
    online: bool = True
    payments_offered: bool = True
    #: the number that is asked in from the door
    called: str = ""
    connection: Literal["good", "weak", "bad"] = "good"


def frame(view: JourneyView, around: Surroundings, words: Words) -> Shown:
    """Everything of a screen but its own body."""
    return {
        "number": view.number,
        "step": view.step.value,
        "full": view.step in FULL,
        "language": view.language,
        "ease": view.ease.model_dump(),
        "top": {
            "who": _who(view, around, words),
            "where": _where(view, around, words),
            "languages": languages(view, around, words),
        },
        "bottom": _bottom(view, words),
        "words": {"up": words.say("bar.up"), "down": words.say("bar.down")},
        "strip": _strip(view, words),
        "ask": ask(view, words) if view.step is not Step.CALL else _NOTHING_ASKED,
        "offline": _offline(view, words),
        "idle": _idle(view, words),
        "easePanel": _ease_panel(view.ease, words),
    }


def _offline(view: JourneyView, words: Words) -> str:
    """What still works without the server: readings of an account that is known already."""
    if view.online or view.step in FULL:
        return ""
    known = view.account is not None and bool(view.account.meters)
    return words.say("offline.banner" if known else "offline.banner_unknown")


def languages(view: JourneyView, around: Surroundings, words: Words) -> list[Shown]:
    """The languages this kiosk speaks, each by its own name."""
    return [
        {
            "code": code,
            "mark": _MARKS[code],
            "name": words.say(f"language.{code}"),
            "chosen": code == view.language,
        }
        for code in around.face.languages
        if code in LANGUAGES
    ]


def notice_of(notice: Notice | None, words: Words) -> Shown:
    """The notice in words, with money and numbers as they are said; an unknown phrase becomes our own failure."""
    if notice is None:
        return {"tone": "info", "text": ""}
    values = dict(notice.values)
    if values.get("minor") and values.get("currency"):
        values["money"] = words.money_about(int(values["minor"]), values["currency"])
    if values.get("units"):
        values["amount"] = words.number(int(values["units"]))
    for key in (notice.phrase, f"{notice.phrase}.plain", "error.server.internal"):
        text = _said(key, values, words)
        if text is not None:
            return {"tone": notice.tone, "text": text}
    raise AssertionError("error.server.internal has no places")


def _said(key: str, values: dict[str, str], words: Words) -> str | None:
    """The phrase when it is known and every value it needs came with it."""
    if not words.knows(key) or any(not values.get(place) for place in words.places(key)):
        return None
    return words.offer(key, values)


def slip_notice(slip: SlipWord, words: Words) -> Shown:
    """What is told of the slip of a payment; nothing where none is."""
    if slip == "none":
        return notice_of(None, words)
    return {"tone": _SLIP_TONES[slip], "text": words.say(f"slip.screen.{slip}")}


def said(sum_: Sum, words: Words) -> str:
    """A sum of money as it is said."""
    return words.money(sum_.minor, sum_.currency)


def unbroken(number: str) -> str:
    """A number of several groups as one word: a line never ends within it. For screens only, not for paper."""
    return number.replace(" ", "\u00a0").replace("-", "\u2011")


def action(name: str, text: str, icon: str, intent: Shown, kind: str = "plain") -> Shown:
    """A button that a screen has beside its own ones."""
    return {"name": name, "text": text, "icon": icon, "kind": kind, "intent": intent}


def references(told: tuple[Reference, ...], words: Words) -> list[Shown]:
    """What can be shown later: its name and its number."""
    return [
        {
            "text": words.say(each.text) if words.knows(each.text) else each.text,
            "value": f"{each.value} · {words.say('ticket.code', code=each.code)}" if each.code else each.value,
            "proof": proof_of_place(each.proof, words),
            "code": "",
        }
        for each in told
    ]


def proof_of_place(proof: str, words: Words) -> str:
    """The proof a ticket carries, in groups that can be read out on the phone; empty without one."""
    return words.say("ticket.proof", proof=in_groups(proof)) if proof else ""


def home_key(view: JourneyView) -> str:
    """Where going on leads to: the conversation, the line, or the services."""
    if view.call is not None:
        return "done.call"
    return "done.line" if view.ticket is not None else "done.menu"


def ask(view: JourneyView, words: Words) -> Shown:
    """What the operator asks or proposes in a conversation; empty when nothing is to be decided."""
    if view.call is None:
        return _NOTHING_ASKED
    operator = view.call.operator_name
    if view.proposal is not None:
        field, _, zone = view.proposal.field.partition(".")
        title = words.say("help.proposal.account", operator=view.proposal.operator_name)
        if field == "reading":
            title = words.say("help.proposal.reading", operator=view.proposal.operator_name, zone=zone)
        decide = {"type": "decide_proposal"}
        return {
            "title": title,
            "value": view.proposal.value,
            "text": words.say("help.proposal_text"),
            "answers": [
                action("refuse_proposal", words.say("help.refuse"), "x", {**decide, "accepted": False}),
                action("accept_proposal", words.say("help.accept"), "check", {**decide, "accepted": True}, "main"),
            ],
        }
    if view.permission == "asked":
        return {
            "title": words.say("help.ask_title"),
            "value": "",
            "text": words.say("help.ask_text", operator=operator),
            "answers": [
                action("deny", words.say("help.no"), "x", {"type": "permit", "granted": False}),
                action("permit", words.say("help.yes"), "check", {"type": "permit", "granted": True}, "main"),
            ],
        }
    if view.permission == "granted" and view.step is Step.CALL:
        return {
            "title": words.say("help.granted_title", operator=operator),
            "value": "",
            "text": words.say("help.permitted", operator=operator),
            "answers": [action("revoke", words.say("help.stop"), "x", {"type": "permit", "granted": False})],
        }
    return _NOTHING_ASKED


def _who(view: JourneyView, around: Surroundings, words: Words) -> str:
    if view.account is None:
        return around.face.company
    account, holder = unbroken(view.account.account_masked), unbroken(view.account.holder_initials)
    return words.say("top.account", account=account, holder=holder)


def _where(view: JourneyView, around: Surroundings, words: Words) -> str:
    if view.step in (Step.MENU, Step.LANGUAGE) and view.account is None:
        return words.say("top.kiosk", kiosk=around.face.kiosk_name, place=around.face.place)
    if view.step is Step.READING and view.reading is not None and view.reading.zone_count > 1:
        return words.say("top.reading", index=view.reading.zone_index + 1, count=view.reading.zone_count)
    if view.step is Step.READING_DONE and readings_kept(view):
        return words.say("reading_done.title_kept")
    if view.notice is not None and view.notice.phrase == READING_NOT_KEPT:
        return words.say("top.reading_one")
    keys = {
        Step.READING: "top.reading_one",
        Step.PAYING: "top.payment",
        Step.PAID: "top.payment",
        Step.CALL: "top.topic",
    }
    key = keys.get(view.step, f"top.{view.step.value}")
    return words.say(key) if words.knows(key) else around.face.place


def _bottom(view: JourneyView, words: Words) -> Shown:
    return {
        "back": words.say("bar.back"),
        "ease": words.say("bar.ease"),
        "talk": words.say("bar.talk"),
        "finish": words.say("bar.finish"),
        "canGoBack": view.can_go_back,
        "canTalk": view.ticket is None
        and view.call is None
        and view.step not in (Step.MENU, Step.TOPIC, Step.WAITING, Step.RATING, Step.GOODBYE, Step.LANGUAGE),
        "canFinish": view.step is not Step.GOODBYE,
    }


def _strip(view: JourneyView, words: Words) -> Shown:
    """The way back to a conversation or a place in the line, on every other screen."""
    if view.call is not None and view.step is not Step.CALL:
        return {
            "kind": "call",
            "title": words.say("call.operator", operator=view.call.operator_name),
            "text": words.say("call.covered") if view.call.camera_covered else call_state(view, words),
            "button": words.say("strip.call_button"),
        }
    if view.ticket is not None and view.step not in _NO_TICKET:
        return {
            "kind": "ticket",
            "title": words.say("strip.ticket", number=view.ticket.number),
            "text": _place(view.ticket, words),
            "button": words.say("strip.line_button"),
        }
    return {"kind": "", "title": "", "text": "", "button": ""}


def call_state(view: JourneyView, words: Words, connection: str = "good") -> str:
    """How the conversation stands, in two or three words."""
    media = view.call.media if view.call is not None else "lost"
    if view.call is not None and view.call.on_hold and media == "live":
        return words.say("call.hold")
    if media == "live" and connection != "good":
        return words.say(f"call.{connection}_connection")
    return words.say("call.media_lost" if media == "lost" else f"call.{media}")


def _place(ticket: TicketView, words: Words) -> str:
    if ticket.state is TicketState.PARKED and ticket.until is not None:
        return words.say("waiting.parked_strip", time=clock(ticket.until))
    return ahead(ticket.ahead, words)


def clock(moment: datetime | None) -> str:
    """Hours and minutes where the kiosk stands."""
    return "" if moment is None else f"{moment.astimezone():%H:%M}"


def leave_asked(view: JourneyView) -> bool:
    """Whether the person is asked if they want to give their place back."""
    return view.notice is not None and view.notice.phrase == LEAVE_QUESTION


def readings_kept(view: JourneyView) -> bool:
    """Whether the readings wait at the kiosk for the connection: they are not handed in yet."""
    return view.notice is not None and view.notice.phrase == READING_KEPT


def ahead(count: int, words: Words) -> str:
    """How many people are before this one."""
    return words.say("wait.ahead", n=count) if count else words.say("wait.nobody_ahead")


def _idle(view: JourneyView, words: Words) -> Shown:
    if view.idle_warning_s is None:
        return {"title": "", "text": "", "button": ""}
    return {
        "title": words.say("idle.title"),
        "text": words.say("idle.text_line" if _holds_place(view) else "idle.text", n=view.idle_warning_s),
        "button": words.say("idle.button"),
    }


def _holds_place(view: JourneyView) -> bool:
    """Whether a place in the line is held for somebody here, not for who is to come back with the number."""
    return view.ticket is not None and view.ticket.stage not in AWAY


def _ease_panel(ease: Ease, words: Words) -> Shown:
    chosen = ease.model_dump()
    return {
        "title": words.say("ease.title"),
        "close": words.say("ease.close"),
        "switches": [
            {
                "name": name,
                "icon": icon,
                "title": words.say(f"ease.{name}"),
                "on": chosen[name],
                "state": words.say("ease.on" if chosen[name] else "ease.off"),
                "intent": {"type": "set_ease", "ease": {**chosen, name: not chosen[name]}},
            }
            for name, icon in _EASE_ICONS.items()
        ],
    }
