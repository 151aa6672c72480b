"""What is asked over HTTP is told when it is on disk, and who has just asked is known before it is."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio

from ground.ids import new_id
from signaling.server.administration import add_source, make_enrolment_code
from signaling.server.event_log import Change
from signaling.server.front_office import FrontOffice
from signaling.server.matters import matter_of
from signaling.server.queue_runner import new_dispatcher
from tests.signaling import visit as v
from tests.signaling.client import PATIENCE_S, Client, ServerProcess
from tests.signaling.test_elsewhere import http, wish
from tests.signaling.test_numbers import booking

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
#: Answers that a server with nothing to wait for gives meanwhile, so that one told too early would have come.
TURNS = 25

Asked = asyncio.Task[tuple[int, Any]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def token(shared: ServerProcess) -> str:
    return await asyncio.to_thread(add_source, shared.config, "site")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def kiosk(shared: ServerProcess) -> AsyncIterator[Client]:
    client = await shared.kiosk()
    yield client
    await client.leave()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def door(kiosk: Client) -> str:
    return f"/api{(await kiosk.event('door.told')).path}"


@contextmanager
def stuck(server: ServerProcess) -> Iterator[None]:
    """Nothing can be written meanwhile."""
    with closing(sqlite3.connect(server.folder / "infomat.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.rollback()


async def seen(server: ServerProcess, waiting: int) -> None:
    """So many are in the line, as the memory knows it: the request has come."""
    async with asyncio.timeout(PATIENCE_S):
        while waiting != await in_line(server):
            await asyncio.sleep(0)


async def in_line(server: ServerProcess) -> int:
    text = str((await server.get("/metrics"))[1], "utf-8")
    return next(
        int(float(line.split()[-1])) for line in text.splitlines() if "queue_waiting" in line and line[0] != "#"
    )


def ask(server: ServerProcess, method: str, path: str, body: Any = None, token: str = "") -> Asked:
    return asyncio.create_task(http(server, method, path, body, token))


async def untold(server: ServerProcess, *asked: Asked) -> None:
    """None of them was answered, though the server had the time for it."""
    for _ in range(TURNS):
        await server.get("/metrics")
    assert [one.result() for one in asked if one.done()] == []


# Nothing is told before it is on disk.


async def test_a_call_back_is_not_told_before_it_is_on_disk_however_it_is_asked_about(
    shared: ServerProcess, token: str
) -> None:
    wanted, before = wish(phone="+37120000101"), await in_line(shared)
    path = f"/api/callbacks/{wanted['request_id']}"
    with stuck(shared):
        first = ask(shared, "POST", "/api/callbacks", wanted, token)
        await seen(shared, before + 1)
        again = ask(shared, "POST", "/api/callbacks", wanted, token)
        shown = ask(shared, "GET", path, token=token)
        other = ask(shared, "POST", "/api/callbacks", {**wanted, "service": "readings"}, token)
        await untold(shared, first, again, shown, other)
    answers = await asyncio.gather(first, again, shown)
    assert {(status, told["number"]) for status, told in answers} == {(200, answers[0][1]["number"])}
    assert (await other)[0] == 409
    with stuck(shared):
        gone = ask(shared, "DELETE", path, token=token)
        await seen(shared, before)
        twice, shown = ask(shared, "DELETE", path, token=token), ask(shared, "GET", path, token=token)
        await untold(shared, gone, twice, shown)
    assert {told["state"] for _, told in await asyncio.gather(gone, twice, shown)} == {"over"}


async def test_a_booking_is_not_told_before_it_is_on_disk_however_it_is_asked_about(
    shared: ServerProcess, token: str, kiosk: Client
) -> None:
    wanted = booking()
    path = f"/api/bookings/{wanted['request_id']}"
    later = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    with stuck(shared):
        same = [ask(shared, "POST", "/api/bookings", wanted, token) for _ in range(3)]
        await untold(shared, *same)
        shown = ask(shared, "GET", path, token=token)
        await untold(shared, *same, shown)
    answers = await asyncio.gather(*same, shown)
    assert {(status, told["number"]) for status, told in answers} == {(200, answers[0][1]["number"])}
    with stuck(shared):
        moved = [ask(shared, "PUT", f"{path}/slot", {"slot": later}, token) for _ in range(3)]
        await untold(shared, *moved)
        shown = ask(shared, "GET", path, token=token)
        await untold(shared, *moved, shown)
    assert len({told["slot"] for _, told in await asyncio.gather(*moved, shown)}) == 1
    with stuck(shared):
        gone = [ask(shared, "DELETE", path, token=token) for _ in range(3)]
        await untold(shared, *gone)
    assert {told["state"] for _, told in await asyncio.gather(*gone)} == {"over"}


async def test_a_ticket_of_the_door_is_not_told_before_it_is_on_disk_however_it_is_asked_about(
    shared: ServerProcess, door: str
) -> None:
    ticket_id = new_id()
    wanted = {"ticket_id": ticket_id, "service": "payment", "language": "lv"}
    with stuck(shared):
        same = [ask(shared, "POST", f"{door}/tickets", wanted) for _ in range(3)]
        await untold(shared, *same)
        shown, line = ask(shared, "GET", f"{door}/tickets/{ticket_id}"), ask(shared, "GET", door)
        await untold(shared, *same, shown, line)
    answers = await asyncio.gather(*same, shown)
    assert {(status, told["number"]) for status, told in answers} == {(200, answers[0][1]["number"])}
    assert (await line)[0] == 200
    with stuck(shared):
        gone = [ask(shared, "POST", f"{door}/tickets/{ticket_id}/leave", {}) for _ in range(3)]
        await untold(shared, *gone)
        shown = ask(shared, "GET", f"{door}/tickets/{ticket_id}")
        await untold(shared, *gone, shown)
    assert {told["state"] for _, told in await asyncio.gather(*gone, shown)} == {"left"}


async def test_health_is_not_said_while_the_disk_takes_nothing(shared: ServerProcess, kiosk: Client) -> None:
    async def health(expected: int) -> None:
        async with asyncio.timeout(60):
            while (await shared.get("/healthz"))[0] != expected:
                await asyncio.sleep(0.1)

    with stuck(shared):
        asked = asyncio.ensure_future(v.begin(kiosk))
        await health(503)
    await asked
    await health(200)


async def test_nobody_hears_that_a_code_is_used_before_that_is_on_disk(shared: ServerProcess) -> None:
    code = await asyncio.to_thread(make_enrolment_code, shared.config, "K-9", "Riga")
    body = {"code": code, "public_key": "A" * 43 + "="}
    with stuck(shared):
        same = [ask(shared, "POST", "/api/enrol", body) for _ in range(2)]
        await untold(shared, *same)
    assert sorted([status for status, _ in await asyncio.gather(*same)]) == [200, 403]


# Who has just asked is known.


async def test_two_requests_of_one_account_at_the_same_moment_are_one_place_in_the_line(
    shared: ServerProcess, token: str
) -> None:
    mine = [wish(phone="+37120000102", account="7401004501") for _ in range(2)]
    before = await in_line(shared)
    with stuck(shared):
        both = [ask(shared, "POST", "/api/callbacks", one, token) for one in mine]
        await untold(shared, *both)
        assert await in_line(shared) == before + 1
    assert {status for status, _ in await asyncio.gather(*both)} == {200}
    paths = [f"/api/callbacks/{one['request_id']}" for one in mine]
    assert {(await http(shared, "GET", one, token=token))[1]["state"] for one in paths} == {"waiting", "with_other"}
    for path in paths:
        await http(shared, "DELETE", path, token=token)


async def test_a_kiosk_and_a_site_at_the_same_moment_are_one_place_in_the_line(
    shared: ServerProcess, token: str, kiosk: Client
) -> None:
    account, before = "7401004502", await in_line(shared)
    wanted, visit_id = wish(phone="+37120000103", account=account), await v.begin(kiosk)
    with stuck(shared):
        taken = asyncio.create_task(v.take(kiosk, visit_id, account=account))
        await seen(shared, before + 1)
        asked = ask(shared, "POST", "/api/callbacks", wanted, token)
        await untold(shared, asked)
        assert await in_line(shared) == before + 1
    await taken
    assert (await asked)[1]["state"] == "with_other"
    await http(shared, "DELETE", f"/api/callbacks/{wanted['request_id']}", token=token)


async def test_a_refused_request_leaves_nobody_behind_whom_no_table_knows(
    shared: ServerProcess, token: str, kiosk: Client
) -> None:
    account = "7401004503"
    late = booking(-60, account=account, service="payment")
    assert (await http(shared, "POST", "/api/bookings", late, token))[0] == 400
    assert (await http(shared, "POST", "/api/callbacks", wish(phone="+37120000104", account=account), token))[0] == 200
    with closing(sqlite3.connect(shared.folder / "infomat.db")) as database:
        persons = "SELECT count(*) FROM cases WHERE person_id NOT IN (SELECT id FROM persons)"
        cases = "SELECT count(*) FROM tickets WHERE case_id NOT IN (SELECT id FROM cases)"
        assert [database.execute(one).fetchone() for one in (persons, cases)] == [(0,), (0,)]


# The same, request by request.


class Tables:
    """The rows that are durable; a look for a case that is ``held`` comes back when it is let go, with what it saw."""

    def __init__(self) -> None:
        self.persons: dict[str, str] = {}
        self.cases: dict[tuple[str, str], str] = {}
        self.held: threading.Event | None = None
        self.looking = threading.Event()

    def person(self, reference: str) -> str | None:
        return self.persons.get(reference)

    def case_of(self, person_id: str, topic: str, _now: datetime) -> str | None:
        found, held = self.cases.get((person_id, topic)), self.held
        if held is not None:
            self.looking.set()
            assert held.wait(30)
        return found

    def hold(self, change: Change) -> None:
        """The change is durable."""
        for write in change.writes:
            row: Any = write.row  # type: ignore[union-attr]  # persons and cases only
            if "account_ref" in row:
                self.persons[row["account_ref"]] = row["id"]
            else:
                self.cases[row["person_id"], row["topic"]] = row["id"]
        for afterwards in change.afterwards:
            afterwards()


def services_with(tables: Tables) -> Any:
    front = FrontOffice(new_dispatcher())
    clock = SimpleNamespace(now=lambda: NOW)
    return SimpleNamespace(front=front, records=tables, clock=clock, reference=lambda account: f"ref {account}")


async def test_a_person_is_known_from_when_they_are_written_and_not_before() -> None:
    services = services_with(Tables())
    await matter_of(services, "payment", "1")  # and then the request was refused
    assert services.front.persons == {}
    first, second = await asyncio.gather(*(matter_of(services, "payment", "1") for _ in range(2)))
    assert first.person_id != second.person_id  # neither was written
    change = Change(NOW)
    first.write(change)
    third, other = await matter_of(services, "payment", "1"), await matter_of(services, "contract", "1")
    assert (third.person_id, third.case_id, third.new_case) == (first.person_id, first.case_id, None)
    assert (other.person_id, other.new_person) == (first.person_id, None)
    assert other.case_id != first.case_id


async def test_of_a_durable_case_the_tables_know_whether_it_is_still_open() -> None:
    tables = Tables()
    services, change = services_with(tables), Change(NOW)
    matter = await matter_of(services, "payment", "1")
    matter.write(change)
    tables.hold(change)
    assert (await matter_of(services, "payment", "1")).case_id == matter.case_id
    tables.cases.clear()  # closed
    assert (await matter_of(services, "payment", "1")).case_id != matter.case_id


async def test_a_case_that_began_and_became_durable_while_somebody_looked_is_found() -> None:
    tables = Tables()
    services, change = services_with(tables), Change(NOW)
    tables.persons["ref 1"] = "person"
    matter = await matter_of(services, "payment", "1")
    tables.held = held = threading.Event()
    slow = asyncio.create_task(matter_of(services, "payment", "1"))
    await asyncio.to_thread(tables.looking.wait, 30)
    matter.write(change)
    tables.hold(change)
    held.set()
    assert (await slow).case_id == matter.case_id


async def test_strangers_never_meet_in_a_case() -> None:
    services, change = services_with(Tables()), Change(NOW)
    first = await matter_of(services, "payment", None)
    first.write(change)
    second = await matter_of(services, "payment", None)
    assert first.case_id != second.case_id
    assert services.front.new_cases == {}
