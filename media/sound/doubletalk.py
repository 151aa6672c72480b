"""Rules: who speaks, by what the canceller leaves: how much of the known echo to take out, and when nothing is sent.

WebRTC's suppressor lowers whoever speaks while the loudspeaker is louder than they are (by 11 dB for an echo 5 dB over
the talker, a clipping loudspeaker or not). So most of the known echo is taken out before it; a tenth is left, for its
own canceller must find an echo, or it takes the place for a headset and suppresses nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from media.sound import BLOCK_SECONDS, Block

TAKEN = 0.9  # of the known echo, once it is known
KNOWN = 10 ** (-12 / 10)  # of the echo that is left when it counts as known
LEARNING = 1.5  # seconds of echo before it can
COMES, GOES = 0.02, 0.1  # a block, of the share taken out
HEARD = 1e-6  # power from which an echo is one: -60 dBFS
SETTLES, DOUBTS = 0.1, 1.002  # how fast the least that is left is believed, and doubted (0.4 dB a second)
FADES = 0.85  # a block, of an echo's power: a room's tail
NEAR = 6.5  # times what is usually left: then somebody is there
SURELY = 15.0  # times: at once, not only after a second block
USUAL = 0.05  # weight of a block in what is usual
UNUSUAL = 1.01  # a block, of what is usual, while somebody is there
LOUDER = 4.0  # times as much may be left of an echo a class louder: loudspeakers distort
CLASSES, QUIETEST = 10, -60.0  # of loudness, 6 dB each, from so many dBFS on
OVER_NOISE = 3.0  # times the noise
NOISE_LEFT = 1.5  # times the noise is in what is left and is no echo
NOISE_RISES = 1.005  # a block: 1 dB a second
WORSE = 1.3  # times the microphone's power: the echo is not this one any more
WRONG = 8  # blocks that are worse, less those that are not: another room
STAYS = 6  # blocks for which the near end counts as speaking after it did
SHUT = 10 ** (-25 / 20)
SHUTS = 0.6  # a block
AT_NOISE = 1.5  # times the noise's power, the least that is sent: a floor that comes and goes is heard


@dataclass(frozen=True, slots=True)
class Judgement:
    """``share`` of the known echo to take out; whether the near end is ``silent`` for sure; whether to ``forget``."""

    share: float
    silent: bool
    forget: bool = False


class Judge:
    """Told the powers (0..1 squared) of each block: of the microphone, of the known echo, of what is left of both."""

    def __init__(self) -> None:
        self._noise = HEARD / 10
        self._far = 0.0
        self._share = 0.0
        self._stays = 0
        self._begin()

    def _begin(self) -> None:
        self._left, self._seconds, self._wrong, self._known = 1.0, 0.0, 0, False
        self._usual, self._before = [1.0] * CLASSES, False

    def judge(self, microphone: float, echo: float, rest: float) -> Judgement:
        """What to do with this block."""
        self._noise = min(rest, self._noise * NOISE_RISES) + 1e-10
        self._far = max(echo, FADES * self._far)
        loudness = min(CLASSES - 1, max(0, int((10 * math.log10(self._far + 1e-12) - QUIETEST) / 6)))
        over = rest - OVER_NOISE * self._noise
        too_much = over > NEAR * self._usual[loudness] * self._far
        surely = over > SURELY * self._usual[loudness] * self._far
        worse = over > SURELY * self._left * self._far and rest > WORSE * microphone
        if echo > HEARD:
            self._learn(echo, rest, worse)
            self._get_used(loudness, max(0.0, rest - NOISE_LEFT * self._noise), too_much)
        if self._known and self._wrong >= WRONG:
            self._begin()
            self._share = 0.0
            return Judgement(0.0, False, forget=True)
        self._known = self._known or (self._left < KNOWN and self._seconds > LEARNING)
        wanted = TAKEN if self._known and self._left < KNOWN and not worse else 0.0
        self._share += min(COMES, max(-GOES, wanted - self._share))
        self._stays = STAYS if surely or (too_much and self._before) else max(0, self._stays - 1)
        self._before = too_much
        return Judgement(self._share, self._share > 0 and self._far > HEARD and self._stays == 0)

    def _learn(self, echo: float, rest: float, worse: bool) -> None:
        self._seconds += BLOCK_SECONDS
        share = rest / echo
        if share < self._left:
            self._left += SETTLES * (share - self._left)
        self._left = min(1.0, self._left * DOUBTS)
        self._wrong = max(0, self._wrong + (1 if worse else -1))

    def _get_used(self, loudness: int, rest: float, too_much: bool) -> None:
        """What is left of an echo so loud when nobody else is there; more of loud ones."""
        usual = self._usual[loudness]
        usual = min(1.0, usual * UNUSUAL) if too_much else usual + USUAL * (min(1.0, rest / self._far) - usual)
        for louder in range(loudness, CLASSES):
            self._usual[louder] = usual if louder == loudness else min(self._usual[louder], usual)
            usual = LOUDER * self._usual[louder]


class Gate:
    """Lowers what is sent while the near end is silent, never under the noise of the place."""

    def __init__(self) -> None:
        self._noise: float | None = None
        self._factor = 1.0

    def pass_on(self, block: Block, silent: bool) -> Block:
        """The block as it shall be sent; opens within it."""
        power = float(np.mean(np.square(block, dtype=np.float32))) + 1e-3
        self._noise = power if self._noise is None else min(power, self._noise * NOISE_RISES)
        wanted = max(SHUT, min(1.0, (AT_NOISE * self._noise / power) ** 0.5)) if silent else 1.0
        before, self._factor = self._factor, max(wanted, SHUTS * self._factor)
        if before == self._factor == 1.0:
            return block
        lowered: Block = np.rint(block * np.linspace(before, self._factor, len(block), dtype=np.float32))
        return lowered.astype(np.int16)
