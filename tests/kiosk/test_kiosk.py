"""The kiosk as a person meets it: real agent, real visit processes, a real window on a virtual screen, a finger."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from ground.signing import SigningKey
from infomat.demo.finger import Finger, Seen
from infomat.demo.processes import Processes
from infomat.demo.screen import Screen, virtual_screen
from signaling.protocol import commands as c
from signaling.protocol import events as s
from signaling.protocol.values import WaitBand
from tests.kiosk.front_desk import FrontDesk, kiosk_folder

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Street:
    """A capsule on a street: its screen, its server, and the finger of whoever comes by."""

    def __init__(self, desk: FrontDesk, finger: Finger, agent: int, log: Path) -> None:
        self.desk, self.finger, self.agent, self.log = desk, finger, agent, log

    async def at(self, step: str, seconds: float = 30) -> Seen:
        """Wait for a screen."""
        return await self.finger.wait(lambda seen: seen.state.get("step") == step, step, seconds)

    async def touch(self, *names: str) -> None:
        """Touch things one after the other."""
        for name in names:
            await self.finger.touch(name, 30)

    async def visit(self) -> str:
        """Come by and touch the screen; returns the visit's id."""
        await self.at("attract")
        begun = len(self.desk.of(c.VisitBegin))
        await self.touch("start")
        await self.at("menu")
        await self.desk.until(lambda desk: len(desk.of(c.VisitBegin)) > begun)
        told = self.desk.of(c.VisitBegin)[-1]
        assert isinstance(told, c.VisitBegin)
        return told.visit_id

    async def identified(self, service: str) -> None:
        """Choose a service and type the account number."""
        await self.touch(f"service.{service}")
        await self.at("identify")
        await self.touch("key.7", "key.4", "confirm")

    async def finish(self) -> None:
        """Finish, and see the next person's attract screen: another visit's, from another process."""
        ended = len(self.desk.of(c.VisitEnd))
        await self.touch("finish")
        if (await self.finger.see()).state.get("step") == "waiting":
            await self.touch("finish")  # leaving the line is asked once
        old = (await self.at("goodbye")).state["visit_id"]
        await self.touch("finish")
        await self.desk.until(lambda desk: len(desk.of(c.VisitEnd)) > ended)
        await self.finger.wait(
            lambda seen: seen.state.get("step") == "attract" and seen.state["visit_id"] != old, "the next visit", 30
        )

    def windows(self) -> list[psutil.Process]:
        """The visit processes that live."""
        found = []
        for child in psutil.Process(self.agent).children():
            with contextlib.suppress(psutil.Error):  # it may just have ended
                if "kiosk.visit.app" in child.cmdline():
                    found.append(child)
        return found

    async def spare_is_ready(self) -> None:
        """Two windows live: the one in view and its spare."""
        await self.finger.wait(lambda _: self.log.read_text().count("process ready") >= 2, "a spare", 60)
        await self.finger.wait(lambda _: len(self.windows()) == 2, "a spare", 60)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def street(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Street]:
    folder: Path = tmp_path_factory.mktemp("street")
    processes, key = Processes(folder / "logs"), SigningKey()
    desk = FrontDesk(key.public)
    await desk.start()
    (folder / "kiosk").mkdir()
    kiosk_folder(folder / "kiosk", desk.port, key)
    try:
        screen: Screen = await virtual_screen(processes, (1080, 1920))
        kiosk = await processes.start(
            "kiosk",
            *(sys.executable, "-m", "kiosk.agent", "--folder", str(folder / "kiosk")),
            environment={**screen.environment, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        )
        finger = Finger(screen, folder / "kiosk" / "probe.sock")
        yield Street(desk, finger, kiosk.pid, kiosk.log)
    finally:
        await processes.stop_all()
        await desk.go_away()


async def test_a_person_hands_in_a_reading_and_the_next_finds_nothing_of_them(street: Street) -> None:
    await street.visit()
    await street.identified("readings")
    await street.at("reading")
    await street.touch("key.3", "key.0", "key.1", "key.6", "key.0", "confirm")
    await street.finger.wait(lambda seen: "T2" in seen.texts(), "the second register")
    await street.touch("key.1", "key.2", "key.7", "key.8", "key.0", "confirm")
    done = await street.at("reading_done")
    assert "R2611-M-1" in done.texts()
    (told,) = street.desk.of(c.ReadingSubmit)
    assert isinstance(told, c.ReadingSubmit)
    assert told.values == {"T1": 30160, "T2": 12780}
    before = {window.pid for window in street.windows()}
    await street.spare_is_ready()
    await street.finish()
    blank = await street.at("attract")
    assert "4417" not in blank.texts()
    assert "R2611-M-1" not in blank.texts()
    await street.spare_is_ready()
    assert len({window.pid for window in street.windows()} - before) >= 1


async def test_a_wrong_account_keeps_its_digits_to_correct(street: Street) -> None:
    await street.visit()
    await street.touch("service.readings")
    await street.at("identify")
    await street.touch("key.9", "key.9", "key.9", "confirm")
    seen = await street.finger.wait(lambda seen: seen.item("notice") is not None, "the notice")
    shown = seen.item("typed_account")
    assert shown is not None
    assert "999" in str(shown.get("text", ""))
    await street.finish()


async def test_a_window_killed_while_a_person_waits_comes_back_with_their_place_in_the_line(street: Street) -> None:
    visit_id = await street.visit()
    await street.touch("talk")
    await street.at("topic")
    await street.touch("topic.other")
    waiting = await street.at("waiting")
    assert "A-027" in waiting.texts()
    await street.spare_is_ready()
    first = min(street.windows(), key=lambda window: window.create_time())
    os.kill(first.pid, signal.SIGKILL)
    again = await street.finger.wait(
        lambda seen: seen.state.get("step") == "waiting" and seen.state.get("visit_id") == visit_id, "the place", 10
    )
    assert "A-027" in again.texts()
    taken = street.desk.of(c.TicketTake)
    assert len(taken) == 1
    assert all(end.visit_id != visit_id for end in street.desk.of(c.VisitEnd) if isinstance(end, c.VisitEnd))
    await street.finish()
    assert len(street.desk.of(c.TicketLeave)) == 1


async def test_the_line_is_told_before_anybody_asks(street: Street) -> None:
    await street.desk.tell(s.LineTold(waiting=2, operators=3, wait=WaitBand(p50=180, p90=360)))
    await street.visit()
    await street.finger.wait(lambda seen: "3–6" in seen.texts(), "the wait")
    await street.finish()
