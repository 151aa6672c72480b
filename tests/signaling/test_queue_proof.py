"""The log of a real server proves its queue, and a fault planted in the file itself is found at its place."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import astuple, replace
from datetime import UTC, datetime
from pathlib import Path
from weakref import WeakSet

import pytest
import pytest_asyncio

from equeue.effects import OfferMade
from equeue.events import from_json
from equeue.proof import Chain, first_head
from equeue.why import Reason
from signaling.server.app import CANNOT
from signaling.server.event_log import Change, Entry
from signaling.server.queue_evidence import NoLog, NotOverwritten, evidence, export
from signaling.server.queue_log import chained_entry, logged_step
from signaling.server.queue_proof import Row, UnknownTicketInLog, Verdict, called_before, verify
from signaling.server.queue_runner import DEFAULT_SETTINGS, new_dispatcher
from signaling.server.read_only import writing
from tests.signaling import visit as v
from tests.signaling.client import PATIENCE_S, ServerProcess
from tests.signaling.proved_day import ProvedDay, chain_anew, proved_day, steps

SWAP = "UPDATE event_log SET number = CASE number WHEN {0} THEN -{1} ELSE -{0} END WHERE number IN ({0}, {1})"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def day(tmp_path_factory: pytest.TempPathFactory) -> ProvedDay:
    """One day for all tests; each works on a copy."""
    return await proved_day(tmp_path_factory.mktemp("server") / "data")


@pytest.fixture
def database(day: ProvedDay, tmp_path: Path) -> Path:
    """The day's database, to do with as one likes."""
    return shutil.copy(day.folder / "infomat.db", tmp_path / "infomat.db")


def verdict_on(source: Path, *vouched: str) -> Verdict:
    """As the command line finds it."""
    with evidence(str(source)) as found:
        return verify(found, DEFAULT_SETTINGS, vouched)


def do(database: Path, *statements: str) -> None:
    """Change the file itself."""
    with sqlite3.connect(database) as connection:
        for one in statements:
            assert connection.execute(one).rowcount > 0, one


def test_the_log_of_a_day_with_a_killed_server_follows_from_the_rules(day: ProvedDay, database: Path) -> None:
    found = verdict_on(database, *day.proofs.values())
    assert found.fault is None
    assert (found.assignments, found.unrecorded) == (len(day.called), 0)
    assert 15 < found.events < found.entries


def test_an_export_proves_the_same_as_the_database(day: ProvedDay, database: Path, tmp_path: Path) -> None:
    count = export(str(database), tmp_path / "log.jsonl")
    found = verdict_on(tmp_path / "log.jsonl", *day.proofs.values())
    assert found == verdict_on(database)
    assert found.entries == count


def test_a_database_that_is_only_read_is_not_changed(database: Path) -> None:
    before = database.read_bytes()
    verdict_on(database)
    assert database.read_bytes() == before


def test_a_database_named_by_its_url_is_read_all_the_same(day: ProvedDay, database: Path) -> None:
    with evidence(f"sqlite:///{database}") as found:
        assert verify(found, DEFAULT_SETTINGS).assignments == len(day.called)


async def test_the_log_of_a_running_server_is_proved_beside_it(tmp_path: Path) -> None:
    async with ServerProcess(tmp_path / "data") as server:
        kiosk = await server.kiosk()
        ticket = await v.take(kiosk, await v.begin(kiosk))
        found = verdict_on(tmp_path / "data", ticket.proof)
        assert (found.fault, found.events, found.head[:12]) == (None, 3, ticket.proof)
        assert (await v.take(kiosk, await v.begin(kiosk))).proof != ticket.proof


def place(kind: str) -> Callable[[Path], int]:
    """The last entry with an event of this type."""
    return lambda database: steps(database, kind)[-1]


@pytest.mark.parametrize("where", [place("TicketTaken"), place("OfferAccepted"), place("SessionEnded")])
@pytest.mark.parametrize(
    ("statements", "kind"),
    [
        (["UPDATE event_log SET body = replace(body, 'event', 'Event') WHERE number = {0}"], "changed"),
        (["UPDATE event_log SET at = '2026-01-01T00:00:00.000000+00:00' WHERE number = {0}"], "changed"),
        (["UPDATE event_log SET kind = 'note' WHERE number = {0}"], "changed"),
        (["UPDATE event_log SET hash = '{1:064}' WHERE number = {0}"], "changed"),
        (["DELETE FROM event_log WHERE number = {0}"], "missing"),
        ([SWAP, "UPDATE event_log SET number = -number WHERE number < 0"], "changed"),
        (["DELETE FROM event_log WHERE number >= {0}"], "missing"),
    ],
)
def test_a_fault_in_the_file_is_found_at_its_place(
    database: Path, where: Callable[[Path], int], statements: list[str], kind: str
) -> None:
    number = where(database)
    do(database, *(one.format(number, number + 1) for one in statements))
    found = verdict_on(database)
    assert found.fault is not None
    assert (found.fault.number, found.fault.kind) == (number, kind)
    assert found.entries == number - 1


