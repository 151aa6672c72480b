"""Rules for tests: small made-up values of the protocol for a desk."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from operator_console.desk import Desk, step
from operator_console.happenings import Effect, Happening, LinkChanged, ServerSaid, SnapshotCame
from signaling.protocol import events
from signaling.protocol.journey import JourneyView, ReadingEntry, Step
from signaling.protocol.values import (
    AccountView,
    OfferView,
    OperatorStatus,
    OperatorView,
    Peer,
    Role,
    SessionView,
    Sum,
)

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


def after(seconds: float) -> datetime:
    """A moment later."""
    return NOW + timedelta(seconds=seconds)


def operator(status: str, **more: Any) -> OperatorView:
    """The operator as the server tells it."""
    told = {"operator_id": "op", "name": "Olga", "role": Role.OPERATOR, "status": status, "since": NOW, **more}
    return OperatorView.model_validate(told)


def changed(status: str, **more: Any) -> ServerSaid:
    """The server moved the operator."""
    return ServerSaid(events.OperatorChanged(operator=operator(status, **more)))


def offer(ticket: str = "t1", seconds: float = 20) -> OfferView:
    """A ticket offered until ``seconds`` after NOW."""
    return OfferView(
        ticket_id=ticket, number="A-1", service="readings", topic="readings", language="ru", place="Miass",
        waited_s=5, deadline=after(seconds),
    )  # fmt: skip


def session(name: str = "s1", ticket: str = "t1") -> SessionView:
    """A conversation as the operator sees it."""
    peer = Peer(role="kiosk", name="K-1", public_key="a2V5")
    return SessionView(
        session_id=name, ticket_id=ticket, ticket_number="A-1", visit_id="v1", you="operator", offerer=False,
        peer=peer, place="Miass", started_at=NOW,
    )  # fmt: skip


ACCOUNT = AccountView(
    account="7401", account_masked="•• 01", holder_initials="P.", supplier="e", supplier_name="E", address_masked="a",
    meters=(), debt=Sum(minor=0, currency="RUB"),
)  # fmt: skip


def journey(number: int = 1, **more: Any) -> JourneyView:
    """A customer at a reading."""
    reading = ReadingEntry(meter_id="m", zone="T2", zone_index=1, zone_count=2, unit="kWh", digits=6, typed="01")
    told = {"visit_id": "v1", "number": number, "step": Step.READING, "language": "ru", "reading": reading, **more}
    return JourneyView.model_validate(told)


def snapshot(status: OperatorStatus | str = "available", **more: Any) -> SnapshotCame:
    """The whole desk as the server has it."""
    return SnapshotCame(events.DeskSnapshot(operator=operator(str(status)), **more))


def run(desk: Desk, *happenings: Happening, at: datetime = NOW) -> tuple[Desk, list[Effect]]:
    """All happenings, one after another, at one moment; all their effects."""
    effects: list[Effect] = []
    for happening in happenings:
        desk, more = step(desk, happening, at)
        effects += more
    return desk, effects


def ready() -> Desk:
    """Linked and available."""
    return run(Desk(now=NOW), LinkChanged(True), snapshot("available"))[0]


def talking() -> Desk:
    """In a conversation."""
    return run(ready(), ServerSaid(events.SessionStarted(session=session())), changed("busy"))[0]
