"""Adapter: who is linked, and their streams of events."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Protocol

from signaling.protocol.errors import ErrorCode
from signaling.protocol.frames import Seen
from signaling.protocol.values import Message, Role
from signaling.server.asked import Client
from signaling.server.streams import Stream

_MOST_STREAMS = 20_000


class Link(Protocol):
    """A connection as the hub needs it."""

    client: Client

    def send(self, frame: Message) -> None:
        """Queue a frame; never waits."""
        ...

    def part(self, code: ErrorCode, retry_after_s: float | None = None) -> None:
        """Say goodbye and close."""
        ...


class Hub:
    """Streams by identity, of this server's start (``epoch``), and the link of each that has one.

    A link comes, is attached once that is durable, and goes. Meanwhile the one before it may go, or it may itself: who
    has any link that came and was neither replaced nor gone is there.
    """

    def __init__(self, epoch: str) -> None:
        self.epoch = epoch
        self._streams: dict[str, Stream] = {}
        self._links: dict[str, Link] = {}
        #: those that came, were not replaced and are not gone, the newest last; only the first can be attached
        self._open: dict[str, list[Link]] = {}
        self._empty = asyncio.Event()
        self._empty.set()

    def tell(self, identity: str, event: Message) -> None:
        """Number an event for a client, send it if the client is there, keep it in case it comes back."""
        frame = self.stream(identity).add(event)
        link = self._links.get(identity)
        if link is not None:
            link.send(frame)

    def stream(self, identity: str) -> Stream:
        """The client's stream, made when it is first needed."""
        stream = self._streams.get(identity)
        if stream is None:
            if len(self._streams) >= _MOST_STREAMS:
                self._forget_one()
            stream = self._streams[identity] = Stream(self.epoch)
        return stream

    def came(self, identity: str, link: Link) -> None:
        """The client is there by this link, which is attached when that is durable."""
        self._open.setdefault(identity, []).append(link)

    def is_open(self, identity: str, link: Link) -> bool:
        """Whether the link came, and is neither gone nor replaced."""
        return link in self._open.get(identity, ())

    def attach(self, identity: str, link: Link) -> None:
        """From now on this link gets the client's events; the one before it is told that it was replaced."""
        before = self._links.get(identity)
        self._links[identity] = link
        self._empty.clear()
        if before is not None and before is not link:
            self._open[identity].remove(before)  # however long it takes to close, the client is there by the newer one
            before.part(ErrorCode.REPLACED)

    def detach(self, identity: str, link: Link) -> bool:
        """The link is gone; True when the client has no other, attached or about to be."""
        if not self.is_open(identity, link):
            return False
        links = self._open[identity]
        links.remove(link)
        if not links:
            del self._open[identity]
        if self._links.get(identity) is link:
            del self._links[identity]
            if not self._links:
                self._empty.set()
        return not links

    async def everybody_gone(self) -> None:
        """Wait until nobody is linked."""
        await self._empty.wait()

    def linked(self, identity: str) -> bool:
        """Whether the client is there."""
        return identity in self._links

    def link(self, identity: str) -> Link | None:
        """The link by which the client is there."""
        return self._links.get(identity)

    def links(self, *roles: Role) -> list[Link]:
        """The links of clients with one of these roles; all without roles."""
        return [link for link in self._links.values() if not roles or link.client.role in roles]

    def missed(self, identity: str, seen: Seen | None) -> Iterable[Message] | None:
        """What the client has not seen, or None when it needs a snapshot."""
        return self.stream(identity).missed(seen)

    def _forget_one(self) -> None:
        for identity in self._streams:
            if identity not in self._links:
                del self._streams[identity]
                return
