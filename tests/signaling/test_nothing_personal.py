"""Canaries: marked words in every text of every command and request; then the log, its export, the structured logs, the
metrics and the audit are searched for them. What the server keeps elsewhere, notes and numbers to call, has them."""

from __future__ import annotations

import asyncio
import copy
import itertools
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ground.ids import new_id
from ground.signing import SigningKey
from payment import events as pay
from signaling.protocol import commands as c
from signaling.protocol import examples
from signaling.protocol import journey as j
from signaling.protocol import queueing as q
from signaling.protocol.values import Message, Role
from signaling.server.administration import add_source
from signaling.server.command_table import TABLE
from signaling.server.queue_evidence import export
from tests.signaling import visit as v
from tests.signaling.client import PATIENCE_S, Client, ServerProcess

WORD, DIGITS, PHONE = "Зюзин", "999000123", "+371999000123"
MARKS = (WORD, DIGITS)
#: A connection that sent twenty frames that are none is closed.
_MALFORMED_IN_A_ROW = 15


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The places of all texts; ``(..., None)``: another name in the mapping there."""
    if isinstance(value, str):
        yield path
    elif isinstance(value, dict):
        if path:  # a command with a field more would be the command itself
            yield (*path, None)
        for key, one in value.items():
            if key not in ("type", "frame"):
                yield from leaves(one, (*path, key))
    elif isinstance(value, list):
        for index, one in enumerate(value):
            yield from leaves(one, (*path, index))


def marked(body: dict[str, Any], path: tuple[Any, ...], mark: str) -> dict[str, Any]:
    made = copy.deepcopy(body)
    place: Any = made
    for step in path[:-1]:
        place = place[step]
    if path[-1] is None:
        place[mark] = next(iter(place.values()), mark)
    else:
        place[path[-1]] = mark
    return made


class Sender:
    """Sends what is no message of ours too, and comes back when it is thrown out for that."""

    def __init__(self, client: Client) -> None:
        self.client, self.accepted, self._malformed = client, 0, 0

    async def send(self, body: dict[str, Any]) -> None:
        if self._malformed >= _MALFORMED_IN_A_ROW:
            await self.client.leave()
            await self.client.again()
            self._malformed = 0
        command_id, client = new_id(), self.client
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        client._answers[command_id] = answer
        await client.send(json.dumps({"frame": "command", "id": command_id, "command": body}))
        async with asyncio.timeout(PATIENCE_S):
            told = await answer
        refused = getattr(told, "code", None)
        self._malformed += refused == "protocol.malformed"
        self.accepted += refused is None

    async def canaries(self, commands: list[Message], real: dict[str, Any]) -> None:
        """Each command with a mark in each of its texts, the others as they really are."""
        numbers = itertools.count(100)
        for command in commands:
            body = command.model_dump(mode="json")
            for name in body.keys() & real.keys():
                body[name] = real[name]
            if "view" in body:
                body["view"] |= {"visit_id": real["visit_id"], "permission": "granted"}
            for path in leaves(body):
                for mark in (WORD, PHONE if path[-1] == "phone" else DIGITS):
                    made = marked(body, path, mark)
                    if "view" in made and path[-1] != "number":
                        made["view"]["number"] = next(numbers)
                    await self.send(made)


def commands_of(role: Role) -> list[Message]:
    """Examples of what this role may send; intents of operators each in one of its own."""
    told = [examples.EXAMPLES[kind] for kind, row in TABLE.items() if role in row.roles and kind is not q.CallBackWish]
    intents = [examples.EXAMPLES[one] for one in j.OPERATOR_INTENTS]
    if role is not Role.KIOSK:
        session = examples.EXAMPLES[c.SessionEnd].session_id  # type: ignore[attr-defined]
        told += [c.JourneyIntent(session_id=session, intent=one) for one in intents]  # type: ignore[arg-type]
    return told


async def test_no_word_that_somebody_typed_reaches_the_log_the_logs_or_the_metrics(
    shared: ServerProcess, tmp_path: Path
) -> None:
    kiosk, operator = await shared.kiosk("K-1", "Miass"), await shared.staff()
    boss = await shared.staff("boss", Role.SUPERVISOR)
    senders = [Sender(one) for one in (kiosk, operator, boss)]
    visit_id = await v.begin(kiosk)
    ticket = await v.take(kiosk, visit_id)
    parked, refused = new_id(), new_id()
    await kiosk.ask(c.PurchaseRecord(purchase_id=parked, entries=v.journal(parked)[:2]))
    await v.say(kiosk, parked, 3, pay.AnswerLost("reset"), pay.TooLong())
    await kiosk.ask(c.PurchaseRecord(purchase_id=refused, entries=v.journal(refused, account="0000000000")))
    real = {"visit_id": visit_id, "ticket_id": ticket.ticket_id, "purchase_id": parked, "centre": "Miass"}
    await senders[0].canaries(commands_of(Role.KIOSK), real)
    await v.available(operator)
    await operator.event("offer.made", lambda one: one.offer.ticket_id == ticket.ticket_id)
    session = (await operator.ask(c.OfferAccept(ticket_id=ticket.ticket_id))).session
    real["session_id"] = session.session_id
    await senders[1].canaries(commands_of(Role.OPERATOR), real)
    for purchase_id in (parked, refused):
        await senders[2].canaries(commands_of(Role.SUPERVISOR), real | {"purchase_id": purchase_id})

    other = await v.take(kiosk, visit_id, service="contract")
    await senders[0].canaries([examples.EXAMPLES[q.CallBackWish]], real | {"ticket_id": other.ticket_id})
    token = await asyncio.to_thread(add_source, shared.config, "site")
    await requests(shared, token, await door_of(kiosk))
    await shared.get("/healthz")

    lines = tmp_path / "log.jsonl"
    await asyncio.to_thread(export, str(shared.folder), lines)
    with sqlite3.connect(f"file:{shared.folder}/infomat.db?mode=ro", uri=True) as database:
        kept = {one: [str(row) for row in database.execute(f"SELECT * FROM {one}")] for one in ("event_log", "audit")}
        notes = database.execute("SELECT text FROM notes").fetchall()
        numbers = database.execute("SELECT phone, name FROM call_backs").fetchall()
    places = {
        **kept,
        "export": lines.read_text().splitlines(),
        "logs": shared.errors.decode().splitlines(),
        "metrics": (await shared.get("/metrics"))[1].decode().splitlines(),
    }
    found = [(name, line) for name, told in places.items() for line in told if any(mark in line for mark in MARKS)]
    assert found == []
    assert [one.accepted >= least for one, least in zip(senders, (50, 10, 2), strict=True)] == [True] * 3
    assert notes == [(DIGITS,)]  # where they belong
    assert (PHONE, WORD) in numbers
    assert len(places["event_log"]) > 50


async def door_of(kiosk: Client) -> str:
    await kiosk.leave()
    kiosk.seen = None
    await kiosk.again()
    return str(kiosk.snapshot.door.path).removeprefix("/door/")


async def requests(server: ServerProcess, token: str, door: str) -> None:
    """The same for what sites, phones and machines ask."""
    asked = {"request_id": "1", "phone": PHONE, "service": "payment", "language": "ru", "name": "A", "account": "1"}
    booked = {"service": "contract", "language": "ru", "place": "Miass", "slot": "2036-12-01T10:00:00+02:00"}
    bodies: list[tuple[str, dict[str, Any]]] = [
        ("/api/callbacks", asked | {"centre": ""}),
        ("/api/bookings", booked | {"request_id": "2", "account": "1"}),
        (f"/api/door/{door}/tickets", {"ticket_id": new_id(), "service": "payment", "language": "ru"}),
        ("/api/sign-in", {"name": "A", "password": "B", "public_key": SigningKey().public}),
        ("/api/enrol", {"code": "A", "name": "B", "public_key": SigningKey().public}),
    ]
    for path, body in bodies:
        for number, place in enumerate(leaves(body)):
            sent = body | ({"request_id": str(100 + number)} if "request_id" in body else {})
            await server.post(path, marked(sent, place, WORD), token=token)
