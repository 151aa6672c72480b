"""Adapter for tests: a day at a real server process, whose log is then to be proved, and faults planted in it."""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from signaling.protocol import commands as c
from signaling.server.event_log import Entry, chained
from tests.signaling import visit as v
from tests.signaling.client import ServerProcess


@dataclass(frozen=True)
class ProvedDay:
    """What is left of the day: the server's folder, and what its customers took home."""

    folder: Path
    #: ticket number -> the proof its owner was told
    proofs: dict[str, str]
    #: in the order in which they were called
    called: tuple[str, ...]


async def proved_day(folder: Path) -> ProvedDay:
    """Four customers come, one in special need; the server is killed; one operator calls them all."""
    async with ServerProcess(folder, "--kiosk-grace-seconds=60") as server:
        kiosk, operator = await server.kiosk(), await server.staff()
        visit_id = await v.begin(kiosk)
        proofs, called = {}, []
        for service, special in (("payment", False), ("other", False), ("payment", False), ("other", True)):
            ticket = await v.take(kiosk, visit_id, service=service, special_need=special)
            proofs[ticket.number] = ticket.proof
        await kiosk.leave()
        await operator.leave()
        await server.kill_and_restart()
        await asyncio.gather(kiosk.again(), operator.again())
        assert {one.number: one.proof for one in kiosk.snapshot.tickets} == proofs
        await v.available(operator)
        while len(called) < len(proofs):
            offer = (await operator.event("offer.made")).offer
            called.append(offer.number)
            session = (await operator.ask(c.OfferAccept(ticket_id=offer.ticket_id))).session
            await operator.ask(c.SessionEnd(session_id=session.session_id))
            await operator.ask(c.WrapUpFinish(session_id=session.session_id, result="resolved"))
        return ProvedDay(folder, proofs, tuple(called))


def steps(database: Path, kind: str) -> list[int]:
    """Numbers of the queue's entries that hold an event of this type."""
    with sqlite3.connect(database) as connection:
        rows = connection.execute("SELECT number, body FROM event_log WHERE kind = 'queue' ORDER BY number").fetchall()
    return [number for number, body in rows if f'"type":"{kind}"' in body]


def chain_anew(database: Path) -> None:
    """What a forger with the whole database does last: number all entries, and make a chain that holds."""
    with sqlite3.connect(database) as connection:
        rows = connection.execute("SELECT at, kind, body FROM event_log ORDER BY number").fetchall()
        connection.execute("DELETE FROM event_log")
        previous = "0" * 64
        for number, (at, kind, body) in enumerate(rows, 1):
            hashed = chained(previous, number, datetime.fromisoformat(at), Entry(kind, body))
            connection.execute(
                "INSERT INTO event_log VALUES (?, ?, ?, ?, ?, ?)", (number, at, kind, body, previous, hashed)
            )
            previous = hashed
