"""Adapter: our voice as an outgoing aiortc track: coded by us in the microphone's thread, 20 ms a packet."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from media.sound import BLOCK, Block
from media.sound.losses import UNHEARD, Care, Redundancy
from media.sound.mended import wishes
from media.sound.opus import VOICE_RATE, Encoder
from media.sound.room import SoundRoom

#: takes a coded packet, its time stamp (48 kHz), and whether it is to go twice
Say = Callable[[bytes, int, bool], None]


class VoiceTrack(MediaStreamTrack):
    """The microphone. ``media.sound.sender`` takes its packets by ``speak_to``; there is nothing else to read.

    ``ended`` is set by ``stop``.
    """

    kind = "audio"

    def __init__(self, room: SoundRoom) -> None:
        super().__init__()
        self._room = room
        self._encoder = Encoder()
        self._coding = threading.Lock()  # libopus allows no setting while it codes
        self._redundancy = Redundancy()
        self._care = Care(0.0, True)  # nobody has said anything of the link yet
        self._unheard = UNHEARD
        self._rate, self._may_pause, self._silent = VOICE_RATE, False, False
        self._stamp = 0
        self._say: Say | None = None
        self.ended = asyncio.Event()

    async def recv(self) -> Any:
        """Nothing, for ever: raises MediaStreamError."""
        raise MediaStreamError

    def speak_to(self, say: Say) -> None:
        """From now on ``say`` is given each packet, in the microphone's thread; nothing in a pause."""
        self._say = say
        self._room.listen(self._spoken)

    def follow(self, sdp: str) -> None:
        """Code as the other end's description asks."""
        self._rate, self._may_pause = wishes(sdp)
        self._set()

    def reported(self, lost: float, room: float | None) -> None:
        """The other end missed this share (0..1) of late; the link has ``room`` kbit/s (None: nobody knows)."""
        self._care, self._unheard = self._redundancy.report(lost, room, time.monotonic()), 0
        self._set()

    def stop(self) -> None:
        """Speak no more."""
        self._room.stop_listening(self._spoken)
        self._say = None
        self.ended.set()
        super().stop()

    def _spoken(self, block: Block) -> None:
        if (silent := not block.any()) != self._silent:
            self._silent = silent
            self._set()
        with self._coding:
            data, stamp = self._encoder.encode(block), self._stamp
        self._stamp += BLOCK
        if data is not None and (say := self._say) is not None:
            say(data, stamp, self._care.twice)
            if self._unheard > 0:
                self._unheard -= 1
                if self._unheard == 0:
                    self._care = Care()
                    self._set()

    def _set(self) -> None:
        """Pauses cost the beginnings of words and the room's sound: only where nothing is heard, or little passes."""
        with self._coding:
            self._encoder.expect_loss(self._care.expected)
            self._encoder.allow(self._rate, self._may_pause and (self._silent or self._care.sparing))