def test_a_friend_called_first_is_found_though_every_chain_was_made_anew(database: Path) -> None:
    number = steps(database, "StatusChosen")[-1]
    with sqlite3.connect(database) as connection:
        rows = connection.execute("SELECT number, at, body FROM event_log WHERE kind = 'queue' ORDER BY 1").fetchall()
        queue, chain, called = new_dispatcher(), Chain(first_head(DEFAULT_SETTINGS)), []
        for one, at, body in rows:
            event, moment = from_json(logged_step(body).event), datetime.fromisoformat(at)
            told = queue.step(event, moment)
            called = [effect for effect in told if isinstance(effect, OfferMade)] if one == number else called
            if one == number:
                told = [replace(effect, number="B-099") if effect in called else effect for effect in told]
            forged = chained_entry(chain, event, moment, told).body
            connection.execute("UPDATE event_log SET body = ? WHERE number = ?", (forged, one))
    assert called
    chain_anew(database)
    found = verdict_on(database)
    assert found.fault is not None
    assert (found.fault.number, found.fault.kind) == (number, "unfair")
    assert found.fault.sentence == f"entry {number} told something that does not follow from the rules"


def test_an_event_taken_out_of_a_chain_made_anew_is_found_where_it_was(database: Path) -> None:
    second = steps(database, "TicketTaken")[1]
    do(database, f"DELETE FROM event_log WHERE number = {second}")
    chain_anew(database)
    found = verdict_on(database)
    assert found.fault is not None
    assert found.fault.kind == "changed"
    assert second <= found.fault.number <= second + 2  # the queue's own chain breaks at its next step


def test_a_log_and_tickets_cut_back_together_are_found_by_what_a_customer_took_home(
    day: ProvedDay, database: Path
) -> None:
    first = steps(database, "TicketTaken")[1]
    do(database, f"DELETE FROM event_log WHERE number >= {first}", "DELETE FROM tickets")
    assert verdict_on(database).fault is None
    number, carried = list(day.proofs.items())[-1]
    found = verdict_on(database, carried)
    assert found.fault is not None, number
    assert (found.fault.number, found.fault.kind) == (first, "foreign")


@pytest.mark.parametrize("drop", [1, 2, 9])
def test_an_export_cut_at_its_end_is_found_where_it_ends(database: Path, tmp_path: Path, drop: int) -> None:
    file = tmp_path / "log.jsonl"
    count = export(str(database), file)
    lines = file.read_text().splitlines()
    file.write_text("\n".join(lines[:-drop]) + "\n")
    found = verdict_on(file)
    assert found.fault is not None
    assert (found.fault.number, found.fault.kind) == (count - drop + 2, "missing")
    assert found.entries == count - drop + 1


