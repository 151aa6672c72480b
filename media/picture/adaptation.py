"""Rules: size, pictures a second and rate of what is sent, from what the link and the processor let through.

``step`` is called twice a second. The rate follows the receiver's estimate (REMB, draft-alvestrand-rmcat-remb-03) and
the loss it reports, as Google's congestion control does (draft-ietf-rmcat-gcc-02 section 6): above 10 % less, below 2 %
more. Sound comes first: it is not counted here and is never lowered. From the rate follows a rung of a ladder: a
camera keeps its motion and gives up size, a document keeps its size and gives up motion. A processor that does not
keep up lowers the rung as well. Going down is quick, going up needs a time of good figures, longer after each failure.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

START, LEAST, MOST = 800, 60, 2_500  # kbit/s
EVERY = 0.5  # seconds between two steps
CLIMB_AFTER = 4.0  # seconds of good figures before a higher rung
PATIENCE_MOST = 60.0  # the longest such time, after failures
FULL = 0.85  # share of the rate, from which on more would be used if there were more
TRUSTED = 30.0  # seconds a climb must last not to count as a failure
BUSY, IDLE = 0.90, 0.50  # share of the time between two pictures that coding one may take, before it is too much
SLOW = 8  # steps of too much coding before it is believed: other processes have their moments too

Limit = Literal["none", "link", "cpu"]
Hint = Literal["motion", "document"]


@dataclass(frozen=True, slots=True)
class Rung:
    """A height of picture and pictures a second, and the rate below which the next lower one looks better."""

    height: int
    fps: int
    kbps: int


LADDER: dict[Hint, tuple[Rung, ...]] = {
    "motion": (
        Rung(720, 30, 500), Rung(540, 30, 330), Rung(480, 24, 240), Rung(360, 20, 150), Rung(240, 15, 90),
        Rung(240, 10, 0),
    ),
    "document": (Rung(1080, 10, 500), Rung(1080, 5, 180), Rung(1080, 2, 100), Rung(720, 2, 0)),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figures:
    """Of the time since the last step. ``estimate`` in kbit/s (None: the receiver said nothing), ``loss`` 0..1 or None,
    ``rtt`` and ``coding`` (per picture) in seconds, ``behind`` the seconds that packets wait to be sent, ``used`` the
    share of the rate that the pictures needed.
    """

    estimate: int | None = None
    loss: float | None = None
    rtt: float | None = None
    coding: float = 0.0
    behind: float = 0.0
    used: float = 1.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to send: at most so large, so often, at that rate."""

    width: int
    height: int
    fps: int
    kbps: int


@dataclass(frozen=True, slots=True)
class Adaptation:
    """State of one outgoing picture of ``width`` x ``height`` x ``fps``."""

    width: int
    height: int
    fps: int
    hint: Hint = "motion"
    kbps: float = START
    estimate: int | None = None
    link: int = 0  # the rung the link allows
    cpu: int = 0  # the rung the processor allows
    slow: int = 0  # steps in a row of too much coding
    good: float = 0.0  # seconds of figures good enough for a higher rung of the link
    spare: float = 0.0  # seconds in which the processor had time for a higher rung
    patience: float = CLIMB_AFTER
    steady: float = TRUSTED  # seconds since the last climb
    full: bool = False  # whether the pictures need all of the rate

    @property
    def wanted(self) -> Wanted:
        """What to send now."""
        rung = LADDER[self.hint][max(self.link, self.cpu)]
        height = min(self.height, rung.height)
        width = self.width if height == self.height else self.width * height // self.height // 2 * 2
        return Wanted(width, height, min(self.fps, rung.fps), round(self.kbps))

    @property
    def limit(self) -> Limit:
        """What keeps the picture below its best."""
        if self.cpu > self.link:
            return "cpu"
        held = self.full and self.estimate is not None and self.kbps < _enough(self.wanted)
        return "link" if self.link > 0 or held else "none"

    def step(self, figures: Figures) -> Adaptation:
        """The state after another ``EVERY`` seconds."""
        estimate = figures.estimate if figures.estimate is not None else self.estimate
        kbps = min(MOST, max(LEAST, _rate(self.kbps, estimate, figures)))
        full = figures.used > FULL
        return replace(self, kbps=kbps, estimate=estimate, full=full)._by_link()._by_cpu(figures.coding)

    def of(self, width: int, height: int, fps: int, hint: Hint) -> Adaptation:
        """The same link for another source."""
        if (width, height, fps, hint) == (self.width, self.height, self.fps, self.hint):
            return self
        return replace(
            self, width=width, height=height, fps=fps, hint=hint, link=0, cpu=0, slow=0, good=0.0, spare=0.0
        )._by_link()

    def _by_link(self) -> Adaptation:
        ladder, steady = LADDER[self.hint], self.steady + EVERY
        fits = next(place for place, rung in enumerate(ladder) if self.kbps >= rung.kbps)
        if fits > self.link:
            return replace(self._fallen(), link=fits)
        if not self.link or self.kbps < ladder[self.link - 1].kbps * 1.15:
            return replace(self, good=0.0, steady=steady)
        if self.good + EVERY < self.patience:
            return replace(self, good=self.good + EVERY, steady=steady)
        return replace(self, link=self.link - 1, good=0.0, steady=0.0)

    def _by_cpu(self, coding: float) -> Adaptation:
        """``coding`` seconds a picture, against the time between two."""
        share = coding * self.wanted.fps
        if share > BUSY and self.slow + 1 < SLOW:
            return replace(self, slow=self.slow + 1, spare=0.0)
        if share > BUSY:
            lower = min(max(self.link, self.cpu) + 1, len(LADDER[self.hint]) - 1)
            return replace(self._fallen(), cpu=lower)
        if not self.cpu or not 0 < share < IDLE:
            return replace(self, slow=0, spare=0.0)
        if self.spare + EVERY < self.patience:
            return replace(self, slow=0, spare=self.spare + EVERY)
        return replace(self, cpu=self.cpu - 1, slow=0, spare=0.0, steady=0.0)

    def _fallen(self) -> Adaptation:
        """On the way down: what was climbed a moment ago is not tried again so soon."""
        patience = min(PATIENCE_MOST, self.patience * 2) if self.steady < TRUSTED else CLIMB_AFTER
        return replace(self, good=0.0, spare=0.0, slow=0, patience=patience)


def _rate(kbps: float, estimate: int | None, figures: Figures) -> float:
    loss = figures.loss or 0.0
    if loss > 0.10:
        kbps *= 1 - 0.5 * loss
    elif figures.behind > 0.4:
        kbps *= 0.85
    elif loss < 0.02 and estimate is not None:
        kbps *= 1.15
    if estimate is not None:
        kbps = min(kbps, estimate)
    return kbps


def _enough(wanted: Wanted) -> float:
    """A rate at which more would not be seen, kbit/s."""
    return wanted.width * wanted.height * wanted.fps / 1000 * 0.05
