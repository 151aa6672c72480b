"""Adapter for tests: the steps of a visit as one-liners."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from ground.ids import new_id
from ground.money import Money
from ground.signing import description_text
from payment.answers import PoiTransaction, Slip
from payment.events import Begun, Charged, Entry, Event, PaymentAsked, entry_to_dict
from signaling.protocol import commands as c
from signaling.protocol.journey import JourneyView, Step
from signaling.protocol.values import Description, Sum
from tests.signaling.client import Client

FINGERPRINT = ":".join(["AB"] * 32)


async def begin(kiosk: Client) -> str:
    """A visit."""
    visit_id = new_id()
    await kiosk.ask(c.VisitBegin(visit_id=visit_id, language="ru"))
    return visit_id


async def take(kiosk: Client, visit_id: str, **more: Any) -> Any:
    """A ticket of the visit."""
    told = {"ticket_id": new_id(), "visit_id": visit_id, "service": "payment", "language": "ru", **more}
    return (await kiosk.ask(c.TicketTake(**told))).ticket


async def available(operator: Client) -> None:
    """The operator is ready."""
    await operator.ask(c.StatusSet(status="available"))


async def call(kiosk: Client, operator: Client) -> tuple[str, Any]:
    """A visit with a conversation that has begun: (visit id, session as the operator sees it)."""
    await available(operator)
    visit_id = await begin(kiosk)
    await take(kiosk, visit_id)
    offer = (await operator.event("offer.made")).offer
    session = (await operator.ask(c.OfferAccept(ticket_id=offer.ticket_id))).session
    await kiosk.event("session.started")
    return visit_id, session


def description(client: Client, session_id: str, kind: Any) -> Description:
    """A signed description."""
    nonce = new_id()
    text = description_text(session_id, "kiosk" if kind == "offer" else "operator", FINGERPRINT, nonce)
    sdp = f"v=0\r\na=fingerprint:sha-256 {FINGERPRINT}\r\n"
    return Description(kind=kind, sdp=sdp, fingerprint=FINGERPRINT, nonce=nonce, signature=client.key.sign(text))


async def describe(client: Client, session_id: str, kind: Any) -> Description:
    """Send a description."""
    made = description(client, session_id, kind)
    await client.ask(c.SessionDescribe(session_id=session_id, description=made))
    return made


async def live(kiosk: Client, operator: Client, session_id: str) -> None:
    """Descriptions exchanged, media at both ends."""
    await describe(kiosk, session_id, "offer")
    await operator.event("session.described")
    await describe(operator, session_id, "answer")
    await kiosk.event("session.described")
    told = {"session_id": session_id, "state": "live", "figures": {"fps_in": 29.5}}
    await asyncio.gather(*(one.ask(c.SessionMedia(**told)) for one in (kiosk, operator)))


def view(visit_id: str, number: int, **more: Any) -> JourneyView:
    """What a kiosk shows."""
    return JourneyView(**{"visit_id": visit_id, "number": number, "step": Step.MENU, "language": "ru", **more})


def rubles(minor: int) -> Sum:
    """Kopecks."""
    return Sum(minor=minor, currency="RUB")


def journal(purchase_id: str, account: str = "7401004417", minor: int = 10000) -> tuple[dict[str, Any], ...]:
    """An approved purchase."""
    amount, now = Money(minor, "RUB"), datetime.now(UTC)
    slip = Slip(amount, PoiTransaction(new_id()[:8], now.isoformat()))
    return _entries(purchase_id, 1, Begun(amount, account, "electricity", "POI-1"), PaymentAsked("S1"), Charged(slip))


async def say(kiosk: Client, purchase_id: str, seq: int, *events: Event, days_ago: int = 0) -> None:
    """(More) entries of its journal."""
    entries = _entries(purchase_id, seq, *events, days_ago=days_ago)
    await kiosk.ask(c.PurchaseRecord(purchase_id=purchase_id, entries=entries))


def _entries(purchase_id: str, seq: int, *events: Event, days_ago: int = 0) -> tuple[dict[str, Any], ...]:
    now = datetime.now(UTC) - timedelta(days=days_ago)
    return tuple(entry_to_dict(Entry(purchase_id, number, event, now)) for number, event in enumerate(events, seq))
