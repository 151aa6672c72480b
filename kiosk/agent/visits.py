"""Adapter: the visit processes: one shown, one warm spare; a finished, crashed or hung one is replaced at once.

A process that broke in the middle of a visit is followed by the spare with the same visit id and the last view the
person saw, so that they go on from a safe step. A process that ended its visit is killed after the spare's first
frame is on the screen, and its folder is wiped.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from ground.errands import Errands
from ground.ids import new_id
from ground.logs import get_logger
from kiosk.agent.visit_process import VisitProcess
from kiosk.ipc import Began, Ended, Painted, Prepare, Ready, Show, Shown, Touched, World
from signaling.protocol.journey import JourneyView
from signaling.protocol.values import Language, Message

log = get_logger()

HUNG_AFTER = 5.0  # seconds without a new frame
SPARE_AFTER = 3.0  # seconds after a window is in view: its first pictures and its engine come before the next spare
FIRST_FRAME_WITHIN = 15.0  # seconds; a machine that has just started has much to do
STARTS_WITHIN = 60.0  # seconds a spare may take to be ready
_TRIES = 2  # how often a visit is taken up again after its process broke
_BACKOFF = (0.0, 1.0, 2.0, 5.0, 10.0, 30.0)  # seconds before the next spare, by how many failed in a row


class Host(Protocol):
    """What the visits need of the agent."""

    def prepare(self) -> Prepare:
        """The first message to a process."""
        ...

    def world(self) -> World:
        """How the world is now."""
        ...

    def self_test_due(self) -> bool:
        """Whether the next window is to try its camera, microphone and loudspeaker."""
        ...

    def sound_check_due(self) -> float:
        """The volume of the chirp by which the next window is to try the loudspeaker; 0: none."""
        ...

    def visit_began(self, visit_id: str, language: Language) -> None:
        """Somebody touched the screen."""
        ...

    def visit_over(self, visit_id: str, outcome: str) -> None:
        """A begun visit is over: finished, idle or crashed."""
        ...

    def taken_up(self, send: Callable[[Message], None]) -> None:
        """A new process goes on with the visit: tell it what it must know."""
        ...

    def heard(self, message: Message) -> None:
        """Anything else the shown process said."""
        ...


class Visits:
    """Keeps a screen in front of people. All methods belong to one loop."""

    def __init__(self, folder: Path, host: Host) -> None:
        self._folder, self._host = folder, host
        self._shown: VisitProcess | None = None
        self._spare: VisitProcess | None = None
        self._leaving: VisitProcess | None = None
        self._visit_id = new_id()
        self._begun = False
        self._last_view: JourneyView | None = None
        self._broken = 0
        self._late_touch: Touched | None = None
        self._count = 0
        self._failed = 0
        self._closing = False
        self._ended_at: float | None = None
        self._errands = Errands("visits")
        self.first_shown = asyncio.Event()
        self.changes: list[float] = []  #: seconds from Ended to the old process gone and the spare shown

    @property
    def visit_id(self) -> str | None:
        """The visit that has begun, or None."""
        return self._visit_id if self._begun else None

    @property
    def frames(self) -> int:
        """Pictures the shown window has painted."""
        return self._shown.frames if self._shown is not None else 0

    @property
    def processes(self) -> tuple[VisitProcess, ...]:
        """Those that live: shown, spare, leaving."""
        return tuple(each for each in (self._shown, self._spare, self._leaving) if each is not None)

    @property
    def spare_is_ready(self) -> bool:
        """Whether a warm spare stands by."""
        return self._spare is not None and self._spare.ready

    async def start(self) -> None:
        """Wipe what an earlier agent left, and bring up the first window and then its spare."""
        await asyncio.to_thread(shutil.rmtree, self._folder / "visits", ignore_errors=True)
        self._errands.send(self._new_spare())
        self._errands.send(self._watch())

    async def close(self) -> None:
        """End every process."""
        self._closing = True
        await self._errands.end()
        await asyncio.gather(*(process.end() for process in self.processes))

    def tell(self, message: Message) -> None:
        """Say something to the process in view."""
        if self._shown is not None:
            self._shown.send(message)

    def tell_all(self, message: Message) -> None:
        """Say something to the process in view and to the spare."""
        for process in (self._shown, self._spare):
            if process is not None:
                process.send(message)

    def saw(self, view: JourneyView) -> None:
        """The person now sees this; kept until the visit is over, for a process that breaks."""
        if self._begun and view.visit_id == self._visit_id:
            self._last_view = view

    # --- what the processes say ---

    def _on_message(self, process: VisitProcess, message: Message) -> None:
        match message:
            case Ready():
                process.ready = True
                self._failed = 0
                log.info("visit process ready", number=process.number, pid=process.pid)
                self._fill()
            case Shown():
                self._on_shown(process)
            case Painted(frames=frames):
                if frames != process.frames:
                    process.frames, process.progress_at = frames, _now()
            case Touched() if process is self._leaving:
                self._late_touch = message
                self._pass_late_touch()
            case _ if process is not self._shown:
                log.info("a process that is not shown was not listened to", number=process.number)
            case Began(visit_id=visit_id, language=language):
                if visit_id == self._visit_id and not self._begun:
                    self._begun = True
                    self._host.visit_began(visit_id, language)
            case Ended(visit_id=visit_id, outcome=outcome):
                if visit_id == self._visit_id:
                    self._ended(outcome)
            case _:
                self._host.heard(message)

    def _on_shown(self, process: VisitProcess) -> None:
        process.shown, process.progress_at = True, _now()
        log.info("visit shown", visit=process.visit_id, number=process.number)
        self.first_shown.set()
        leaving, self._leaving = self._leaving, None
        if leaving is not None:
            self._errands.send(self._wipe(leaving))
        if self._spare is None:
            self._errands.send(self._spare_in_time())

    def _on_gone(self, process: VisitProcess) -> None:
        log.warning("a visit process broke", number=process.number, visit=process.visit_id)
        self._errands.send(process.end(kill=True))
        if process is self._spare:
            self._spare = None
            self._failed += 1
            self._errands.send(self._new_spare())
        elif process is self._leaving:
            self._leaving = None
        elif process is self._shown:
            self._shown = None
            self._broke()

    # --- changes ---

    def _ended(self, outcome: str) -> None:
        """The spare takes its place; the old one stays on the screen, already blank, until then."""
        self._ended_at = _now()
        self._over(outcome)
        if self._leaving is not None:
            self._errands.send(self._leaving.end(kill=True))
        self._leaving, self._shown = self._shown, None
        self._fill()

    def _broke(self) -> None:
        """The process in view is gone: the same visit goes on in the spare, unless it breaks every process."""
        self._broken += 1
        if self._begun and self._broken > _TRIES:
            self._over("crashed")
        self._fill()

    def _over(self, outcome: str) -> None:
        if self._begun:
            self._host.visit_over(self._visit_id, outcome)
        self._begun, self._last_view, self._broken = False, None, 0
        self._visit_id = new_id()

    def _fill(self) -> None:
        """Put the ready spare in view when nothing is."""
        if self._closing or self._shown is not None:
            return
        if self._spare is None or not self._spare.ready:
            if self._spare is None:
                self._errands.send(self._new_spare())
            return
        process, self._spare = self._spare, None
        self._shown = process
        process.visit_id, process.progress_at = self._visit_id, _now()
        resume = self._last_view if self._begun else None
        self_test = not self._begun and self._host.self_test_due()
        chirp = 0.0 if self._begun else self._host.sound_check_due()
        process.send(Show(visit_id=self._visit_id, resume=resume, self_test=self_test, sound_check=chirp))
        self._pass_late_touch()
        if self._begun:
            self._host.taken_up(process.send)

    def _pass_late_touch(self) -> None:
        """Nobody's touch is lost between two windows."""
        if self._shown is not None and self._late_touch is not None:
            self._shown.send(self._late_touch)
            self._late_touch = None

    async def _spare_in_time(self) -> None:
        """Nothing when one had to be started sooner, because the window in view broke."""
        await asyncio.sleep(SPARE_AFTER)
        await self._new_spare()

    async def _new_spare(self) -> None:
        if self._closing or self._spare is not None:
            return
        self._count += 1
        folder = self._folder / "visits" / str(self._count)
        process = VisitProcess(self._count, folder, self._on_message, self._on_gone)
        self._spare = process
        try:
            await asyncio.sleep(_BACKOFF[min(self._failed, len(_BACKOFF) - 1)])
            await process.start(self._folder / "screens")
        except OSError as error:
            log.error("a visit process cannot be started", error=type(error).__name__)
            if not self._closing:
                self._on_gone(process)
            return
        process.progress_at = _now()
        process.send(self._host.prepare())
        process.send(self._host.world())

    async def _wipe(self, process: VisitProcess) -> None:
        await process.end(kill=True)
        if self._ended_at is not None:
            self.changes.append(_now() - self._ended_at)
            log.info("visit changed", ms=round(1000 * self.changes[-1]), number=process.number)
            self._ended_at = None

    async def _watch(self) -> None:
        """A window that paints nothing new is hung; a spare that is never ready too."""
        while True:
            await asyncio.sleep(0.5)
            now = _now()
            shown, spare = self._shown, self._spare
            patience = HUNG_AFTER if shown is not None and shown.shown else FIRST_FRAME_WITHIN
            if shown is not None and now - shown.progress_at > patience:
                log.warning("a visit process hangs", number=shown.number, visit=shown.visit_id)
                self._on_gone(shown)
            if spare is not None and not spare.ready and spare.pid and now - spare.progress_at > STARTS_WITHIN:
                self._on_gone(spare)


def _now() -> float:
    return asyncio.get_running_loop().time()
