"""Rules: how many lost packets of a hundred our coder shall expect, from the other end's receiver reports (RFC 3550).

Error correction costs clearness, so that a clean line has none of it; the first loss brings it back for half a minute.
"""

from __future__ import annotations

from collections import deque
from math import inf

LEAST = 3.0  # percent expected at first and after any loss
AT_FIRST = 10.0  # seconds
REMEMBERED = 30.0  # seconds after a loss
WORST_OF = 10.0  # seconds of reports of which the worst counts


class ExpectedLoss:
    """Takes reports, gives percent."""

    def __init__(self) -> None:
        self._reports: deque[tuple[float, float]] = deque(maxlen=100)
        self._lost_at = -inf
        self._began: float | None = None

    def report(self, share: float, now: float) -> float:
        """The other end lost ``share`` (0..1) of what came lately; gives back the percentage to expect."""
        self._began = now if self._began is None else self._began
        if share > 0:
            self._lost_at = now
        self._reports.append((now, share))
        while self._reports[0][0] < now - WORST_OF:
            self._reports.popleft()
        worst = 100 * max(share for _, share in self._reports)
        careful = now - self._lost_at < REMEMBERED or now - self._began < AT_FIRST
        return max(LEAST, worst) if careful else worst
