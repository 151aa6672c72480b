"""The link against a small server that speaks the frames by hand."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve

from signaling.client import Link, LinkDown, TlsRefused
from signaling.client.link import _UNDER_WAY_MOST
from signaling.client.states import (
    IllegalLinkMove,
    Left,
    LinkState,
    SignedIn,
    SocketLost,
    TryBegan,
    move,
    wait_before_try,
)
from signaling.protocol import ProtocolError, Role
from signaling.protocol.commands import TokenRenew
from signaling.protocol.events import LineTold
from signaling.protocol.frames import TokenProof
from signaling.protocol.replies import Done

WELCOME = {"frame": "welcome", "version": 1, "epoch": "e1", "number": 0, "resumed": False}
LINE = {"type": "line.told", "waiting": 1, "operators": 2, "wait": None}


class Script:
    """What the server saw, and how it answers each connection in turn."""

    def __init__(self) -> None:
        self.hellos: list[dict[str, Any]] = []
        self.commands: list[dict[str, Any]] = []
        self.turns: list[Callable[[ServerConnection], Awaitable[None]]] = []


@asynccontextmanager
async def server(script: Script) -> AsyncIterator[str]:
    async def connection(socket: ServerConnection) -> None:
        await socket.send(json.dumps({"frame": "challenge", "nonce": "n", "versions": [1]}))
        script.hellos.append(json.loads(await socket.recv()))
        turn = script.turns.pop(0) if len(script.turns) > 1 else script.turns[0]
        await turn(socket)

    async with serve(connection, "127.0.0.1", 0) as running:
        yield f"ws://127.0.0.1:{running.sockets[0].getsockname()[1]}/ws"


class Client:
    def __init__(self, url: str) -> None:
        self.events: list[Any] = []
        self.online: asyncio.Queue[tuple[bool, str | None]] = asyncio.Queue()

        async def prove(_nonce: str) -> TokenProof:
            return TokenProof(token="t")

        self.link = Link(
            url, None, Role.OPERATOR, "op", prove, self.events.append, self.events.append,
            lambda up, code: self.online.put_nowait((up, code)),
        )  # fmt: skip

    async def __aenter__(self) -> Client:
        self.running = asyncio.create_task(self.link.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.link.close()
        await asyncio.wait_for(self.running, 5)


async def until(condition: Callable[[], bool], seconds: float = 5) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


def answering(script: Script) -> Callable[[ServerConnection], Awaitable[None]]:
    async def turn(socket: ServerConnection) -> None:
        await socket.send(json.dumps(WELCOME))
        async for text in socket:
            frame = json.loads(text)
            script.commands.append(frame)
            await socket.send(json.dumps({"frame": "reply", "id": frame["id"], "reply": {"type": "done"}}))

    return turn


async def test_a_command_gets_its_reply() -> None:
    script = Script()
    script.turns = [answering(script)]
    async with server(script) as url, Client(url) as client:
        assert await asyncio.wait_for(client.online.get(), 5) == (True, None)
        assert isinstance(await client.link.ask(TokenRenew()), Done)


async def test_a_kept_command_is_sent_again_with_its_id_after_the_connection_broke() -> None:
    script = Script()

    async def breaks(socket: ServerConnection) -> None:
        await socket.send(json.dumps(WELCOME))
        script.commands.append(json.loads(await socket.recv()))
        await socket.close()

    script.turns = [breaks, answering(script)]
    answers: list[object] = []
    async with server(script) as url, Client(url) as client:
        sent = client.link.keep(TokenRenew(), on_answer=answers.append)
        await until(lambda: bool(answers))
        assert isinstance(answers[0], Done)
        assert [frame["id"] for frame in script.commands] == [sent, sent]
        assert client.link.unanswered == 0


async def test_what_was_kept_without_a_server_arrives_in_its_order_and_before_what_is_asked_afterwards() -> None:
    script = Script()
    script.turns = [answering(script)]
    async with server(script) as url:
        client = Client(url)
        kept = [client.link.keep(TokenRenew()) for _ in range(100)]

        def ask_at_once(up: bool, _code: str | None) -> None:
            if up:  # it is told of the end too, when there is nobody left to ask
                asked.append(asyncio.ensure_future(client.link.ask(TokenRenew(), "asked")))

        asked: list[asyncio.Future[Any]] = []
        client.link._on_online = ask_at_once
        async with client:
            await until(lambda: len(script.commands) == 101)
            arrived = [frame["id"] for frame in script.commands]
            assert [one for one in arrived if one != "asked"] == kept
            assert arrived.index("asked") >= _UNDER_WAY_MOST
            await until(lambda: client.link.unanswered == 0)
            assert isinstance(await asked[0], Done)


async def test_no_more_kept_commands_are_under_way_than_a_server_takes_at_once() -> None:
    script = Script()

    async def silent(socket: ServerConnection) -> None:
        await socket.send(json.dumps(WELCOME))
        async for text in socket:
            script.commands.append(json.loads(text))
            if script.commands[-1]["id"] == "mark":
                await socket.send(json.dumps({"frame": "reply", "id": "mark", "reply": {"type": "done"}}))

    script.turns = [silent]
    async with server(script) as url, Client(url) as client:
        await client.online.get()
        for _ in range(_UNDER_WAY_MOST + 8):
            client.link.keep(TokenRenew())
        await until(lambda: len(script.commands) == _UNDER_WAY_MOST)
        assert isinstance(await client.link.ask(TokenRenew(), "mark"), Done)  # whatever was sent is there by now
        assert len(script.commands) == _UNDER_WAY_MOST + 1


async def test_a_mistake_of_the_owner_in_one_event_does_not_end_the_link() -> None:
    script = Script()

    async def two_events(socket: ServerConnection) -> None:
        await socket.send(json.dumps(WELCOME))
        for number in (1, 2):
            await socket.send(json.dumps({"frame": "event", "epoch": "e1", "number": number, "event": LINE}))
        await socket.wait_closed()

    script.turns = [two_events]
    async with server(script) as url, Client(url) as client:
        seen: list[Any] = []

        def stumbles(event: Any) -> None:
            seen.append(event)
            raise KeyError("ours")

        client.link._on_event = stumbles
        await until(lambda: len(seen) == 2)
        assert client.link.online
        assert len(script.hellos) == 1


async def test_a_known_event_that_cannot_be_read_is_followed_by_a_whole_new_state() -> None:
    script = Script()

    async def unreadable(socket: ServerConnection) -> None:
        await socket.send(json.dumps(WELCOME))
        await socket.send(json.dumps({"frame": "event", "epoch": "e1", "number": 1, "event": LINE}))
        bad = {**LINE, "waiting": "many"}
        await socket.send(json.dumps({"frame": "event", "epoch": "e1", "number": 2, "event": bad}))
        await socket.wait_closed()

    script.turns = [unreadable, answering(script)]
    async with server(script) as url, Client(url) as client:
        await until(lambda: len(script.hellos) == 2 and client.link.online)
        assert script.hellos[1]["seen"] is None


@pytest.mark.parametrize("turns_of_the_loop", [0, 1, 2, 3])
async def test_a_link_that_is_cancelled_in_the_moment_it_is_closed_is_cancelled(turns_of_the_loop: int) -> None:
    """On Python 3.11 ``asyncio.wait_for`` forgets a cancellation that comes together with the result."""
    client = Client("ws://127.0.0.1:1/ws")
    running = asyncio.create_task(client.link.run())
    await until(lambda: bool(client.link._closing._waiters))
    client.link._closing.set()
    for _ in range(turns_of_the_loop):
        await asyncio.sleep(0)
    taken = running.cancel()
    await asyncio.wait([running])
    assert running.cancelled() == taken


async def test_a_question_fails_when_the_connection_breaks_before_the_answer() -> None:
    script = Script()

    async def breaks(socket: ServerConnection) -> None:
        await socket.send(json.dumps(WELCOME))
        await socket.recv()
        await socket.close()

    script.turns = [breaks, answering(script)]
    async with server(script) as url, Client(url) as client:
        await client.online.get()
        with pytest.raises(LinkDown):
            await client.link.ask(TokenRenew())


async def test_the_last_seen_event_is_said_after_a_reconnect_and_repeats_are_dropped() -> None:
    script = Script()

    async def one_event(socket: ServerConnection) -> None:
        await socket.send(json.dumps(WELCOME))
        await socket.send(json.dumps({"frame": "event", "epoch": "e1", "number": 7, "event": LINE}))
        await socket.close()

    async def repeats(socket: ServerConnection) -> None:
        await socket.send(json.dumps(WELCOME))
        for number in (7, 8):
            await socket.send(json.dumps({"frame": "event", "epoch": "e1", "number": number, "event": LINE}))
        await socket.wait_closed()

    script.turns = [one_event, repeats]
    async with server(script) as url, Client(url) as client:
        await until(lambda: len(client.events) == 2)
        assert all(isinstance(event, LineTold) for event in client.events)
        assert script.hellos[1]["seen"] == {"epoch": "e1", "number": 7}


async def test_an_event_of_a_newer_server_is_passed_over() -> None:
    script = Script()

    async def newer(socket: ServerConnection) -> None:
        await socket.send(json.dumps(WELCOME))
        await socket.send(json.dumps({"frame": "event", "epoch": "e1", "number": 1, "event": {"type": "from.2031"}}))
        await socket.send(json.dumps({"frame": "event", "epoch": "e1", "number": 2, "event": LINE}))
        await socket.wait_closed()

    script.turns = [newer]
    async with server(script) as url, Client(url) as client:
        await until(lambda: len(client.events) == 1)
        assert client.link.online


async def test_a_refusal_is_an_error_with_its_code() -> None:
    script = Script()

    async def refuses(socket: ServerConnection) -> None:
        await socket.send(json.dumps(WELCOME))
        frame = json.loads(await socket.recv())
        error = {"frame": "error", "id": frame["id"], "code": "auth.not_allowed", "phrase": "error.auth.not_allowed"}
        await socket.send(json.dumps(error))
        await socket.wait_closed()

    script.turns = [refuses]
    async with server(script) as url, Client(url) as client:
        await client.online.get()
        with pytest.raises(ProtocolError) as refused:
            await client.link.ask(TokenRenew())
        assert refused.value.code == "auth.not_allowed"


async def test_a_final_goodbye_ends_the_link_with_its_code() -> None:
    script = Script()

    async def expired(socket: ServerConnection) -> None:
        await socket.send(json.dumps({"frame": "goodbye", "code": "auth.expired", "phrase": "error.auth.expired"}))

    script.turns = [expired]
    async with server(script) as url:
        client = Client(url)
        assert await asyncio.wait_for(client.link.run(), 5) == "auth.expired"
        assert client.online.get_nowait() == (False, "auth.expired")


@pytest.mark.parametrize("url", ["ws://10.0.0.1/ws", "http://127.0.0.1/ws", "wss://office.example/ws"])
def test_plain_addresses_and_unpinned_servers_are_refused(url: str) -> None:
    async def prove(_nonce: str) -> TokenProof:
        return TokenProof(token="t")

    with pytest.raises(TlsRefused):
        Link(url, None, Role.OPERATOR, "op", prove, print, print, print)


def test_a_link_moves_only_by_its_table() -> None:
    assert move(LinkState.APART, TryBegan()) is LinkState.CONNECTING
    assert move(LinkState.ONLINE, Left()) is LinkState.CLOSED
    with pytest.raises(IllegalLinkMove):
        move(LinkState.APART, SignedIn())
    with pytest.raises(IllegalLinkMove):
        move(LinkState.CLOSED, SocketLost())


def test_waits_grow_to_thirty_seconds_and_the_servers_wish_wins() -> None:
    assert wait_before_try(0, 0.99) < 0.25
    assert max(wait_before_try(attempt, 0.999) for attempt in range(50)) <= 30
    assert wait_before_try(5, 0.5, told=3.0) == 3.0
