"""The owner of state, in this process: what breaks inside has a name, and nothing is told too early."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from billing.accounts import AccountCard
from billing.errors import BillingRefused, BillingUnavailable
from ground.ids import new_id
from ground.signing import SigningKey
from signaling.protocol import commands as c
from signaling.protocol.errors import ErrorCode
from signaling.protocol.frames import CommandFrame, ErrorFrame, EventFrame, ReplyFrame, Seen
from signaling.protocol.values import Message, Role
from signaling.server.app import build
from signaling.server.asked import Client
from signaling.server.config import ServerConfig
from signaling.server.event_log import Change
from signaling.server.front_office import Clerk, Kiosk
from signaling.server.house import House
from signaling.server.sql_event_log import SqlEventLog
from tests.billing.samples import card


class FakeLink:
    """Remembers what it was sent."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.frames: list[Any] = []
        self.parted: list[ErrorCode] = []

    def send(self, frame: Message) -> None:
        self.frames.append(frame)

    def part(self, code: ErrorCode, retry_after_s: float | None = None) -> None:
        self.parted.append(code)

    def answer(self, command_id: str) -> ReplyFrame | ErrorFrame:
        answers = [f for f in self.frames if isinstance(f, ReplyFrame | ErrorFrame) and f.id == command_id]
        assert len(answers) == 1
        return answers[0]


