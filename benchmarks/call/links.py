"""Rules: the links a call is measured over, each way alike: ms of delay, percent lost, kbit/s, packets in the queue."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LinkKind:
    """A link, and whether it is cut in the middle of the measured time."""

    delay: float = 0.0
    loss: float = 0.0
    rate: float = 0.0
    queue: int = 200
    cut_s: float = 0.0

    @property
    def arguments(self) -> list[str]:
        """For ``benchmarks.call.link``."""
        return [f"--{name}={getattr(self, name):g}" for name in ("delay", "loss", "rate", "queue")]


LINKS = {
    "clean": LinkKind(),
    "loss1": LinkKind(delay=20, loss=1),
    "loss3": LinkKind(delay=30, loss=3),
    "loss5": LinkKind(delay=40, loss=5),
    "narrow": LinkKind(delay=20, rate=500, queue=40),  # a queue of 0.8 s of full packets, as a home router's
    "cut": LinkKind(delay=20, cut_s=5.0),
}
