"""Rules: the screens of going home and being called by phone."""

from __future__ import annotations

from assets.words import Words
from kiosk.journey.phones import in_groups
from kiosk.visit.frame import GO_ON, Shown, Surroundings, action, notice_of, references
from signaling.protocol.journey import CallBackEntry, JourneyView
from signaling.protocol.values import WaitBand


def call_back(view: JourneyView, around: Surroundings, words: Words) -> Shown:
    """The number pad; above it what will happen and when, and what the number is for."""
    entry = _entry(view)
    return {
        "title": words.say("call_back.title"),
        "lead": _when(entry.wait, words),
        "consent": words.say("call_back.consent"),
        "typed": entry.typed,
        "shown": in_groups(entry.country_code, entry.typed),
        "spokenNumber": in_groups(entry.country_code, entry.typed, blanks=False),
        "notice": notice_of(view.notice, words),
        "erase": words.say("key.erase"),
        "clear": words.say("key.clear"),
        "confirm": words.say("call_back.busy" if view.busy else "call_back.confirm"),
        "canConfirm": bool(entry.typed) and not view.busy,
        "busy": view.busy,
    }


def call_back_done(view: JourneyView, around: Surroundings, words: Words) -> Shown:
    """Who will be called and when, and the number to keep."""
    entry = _entry(view)
    return {
        "icon": "phone",
        "tone": "success",
        "title": words.say("call_back_done.title"),
        "lead": words.say("call_back_done.lead", phone=f"{entry.country_code}\u00a0{entry.masked}")
        + " "
        + _when(entry.wait, words),
        "notice": notice_of(view.notice, words),
        "references": references(tuple(each for each in view.references if each.kind == "ticket"), words),
        "actions": [
            action("go_home", words.say("call_back_done.leave"), "log-out", {"type": "finish"}, "main"),
            action("confirm", words.say("done.menu"), "house", GO_ON),
        ],
    }


def _entry(view: JourneyView) -> CallBackEntry:
    if view.call_back is None:
        raise ValueError("a call-back's screen without a call-back")
    return view.call_back


def _when(wait: WaitBand | None, words: Words) -> str:
    if wait is None:
        return words.say("call_back.in_turn")
    return words.say("call_back.when", wait=words.minutes(wait.p50, wait.p90))
