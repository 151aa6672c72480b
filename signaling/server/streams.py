"""Rules: the numbered events of one client, kept so that it can catch up after a lost link."""

from __future__ import annotations

from collections import deque

from signaling.protocol.frames import EventFrame, Seen
from signaling.protocol.values import Message

#: Events kept for a client that is away; older ones are replaced by a snapshot.
KEPT = 500


class Stream:
    """Events to one client of one server start (``epoch``); numbers begin at 1 and have no gaps."""

    def __init__(self, epoch: str, kept: int = KEPT) -> None:
        self.epoch = epoch
        self.number = 0
        self._frames: deque[EventFrame] = deque(maxlen=kept)

    def add(self, event: Message) -> EventFrame:
        """Give the event its number and keep it."""
        self.number += 1
        frame = EventFrame.model_construct(epoch=self.epoch, number=self.number, event=event)  # type: ignore[arg-type]
        self._frames.append(frame)
        return frame

    def missed(self, seen: Seen | None) -> list[EventFrame] | None:
        """What came after ``seen``, or None when only a snapshot can help."""
        if seen is None or seen.epoch != self.epoch or seen.number > self.number:
            return None
        if seen.number < self.number - len(self._frames):
            return None
        return [frame for frame in self._frames if frame.number > seen.number]
