"""The queue's settings are followed while the server runs; a bad file is refused, and the log says what held when."""

from __future__ import annotations

import asyncio
import json
import signal
from pathlib import Path

from equeue.settings import Settings
from signaling.server.database import open_database
from signaling.server.queue_evidence import evidence
from signaling.server.queue_proof import verify
from signaling.server.queue_runner import DEFAULT_SETTINGS
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
