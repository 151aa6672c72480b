"""Rules: when the kiosk tries whether its loudspeaker can be heard: once a day, in the hours in which it may be."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from signaling.protocol.commands import Works


@dataclass
class SoundCheck:
    """``volume`` of the chirp, 0..1 (0: never); ``begins`` and ``ends`` are hours of the day there, the last left out.

    What was not heard is tried again with each window that comes.
    """

    volume: float
    begins: int
    ends: int
    _tried_on: date | None = field(default=None, init=False)

    def due(self, now: datetime, known: Works) -> float:
        """How loud to try it with the window that comes into view ``now`` (the place's time); 0: not this time."""
        if not self.begins <= now.hour < self.ends or (self._tried_on == now.date() and known != "out"):
            return 0.0
        self._tried_on = now.date()
        return self.volume