def test_lines_of_an_export_in_another_order_or_torn_are_found_at_their_place(database: Path, tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    export(str(database), file)
    lines = file.read_text().splitlines()
    file.write_text("\n".join([*lines[:4], lines[5], lines[4], *lines[6:]]))
    assert getattr(verdict_on(file).fault, "number", None) == 5
    file.write_text("\n".join([*lines[:6], lines[6][:30], *lines[7:]]))
    assert getattr(verdict_on(file).fault, "number", None) == 7


def test_entries_of_the_first_releases_are_followed_and_said_to_have_recorded_nothing(database: Path) -> None:
    with sqlite3.connect(database) as connection:
        rows = connection.execute("SELECT number, body FROM event_log WHERE kind = 'queue' ORDER BY number").fetchall()
        for number, body in rows[:6]:
            bare = json.dumps(json.loads(body)["event"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            connection.execute("UPDATE event_log SET body = ? WHERE number = ?", (bare, number))
    chain_anew(database)
    found = verdict_on(database)
    assert found.fault is None
    assert found.unrecorded == 6


def test_everybody_called_before_has_a_reason_and_no_need_is_told(day: ProvedDay, database: Path) -> None:
    number = list(day.proofs)[1]
    ticket_id = verdict_on(database).numbers[number]
    with evidence(str(database)) as found:
        second = called_before(found.rows, DEFAULT_SETTINGS, ticket_id)
    before = day.called[: day.called.index(number)]
    assert tuple(one.number for one in second) == before
    assert {one.reason for one in second} <= {Reason.CAME_EARLIER, Reason.PUBLISHED_RULE}
    assert not any("special" in one.sentence or "need" in one.sentence for one in second)


def test_a_ticket_nobody_took_is_refused_by_name(database: Path) -> None:
    with evidence(str(database)) as found, pytest.raises(UnknownTicketInLog, match="Z-999"):
        called_before(found.rows, DEFAULT_SETTINGS, "Z-999")


class Watched(Row):
    """A row that can be seen to go."""

    __slots__ = ("__weakref__",)


def test_a_log_of_any_length_is_read_without_being_kept(day: ProvedDay, database: Path, tmp_path: Path) -> None:
    export(str(database), file := tmp_path / "log.jsonl")
    ticket_id = verdict_on(file).numbers[day.called[-1]]
    there, most = WeakSet[Watched](), 0

    def watched(rows: Iterable[Row]) -> Iterator[Row]:
        nonlocal most
        for row in rows:
            there.add(one := Watched(*astuple(row)))
            most = max(most, len(there))
            yield one

    for source in (file, database):
        with evidence(str(source)) as found:
            assert verify(replace(found, rows=watched(found.rows)), DEFAULT_SETTINGS).fault is None
        with evidence(str(source)) as found:
            assert called_before(watched(found.rows), DEFAULT_SETTINGS, ticket_id)
    with evidence(str(file)) as found:
        assert not isinstance(found.rows, list)
    assert most <= 3


def test_where_there_is_no_log_it_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear all")
    for nothing in (tmp_path, tmp_path / "letter.txt", tmp_path / "gone.db"):
        with pytest.raises(NoLog), evidence(str(nothing)):
            pass
    with sqlite3.connect(tmp_path / "other.db") as connection:
        connection.execute("CREATE TABLE event_log (number)")
    with pytest.raises(NoLog), evidence(str(tmp_path / "other.db")):
        pass


def test_an_export_overwrites_no_database_and_nothing_but_an_export(database: Path, tmp_path: Path) -> None:
    other = Path(shutil.copy(database, tmp_path / "other.db"))
    (tmp_path / "key").write_text("secret")
    (tmp_path / "link").symlink_to(database)
    for there in (database, tmp_path / "link", other, tmp_path / "key"):
        before = there.read_bytes()
        with pytest.raises(NotOverwritten, match="name another file"):
            export(str(database), there)
        assert there.read_bytes() == before
    file = tmp_path / "log.jsonl"
    file.touch()
    assert export(str(database), file) == export(str(database), file)
    written = file.read_bytes()
    with pytest.raises(NotOverwritten, match="to be exported"):
        export(str(file), file)
    assert file.read_bytes() == written


def test_an_export_that_fails_leaves_what_was_there_and_nothing_beside_it(database: Path, tmp_path: Path) -> None:
    export(str(database), file := tmp_path / "log.jsonl")
    before, names = file.read_bytes(), sorted(one.name for one in tmp_path.iterdir())
    with sqlite3.connect(database) as connection:
        connection.execute("ALTER TABLE event_log RENAME COLUMN body TO gone")
    with pytest.raises(NoLog):
        export(str(database), file)
    assert file.read_bytes() == before
    assert sorted(one.name for one in tmp_path.iterdir()) == names


@pytest.mark.parametrize("odd", ['{"number":Infinity,"at":""}', "[" * 100_000, '{"end":1e999,"hash":""}'])
def test_a_line_that_no_program_wrote_is_found_as_changed(database: Path, tmp_path: Path, odd: str) -> None:
    export(str(database), file := tmp_path / "log.jsonl")
    lines = file.read_text().splitlines()
    file.write_text("\n".join([*lines[:6], odd, *lines[7:]]))
    assert getattr(verdict_on(file).fault, "number", None) == 7
    file.write_text(odd)
    with pytest.raises(NoLog):
        verdict_on(file)


async def test_a_start_with_a_step_of_a_newer_release_ends_with_a_sentence(database: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    shutil.copy(database, data / "infomat.db")
    with writing(str(data)) as log:
        (change := Change(datetime.now(UTC))).entries.append(
            Entry("queue", '{"event":{"type":"TicketPraised"},"head":"0","told":"0"}')
        )
        log.append([change])
    process = await ServerProcess(data).spawn()
    async with asyncio.timeout(PATIENCE_S):
        _, errors = await process.communicate()
    assert process.returncode == CANNOT
    assert b"Start the version that wrote it" in errors
    assert b"Traceback" not in errors
