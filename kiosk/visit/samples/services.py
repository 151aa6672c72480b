"""Rules: samples of what a visit begins with: the resting screen, the menu, who somebody is, and readings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kiosk.visit.samples.things import Row, account_of, call, ticket
from signaling.protocol.events import LineTold
from signaling.protocol.journey import Notice, Proposal, ReadingEntry, Reference, Step
from signaling.protocol.values import Language, Sum


def rows(language: Language) -> Iterator[Row]:
    """From the resting screen to a known account, then readings."""
    yield from _beginnings(language)
    yield from _readings(language)


def _beginnings(language: Language) -> Iterator[Row]:
    account = account_of(language)
    yield "attract", Step.ATTRACT, {}, {}
    yield "attract_called", Step.ATTRACT, {}, {"called": "A-027"}
    yield "attract_no_payments", Step.ATTRACT, {}, {"payments_offered": False}
    yield "language", Step.LANGUAGE, {}, {}
    yield "menu", Step.MENU, {}, {}
    yield "menu_known", Step.MENU, {"account": account, "ticket": ticket(ahead=1)}, {}
    yield "menu_offline", Step.MENU, {"online": False, "payments_offered": False}, {"line": None}
    left = Notice(tone="info", phrase="waiting.left")
    yield "menu_nobody", Step.MENU, {"notice": left}, {"line": LineTold(waiting=0, operators=0, wait=None)}
    resumed = Notice(tone="info", phrase="visit.resumed")
    yield "menu_resumed", Step.MENU, {"notice": resumed, "account": account, "ticket": ticket()}, {}
    yield "menu_idle", Step.MENU, {"idle_warning_s": 21}, {}
    yield "menu_idle_in_line", Step.MENU, {"idle_warning_s": 21, "ticket": ticket()}, {}
    yield "identify_empty", Step.IDENTIFY, {}, {}
    yield "identify_typed", Step.IDENTIFY, {"typed_account": "740123441"}, {}
    unknown = Notice(tone="warning", phrase="error.account.unknown")
    yield "identify_unknown", Step.IDENTIFY, {"typed_account": "7401234418", "notice": unknown}, {}
    yield "identify_busy", Step.IDENTIFY, {"typed_account": "7401234417", "busy": True}, {}
    down = Notice(tone="warning", phrase="error.link.down")
    yield "identify_offline", Step.IDENTIFY, {"typed_account": "7401234417", "notice": down, "online": False}, {}
    yield "out_of_service", Step.OUT_OF_SERVICE, {"online": False}, {"line": None, "online": False}


def _entry(**changes: Any) -> ReadingEntry:
    entry = {
        "meter_id": "m1",
        "zone": "T2",
        "zone_index": 1,
        "zone_count": 3,
        "unit": "kWh",
        "digits": 6,
        "last_value": 12611,
        "last_date": "2026-10-23",
        "usual_low": 150,
        "usual_high": 190,
    }
    return ReadingEntry(**{**entry, **changes})


def _readings(language: Language) -> Iterator[Row]:
    account = account_of(language)
    currency = account.debt.currency
    money = {"units": 174, "money": Sum(minor=60900, currency=currency), "times_usual": 1.0}
    yield "reading_empty", Step.READING, {"account": account, "reading": _entry()}, {}
    yield "reading_typed", Step.READING, {"account": account, "reading": _entry(typed="12785", **money)}, {}
    much = {
        "units": 1674,
        "money": Sum(minor=586000, currency=currency),
        "times_usual": 9.8,
        "needs_confirmation": True,
    }
    values = {"units": "1674", "minor": "586000", "currency": currency, "times": "9.8"}
    unusual = Notice(tone="warning", phrase="reading.unusual", values=values)
    doubted = {"account": account, "reading": _entry(typed="014285", **much), "notice": unusual}
    yield "reading_unusual", Step.READING, doubted, {}
    low = Notice(tone="warning", phrase="reading.below_last", values={"last": "12611", "choices": ""})
    yield "reading_below", Step.READING, {"account": account, "reading": _entry(typed="1261"), "notice": low}, {}
    in_call = {"account": account, "call": call(language), "ticket": ticket(), "permission": "granted"}
    proposal = Proposal(field="reading.T2", value="12785", operator_name=call(language).operator_name)
    yield "reading_proposed", Step.READING, {**in_call, "reading": _entry(), "proposal": proposal}, {}
    yield "reading_skip", Step.READING, {"account": account, "reading": _entry(can_skip=True)}, {}
    yield "reading_in_line", Step.READING, {"account": account, "reading": _entry(), "ticket": ticket()}, {}
    one = {"zone": "T1", "zone_index": 0, "zone_count": 1, "digits": 5, "unit": "Gcal", "usual_low": None}
    yield "reading_offline_one", Step.READING, {"reading": _entry(**one, typed="21"), "online": False}, {}
    kept = Notice(tone="info", phrase="reading.kept")
    taken = (Reference(kind="reading", text="reference.reading", value="R-2611-004417"),)
    yield "reading_done", Step.READING_DONE, {"account": account, "references": taken}, {}
    yield "reading_kept", Step.READING_DONE, {"account": account_of(language, 0), "notice": kept, "online": False}, {}
    lost = Notice(tone="warning", phrase="reading.not_kept")
    yield "reading_lost", Step.READING_DONE, {"account": account_of(language, 0), "notice": lost, "online": False}, {}
