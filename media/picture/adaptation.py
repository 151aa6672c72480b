"""Rules: size, pictures a second and rate of what is sent, from what the link and the processor let through.

``step`` is called twice a second, ``told`` with each estimate of the receiver's (REMB,
draft-alvestrand-rmcat-remb-03). A call begins small, for nothing is known of its link, and grows by half each second.
Loss is weighed as by Google's congestion control (draft-ietf-rmcat-gcc-02 section 6): above 10 % less, below 2 % more;
a round trip that grew is a queue: less. Sound comes first: it is not counted here and is never lowered. From the rate
follows a rung of a ladder: a camera keeps its motion and gives up size, a document keeps its size and gives up motion.
A processor that does not keep up lowers the rung as well. Going down is quick, going up needs a time of good figures,
longer after each failure. Loss on a link with room to spare is no queue: a smaller picture then goes twice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

START, LEAST, MOST = 300, 60, 2_500  # kbit/s
GROWTH = 1.22  # a step, while nothing speaks against it: half as much again each second
QUEUE = 0.15  # seconds of round trip more than the least: a queue
LOSSY_FROM, LOSSY_UNTIL = 0.012, 0.004  # share of lost packets from which pictures are smaller, until below that
TWICE_ROOM, TWICE_MOST = 900, 700  # kbit/s: what a lossy link must carry to send all twice, and the most coded then
YOUNG = 5.0  # seconds in which a small picture is the beginning, not a limit
EVERY = 0.5  # seconds between two steps
CLIMB_FIRST, CLIMB_AFTER = 1.0, 4.0  # seconds of good figures before a higher rung, at first and after a failure
ROOM, FIRST_ROOM = 1.15, 1.6  # times a rung's rate that must be there before it is climbed: later, and at first
UNPROVEN = 10.0  # seconds in which the rate may not have met the link's end yet: a larger first picture would
PATIENCE_MOST = 60.0  # the longest such time, after failures
FULL = 0.85  # share of the rate, from which on more would be used if there were more
TRUSTED = 30.0  # seconds a climb must last not to count as a failure
BUSY, IDLE = 0.90, 0.50  # share of the time between two pictures that coding one may take, before it is too much
SLOW = 8  # steps of too much coding before it is believed: other processes have their moments too

BEGIN_RUNG = 2  # of a camera: its first picture is a packet or two

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
        Rung(720, 30, 650), Rung(540, 30, 420), Rung(360, 30, 200), Rung(360, 20, 140), Rung(240, 15, 90),
        Rung(240, 10, 0),
    ),
    "document": (Rung(1080, 10, 500), Rung(1080, 5, 180), Rung(1080, 2, 100), Rung(720, 2, 0)),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figures:
    """Of the time since the last step. ``estimate`` in kbit/s (None: the receiver said nothing), ``loss`` 0..1 or None,
    ``rtt`` (None: not measured since) and ``coding`` (per picture) in seconds, ``behind`` the seconds that packets wait
    to be sent, ``used`` the share of the rate that the pictures needed.
    """

    estimate: int | None = None
    loss: float | None = None
    rtt: float | None = None
    coding: float = 0.0
    behind: float = 0.0
    used: float = 1.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to send: at most so large, so often, at that rate; ``twice``: each packet again, beyond the rate;
    ``sparing``: no finer than is seen, for what the rate would leave then is not needed as proof of a wider link."""

    width: int
    height: int
    fps: int
    kbps: int
    twice: bool = False
    sparing: bool = False


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
    patience: float = CLIMB_FIRST
    steady: float = TRUSTED  # seconds since the last climb
    full: bool = False  # whether the pictures need all of the rate
    age: float = 0.0
    least_rtt: float | None = None
    lost: float = 0.0  # the share of packets lost, smoothed
    lossy: bool = False  # packets are lost at all times: pictures of few packets suffer less
    twice: bool = False

    @classmethod
    def begun(cls, width: int, height: int, fps: int, hint: Hint) -> Adaptation:
        """At the start of a call: a first picture of a few packets passes any link; what is read begins at its size."""
        return cls(width, height, fps, hint, link=BEGIN_RUNG if hint == "motion" else 0)

    @property
    def wanted(self) -> Wanted:
        """What to send now."""
        rung = LADDER[self.hint][max(self.link, self.cpu, self.lossy and self.hint == "motion")]
        height = min(self.height, rung.height)
        width = self.width if height == self.height else self.width * height // self.height // 2 * 2
        kbps = min(TWICE_MOST, self.kbps / 2) if self.twice else self.kbps
        sparing = self.hint == "motion" and self.link == 0
        return Wanted(width, height, min(self.fps, rung.fps), round(kbps), self.twice, sparing)

    @property
    def limit(self) -> Limit:
        """What keeps the picture below its best."""
        if self.cpu > self.link:
            return "cpu"
        held = self.full and self.estimate is not None and self.kbps < _enough(self.wanted)
        begins = self.age < YOUNG and self.kbps >= START
        return "link" if (self.link > 0 or held) and not begins else "none"

    def step(self, figures: Figures) -> Adaptation:
        """The state after another ``EVERY`` seconds."""
        estimate = figures.estimate if figures.estimate is not None else self.estimate
        least = self.least_rtt
        queue = figures.rtt - least if figures.rtt is not None and least is not None else 0.0
        if figures.rtt is not None:
            least = figures.rtt if least is None else min(least, figures.rtt)
        kbps = min(MOST, max(LEAST, _rate(self.kbps, estimate, queue, figures)))
        lost = self.lost if figures.loss is None else self.lost + 0.3 * (figures.loss - self.lost)
        lossy = lost > (LOSSY_UNTIL if self.lossy else LOSSY_FROM)
        twice = lossy and kbps >= TWICE_ROOM and queue < QUEUE
        made = replace(
            self, kbps=kbps, estimate=estimate, full=figures.used > FULL, age=self.age + EVERY, least_rtt=least,
            lost=lost, lossy=lossy, twice=twice,
        )  # fmt: skip
        return made._by_link()._by_cpu(figures.coding)

    def told(self, estimate: int) -> Adaptation:
        """The receiver says what the link carries, kbit/s: less is heeded at once."""
        kbps = max(LEAST, min(self.kbps, estimate))
        made = replace(self, estimate=estimate, kbps=kbps)
        return made._by_link() if kbps < self.kbps else made

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
        never_fell = self.patience == CLIMB_FIRST
        room = FIRST_ROOM if never_fell and self.age < UNPROVEN else ROOM
        if not self.link or self.kbps < ladder[self.link - 1].kbps * room:
            return replace(self, good=0.0, steady=steady)
        if self.good + EVERY < self.patience:
            return replace(self, good=self.good + EVERY, steady=steady)
        higher = self.link - 1
        if never_fell:  # at once as far as it goes: each rung begins with a picture of its own
            higher = next(place for place, rung in enumerate(ladder) if self.kbps >= rung.kbps * ROOM)
        return replace(self, link=higher, good=0.0, steady=0.0)

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


def _rate(kbps: float, estimate: int | None, queue: float, figures: Figures) -> float:
    loss = figures.loss or 0.0
    if queue > QUEUE:
        kbps *= 0.5 if loss > 0.10 else 0.7
    elif loss > 0.10:
        kbps *= 1 - 0.5 * loss
    elif figures.behind > 0.4:
        kbps *= 0.85
    elif estimate is not None and (loss < 0.02 or estimate > 1.05 * kbps):
        kbps *= GROWTH
    if estimate is not None:
        kbps = min(kbps, estimate)
    return kbps


def _enough(wanted: Wanted) -> float:
    """A rate at which more would not be seen, kbit/s."""
    return wanted.width * wanted.height * wanted.fps / 1000 * 0.05
