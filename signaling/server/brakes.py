"""Rules: how much of something is let through: messages of a connection, wrong passwords, wrong codes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Bucket:
    """A token bucket: ``rate`` a second on the long run, ``burst`` at once. Moments are seconds of any one clock."""

    rate: float
    burst: float
    _level: float = 0.0
    _at: float = 0.0
    _begun: bool = False

    def take(self, now: float) -> bool:
        """Whether one more is let through now."""
        if not self._begun:
            self._level, self._at, self._begun = self.burst, now, True
        self._level = min(self.burst, self._level + (now - self._at) * self.rate)
        self._at = now
        if self._level < 1:
            return False
        self._level -= 1
        return True


class Failures:
    """Counts failures by name: after ``allowed`` within ``window_s`` the name is paused until the window is over."""

    def __init__(self, allowed: int, window_s: float, most_names: int = 10_000) -> None:
        self._allowed, self._window_s, self._most = allowed, window_s, most_names
        self._failures: dict[str, list[float]] = {}

    def paused_for(self, name: str, now: float) -> float:
        """Seconds until this name may try again; 0.0: it may now."""
        recent = [at for at in self._failures.get(name, []) if now - at < self._window_s]
        if len(recent) < self._allowed:
            return 0.0
        return recent[-self._allowed] + self._window_s - now

    def failed(self, name: str, now: float) -> None:
        """One more failure of this name."""
        if name not in self._failures and len(self._failures) >= self._most:
            self._failures.pop(next(iter(self._failures)))
        recent = [at for at in self._failures.pop(name, []) if now - at < self._window_s]
        self._failures[name] = [*recent, now]

    def succeeded(self, name: str) -> None:
        """Forget this name's failures."""
        self._failures.pop(name, None)