class BrokenBilling:
    """Raises what it is told to."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def find_account(self, number: str) -> AccountCard | None:
        raise self.error


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    app = build(ServerConfig(tmp_path / "data"))
    async with app.router.lifespan_context(app):
        yield app.state.house


async def kiosk_of(house: House, seen: Seen | None = None) -> FakeLink:
    kiosk = Kiosk(new_id(), "K", "Miass", SigningKey().public)
    house.services.front.kiosks[kiosk.id] = kiosk
    link = FakeLink(Client(kiosk.id, Role.KIOSK))
    await house.linked(link, seen, "K", 1)
    return link


async def operator_of(house: House) -> FakeLink:
    clerk = Clerk(new_id(), "Anna", Role.OPERATOR, SigningKey().public, (), ())
    house.services.front.clerks[clerk.id] = clerk
    link = FakeLink(Client(clerk.id, Role.OPERATOR))
    await house.linked(link, None, "Anna", 1)
    return link


async def ask(house: House, link: FakeLink, command: Message) -> ReplyFrame | ErrorFrame:
    frame = CommandFrame(id=new_id(), command=command)  # type: ignore[arg-type]
    await house.serve(link, frame)
    return link.answer(frame.id)


async def visit(house: House, link: FakeLink) -> str:
    visit_id = new_id()
    await ask(house, link, c.VisitBegin(visit_id=visit_id, language="ru"))
    return visit_id


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (BillingUnavailable("no answer"), ErrorCode.BILLING_UNAVAILABLE),
        (BillingRefused("no", code="billing.key_reused"), ErrorCode.BILLING_REFUSED),
        (BillingRefused("no", code="billing.account_unknown"), ErrorCode.ACCOUNT_UNKNOWN),
        (ZeroDivisionError("a mistake of ours"), ErrorCode.INTERNAL),
    ],
)
async def test_what_breaks_inside_is_named_and_the_next_command_is_served(
    house: House, error: Exception, code: ErrorCode, capsys: pytest.CaptureFixture[str]
) -> None:
    house.services.billing = BrokenBilling(error)  # type: ignore[assignment]
    link = await kiosk_of(house)
    visit_id = await visit(house, link)
    answer = await ask(house, link, c.AccountFind(visit_id=visit_id, number="7401004417"))
    assert isinstance(answer, ErrorFrame)
    assert answer.code is code
    assert "ZeroDivision" not in answer.model_dump_json()
    again = await ask(house, link, c.VisitEnd(visit_id=visit_id, outcome="finished"))
    assert isinstance(again, ReplyFrame)
    if code is ErrorCode.INTERNAL:
        assert answer.id in answer.detail


class OneAccount:
    """Knows the account of the demonstration."""

    def find_account(self, number: str) -> AccountCard | None:
        return card()

    def accounts_of_home(self, number: str) -> tuple[AccountCard, ...]:
        return (card(),)


async def test_a_reply_with_something_personal_is_kept_for_a_moment_only(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signaling.server.house._PERSONAL_KEPT_S", 0.05)
    house.services.billing = OneAccount()  # type: ignore[assignment]
    link = await kiosk_of(house)
    visit_id = await visit(house, link)
    frame = CommandFrame(id="find", command=c.AccountFind(visit_id=visit_id, number="7401004417"))
    await house.serve(link, frame)
    kept = house.replies.find(link.client.identity, frame)
    assert kept is not None
    assert "7401004417" in kept.answer.result()
    async with asyncio.timeout(10):
        while house.replies.find(link.client.identity, frame) is not None:
            await asyncio.sleep(0.01)
    assert house.services.records.kept_replies(datetime(2026, 1, 1, tzinfo=UTC))[-1].command_id != "find"


async def test_a_refused_command_may_be_tried_again_under_the_same_id(house: House) -> None:
    link = await kiosk_of(house)
    visit_id = new_id()
    frame = CommandFrame(
        id="again", command=c.TicketTake(ticket_id=new_id(), visit_id=visit_id, service="other", language="ru")
    )
    await house.serve(link, frame)
    assert isinstance(link.frames[-1], ErrorFrame)
    await ask(house, link, c.VisitBegin(visit_id=visit_id, language="ru"))
    await house.serve(link, frame)
    assert [type(one) for one in link.frames if getattr(one, "id", "") == "again"] == [ErrorFrame, ReplyFrame]


async def test_nobody_is_told_anything_before_it_is_on_disk(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    kiosk, operator = await kiosk_of(house), await operator_of(house)
    visit_id = await visit(house, kiosk)
    await ask(house, operator, c.StatusSet(status="available"))
    gate, begun = threading.Event(), threading.Event()
    durable: list[Change] = []
    ready = SqlEventLog.ready

    def slow(self: SqlEventLog, changes: Sequence[Change]) -> Callable[[], None]:
        write = ready(self, changes)

        def held() -> None:
            begun.set()
            assert gate.wait(20)
            write()
            durable.extend(changes)

        return held

    monkeypatch.setattr(SqlEventLog, "ready", slow)
    kiosk.frames.clear()
    operator.frames.clear()
    take = c.TicketTake(ticket_id=new_id(), visit_id=visit_id, service="other", language="ru")
    taking = asyncio.create_task(ask(house, kiosk, take))
    await asyncio.to_thread(begun.wait, 20)
    assert house.services.front.queue.ticket(take.ticket_id).state == "offered"  # memory is ahead ...
    assert kiosk.frames == operator.frames == []  # ... and nobody knows
    newcomer = asyncio.create_task(operator_of(house))
    await asyncio.sleep(0)
    assert not newcomer.done()  # a snapshot waits too
    gate.set()
    assert isinstance(await taking, ReplyFrame)
    assert durable
    assert "offer.made" in [one.event.type for one in operator.frames if isinstance(one, EventFrame)]
    assert kiosk.frames[-1].frame == "reply"  # events of the command come before its reply
    await newcomer


async def test_an_hour_later_what_is_too_old_is_forgotten(house: House) -> None:
    link = await kiosk_of(house)
    visit_id = await visit(house, link)
    house.services.config = ServerConfig(house.services.config.data_folder, kept_reply_seconds=0)
    house.tidy()
    await house.settled()
    again = c.VisitBegin(visit_id=visit_id, language="ru")
    assert isinstance(await ask(house, link, again), ReplyFrame)
    rows = await asyncio.to_thread(house.services.records.kept_replies, house.services.clock.now().replace(year=2000))
    assert [row.identity for row in rows] == []
