"""The book of record in memory: no page that rests for long, and none forgotten that is not on disk yet."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

from benchmarks.chaos.store import Store
from ground.clock import SystemClock
from ground.simulated_disk import SimulatedDisk
from payment.events import entry_to_dict
from signaling.protocol.commands import PurchaseRecord
from signaling.server.event_log import Change, Update
from signaling.server.purchases import Purchases
from tests.payment.purchases import START, unknown

NAME = "0190b1c2-0000-7000-8000-00000000000{}"


class Tables:
    """The tables of a test: a change is there when ``write`` was called."""

    def __init__(self) -> None:
        self.store = Store(SimulatedDisk())
        self.waiting: list[Change] = []
        self.book = Purchases(cast(Any, self.store), cast(Any, None), SystemClock(), cast(Any, None), most_pages=3)

    async def record(self, purchase_id: str, *numbers: int) -> None:
        """A kiosk sends these entries of a purchase; they are not on disk yet."""
        entries = [replace(one, purchase_id=purchase_id) for one in unknown().entries if one.seq in numbers]
        asked = SimpleNamespace(client=SimpleNamespace(identity="kiosk-1"), change=Change(START))
        told = tuple(entry_to_dict(one) for one in entries)
        await self.book.record(cast(Any, asked), PurchaseRecord(purchase_id=purchase_id, entries=told))
        self.waiting.append(asked.change)

    def write(self) -> None:
        """Everything is on disk, and what follows from that is done."""
        for change in self.waiting:
            writes = [
                (one.table, dict(one.key), dict(one.values))
                if isinstance(one, Update)
                else (one.table, None, dict(cast(Any, one).row))
                for one in change.writes
            ]
            self.store.apply(json.loads(json.dumps(writes, default=str)))
        for change in self.waiting:
            for afterwards in change.afterwards:
                afterwards()
        self.waiting = []


async def test_pages_that_rest_are_let_go_and_read_again() -> None:
    tables = Tables()
    for number in range(10):
        await tables.record(NAME.format(number), 1, 2)
        tables.write()
    assert tables.book.held == 3
    await tables.record(NAME.format(0), 3)
    assert (await tables.book.page(NAME.format(0))).purchase.seq == 3
    tables.write()
    assert tables.book.held == 3


async def test_a_page_that_is_not_on_disk_yet_is_held() -> None:
    tables = Tables()
    await asyncio.gather(*(tables.record(NAME.format(number), 1, 2) for number in range(9)))
    unwritten, tables.waiting = tables.waiting, tables.waiting[:1]
    tables.write()
    assert tables.book.held >= 8, "what is nowhere else"
    await tables.record(NAME.format(8), 3)
    tables.waiting = [*unwritten[1:], *tables.waiting]
    tables.write()
    assert tables.book.held == 3
    assert (await tables.book.page(NAME.format(8))).purchase.seq == 3
