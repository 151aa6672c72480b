"""Rules: what the samples of all parts of a visit share: an account, a place in the line, a conversation."""

from __future__ import annotations

from typing import Any

from signaling.protocol.journey import CallEntry, Step
from signaling.protocol.values import (
    AccountView,
    Language,
    MeterView,
    Sum,
    TicketState,
    TicketView,
    WaitBand,
    ZoneView,
)

#: A sample: its name, the step, what its view has besides, and how its surroundings differ from an ordinary day.
Row = tuple[str, Step, dict[str, Any], dict[str, Any]]
PROOF = "3f2a91bc04de"


def account_of(language: Language, debt: int = 128450) -> AccountView:
    """A person's account with one meter of three zones, of the language's country."""
    russian = language == "ru"
    zones = (
        ZoneView(zone="T1", last_value=21840, last_date="2026-10-23", usual_low=210, usual_high=260),
        ZoneView(zone="T2", last_value=12611, last_date="2026-10-23", usual_low=150, usual_high=190),
        ZoneView(zone="T3", last_value=30211, last_date="2026-10-23", usual_low=150, usual_high=190),
    )
    meter = MeterView(
        meter_id="m1", model="Меркурий 230 ART-01", serial_masked="••• 8812", unit="kWh", digits=6, zones=zones
    )
    return AccountView(
        account="7401234417",
        account_masked="••••• 4417",
        holder_initials="И. П." if russian else "Ž. Š.",
        supplier="elektro" if russian else "siltums",
        supplier_name="Электросбыт Южного Урала" if russian else "Dienvidu siltums un elektrība",
        address_masked="Челябинск, пр. Ленина" if russian else "Rīga, Brīvības gatve",
        meters=(meter,),
        debt=Sum(minor=debt, currency="RUB" if russian else "EUR"),
        readings_until="2026-11-25",
    )


def ticket(**changes: Any) -> TicketView:
    """Number B-027, two people before it."""
    ticket = {"ticket_id": "t1", "number": "B-027", "state": TicketState.WAITING, "ahead": 2, "operators": 14}
    return TicketView(**{**ticket, "proof": PROOF, "code": "4417", "wait": WaitBand(p50=170, p90=350), **changes})


def call(language: Language, **changes: Any) -> CallEntry:
    """A conversation that is live."""
    name = "Марина" if language == "ru" else "Margarita Kalniņa-Ozoliņa"
    return CallEntry(**{"session_id": "s1", "operator_name": name, "media": "live", **changes})
