"""The owner of state, in this process: what breaks inside has a name, and nothing is told too early."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from billing.accounts import AccountCard
from billing.errors import BillingRefused, BillingUnavailable
from equeue import events as ev
from equeue.operator_states import OperatorState
from ground.ids import new_id
from ground.signing import SigningKey
from infomat.cli import app as cli
from signaling.protocol import commands as c
from signaling.protocol import queueing as q
from signaling.protocol.errors import ErrorCode
from signaling.protocol.frames import CommandFrame, ErrorFrame, EventFrame, ReplyFrame, Seen
from signaling.protocol.values import Message, Role
from signaling.server.app import build
from signaling.server.asked import Client
from signaling.server.bookings import BookingRequest
from signaling.server.call_backs import CallBackRequest
from signaling.server.config import ServerConfig
from signaling.server.event_log import Change
from signaling.server.front_office import Clerk, Kiosk, TicketFacts
from signaling.server.house import House
from signaling.server.sql_event_log import SqlEventLog
from tests.billing.samples import card
from tests.signaling import recorded_day


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


class Days:
    """A house that is ended and begun again later, without waiting for it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.config, self.later = ServerConfig(folder), timedelta()
        recorded_day.prepared_at(self.config.url)
        monkeypatch.setattr("signaling.server.app.SystemClock", lambda: self)

    def now(self) -> datetime:
        """The machine's clock of that day."""
        return datetime.now(UTC) + self.later

    @asynccontextmanager
    async def house(self, later: timedelta = timedelta()) -> AsyncIterator[House]:
        """A start so much later; it ends as a process does, with its clients still linked."""
        self.later += later
        app = build(self.config)
        async with app.router.lifespan_context(app):
            await app.state.house.settled()
            yield app.state.house

    def verdict(self) -> str:
        """What whoever checks the queue's log says of it."""
        told = CliRunner().invoke(cli, ["queue", "verify", str(self.config.data_folder)])
        assert told.exit_code == 0, told.output
        return told.output


