"""Adapter: what the codes in the pictures say: delay, freezes, rate (evidence: benchmarks/call/__init__.py)."""

from __future__ import annotations

import bisect
import itertools

Rows = list[dict[str, str]]
MEMORY = 30  # frames whose mean duration is the usual one (as in libwebrtc's freezeCount)
OLDEST = 7_000.0  # ms; the film begins anew after eight seconds


def delays(taken: Rows, shown: Rows, span: tuple[float, float]) -> list[float]:
    """Milliseconds from the camera to the screen, of each picture shown in ``span`` whose taking is known."""
    takes: dict[str, list[float]] = {}
    for row in taken:
        takes.setdefault(row["code"], []).append(float(row["wall_ms"]))
    found = []
    for row in shown:
        at = float(row["wall_ms"])
        times = takes.get(row["code"], [])
        place = bisect.bisect_right(times, at)
        if span[0] <= at <= span[1] and place and at - times[place - 1] <= OLDEST:
            found.append(at - times[place - 1])
    return found


def times(shown: Rows, span: tuple[float, float]) -> list[float]:
    """When pictures were shown inside ``span``, readable ones and others."""
    return [at for row in shown if span[0] <= (at := float(row["wall_ms"])) <= span[1]]


def frozen(at: list[float], end: float) -> list[float]:
    """The gaps (ms) that are freezes: above max(3 x usual, usual + 150 ms) (W3C webrtc-stats, freezeCount).

    The usual duration is the mean of the frames before. A picture that stands still up to ``end`` is frozen too.
    """
    gaps = [b - a for a, b in itertools.pairwise([*at, end])]
    found = []
    for place, gap in enumerate(gaps):
        before = gaps[max(0, place - MEMORY) : place]
        if len(before) < 3:
            continue
        usual = sum(before) / len(before)
        if gap > max(3 * usual, usual + 150):
            found.append(gap)
    return found
