"""Rules: what the desk says, in the person's language: phrases, clocks, sums, times of day."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo

from assets.words import Words, WordsError
from operator_console.desk_state import Desk
from operator_console.notices import Notice
from signaling.protocol.values import OperatorStatus, OperatorView, Sum

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Phrases:
    """The console's part of the book, with the few shapes of numbers a desk shows. ``zone``: the desk's time zone."""

    def __init__(self, language: str, zone: tzinfo | None = None) -> None:
        self.words = Words(language)
        self.language = language
        self._zone = zone

    def say(self, key: str, **values: object) -> str:
        """The phrase ``desk.KEY``."""
        return self.words.say(f"desk.{key}", **values)

    def known(self, key: str, otherwise: str) -> str:
        """The phrase of a word that came by wire, or that word itself when a newer server sent it."""
        return self.say(key) if self.words.knows(f"desk.{key}") else otherwise

    def error(self, code: str, **values: object) -> str:
        """A refusal in words; a code without its own sentence gets the general one, never the bare code."""
        key = f"desk.error.{code}"
        if not self.words.knows(key):
            return self.say("error.other")
        return self.words.offer(key, values)

    def notice(self, notice: Notice) -> str:
        """What the strip says."""
        if notice.phrase.startswith("error."):
            return self.error(notice.phrase.removeprefix("error."), **dict(notice.values))
        values = dict(notice.values)
        if notice.phrase == "call_back.again":  # rules tell a moment, people read a time of day
            values["time"] = self.time(datetime.fromisoformat(values["time"]))
        return self.words.offer(f"desk.{notice.phrase}", values)

    def kiosk_notice(self, phrase: str, values: Mapping[str, str]) -> str:
        """What the customer's screen warns of, in our language; nothing when a newer kiosk says it."""
        try:
            return self.words.offer(phrase, values) if self.words.knows(phrase) else ""
        except WordsError:
            return ""

    def money(self, amount: Sum) -> str:
        """An amount with its currency."""
        return self.words.money(amount.minor, amount.currency)

    def time(self, at: datetime) -> str:
        """Time of day, hours and minutes, where the desk stands."""
        return at.astimezone(self._zone).strftime("%H:%M")

    def seconds_of_day(self, at: datetime) -> str:
        """Time of day with seconds."""
        return at.astimezone(self._zone).strftime("%H:%M:%S")

    def moment(self, at: datetime, now: datetime) -> str:
        """The time of day; on another day than ``now`` with that day before it."""
        today = at.astimezone(self._zone).date() == now.astimezone(self._zone).date()
        return self.time(at) if today else self.date_and_time(at)

    def card(self, told: str) -> str:
        """``mir •• 9999`` as the brand writes itself: ``Мир •• 9999``; one we have no name for as the terminal told."""
        brand, dots, digits = told.partition(" •• ")
        return f"{self.known(f'brand.{brand.lower()}', brand)}{dots}{digits}"

    def date(self, at: datetime) -> str:
        """The day with its year, as the language writes it: ``20.11.2026``, ``20.11.2026.``, ``20 Nov 2026``."""
        return self.day(at.astimezone(self._zone).date().isoformat())

    def day(self, iso: str, *, year: bool = True) -> str:
        """An ISO date in the same shape, or without its year; what is no date stays as it came."""
        try:
            told = date.fromisoformat(iso)
        except ValueError:
            return iso
        if self.language == "en":
            return f"{told.day} {_MONTHS[told.month - 1]}" + (f" {told.year}" if year else "")
        short = f"{told.day:02d}.{told.month:02d}" + (f".{told.year}" if year else "")
        return f"{short}." if self.language == "lv" else short

    def date_and_time(self, at: datetime) -> str:
        """``date`` and ``time`` beside each other."""
        return f"{self.date(at)} {self.time(at)}"

    def register_time(self, at: str) -> str:
        """A cash register's own clock (``YYYYMMDDTHHMM``, no zone) as it stands on the receipt."""
        try:
            told = datetime.strptime(at, "%Y%m%dT%H%M").replace(tzinfo=UTC)
        except ValueError:
            return at
        return f"{self.day(told.date().isoformat())} {told:%H:%M}"

    def status(self, operator: OperatorView | None) -> str:
        """What the operator is doing, with its reason when we have words for it."""
        if operator is None:
            return self.say("status.unknown")
        if operator.on_hold:
            return self.say("status.on_hold")
        return self._status(operator.status, operator.reason)

    def next_status(self, operator: OperatorView | None) -> str:
        """What comes after this customer, or nothing."""
        if operator is None or operator.next_status is None:
            return ""
        return self.say("next.label", status=self._status(operator.next_status, operator.next_reason))

    def _status(self, status: OperatorStatus, reason: str | None) -> str:
        word = self.say(f"status.{status.value}")
        if status is not OperatorStatus.BREAK or not reason or not self.words.knows(f"desk.reason.{reason}"):
            return word  # a newer server's reason is a code to a person: the status alone is told
        return self.say("status.with_reason", status=word, reason=self.say(f"reason.{reason}"))

    def step(self, desk_step: str, *, zone: str, amount: str, number: str) -> str:
        """The customer's screen by its name."""
        return self.words.offer(f"desk.step.{desk_step}", {"zone": zone, "sum": amount, "number": number})

    def happened(self, key: str, values: Mapping[str, str]) -> str:
        """One line of what the customer did; the phrase of a newer server is told as a step, never as its key."""
        if key == "visit.reading_warned" and not values.get("times"):
            key = "visit.reading_doubted"  # below the last value there is nothing to compare with
        try:
            return self.words.offer(f"desk.{key}", self._in_words(values))
        except WordsError:
            return self.say("visit.unknown")

    def _in_words(self, values: Mapping[str, str]) -> dict[str, str]:
        shown = dict(values)
        for name, area in (("topic", "service"), ("language", "language"), ("what", "ease"), ("phase", "phase")):
            if name in shown:
                shown[name] = self.known(f"{area}.{shown[name]}", shown[name])
        with contextlib.suppress(KeyError, ValueError):
            shown["times"] = str(round(float(shown["times"])))
        if shown.get("minor", "").lstrip("-").isdigit() and shown.get("currency"):
            shown["sum"] = self.words.money(int(shown["minor"]), shown["currency"])
        return shown


def clock(duration: timedelta) -> str:
    """``04:12``, above an hour ``1:04:12``; never below zero."""
    seconds = max(0, int(duration.total_seconds()))
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes:02d}:{seconds:02d}"


def talk_length(seconds: int) -> str:
    """``5:48``."""
    return f"{seconds // 60}:{seconds % 60:02d}"


def rating(value: float | None, language: str) -> str:
    """``4,92``; a dash before the first rating."""
    if value is None:
        return "—"
    text = f"{value:.2f}"
    return text if language == "en" else text.replace(".", ",")


def status_clock(desk: Desk) -> str:
    """How long the present status lasts."""
    return clock(desk.now - desk.operator.since) if desk.operator else ""
