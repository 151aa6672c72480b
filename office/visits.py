"""Rules: what a person did on a visit, told in lines for the operator, folded from what the kiosk showed.

Each journey report (the dump of the protocol's ``JourneyView``) is compared with the one before; what changed
becomes a line of (moment, phrase key, values). One payment is one line while nothing else is done: the latest
phase takes the place of the one before, so that a payment does not push the readings out of an operator's sight.
The account appears masked only, as the kiosk itself shows it; unknown fields and steps are passed over, so an older
server follows a newer kiosk.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

BEGAN = "visit.began"
LANGUAGE = "visit.language"
EASE = "visit.ease"
ENTERED_BY_ACCOUNT = "visit.entered_by_account"
ENTERED_BY_CARD = "visit.entered_by_card"
READING_TYPED = "visit.reading_typed"
READING_WARNED = "visit.reading_warned"
READING_ACCEPTED = "visit.reading_accepted"
READING_KEPT = "visit.reading_kept"  # the link was down: it will be handed in later
READING_REFUSED = "visit.reading_refused"
PAYMENT = "visit.payment"
TALK_CHOSEN = "visit.talk_chosen"
HELP_ALLOWED = "visit.help_allowed"
HELP_ENDED = "visit.help_ended"
TROUBLE = "visit.trouble"

#: Every phrase a line may have, for the translations' own test.
PHRASES = (
    BEGAN, LANGUAGE, EASE, ENTERED_BY_ACCOUNT, ENTERED_BY_CARD, READING_TYPED, READING_WARNED, READING_ACCEPTED,
    READING_KEPT, READING_REFUSED, PAYMENT, TALK_CHOSEN, HELP_ALLOWED, HELP_ENDED, TROUBLE,
)  # fmt: skip
_PAYMENT_ENDS = ("posted", "declined", "not_sent", "not_charged", "reversed")
_KEPT_NOTICE = "reading.kept"
_MOST_LINES = 200  # a visit of a person has about ten; a stuck kiosk must not grow one without end

Report = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """Something the person did. ``phrase`` is a key, ``values`` fill it."""

    at: datetime
    phrase: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Story:
    """The visit so far. ``typed`` are the values of the meter in view that were gone past but not yet judged."""

    lines: tuple[Line, ...] = ()
    last: Report | None = None
    typed: tuple[Mapping[str, str], ...] = ()


def follow(story: Story, at: datetime, report: Report) -> Story:
    """The story after one more report. Reports that come twice or late (``number``) change nothing."""
    before: Report = story.last or {}
    if story.last is not None and int(report.get("number", 0)) <= int(before.get("number", 0)):
        return story
    story = replace(story, last=report)
    for told in (_start, _ease, _identity, _reading, _payment, _help):
        story = told(story, at, before, report)
    return story


def talk_chosen(story: Story, at: datetime, topic: str, ticket_number: str) -> Story:
    """The person took a ticket to talk: the server knows the topic, the kiosk's screen does not show it."""
    return _told(story, at, TALK_CHOSEN, topic=topic, number=ticket_number)


def as_lines(story: Story) -> tuple[tuple[str, str, dict[str, str]], ...]:
    """The lines as the protocol carries them: (ISO time, phrase key, values), oldest first."""
    return tuple((line.at.isoformat(), line.phrase, dict(line.values)) for line in story.lines)


def _start(story: Story, at: datetime, before: Report, report: Report) -> Story:
    if not before:
        return _told(story, at, BEGAN, language=str(report.get("language", "")))
    if before.get("language") != report.get("language"):
        if story.lines and story.lines[-1].phrase == LANGUAGE:
            story = replace(story, lines=story.lines[:-1])  # looked through the languages: the last one counts
        return _told(story, at, LANGUAGE, language=str(report.get("language", "")))
    return story


def _ease(story: Story, at: datetime, before: Report, report: Report) -> Story:
    had, has = before.get("ease") or {}, report.get("ease") or {}
    for what in sorted(has):
        if has[what] and not had.get(what):
            story = _told(story, at, EASE, what=what)
    return story


