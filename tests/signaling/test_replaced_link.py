"""A client's new link while the disk is slow: the client is there as long as any of its links is, and not longer."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import pytest

from equeue.operator_states import OperatorState
from ground.ids import new_id
from signaling.protocol import commands as c
from signaling.protocol.errors import ErrorCode
from signaling.protocol.frames import EventFrame, Welcome
from signaling.protocol.values import Role
from signaling.server.app import build
from signaling.server.asked import Client
from signaling.server.config import ServerConfig
from signaling.server.event_log import Change
from signaling.server.front_office import Kiosk
from signaling.server.house import House
from signaling.server.sql_event_log import SqlEventLog
from tests.signaling.test_house import FakeLink, ask, kiosk_of, operator_of, visit


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """A kiosk that is away loses its places at once, an operator who is away is no more called."""
    app = build(ServerConfig(tmp_path / "data", kiosk_grace_seconds=0))
    async with app.router.lifespan_context(app):
        yield app.state.house


class Disk:
    """Takes nothing while it is held."""

    def __init__(self) -> None:
        self._gate, self._begun = threading.Event(), threading.Event()
        self._gate.set()

    def ready(self, write: Callable[[], None]) -> Callable[[], None]:
        """What the commit line's thread does."""

        def held() -> None:
            self._begun.set()
            assert self._gate.wait(60)
            write()

        return held

    async def hold(self, house: House) -> None:
        """From now on nothing becomes durable, not even what has nothing to be written."""
        self._gate.clear()
        self._begun.clear()
        change = Change(house.services.clock.now())
        change.log("disk.held")
        house.submit(change)
        assert await asyncio.to_thread(self._begun.wait, 60)

    async def release(self, house: House) -> None:
        """Everything that waited is durable and told."""
        self._gate.set()
        await house.settled()


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    disk, ready = Disk(), SqlEventLog.ready

    def slow(log: SqlEventLog, changes: Sequence[Change]) -> Callable[[], None]:
        return disk.ready(ready(log, changes))

    monkeypatch.setattr(SqlEventLog, "ready", slow)
    return disk


class Linking:
    """A new link of a client that has one; it has come when the server knows it, and waits for the disk."""

    def __init__(self, house: House, client: Client) -> None:
        self.link = FakeLink(Client(client.identity, client.role))
        self._house = house
        self.task = asyncio.create_task(house.linked(self.link, None, "", 1))

    async def came(self) -> Linking:
        async with asyncio.timeout(60):
            while not self._house.hub.is_open(self.link.client.identity, self.link):
                await asyncio.sleep(0)
        assert self.link.frames == []
        return self

    async def close(self) -> None:
        """As a connection ends whose socket is gone."""
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        self._house.unlinked(self.link)


async def waiting(house: House, link: FakeLink) -> str:
    """A place in the line, of somebody at this kiosk."""
    take = c.TicketTake(ticket_id=new_id(), visit_id=await visit(house, link), service="other", language="ru")
    await ask(house, link, take)
    return take.ticket_id


def state_of(house: House, link: FakeLink) -> OperatorState:
    return house.services.front.queue.operator(link.client.identity).state


def kiosk_at(house: House, link: FakeLink) -> Kiosk:
    return house.services.front.kiosks[link.client.identity]


def told(link: FakeLink) -> list[str]:
    return [frame.event.type for frame in link.frames if isinstance(frame, EventFrame)]


async def test_who_is_linked_anew_before_the_old_link_closes_is_there(house: House, disk: Disk) -> None:
    kiosk, operator = await kiosk_of(house), await operator_of(house)
    ticket_id = await waiting(house, kiosk)
    before = told(kiosk)
    await disk.hold(house)
    new = [await Linking(house, one.client).came() for one in (kiosk, operator)]
    for old in (kiosk, operator):
        house.unlinked(old)
    await disk.release(house)
    await asyncio.gather(*(one.task for one in new))

    assert kiosk_at(house, kiosk).linked
    assert kiosk_at(house, kiosk).away_since is None
    assert state_of(house, operator) is OperatorState.BREAK
    await ask(house, new[1].link, c.StatusSet(status="available"))
    assert "offer.made" in told(new[1].link)
    assert house.services.front.queue.ticket(ticket_id).state == "offered"
    assert told(kiosk) == before  # nothing came to the link that was gone