@pytest.fixture
def days(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Days:
    return Days(tmp_path / "data", monkeypatch)


async def link_of(house: House, identity: str, role: Role) -> FakeLink:
    link = FakeLink(Client(identity, role))
    await house.linked(link, None, identity, 1)
    return link


async def ticket_of(house: House, link: FakeLink, visit_id: str, **more: Any) -> str:
    take = c.TicketTake(ticket_id=new_id(), visit_id=visit_id, service="other", language="ru", **more)
    assert isinstance(await ask(house, link, take), ReplyFrame)
    return take.ticket_id


async def elsewhere(house: House) -> tuple[str, str]:
    """(call-back, booking): places of nobody who stands at a kiosk."""
    outside = house.services
    assert outside.call_backs is not None
    assert outside.bookings is not None
    called = await outside.call_backs.ask(CallBackRequest("site", "1", "+37120000000", "other", "ru"))
    slot = outside.clock.now() + timedelta(days=5)
    booked = await outside.bookings.book(BookingRequest("site", "2", "other", "ru", "Miass", slot))
    return called.id, booked.id


def state_of(house: House, ticket_id: str) -> str:
    return house.services.front.queue.ticket(ticket_id).state


async def test_who_waited_when_the_server_went_for_days_is_not_called_in_the_place_of_somebody_new(days: Days) -> None:
    async with days.house() as house:
        kiosk = await link_of(house, "kiosk", Role.KIOSK)
        lost = await ticket_of(house, kiosk, await visit(house, kiosk))
        called, booked = await elsewhere(house)
    async with days.house(timedelta(hours=62)) as house:
        assert [state_of(house, one) for one in (lost, called, booked)] == ["abandoned", "waiting", "booked"]
        kiosk, olga = await link_of(house, "kiosk", Role.KIOSK), await link_of(house, "olga", Role.OPERATOR)
        new = await ticket_of(house, kiosk, await visit(house, kiosk), special_need=True)
        await ask(house, olga, c.StatusSet(status="available"))
        assert state_of(house, new) == "offered"
    with closing(sqlite3.connect(days.config.data_folder / "infomat.db")) as database:
        left = database.execute("SELECT body FROM event_log WHERE body LIKE '%visit_lost%'").fetchall()
    assert len(left) == 1
    assert lost in left[0][0]
    assert "everything follows" in days.verdict()


async def test_a_conversation_of_days_ago_is_over_and_its_customer_does_not_wait_again(days: Days) -> None:
    async with days.house() as house:
        kiosk, olga = await link_of(house, "kiosk", Role.KIOSK), await link_of(house, "olga", Role.OPERATOR)
        lost = await ticket_of(house, kiosk, await visit(house, kiosk))
        await ask(house, olga, c.StatusSet(status="available"))
        await ask(house, olga, c.OfferAccept(ticket_id=lost))
        assert state_of(house, lost) == "connected"
    async with days.house(timedelta(hours=62)) as house:
        assert state_of(house, lost) == "wrapping"
        assert not house.services.front.live_talks
        await link_of(house, "kiosk", Role.KIOSK)
        olga = await link_of(house, "olga", Role.OPERATOR)
        (talk,) = house.services.front.talks.values()
        assert talk.reason == "visit_ended"
        done = await ask(house, olga, c.WrapUpFinish(session_id=talk.id, result="resolved"))
        assert isinstance(done, ReplyFrame)
    assert "everything follows" in days.verdict()


async def test_a_night_later_whose_visit_is_known_keeps_the_place(days: Days) -> None:
    async with days.house() as house:
        kiosk = await link_of(house, "kiosk", Role.KIOSK)
        kept = await ticket_of(house, kiosk, await visit(house, kiosk))
    async with days.house(timedelta(hours=11)) as house:
        assert state_of(house, kept) == "waiting"
        house.tidy()
        assert state_of(house, kept) == "waiting"


async def test_with_a_visit_that_is_forgotten_its_place_is_given_up_and_no_other(days: Days) -> None:
    async with days.house() as house:
        kiosk = await link_of(house, "kiosk", Role.KIOSK)
        old, new = await visit(house, kiosk), await visit(house, kiosk)
        waiting, parked, kept = [await ticket_of(house, kiosk, one) for one in (old, old, new)]
        await ask(house, kiosk, q.TicketPause(ticket_id=parked))
        called, booked = await elsewhere(house)
        house.services.front.visits[old].begun_at -= timedelta(hours=13)
        house.tidy()
        await house.settled()
        states = [state_of(house, one) for one in (waiting, parked, kept, called, booked)]
        assert states == ["abandoned", "parked", "waiting", "waiting", "booked"]
        changed = [f.event for f in kiosk.frames if isinstance(f, EventFrame) and f.event.type == "ticket.changed"]
        assert (changed[-1].ticket.ticket_id, changed[-1].ticket.state) == (waiting, "abandoned")
    assert "everything follows" in days.verdict()


async def test_who_went_for_papers_or_booked_a_later_hour_is_expected_back_after_the_visit_is_forgotten(
    days: Days,
) -> None:
    async with days.house() as house:
        services, change = house.services, Change(house.services.clock.now())
        assert services.bookings is not None
        slot = change.at + timedelta(hours=2)
        booked = (await services.bookings.book(BookingRequest("site", "2", "other", "ru", "Miass", slot))).id
        services.front.tickets[booked].visit_id = "forgotten"
        for one, visit_id in (("papers", "forgotten"), ("call", "")):
            services.front.tickets[one] = TicketFacts(one, visit_id, "kiosk", "other", "ru", change.at, "case")
        asked = {"service": "other", "priority": "walk_in", "language": "ru", "centre": "Miass", "case_id": "case"}
        services.queue.feed(change, ev.BookedCheckedIn(booked, "kiosk", "Miass"))
        services.queue.feed(change, ev.TicketTaken(ticket_id="papers", kiosk_id="kiosk", **asked))
        services.queue.feed(change, ev.TicketParked("papers"))
        services.queue.feed(change, ev.CallBackAsked(ticket_id="call", **asked))
        assert [state_of(house, one) for one in (booked, "papers", "call")] == ["checked_in", "merged", "waiting"]
        await house.submit(change)
        house.tidy()
        await house.settled()
        assert [state_of(house, one) for one in (booked, "papers", "call")] == ["booked", "merged", "waiting"]
    assert "everything follows" in days.verdict()


async def test_nobody_has_missed_what_rang_while_the_server_was_away(days: Days) -> None:
    async with days.house() as house:
        kiosk, olga = await link_of(house, "kiosk", Role.KIOSK), await link_of(house, "olga", Role.OPERATOR)
        ticket_id = await ticket_of(house, kiosk, await visit(house, kiosk))
        await ask(house, olga, c.StatusSet(status="available"))
        assert state_of(house, ticket_id) == "offered"
    async with days.house(timedelta(hours=3)) as house:
        assert state_of(house, ticket_id) == "waiting"
        await link_of(house, "kiosk", Role.KIOSK)
        await link_of(house, "olga", Role.OPERATOR)
        assert house.services.front.queue.operator("olga").state is OperatorState.OFFERED
        assert state_of(house, ticket_id) == "offered"
    assert "everything follows" in days.verdict()
