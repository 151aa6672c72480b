"""Rules: how good a call is: a word for people, and the figures of the whole call.

The word follows what a person notices, sound first. It is slow to change: a bad second is not yet a weak connection,
and a good one not yet its end.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from media.messages import Quality

Word = Literal["good", "weak", "bad"]
WORDS: tuple[Word, ...] = get_args(Word)

#: From here on a second is weak, and bad: made-up share of the sound, packets lost, round trip in ms, seconds frozen.
MADE_UP = (0.03, 0.12)
LOST = (0.06, 0.20)
ROUND_TRIP = (400.0, 900.0)
FROZEN = (0.3, 0.8)
WORSE_AFTER = 3  # seconds in a row that are worse than the word
BETTER_AFTER = 8  # seconds in a row that are better


def of_second(figures: Quality) -> Word:
    """The word for one second by itself."""
    sound = figures.decoded + figures.fec + figures.concealed
    round_trip = figures.rtt_ms or 0.0
    measured = (
        (figures.concealed / sound if sound else 0.0, MADE_UP),
        (figures.loss, LOST),
        (round_trip, ROUND_TRIP),
        (figures.frozen_s, FROZEN),
    )
    return WORDS[max(sum(value >= limit for limit in limits) for value, limits in measured)]


@dataclass(frozen=True, slots=True)
class Estimate:
    """The word for now; ``worse`` and ``better`` count the seconds in a row that contradict it."""

    word: Word = "good"
    worse: int = 0
    better: int = 0

    def after(self, figures: Quality) -> Estimate:
        """One more second."""
        second, now = WORDS.index(of_second(figures)), WORDS.index(self.word)
        worse = self.worse + 1 if second > now else 0
        better = self.better + 1 if second < now else 0
        if worse >= WORSE_AFTER:
            return Estimate(WORDS[now + 1])
        if better >= BETTER_AFTER:
            return Estimate(WORDS[now - 1])
        return Estimate(self.word, worse, better)


@dataclass(frozen=True, slots=True)
class Tally:
    """The figures of a call so far, at one end; they survive the engine that measured them."""

    estimate: Estimate = field(default_factory=Estimate)
    seconds: int = 0
    weak_s: int = 0
    bad_s: int = 0
    decoded: int = 0
    fec: int = 0
    concealed: int = 0
    silence: int = 0
    freezes: int = 0
    frozen_s: float = 0.0
    frames_in: float = 0.0
    frames_out: float = 0.0
    sound_lost: float = 0.0
    keyframes: int = 0
    asked_again: int = 0
    lost: float = 0.0
    rtt_ms: float = 0.0
    rtt_s: int = 0
    rtt_most_ms: float = 0.0
    jitter_ms: float = 0.0
    kbps_in: float = 0.0
    kbps_out: float = 0.0
    cpu: float = 0.0
    link_limited_s: int = 0
    cpu_limited_s: int = 0
    breaks: int = 0

    def after(self, figures: Quality) -> Tally:
        """One more second."""
        estimate, trip = self.estimate.after(figures), figures.rtt_ms
        return replace(
            self,
            estimate=estimate,
            seconds=self.seconds + 1,
            weak_s=self.weak_s + (estimate.word == "weak"),
            bad_s=self.bad_s + (estimate.word == "bad"),
            decoded=self.decoded + figures.decoded,
            fec=self.fec + figures.fec,
            concealed=self.concealed + figures.concealed,
            silence=self.silence + figures.silence,
            freezes=self.freezes + figures.freezes,
            frozen_s=self.frozen_s + figures.frozen_s,
            frames_in=self.frames_in + figures.fps_in,
            frames_out=self.frames_out + figures.fps_out,
            sound_lost=self.sound_lost + figures.sound_loss,
            keyframes=self.keyframes + figures.keyframes,
            asked_again=self.asked_again + figures.asked_again,
            lost=self.lost + figures.loss,
            rtt_ms=self.rtt_ms + (trip or 0.0),
            rtt_s=self.rtt_s + (trip is not None),
            rtt_most_ms=max(self.rtt_most_ms, trip or 0.0),
            jitter_ms=self.jitter_ms + figures.jitter_ms,
            kbps_in=self.kbps_in + figures.kbps_in,
            kbps_out=self.kbps_out + figures.kbps_out,
            cpu=self.cpu + figures.cpu,
            link_limited_s=self.link_limited_s + (figures.limit == "link"),
            cpu_limited_s=self.cpu_limited_s + (figures.limit == "cpu"),
        )

    def broken(self) -> Tally:
        """The connection was lost for more than a moment."""
        return replace(self, breaks=self.breaks + 1)

    def figures(self) -> dict[str, float]:
        """As they are told to the server: totals, and means over the seconds; ``now``: 0 good, 1 weak, 2 bad."""
        mean = max(1, self.seconds)
        whole = ("seconds", "weak_s", "bad_s", "decoded", "fec", "concealed", "silence", "freezes", "breaks",
                 "link_limited_s", "cpu_limited_s", "keyframes", "asked_again")  # fmt: skip
        told = {name: float(getattr(self, name)) for name in whole}
        return told | {
            "now": float(WORDS.index(self.estimate.word)),
            "frozen_s": round(self.frozen_s, 2),
            "fps_in": round(self.frames_in / mean, 1),
            "fps_out": round(self.frames_out / mean, 1),
            "loss": round(self.lost / mean, 4),
            "sound_loss": round(self.sound_lost / mean, 4),
            "rtt_ms": round(self.rtt_ms / max(1, self.rtt_s), 1),
            "rtt_most_ms": self.rtt_most_ms,
            "jitter_ms": round(self.jitter_ms / mean, 1),
            "kbps_in": round(self.kbps_in / mean, 1),
            "kbps_out": round(self.kbps_out / mean, 1),
            "cpu": round(self.cpu / mean, 3),
        }
