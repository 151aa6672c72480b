"""Port: what is done to our own sound before it is sent: echo taken out, noise lowered, loudness evened.

Drivers: ``chain`` (ours and WebRTC's), ``Untouched``. ``played`` is told what the loudspeaker plays, when it is played;
``heard`` is given what the microphone hears and gives back what is sent. The two are called from two threads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from media.messages import Listening
from media.sound import Block


@dataclass(frozen=True, slots=True)
class Wants:
    """What shall be done."""

    echo: bool
    noise: bool
    gain: bool


WANTS: dict[Listening, Wants] = {
    "loudspeaker": Wants(echo=True, noise=True, gain=True),
    "headset": Wants(echo=False, noise=True, gain=True),  # no echo, and nothing that ducks
    "raw": Wants(echo=False, noise=False, gain=False),
}


class Processing(Protocol):
    """The processing of one room's sound."""

    def played(self, block: Block) -> None:
        """This block goes to the loudspeaker now."""
        ...

    def heard(self, block: Block) -> Block:
        """The microphone's block, as it shall be sent."""
        ...


class Untouched:
    """Nothing is done."""

    def played(self, block: Block) -> None:
        """Nobody needs it."""

    def heard(self, block: Block) -> Block:
        """The block itself."""
        return block
