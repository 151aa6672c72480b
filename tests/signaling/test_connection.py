"""What a connection takes and refuses: hellos, bad input, floods, a second client, resuming."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidMessage, WebSocketException

from ground.ids import new_id
from ground.signing import SigningKey
from signaling.protocol import commands as c
from signaling.protocol.errors import ErrorCode
from signaling.protocol.frames import MAX_FRAME, CommandFrame, Seen, read_server_frame
from signaling.protocol.values import Role
from tests.signaling import visit as v
from tests.signaling.client import PATIENCE_S, Client, Refused, ServerProcess

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def kiosk(shared: ServerProcess) -> AsyncIterator[Client]:
    client = await shared.kiosk()
    yield client
    await client.leave()


def frame(kind: str, **fields: Any) -> str:
    return json.dumps({"frame": "command", "id": new_id(), "command": {"type": kind, **fields}})


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"version": 99}, ErrorCode.VERSION),
        ({"identity": "somebody-else"}, ErrorCode.NOT_SIGNED_IN),
        ({"role": Role.OPERATOR}, ErrorCode.NOT_SIGNED_IN),
        ({"proof": {"method": "token", "token": "made up"}}, ErrorCode.NOT_SIGNED_IN),
        ({"proof": {"method": "key", "signature": "AAAA"}}, ErrorCode.NOT_SIGNED_IN),
    ],
)
async def test_a_hello_that_does_not_hold_is_refused_with_a_goodbye(
    shared: ServerProcess, kiosk: Client, other: dict[str, Any], code: ErrorCode
) -> None:
    stranger = Client(shared, Role.KIOSK, kiosk.identity, key=kiosk.key)
    with pytest.raises(Refused) as refused:
        await stranger.link(**other)
    assert refused.value.code is code


async def test_another_key_does_not_open_the_door(shared: ServerProcess, kiosk: Client) -> None:
    thief = Client(shared, Role.KIOSK, kiosk.identity, key=SigningKey())
    with pytest.raises(Refused) as refused:
        await thief.link()
    assert refused.value.code is ErrorCode.NOT_SIGNED_IN


async def test_a_signature_over_another_nonce_does_not_hold(shared: ServerProcess, kiosk: Client) -> None:
    replayer = Client(shared, Role.KIOSK, kiosk.identity, key=kiosk.key)
    await replayer.open()
    assert replayer.socket is not None
    await replayer.socket.send(replayer.hello("an older nonce").model_dump_json())
    assert read_server_frame(await replayer.socket.recv()).code is ErrorCode.NOT_SIGNED_IN  # type: ignore[union-attr]


async def test_a_command_before_hello_is_out_of_order(shared: ServerProcess, kiosk: Client) -> None:
    early = Client(shared, Role.KIOSK, kiosk.identity, key=kiosk.key)
    await early.open()
    assert early.socket is not None
    await early.socket.send(frame("token.renew"))
    assert read_server_frame(await early.socket.recv()).code is ErrorCode.ORDER  # type: ignore[union-attr]


async def test_hello_twice_is_out_of_order_and_the_connection_goes_on(kiosk: Client) -> None:
    await kiosk.send(kiosk.hello("whatever").model_dump_json())
    assert (await kiosk.error()).code is ErrorCode.ORDER
    await v.begin(kiosk)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("no json", ErrorCode.MALFORMED),
        (b'{"frame": "command"}', ErrorCode.MALFORMED),
        ("[]", ErrorCode.MALFORMED),
        ('{"frame": "welcome"}', ErrorCode.UNKNOWN_TYPE),
    ],
)
async def test_nonsense_is_named_and_the_connection_goes_on(kiosk: Client, text: str | bytes, code: ErrorCode) -> None:
    await kiosk.send(text)
    error = await kiosk.error()
    assert (error.code, error.id) == (code, None)
    assert error.phrase == f"error.{code.value}"
    await v.begin(kiosk)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"type": "from.the.future", "x": 1}, ErrorCode.UNKNOWN_TYPE),
        ({"type": "rating.give", "session_id": "s", "stars": 6}, ErrorCode.MALFORMED),
        *[({"type": "reading.submit", "visit_id": "v", "account": "1", "meter_id": "m", "values": {"T1": value}},
           ErrorCode.MALFORMED) for value in ("12a", "12", 12.5, 12.0, True, None)],
        ({"type": "ticket.leave", "ticket_id": "t", "reason": "\x00"}, ErrorCode.MALFORMED),
    ],
)  # fmt: skip
async def test_a_bad_command_is_answered_under_its_own_id(kiosk: Client, fields: Any, code: ErrorCode) -> None:
    await kiosk.send(json.dumps({"frame": "command", "id": "mine", "command": fields}))
    error = await kiosk.error()
    assert (error.code, error.id) == (code, "mine")
    await v.begin(kiosk)


async def test_many_malformed_frames_end_the_connection(kiosk: Client) -> None:
    for _ in range(20):
        await kiosk.send("{")
    assert (await kiosk.parted()).code is ErrorCode.MALFORMED


async def test_a_frame_that_is_too_large_ends_the_connection_with_its_reason(kiosk: Client) -> None:
    await kiosk.send("x" * (MAX_FRAME + 1))
    assert (await kiosk.parted()).code is ErrorCode.TOO_LARGE
    assert (kiosk.close_code, kiosk.close_reason) == (1009, "protocol.too_large")


async def test_a_huge_frame_ends_the_connection_before_it_is_read(kiosk: Client) -> None:
    assert kiosk.socket is not None
    with contextlib.suppress(WebSocketException):
        await kiosk.send("x" * (8 * MAX_FRAME))
    async with asyncio.timeout(PATIENCE_S):
        await kiosk.socket.wait_closed()
    assert kiosk.socket.close_code == 1009


async def test_a_flood_ends_the_connection_with_a_time_to_come_back(kiosk: Client) -> None:
    told = [CommandFrame(id=new_id(), command=c.TicketLeave(ticket_id="t")).model_dump_json() for _ in range(400)]
    await asyncio.gather(*(kiosk.send(one) for one in told), return_exceptions=True)
    goodbye = await kiosk.parted()
    assert goodbye.code is ErrorCode.TOO_MANY
    assert goodbye.retry_after_s is not None
    assert goodbye.retry_after_s > 0
    await kiosk.again()
    await v.begin(kiosk)


async def test_a_second_connection_takes_the_place_of_the_first(shared: ServerProcess, kiosk: Client) -> None:
    visit_id = await v.begin(kiosk)
    second = Client(shared, Role.KIOSK, kiosk.identity, key=kiosk.key)
    await second.link()
    assert (await kiosk.parted()).code is ErrorCode.REPLACED
    assert (await v.take(second, visit_id)).state == "waiting"
    await kiosk.again()
    assert (await second.parted()).code is ErrorCode.REPLACED


async def test_the_same_id_gives_the_same_reply_and_does_nothing_twice(kiosk: Client) -> None:
    visit_id = await v.begin(kiosk)
    command = c.TicketTake(ticket_id=new_id(), visit_id=visit_id, service="other", language="ru")
    first, again = await kiosk.ask(command, "take-1"), await kiosk.ask(command, "take-1")
    assert first == again
    with pytest.raises(Refused) as refused:
        await kiosk.ask(c.TicketLeave(ticket_id=command.ticket_id), "take-1")
    assert refused.value.code is ErrorCode.REPLAYED
    assert refused.value.frame.id == "take-1"  # type: ignore[union-attr]


async def test_the_same_command_sent_twice_at_once_is_done_once(kiosk: Client) -> None:
    visit_id = await v.begin(kiosk)
    command = c.TicketTake(ticket_id=new_id(), visit_id=visit_id, service="other", language="ru")
    text = CommandFrame(id="at-once", command=command).model_dump_json()
    reply = asyncio.create_task(kiosk.ask(command, "at-once"))
    await kiosk.send(text)
    await kiosk.send(text)
    ticket = (await reply).ticket
    await kiosk.ask(c.TicketLeave(ticket_id=ticket.ticket_id))
    changed = await kiosk.event("ticket.changed", lambda one: one.ticket.ticket_id == ticket.ticket_id)
    assert changed.ticket.number == ticket.number


async def test_what_was_missed_comes_after_a_reconnect_in_order_and_without_gaps(kiosk: Client) -> None:
    visit_id = await v.begin(kiosk)
    ticket = await v.take(kiosk, visit_id)
    await kiosk.event("ticket.changed", lambda one: one.ticket.ticket_id == ticket.ticket_id)
    seen = kiosk.seen
    assert seen is not None
    await kiosk.ask(c.TicketLeave(ticket_id=ticket.ticket_id))
    await kiosk.event("ticket.changed", lambda one: one.ticket.state == "abandoned")
    await kiosk.leave()
    kiosk.seen, kiosk.numbers = seen, []
    welcome = await kiosk.again()
    assert welcome.resumed
    missed = await kiosk.event("ticket.changed", lambda one: one.ticket.state == "abandoned")
    assert missed.ticket.ticket_id == ticket.ticket_id
    await kiosk.event("line.told")
    assert kiosk.numbers == list(range(seen.number + 1, seen.number + 1 + len(kiosk.numbers)))


@pytest.mark.parametrize("number", [10**9, None])
async def test_a_client_that_cannot_resume_gets_a_snapshot(kiosk: Client, number: int | None) -> None:
    visit_id = await v.begin(kiosk)
    ticket = await v.take(kiosk, visit_id)
    await kiosk.leave()
    epoch = kiosk.welcome.epoch if kiosk.welcome else ""
    kiosk.seen = None if number is None else Seen(epoch=epoch, number=number)
    assert not (await kiosk.again()).resumed
    assert [one.ticket_id for one in kiosk.snapshot.tickets] == [ticket.ticket_id]
    assert kiosk.snapshot.line is not None
    await kiosk.ask(c.VisitEnd(visit_id=visit_id, outcome="finished"))


async def test_a_client_that_trusts_another_ca_goes_away(shared: ServerProcess) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        await connect(f"wss://127.0.0.1:{shared.port}/ws", ssl=ssl.create_default_context())


async def test_there_is_no_plain_websocket(shared: ServerProcess) -> None:
    with pytest.raises((InvalidMessage, OSError, EOFError)):
        await connect(f"ws://127.0.0.1:{shared.port}/ws")
