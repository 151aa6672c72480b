"""Port: how the two ends of a session are connected. Driver: ``engine/direct.py``; one through an SFU can follow.

Nothing here assumes that the other end of a connection is the other person: a session's peer is whoever signs with
``peer_public_key`` as ``peer_role``, be it a kiosk, an operator, or a server that forwards for them.
"""

from __future__ import annotations

from typing import Any, Protocol

from media.messages import Event, Join, RemoteDescription
from media.sound.playout import Voice


class Studio(Protocol):
    """What a connection takes from us and gives to us."""

    def picture_track(self) -> Any:
        """A fresh outgoing video track (an aiortc MediaStreamTrack with ``sent``, the pictures taken from it)."""
        ...

    def voice_track(self) -> Any:
        """A fresh outgoing audio track (an aiortc MediaStreamTrack with ``follow`` and ``reported``)."""
        ...

    async def show(self, picture: Any, taken_at: float) -> None:
        """Put a decoded picture (av.VideoFrame) on the screen; ``taken_at`` in monotonic seconds."""
        ...

    def hear(self, voice: Voice) -> None:
        """Play this voice too from now on."""
        ...

    def hush(self, voice: Voice) -> None:
        """Play it no more."""
        ...

    def tell(self, event: Event) -> None:
        """Say something to the window."""
        ...


class MediaTopology(Protocol):
    """Holds the connections of every session this engine takes part in. Refusals are told as events."""

    async def join(self, order: Join) -> None:
        """Take part, or begin a fresh connection of a session already joined."""
        ...

    async def describe(self, order: RemoteDescription) -> None:
        """Take in the other end's description, after checking who signed it."""
        ...

    async def leave(self, session_id: str) -> None:
        """End our part; harmless for an unknown session."""
        ...

    async def close(self) -> None:
        """Leave everything."""
        ...
