"""Rules: the order and the patience with which packets of pictures are handed to the decoders.

In the place of aiortc's jitter buffer (docs/decisions/0040); that of sound is ``media.sound.buffer``. Time comes in as
an argument of the constructor, so that tests own it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

_HALF = 0x8000
_JUMP = 1000  # a sequence number further away than this is another stream, not a late packet


class Packet(Protocol):
    """What we need of an RTP packet (RFC 3550 section 5.1); ``_data`` is its payload without codec header."""

    sequence_number: int
    timestamp: int
    marker: int
    payload: bytes
    _data: bytes


@dataclass(slots=True)
class Encoded:
    """A whole coded frame. ``following`` are frames that became complete by the same packet.

    The receiver rewrites ``timestamp`` of the one it is given to the track's time; ``raw`` keeps the sender's.
    """

    data: bytes
    timestamp: int
    following: list[Encoded] = field(default_factory=list)
    raw: int = 0

    def __post_init__(self) -> None:
        self.raw = self.timestamp


def ahead(sequence: int, other: int) -> int:
    """How many packets ``sequence`` is after ``other`` (negative: before), modulo 2^16."""
    return ((sequence - other + _HALF) & 0xFFFF) - _HALF


class PictureBuffer:
    """Joins video packets to frames; a frame is released with its last packet (marker bit), not with the next.

    A hole that is not filled within ``patience`` seconds asks for a keyframe (RFC 4585 PLI), again every
    ``ask_again`` seconds, and a whole keyframe behind the hole ends the wait; the stream's first keyframe is asked for
    after ``patience_first``, for nothing is shown until it comes. ``is_keyframe`` says of a payload whether
    a keyframe begins with it; it may be set to another codec's.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        is_keyframe: Callable[[bytes], bool],
        capacity: int = 1024,
        patience: float = 0.25,
        ask_again: float = 0.5,
        patience_first: float = 0.12,
    ) -> None:
        self._clock, self.is_keyframe = clock, is_keyframe
        self._capacity, self._patience, self._ask_again = capacity, patience, ask_again
        self._patience_first = patience_first
        self._held: dict[int, Packet] = {}
        self._next: int | None = None
        self._opened = False  # whether the keyframe that the stream begins with has begun to come
        self._stuck_since: float | None = None
        self._asked = float("-inf")

    def add(self, packet: Packet) -> tuple[bool, Encoded | None]:
        """Take a packet; give back (whether to ask for a keyframe, the frame or frames now complete)."""
        sequence = packet.sequence_number
        if self._next is None or abs(ahead(sequence, self._next)) > 4 * _JUMP:
            self._held.clear()
            self._next, self._opened = sequence, False
        elif self._opened and ahead(sequence, self._next) < 0:
            return False, None
        self._held[sequence] = packet
        if not self._opened and not self._opens(packet):
            return self._ask(), None
        frames = self._complete()
        if not frames and self._is_stuck():
            frames = self._from_keyframe()
        if frames:
            self._stuck_since = None
            first = frames[0]
            first.following = frames[1:]
            return False, first
        return self._ask(), None

    def _opens(self, packet: Packet) -> bool:
        """Whether a stream begins here, though later packets may have come before; others wait for that one."""
        sequence = packet.sequence_number
        if self.is_keyframe(packet.payload):
            self._next, self._opened = sequence, True
            self._held = {number: held for number, held in self._held.items() if ahead(number, sequence) >= 0}
        elif self._stuck_since is None:
            self._stuck_since = self._clock()
        elif len(self._held) >= self._capacity:
            self._held = {sequence: packet}
        return self._opened

    def _complete(self) -> list[Encoded]:
        frames: list[Encoded] = []
        while (frame := self._frame_at(self._next or 0)) is not None:
            frames.append(frame)
        return frames

    def _frame_at(self, start: int) -> Encoded | None:
        """The whole frame that begins at ``start``, taken out of the buffer; None while a part is missing."""
        first = self._held.get(start)
        if first is None:
            return None
        sequence = start
        while True:
            packet = self._held[sequence]
            following = self._held.get((sequence + 1) & 0xFFFF)
            if packet.marker or (following is not None and following.timestamp != first.timestamp):
                break
            if following is None:
                return None
            sequence = (sequence + 1) & 0xFFFF
        count = ahead(sequence, start) + 1
        parts = [self._held.pop((start + place) & 0xFFFF)._data for place in range(count)]
        self._next = (sequence + 1) & 0xFFFF
        return Encoded(b"".join(parts), first.timestamp)

    def _is_stuck(self) -> bool:
        """Whether packets behind a hole have waited too long, or there are too many of them."""
        if self._next in self._held and len(self._held) == self._span():
            self._stuck_since = None  # no hole: the frame is only still on its way
            return False
        now = self._clock()
        if self._stuck_since is None:
            self._stuck_since = now
        return now - self._stuck_since >= self._patience or len(self._held) >= self._capacity

    def _span(self) -> int:
        start = self._next or 0
        return max(ahead(sequence, start) for sequence in self._held) + 1

    def _from_keyframe(self) -> list[Encoded]:
        start = self._next or 0
        for sequence in sorted(self._held, key=lambda s: ahead(s, start)):
            if sequence != start and self.is_keyframe(self._held[sequence].payload):
                frame = self._frame_at(sequence)
                if frame is not None:
                    for old in [s for s in self._held if ahead(s, sequence) < 0]:
                        del self._held[old]
                    return [frame, *self._complete()]
        if len(self._held) >= self._capacity:
            self._held.clear()
            self._next = None
        return []

    @property
    def is_frozen(self) -> bool:
        """Whether what has come waits behind a hole."""
        return self._stuck_since is not None

    def asks(self) -> bool:
        """Whether to ask for a keyframe now, though no packet came; counts as asked."""
        return self._ask()

    def _ask(self) -> bool:
        now = self._clock()
        patience = self._patience if self._opened else self._patience_first
        stuck = self._stuck_since is not None and now - self._stuck_since >= patience
        if not stuck or now - self._asked < self._ask_again:
            return False
        self._asked = now
        return True


def vp8_keyframe_begins(payload: bytes) -> bool:
    """Whether an RTP payload is the first of a VP8 keyframe (RFC 7741 sections 4.2 and 4.3)."""
    if len(payload) < 2 or not payload[0] & 0x10 or payload[0] & 0x07:
        return False
    place = 1
    if payload[0] & 0x80:
        extension = payload[1]
        place = 2
        if extension & 0x80:
            place += 2 if len(payload) > place and payload[place] & 0x80 else 1
        place += bool(extension & 0x40) + bool(extension & 0x30)
    return len(payload) > place and not payload[place] & 0x01