async def test_a_link_that_closes_before_it_was_attached_is_gone_for_good(house: House, disk: Disk) -> None:
    kiosk, operator = await kiosk_of(house), await operator_of(house)
    ticket_id = await waiting(house, kiosk)
    await disk.hold(house)
    new = [await Linking(house, one.client).came() for one in (kiosk, operator)]
    for old in (kiosk, operator):
        house.unlinked(old)
    for one in new:
        await one.close()
    await disk.release(house)

    assert house.hub.links() == []
    assert [one.link.frames for one in new] == [[], []]
    assert not kiosk_at(house, kiosk).linked
    assert state_of(house, operator) is OperatorState.GRACE
    async with asyncio.timeout(60):
        while house.services.front.queue.ticket(ticket_id).state != "abandoned":
            await asyncio.sleep(0.01)


async def test_a_new_link_that_closes_at_once_takes_nothing_from_the_old_one(house: House, disk: Disk) -> None:
    kiosk, operator = await kiosk_of(house), await operator_of(house)
    ticket_id = await waiting(house, kiosk)
    await disk.hold(house)
    for one in (kiosk, operator):
        await (await Linking(house, one.client).came()).close()
    await disk.release(house)

    assert kiosk.parted == operator.parted == []
    assert kiosk_at(house, kiosk).linked
    await ask(house, operator, c.StatusSet(status="available"))
    assert "offer.made" in told(operator)
    assert house.services.front.queue.ticket(ticket_id).state == "offered"
    house.unlinked(operator)
    house.unlinked(kiosk)
    assert state_of(house, operator) is OperatorState.GRACE
    assert not kiosk_at(house, kiosk).linked


@pytest.mark.parametrize("second_closes", [False, True])
async def test_of_three_links_in_a_row_the_last_one_counts(house: House, disk: Disk, *, second_closes: bool) -> None:
    first = await operator_of(house)
    await disk.hold(house)
    second = await Linking(house, first.client).came()
    third = await Linking(house, first.client).came()
    house.unlinked(first)
    if second_closes:
        await second.close()
    await disk.release(house)
    await third.task

    assert second.link.parted == ([] if second_closes else [ErrorCode.REPLACED])
    assert isinstance(third.link.frames[0], Welcome)
    assert third.link.parted == []
    assert house.hub.links() == [third.link]
    house.unlinked(second.link)
    assert state_of(house, first) is OperatorState.BREAK
    house.unlinked(third.link)
    assert state_of(house, first) is OperatorState.GRACE
    assert house.hub.links() == []


async def test_who_was_replaced_and_takes_its_time_to_close_holds_nobody_there(house: House) -> None:
    first = await operator_of(house)
    second = Linking(house, first.client)
    await second.task
    assert first.parted == [ErrorCode.REPLACED]
    house.unlinked(second.link)
    assert state_of(house, first) is OperatorState.GRACE
    house.unlinked(first)  # nothing more happens
    assert state_of(house, first) is OperatorState.GRACE


async def test_a_link_that_never_came_takes_nothing_from_the_one_that_is_there(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    kiosk = await kiosk_of(house)

    def away(_kiosk_id: str) -> None:
        raise OSError("the disk")

    monkeypatch.setattr(house.services.purchases, "to_tell", away)
    refused = FakeLink(Client(kiosk.client.identity, Role.KIOSK))
    with pytest.raises(OSError, match="the disk"):
        await house.linked(refused, None, "", 1)
    house.unlinked(refused)
    assert kiosk_at(house, kiosk).linked
    assert house.hub.links() == [kiosk]