def _identity(story: Story, at: datetime, before: Report, report: Report) -> Story:
    account = report.get("account")
    known = before.get("account")
    if not account or (known and known.get("account_masked") == account.get("account_masked")):
        return story
    phrase = ENTERED_BY_ACCOUNT if before.get("typed_account") else ENTERED_BY_CARD
    return _told(
        story,
        at,
        phrase,
        account=str(account.get("account_masked", "")),
        supplier=str(account.get("supplier_name", "")),
    )


def _reading(story: Story, at: datetime, before: Report, report: Report) -> Story:
    was, now = before.get("reading"), report.get("reading")
    if was and was.get("typed") and (not now or _register(was) != _register(now)):
        story = _left_behind(story, at, was, report)
    if now and now.get("needs_confirmation") and not (was and was.get("needs_confirmation")):
        values = _value(now) | {"units": _text(now.get("units")), "times": _text(now.get("times_usual"))}
        return _told(story, at, READING_WARNED, **values)
    notice = report.get("notice") or {}
    if notice == (before.get("notice") or {}) or notice.get("tone") not in ("warning", "danger"):
        return story
    if now:
        return _told(story, at, READING_REFUSED, reason=str(notice.get("phrase", "")))
    return _told(story, at, TROUBLE, reason=str(notice["phrase"])) if notice["tone"] == "danger" else story


def _left_behind(story: Story, at: datetime, was: Report, report: Report) -> Story:
    """A register with a value in it is on the screen no more. On to another register of the meter: remembered.
    On to another meter or to the end: the kiosk goes there only when the meter was taken, or kept for later.
    Back, or away: as if it had not been typed."""
    now: Report = report.get("reading") or {}
    zone = str(was.get("zone", ""))
    kept = tuple(typed for typed in story.typed if typed["zone"] != zone)
    done = report.get("step") == "reading_done"
    if not done and int(now.get("zone_index", -1)) < int(was.get("zone_index", 0)):
        return replace(story, typed=kept if now else ())
    typed = (*kept, _value(was))
    if not done and now.get("meter_id") == was.get("meter_id"):
        return _told(replace(story, typed=typed), at, READING_TYPED, **_value(was))
    later = (report.get("notice") or {}).get("phrase") == _KEPT_NOTICE
    for values in typed:
        story = _told(story, at, READING_KEPT if later else READING_ACCEPTED, **values)
    return replace(story, typed=())


def _payment(story: Story, at: datetime, before: Report, report: Report) -> Story:
    was, now = before.get("payment") or {}, report.get("payment") or {}
    phase = now.get("phase")
    if not phase or (phase == was.get("phase") and now.get("purchase_id") == was.get("purchase_id")):
        return story
    amount = now.get("amount") or {}
    other = bool(now.get("purchase_id") and was.get("purchase_id")) and now["purchase_id"] != was["purchase_id"]
    if story.lines and not other and story.lines[-1].phrase == PAYMENT and _unfinished(story.lines[-1]):
        story = replace(story, lines=story.lines[:-1])
    return _told(
        story,
        at,
        PAYMENT,
        phase=str(phase),
        minor=_text(amount.get("minor")),
        currency=str(amount.get("currency", "")),
    )


def _unfinished(line: Line) -> bool:
    """A payment whose end is not told yet; an end stays, whatever is tried after it."""
    return line.values.get("phase") not in _PAYMENT_ENDS


def _help(story: Story, at: datetime, before: Report, report: Report) -> Story:
    was, now = before.get("permission", "none"), report.get("permission", "none")
    if now == "granted" and was != "granted":
        return _told(story, at, HELP_ALLOWED)
    if was == "granted" and now != "granted":
        return _told(story, at, HELP_ENDED)
    return story


def _told(story: Story, at: datetime, phrase: str, **values: str) -> Story:
    if len(story.lines) >= _MOST_LINES:
        return story
    return replace(story, lines=(*story.lines, Line(at, phrase, values)))


def _register(reading: Report) -> tuple[object, object]:
    return (reading.get("meter_id"), reading.get("zone"))


def _value(reading: Report) -> dict[str, str]:
    """Zone, unit, and the value as it stands on the meter's drums: ``034118``."""
    value = str(reading.get("typed", "")).rjust(int(reading.get("digits", 0)), "0")
    return {"zone": str(reading.get("zone", "")), "value": value, "unit": str(reading.get("unit", ""))}


def _text(value: object) -> str:
    if value is None:
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)
