"""One server at a time: a second one on the same folder or database ends with a sentence, and gives out no number."""

from __future__ import annotations

import asyncio
import signal
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from websockets.exceptions import ConnectionClosedError

from signaling.server.app import BROKEN, CANNOT
from signaling.server.config import ServerConfig
from signaling.server.one_server import FILE, only_server
from tests.signaling import visit as v
from tests.signaling.client import PATIENCE_S, ServerProcess
from tests.signaling.postgresql import cluster


async def told(server: ServerProcess) -> tuple[int, str, str]:
    """How a server that cannot start ended: exit code, what it printed, its errors."""
    process = await server.spawn()
    async with asyncio.timeout(PATIENCE_S):
        out, errors = await process.communicate()
    return process.returncode or 0, out.decode(), errors.decode()


def is_one_sentence(ended: tuple[int, str, str], words: str) -> bool:
    code, out, errors = ended
    sentences = [line for line in errors.splitlines() if line.startswith("error: ")]
    assert (code, out, len(sentences)) == (CANNOT, "", 1), errors
    assert words in sentences[0]
    assert "Stop that one first" in sentences[0]
    return "Traceback" not in errors


async def test_a_second_server_on_a_folder_or_on_its_database_ends_with_a_sentence(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with ServerProcess(data) as first:
        (tmp_path / "link").symlink_to(data)
        ended = await asyncio.gather(
            told(ServerProcess(data)),
            told(ServerProcess(tmp_path / "link")),
            told(ServerProcess(data, f"--database-url=sqlite:///{tmp_path / 'elsewhere.db'}")),
        )
        assert all(is_one_sentence(one, "data folder") for one in ended)
        kiosk = await first.kiosk()
        visit = await v.begin(kiosk)
        assert [(await v.take(kiosk, visit)).number for _ in range(2)] == ["B-001", "B-002"]
        await kiosk.leave()


async def test_two_folders_with_one_database_file_are_one_server(tmp_path: Path) -> None:
    url = f"--database-url=sqlite:///{tmp_path / 'shared.db'}"
    async with ServerProcess(tmp_path / "a", url):
        assert is_one_sentence(await told(ServerProcess(tmp_path / "b", url)), "shared.db")


async def test_a_killed_server_leaves_no_lock_and_the_file_is_nobody_elses_to_read(tmp_path: Path) -> None:
    async with ServerProcess(tmp_path / "data") as server:
        assert stat.S_IMODE((tmp_path / "data" / FILE).stat().st_mode) == 0o600
        await server.end(signal.SIGKILL)
        assert (tmp_path / "data" / FILE).exists()
        await server.start()


async def test_a_server_begun_while_the_one_before_still_closes_waits_for_it(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path / "data")
    with only_server(ServerConfig(tmp_path / "data")):
        server.process = await server.spawn()
        assert server.process.stderr is not None
        assert server.process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            line = await server.process.stderr.readline()
        assert b"server.waits_for_another" in line
    async with asyncio.timeout(PATIENCE_S):
        assert (await server.process.stdout.readline()).startswith(b"ready ")
    server.process.terminate()
    await server.process.communicate()
    assert server.process.returncode == 0


@pytest.fixture
def url() -> Iterator[str]:
    """A cluster of one's own, with nothing in it."""
    with cluster() as found:
        yield found


async def test_two_folders_with_one_postgresql_are_one_server_and_its_death_frees_it(url: str, tmp_path: Path) -> None:
    first = ServerProcess(tmp_path / "a", f"--database-url={url}")
    second = ServerProcess(tmp_path / "b", f"--database-url={url}")
    async with first:
        ended = await told(second)
        assert is_one_sentence(ended, "database postgresql")
        await first.end(signal.SIGKILL)
        async with second:
            assert is_one_sentence(await told(first), "database postgresql")
        await first.start()


def end_sessions(url: str) -> None:
    """End every session but ours, as PostgreSQL does when it ends itself."""
    engine = create_engine(url)
    others = "FROM pg_stat_activity WHERE usename = user AND pid <> pg_backend_pid()"
    with engine.connect() as connection:
        assert connection.execute(text(f"SELECT count(pg_terminate_backend(pid)) {others}")).scalar_one() > 0
    engine.dispose()


async def test_a_server_whose_lock_postgresql_lost_writes_nothing_beside_another_and_ends_by_itself(
    url: str, tmp_path: Path
) -> None:
    first, second = (ServerProcess(tmp_path / one, f"--database-url={url}") for one in "ab")
    first.config = second.config = ServerConfig(tmp_path / "a", database_url=url)
    async with first:
        kiosk = await first.kiosk()
        visit = await v.begin(kiosk)
        assert (await v.take(kiosk, visit)).number == "B-001"
        await asyncio.to_thread(end_sessions, url)
        async with second:
            with pytest.raises((asyncio.CancelledError, ConnectionClosedError)):
                await v.take(kiosk, visit)  # its server has ended without an answer
            assert await first.end() == BROKEN
            other = await second.kiosk("K-2")
            assert (await v.take(other, await v.begin(other))).number == "B-002"
            await other.leave()
        await first.start()
        await asyncio.to_thread(end_sessions, url)
        assert first.process is not None
        async with asyncio.timeout(PATIENCE_S):
            assert await first.process.wait() == BROKEN  # nobody asked anything of it
        await first.start()
