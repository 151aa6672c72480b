"""``infomat queue``: what somebody who doubts the queue is told, and the exit code a script goes by."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest
import pytest_asyncio
from typer.testing import CliRunner, Result

from infomat.cli import app
from infomat.queue_cli import NoProof
from signaling.server.queue_evidence import NoLog, NotOverwritten
from signaling.server.queue_proof import UnknownTicketInLog
from tests.signaling.proved_day import ProvedDay, proved_day, steps


def queue(*args: object) -> Result:
    """The command line, in this process."""
    told = CliRunner().invoke(app, ["queue", *map(str, args)], env={"COLUMNS": "200"})
    if told.exception is not None and not isinstance(told.exception, SystemExit):
        raise told.exception
    return told


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def day(tmp_path_factory: pytest.TempPathFactory) -> ProvedDay:
    """One day for all tests."""
    return await proved_day(tmp_path_factory.mktemp("server") / "data")


def test_a_log_that_holds_is_said_to_hold_with_its_figures(day: ProvedDay) -> None:
    proofs = [part for one in day.proofs.values() for part in ("--proof", one.upper())]
    told = queue("verify", day.folder, *proofs)
    assert told.exit_code == 0
    assert "everything follows" in told.stdout
    assert f"{len(day.called)} assignments as the rules make them" in told.stdout


def test_an_exported_log_is_verified_far_from_the_server(day: ProvedDay, tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    told = queue("export", file, "--log", day.folder)
    assert told.exit_code == 0
    assert told.stdout.startswith(str(len(file.read_text().splitlines()) - 1))
    assert queue("verify", file).stdout == queue("verify", day.folder).stdout


def test_the_first_entry_that_does_not_follow_is_named_and_the_exit_code_is_1(day: ProvedDay, tmp_path: Path) -> None:
    database = Path(shutil.copy(day.folder / "infomat.db", tmp_path / "infomat.db"))
    number = steps(database, "TicketTaken")[1]
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE event_log SET body = replace(body, 'other', 'payment') WHERE number = ?", (number,))
    told = queue("verify", tmp_path)
    assert told.exit_code == 1
    assert told.stdout.startswith(f"entry {number} does not follow (changed)")
    doubted = queue("why", next(iter(day.proofs)), "--log", tmp_path)
    assert doubted.exit_code == 1
    assert f"entry {number}" in doubted.stdout


def test_a_proof_no_entry_has_is_found(day: ProvedDay) -> None:
    told = queue("verify", day.folder, "--proof", "0123456789ab")
    assert told.exit_code == 1
    assert "0123456789ab" in told.stdout


def test_why_tells_a_sentence_for_each_one_called_before_and_no_need_of_anybody(day: ProvedDay) -> None:
    last = day.called[-1]
    told = queue("why", last, "--log", day.folder)
    assert told.exit_code == 0
    lines = told.stdout.splitlines()
    assert len(lines) == len(day.called) - 1
    for number, line in zip(day.called, lines, strict=False):
        assert f"{number} was called before" in line
    assert "special" not in told.stdout
    assert "nobody was called before" in queue("why", day.called[0], "--log", day.folder).stdout


def test_what_is_not_there_is_refused_in_a_sentence(day: ProvedDay, tmp_path: Path) -> None:
    with pytest.raises(NoLog, match="there is no log"):
        queue("verify", tmp_path / "nothing")
    with pytest.raises(UnknownTicketInLog, match="Z-999"):
        queue("why", "Z-999", "--log", day.folder)


def test_a_proof_is_understood_as_people_type_it(day: ProvedDay) -> None:
    for proof in day.proofs.values():
        upper = proof.upper()
        grouped = [upper[at : at + 4] for at in (0, 4, 8)]
        cyrillic = upper.translate(str.maketrans("ABCE", "АВСЕ"))
        for typed in (
            f" {proof} ",
            " ".join(grouped),
            "-".join(grouped),
            "–".join(grouped),
            cyrillic,
            cyrillic.lower(),
        ):
            assert queue("verify", day.folder, "--proof", typed).exit_code == 0, typed


@pytest.mark.parametrize("typed", ["", " ", "a", "3F2A-91BC-04D", "3F2A-91BC-04DZ", "B-006"])
def test_what_is_no_proof_is_said_to_be_none_and_no_log_is_doubted_for_it(day: ProvedDay, typed: str) -> None:
    with pytest.raises(NoProof, match="12 signs"):
        queue("verify", day.folder, "--proof", typed)


def test_a_number_is_understood_as_people_type_it(day: ProvedDay) -> None:
    number = day.called[-1]
    wanted = queue("why", number, "--log", day.folder).stdout
    letter, digits = number.split("-")
    cyrillic = number.translate(str.maketrans("ABCEHKMOPTX", "АВСЕНКМОРТХ"))
    for typed in (number.lower(), f" {number} ", cyrillic, cyrillic.lower(), f"{letter} {digits}"):
        assert queue("why", typed, "--log", day.folder).stdout == wanted, typed


def test_an_export_over_the_servers_database_is_refused(day: ProvedDay) -> None:
    before = (day.folder / "infomat.db").read_bytes()
    with pytest.raises(NotOverwritten, match=r"infomat\.db"):
        queue("export", day.folder / "infomat.db", "--log", day.folder)
    assert (day.folder / "infomat.db").read_bytes() == before


def test_settings_that_a_server_would_refuse_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "queue.toml"
    for text, words in (("\n", "is empty"), ("[slopes]\nwalk_in = 1.0\nbooked = 1.0\n", "special_need")):
        file.write_text(text)
        told = queue("settings", file)
        assert told.exit_code == 1
        assert words in told.stdout
