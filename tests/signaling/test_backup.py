"""A server copied while it works, put back elsewhere, and taken back to the release before."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
from pathlib import Path

import pytest

from signaling.protocol.errors import ErrorCode
from signaling.server import backup as b
from signaling.server.config import CannotStart, ServerConfig
from signaling.server.database import open_database, step_back
from signaling.server.queue_evidence import evidence
from signaling.server.queue_proof import verify
from signaling.server.queue_runner import DEFAULT_SETTINGS
from tests.signaling import visit as v
from tests.signaling.client import Refused, ServerProcess


async def test_a_server_put_back_on_another_machine_goes_on_and_its_kiosks_and_people_come_in(tmp_path: Path) -> None:
    backups, elsewhere = tmp_path / "backups", tmp_path / "elsewhere"
    async with ServerProcess(tmp_path / "data") as server:
        kiosk, operator = await server.kiosk(), await server.staff()
        ticket = await v.take(kiosk, await v.begin(kiosk))
        made, _ = await asyncio.to_thread(b.back_up, server.config, backups, 3)
        after = await v.take(kiosk, await v.begin(kiosk), service="contract")  # not in it
        kiosk.seen = operator.seen = None
    assert stat.S_IMODE(made.stat().st_mode) == 0o700
    assert {stat.S_IMODE(one.stat().st_mode) for one in made.iterdir() if one.suffix != ".pem"} == {0o600}
    with evidence(str(made / b.DATABASE)) as found:
        assert verify(found, DEFAULT_SETTINGS).fault is None

    await asyncio.to_thread(b.put_back, ServerConfig(elsewhere), made)
    async with ServerProcess(elsewhere) as again:
        for client in (kiosk, operator):
            client.server = again
        await kiosk.again()  # the authority and its key are what they were
        assert (await again.sign_in("anna")).identity == operator.identity
        with pytest.raises(Refused) as refused:
            await kiosk.ask(v.c.TicketLeave(ticket_id=after.ticket_id))
        assert refused.value.code is ErrorCode.TICKET_UNKNOWN
        await kiosk.ask(v.c.TicketLeave(ticket_id=ticket.ticket_id))


def test_only_whole_backups_stay_and_the_oldest_go(tmp_path: Path) -> None:
    config = server_folder(tmp_path / "data")
    into = tmp_path / "backups"
    for day in ("2026-11-01", "2026-11-02", "2026-11-03"):
        (into / f"{day}T020000Z").mkdir(parents=True)
    (into / "notes").mkdir()
    made, gone = b.back_up(config, into, keep=2)
    assert [one.name for one in gone] == ["2026-11-01T020000Z", "2026-11-02T020000Z"]
    assert {one.name for one in into.iterdir()} == {"2026-11-03T020000Z", "notes", made.name}
    config.data_folder.joinpath(b.DATABASE).write_bytes(b"not a database at all" * 500)
    with pytest.raises(b.BackupRefused):
        b.back_up(config, into, keep=1)
    assert {one.name for one in into.iterdir()} == {"2026-11-03T020000Z", "notes", made.name}


def test_nothing_that_is_there_is_written_over(tmp_path: Path) -> None:
    config = server_folder(tmp_path / "data")
    made, _ = b.back_up(config, tmp_path / "backups", keep=1)
    with pytest.raises(b.BackupRefused, match="already"):
        b.put_back(config, made)
    with pytest.raises(b.BackupRefused, match="no whole backup"):
        b.put_back(ServerConfig(tmp_path / "new"), tmp_path)
    with pytest.raises(b.BackupRefused, match="no server's folder"):
        b.back_up(ServerConfig(tmp_path / "nothing"), tmp_path / "backups", keep=1)


def test_the_database_goes_back_to_what_an_older_release_knows(tmp_path: Path) -> None:
    config = server_folder(tmp_path / "data")
    step_back(config.url, "0008")
    with sqlite3.connect(config.data_folder / b.DATABASE) as database:
        assert "locked_at" not in [row[1] for row in database.execute("PRAGMA table_info(staff)")]
        assert database.execute("SELECT version_num FROM alembic_version").fetchone() == ("0008",)
    open_database(config.url).dispose()  # and forward again
    with pytest.raises(CannotStart, match="taken back to 0099"):
        step_back(config.url, "0099")


def server_folder(folder: Path) -> ServerConfig:
    config = ServerConfig(folder)
    open_database(config.url).dispose()
    for name in ("ca.pem", "ca-key.pem", "account-key"):
        (folder / name).write_text(name)
    return config
