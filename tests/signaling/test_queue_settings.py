"""The queue's settings are followed while the server runs; a bad file is refused, and the log says what held when."""

from __future__ import annotations

import asyncio
import json
import signal
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from equeue.errors import SettingsError
from equeue.events import SettingsChanged
from equeue.settings import Settings
from signaling.server.app import CANNOT, serve
from signaling.server.asked import Services
from signaling.server.config import ServerConfig
from signaling.server.database import open_database
from signaling.server.event_log import Change
from signaling.server.queue_evidence import evidence
from signaling.server.queue_proof import verify
from signaling.server.queue_runner import DEFAULT_SETTINGS
from signaling.server.queue_settings import SettingsFile, settings_in
from signaling.server.sql_event_log import SqlEventLog
from tests.signaling import visit as v
from tests.signaling.client import PATIENCE_S, ServerProcess


async def told(server: ServerProcess, event: str, count: int = 1) -> list[dict[str, object]]:
    """Lines of the server's log with this event, once there are so many."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            lines = [json.loads(line) for line in server.errors.decode().splitlines() if line.startswith("{")]
            found = [line for line in lines if line["event"] == event]
            if len(found) >= count:
                return found
            await asyncio.sleep(0.05)


def changes(server: ServerProcess) -> list[Settings]:
    """The settings that the log says came into force, in order."""
    engine = open_database(server.config.url)
    steps = [json.loads(one.body)["event"] for one in SqlEventLog(engine).read_all() if one.kind == "queue"]
    engine.dispose()
    return [Settings.from_toml(one["toml"]) for one in steps if one["type"] == "SettingsChanged"]


async def test_a_changed_file_is_followed_and_a_bad_one_refused_with_its_key(tmp_path: Path) -> None:
    file = tmp_path / "queue.toml"
    file.write_text("offer_s = 30\n")
    async with ServerProcess(tmp_path / "data", f"--queue-settings={file}") as server:
        kiosk = await server.kiosk()
        await v.take(kiosk, await v.begin(kiosk))
        file.write_text("offer_s = 40\nmerge_requests = true\n")
        await told(server, "queue.settings_changed")
        file.write_text("offer_s = 40\nofer_s = 50\n")
        (line,) = await told(server, "queue.settings_refused")
        assert "ofer_s: no such setting" in str(line["reason"])
        assert b"infomat_queue_settings_refused 1" in (await server.get("/metrics"))[1]
        await v.take(kiosk, await v.begin(kiosk))
        file.write_text("offer_s = 50\n")
        await told(server, "queue.settings_changed", 2)
        assert server.process is not None
        server.process.send_signal(signal.SIGHUP)
        await told(server, "queue.settings_same")
        file.unlink()
        await told(server, "queue.settings_refused", 2)
        await kiosk.leave()
        assert [one.offer_s for one in changes(server)] == [30, 40, 50]
    with evidence(str(tmp_path / "data")) as found:
        verdict = verify(found, DEFAULT_SETTINGS)
    assert verdict.fault is None
    assert verdict.events >= 6


async def test_without_a_file_one_person_has_one_place_and_a_hang_up_signal_ends_nothing(tmp_path: Path) -> None:
    async with ServerProcess(tmp_path / "data") as server:
        assert server.process is not None
        server.process.send_signal(signal.SIGHUP)
        kiosk = await server.kiosk()
        await v.take(kiosk, await v.begin(kiosk))
        assert [one.merge_requests for one in changes(server)] == [True]
        await kiosk.leave()


def test_the_documented_example_can_be_followed_and_names_every_setting() -> None:
    text = (Path(__file__).parents[2] / "docs" / "operations" / "queue.toml").read_text(encoding="utf-8")
    assert Settings.from_toml(text).services == DEFAULT_SETTINGS.services
    known = set(Settings.__dataclass_fields__)
    named = {line.lstrip("# [").split(" ")[0].split("]")[0] for line in text.splitlines() if "=" in line or "[" in line}
    assert known <= named


async def test_an_emptied_file_is_refused_and_the_settings_before_stay(tmp_path: Path) -> None:
    file = tmp_path / "queue.toml"
    file.write_text("offer_s = 30\n")
    async with ServerProcess(tmp_path / "data", f"--queue-settings={file}") as server:
        file.write_text("")
        (line,) = await told(server, "queue.settings_refused")
        assert "the file is empty" in str(line["reason"])
        file.write_text("offer_s = 40\n")
        await told(server, "queue.settings_changed")
        assert [one.offer_s for one in changes(server)] == [30, 40]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the file is empty"),
        (" \n\n", "the file is empty"),
        ("[slopes]\nwalk_in = 1.0\nbooked = 1.5\nrepeat_callback = 2.0\n", "class special_need"),
        ("[slopes]\nwalk_in = 1.0\nspecial_need = 1.5\nrepeat_callback = 2.0\n", "class booked"),
        ("[slopes]\nbooked = 1.0\nspecial_need = 1.5\nrepeat_callback = 2.0\n", "class walk_in"),
        ("[slopes]\nwalk_in = 1.0\nbooked = 1.5\nspecial_need = 3.0\n", "class repeat_callback"),
    ],
)
def test_a_file_by_which_somebody_could_not_be_served_is_refused_at_the_start_too(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], text: str, words: str
) -> None:
    file = tmp_path / "queue.toml"
    file.write_text(text)
    with pytest.raises(SettingsError, match=words):
        settings_in(file)
    assert serve(ServerConfig(tmp_path / "data", queue_settings=file)) == CANNOT
    assert words in capfd.readouterr().err


def follower(file: Path) -> tuple[SettingsFile, list[str]]:
    """A file followed without a server, and the settings that came into force."""
    now, told = Settings(), list[str]()

    def feed(_change: Change, event: SettingsChanged) -> None:
        nonlocal now
        now = Settings.from_toml(event.toml)
        told.append(event.toml)

    queue = SimpleNamespace(settings=lambda: now)
    front = SimpleNamespace(queue=queue, settings_version=0)
    clock = SimpleNamespace(now=lambda: datetime.now(UTC))
    services = SimpleNamespace(front=front, clock=clock, queue=SimpleNamespace(feed=feed))
    return SettingsFile(file, cast(Services, services), lambda _change: None), told


def test_a_file_that_is_still_written_is_not_read_until_two_looks_find_it_the_same(tmp_path: Path) -> None:
    file = tmp_path / "queue.toml"
    file.write_text("offer_s = 30\n")
    settings, followed = follower(file)
    settings.begin()
    for length in range(3):
        file.write_text("offer_s = 40\n" + "# more\n" * length)
        settings.look()
        assert len(followed) == 1
    settings.look()
    assert [Settings.from_toml(one).offer_s for one in followed] == [30, 40]
    file.write_text("offer_s = 50\n")
    settings.look(True)  # who asks says that it is written
    assert Settings.from_toml(followed[-1]).offer_s == 50


def test_a_file_that_was_away_and_comes_back_as_it_was_is_followed_again(tmp_path: Path) -> None:
    file = tmp_path / "queue.toml"
    file.write_text("offer_s = 30\n")
    settings, _ = follower(file)
    settings.begin()
    file.rename(tmp_path / "away")
    settings.look()
    assert settings.refused
    (tmp_path / "away").rename(file)
    for _ in range(2):
        settings.look()
    assert settings.refused is None
