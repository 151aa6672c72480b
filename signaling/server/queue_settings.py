"""Adapter: the file with the queue's settings, followed while the server runs.

The file is looked at every second, and at once at SIGHUP. It is read when two looks find it the same: an editor may
still be writing. A good one becomes an event of the queue, so that the log says which settings held when; a bad one is
refused, said clearly, and what held before goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

from equeue import events as ev
from equeue.errors import QueueError, SettingsError
from equeue.settings import NEWEST, Settings
from ground.logs import get_logger
from signaling.server.asked import Services
from signaling.server.config import CannotStart
from signaling.server.event_log import Change
from signaling.server.queue_runner import DEFAULT_SETTINGS

log = get_logger()

_LOOK_S = 1.0  # a change holds within two seconds: it is read at the second look
#: Without a file: the settings every log begins with, one place in the line for one person's requests, today's rules.
UNSET = replace(DEFAULT_SETTINGS, merge_requests=True, **NEWEST)


def settings_in(path: Path) -> Settings:
    """The settings of a file this server can follow; raises SettingsError (what to do), OSError, UnicodeDecodeError."""
    text = path.read_text(encoding="utf-8")
    if not text.strip():  # cut by an editor that writes, or by a full disk: nobody meant all the defaults
        raise SettingsError("the file is empty: write the settings again, or one comment if the defaults are meant")
    settings = Settings.of_house(text)
    for one in ("walk_in", "booked", "special_need", settings.late_priority, settings.repeat_priority):
        if one not in settings.slopes:
            raise SettingsError(f"slopes: people of the class {one} could not be served; add {one} under [slopes]")
    return settings


class SettingsFile:
    """Follows one file, or, without one, nothing. ``submit`` makes a change durable."""

    def __init__(self, path: Path | None, services: Services, submit: Callable[[Change], object]) -> None:
        self._path, self._services, self._submit = path, services, submit
        #: the file as it was when it was read, and as it was at the last look
        self._seen: tuple[int, int, int] | None = None
        self._looked: tuple[int, int, int] | None = None
        self._first = self._read()
        #: why the file as it is now is not followed; None: it is
        self.refused: str | None = None

    def _read(self) -> Settings | None:
        """At the start: a file that cannot be used is CannotStart."""
        if self._path is None:
            return None
        try:
            self._seen = _mark(self._path)
            return settings_in(self._path)
        except (OSError, UnicodeDecodeError, QueueError) as error:
            raise CannotStart(f"The queue settings {self._path} cannot be used: {error}") from error

    def begin(self) -> None:
        """Follow what was read at the start; without a file, what is best for a house that set nothing."""
        self._follow(self._first or UNSET)

    @contextlib.asynccontextmanager
    async def followed(self) -> AsyncIterator[None]:
        """While this runs the file is followed."""
        loop = asyncio.get_running_loop()
        with contextlib.suppress(ValueError, RuntimeError, NotImplementedError):  # not the main thread, or Windows
            loop.add_signal_handler(signal.SIGHUP, self.look, True)
        looking = asyncio.create_task(self._look_for_ever())
        try:
            yield
        finally:
            looking.cancel()
            with contextlib.suppress(ValueError, RuntimeError, NotImplementedError):
                loop.remove_signal_handler(signal.SIGHUP)

    def look(self, asked: bool = False) -> None:
        """Follow the file if it is another one; ``asked``: say so even if it is not."""
        if self._path is None:
            return
        try:
            mark, before = _mark(self._path), self._looked
            self._looked = mark
            if not asked and (mark == self._seen or mark != before):
                return
            self._seen = mark
            settings = settings_in(self._path)
        except (OSError, UnicodeDecodeError, SettingsError) as error:
            if isinstance(error, OSError):  # it may come back just as it was
                self._seen = None
            if asked or self.refused != str(error):
                log.error("queue.settings_refused", reason=str(error), kind="the settings before stay in force")
            self.refused = str(error)
            return
        self.refused = None
        if self._follow(settings):
            log.info("queue.settings_changed", number=self._services.front.settings_version)
        elif asked:
            log.info("queue.settings_same", number=self._services.front.settings_version)

    def _follow(self, settings: Settings) -> bool:
        wanted = settings.to_toml()
        if wanted == self._services.front.queue.settings().to_toml():
            return False
        change = Change(self._services.clock.now())
        self._services.queue.feed(change, ev.SettingsChanged(wanted))
        self._submit(change)
        return True

    async def _look_for_ever(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_S)
            self.look()


def _mark(path: Path) -> tuple[int, int, int]:
    told = path.stat()
    return told.st_mtime_ns, told.st_size, told.st_ino
