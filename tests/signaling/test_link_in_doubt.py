"""The link while a call has lost its network: it proves itself at once, or another is opened."""

from __future__ import annotations

import asyncio
import json
import time

import pytest
from websockets.asyncio.server import ServerConnection

from signaling.client import LinkDown
from signaling.protocol.commands import SessionMedia
from signaling.protocol.replies import Done
from tests.signaling.test_link import WELCOME, Client, Script, answering, server, until


async def test_a_link_over_the_network_that_a_call_has_lost_is_replaced_within_seconds() -> None:
    script = Script()

    async def goes_dead(socket: ServerConnection) -> None:
        await socket.send(json.dumps(WELCOME))
        socket.transport.pause_reading()  # as with a cable pulled: nothing is answered, nothing is closed
        await over.wait()
        socket.transport.resume_reading()
        await socket.wait_closed()

    over = asyncio.Event()
    script.turns = [goes_dead, answering(script)]
    async with server(script) as url, Client(url) as client:
        assert await asyncio.wait_for(client.online.get(), 5) == (True, None)
        began = time.monotonic()
        with pytest.raises(LinkDown):
            await client.link.ask(SessionMedia(session_id="s", state="reconnecting"))
        assert await asyncio.wait_for(client.online.get(), 5) == (False, None)
        assert await asyncio.wait_for(client.online.get(), 5) == (True, None)
        assert time.monotonic() - began < 6  # a ping alone would need ten to twenty
        over.set()


async def test_a_call_that_reconnects_over_a_living_link_changes_nothing_of_the_link() -> None:
    script = Script()
    script.turns = [answering(script)]
    async with server(script) as url, Client(url) as client:
        assert await asyncio.wait_for(client.online.get(), 5) == (True, None)
        assert isinstance(await client.link.ask(SessionMedia(session_id="s", state="reconnecting")), Done)
        await until(lambda: client.link._proving is not None and client.link._proving.done())
        assert client.link.online
        assert len(script.hellos) == 1
