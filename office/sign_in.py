"""Rules: how often a name may be tried. Knows no clock: ``now`` comes with each question."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

FREE_FAILURES = 4  # slips of an honest person cost nothing
FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(minutes=5)  # never for ever: a stranger must not lock an operator out of work
FORGOTTEN_AFTER = timedelta(hours=1)
MOST_NAMES = 10_000  # made-up names must not fill the memory


@dataclass(frozen=True, slots=True)
class _Failures:
    count: int
    last_at: datetime
    until: datetime


@dataclass
class SignInGuard:
    """Counts failed sign-ins per name; after the fourth each next one doubles the pause, up to five minutes."""

    _failures: dict[str, _Failures] = field(default_factory=dict)

    def wait(self, name: str, now: datetime) -> timedelta:
        """How long this name has to wait before it is tried; zero when it may be tried now."""
        failures = self._failures.get(_folded(name))
        if failures is None or failures.until <= now:
            return timedelta()
        return failures.until - now

    def failed(self, name: str, now: datetime) -> timedelta:
        """A wrong password or name: count it, and say how long to wait now."""
        folded = _folded(name)
        before = self._failures.pop(folded, None)
        forgotten = before is None or now - before.last_at > FORGOTTEN_AFTER
        count = 1 if before is None or forgotten else before.count + 1
        pause = pause_after(count)
        if len(self._failures) >= MOST_NAMES:
            self._forget_oldest()
        self._failures[folded] = _Failures(count, now, now + pause)
        return pause

    def succeeded(self, name: str) -> None:
        """The right password: the past is forgotten."""
        self._failures.pop(_folded(name), None)

    def _forget_oldest(self) -> None:
        """The name tried longest ago goes (a dict keeps its order, and a failure moves its name to the end)."""
        del self._failures[next(iter(self._failures))]


def pause_after(failures: int) -> timedelta:
    """The pause after so many failures in a row."""
    over = failures - FREE_FAILURES
    if over <= 0:
        return timedelta()
    doubled: timedelta = FIRST_PAUSE * 2 ** min(over - 1, 20)
    return min(doubled, LONGEST_PAUSE)


def _folded(name: str) -> str:
    return name.strip().casefold()
