"""Adapter: our server's book of record and outbox as a process of the chaos run, and billing as another.

The book, the outbox and billing's book are the product's; the database below the server is a log on a simulated
disk: a change is durable when its line is synced.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import sqlite3
from dataclasses import replace
from datetime import datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from benchmarks.chaos.life import Killed, Life, MortalDisk
from benchmarks.chaos.store import LOG, Store
from billing.accounts import AccountCard, Posted, Posting
from billing.embedded.book import Book
from billing.errors import BillingRefused, BillingUnavailable
from ground.simulated_disk import SimulatedDisk
from payment import documents as dc
from payment import lines as ln
from payment import refunds as rf
from payment.book import (
    Clarification,
    ask_refund,
    clarify,
    decide_refund,
    refund_amount,
    settle_by_hand,
    settle_documents,
)
from payment.errors import IllegalLineMove
from payment.refunds import Refund
from payment.tasks import acts
from signaling.client.link import LinkDown
from signaling.protocol.commands import PurchaseRecord
from signaling.protocol.errors import ProtocolError
from signaling.server.event_log import Change, Insert, Put, Update
from signaling.server.purchases import Purchases, ToKiosk

if TYPE_CHECKING:
    from benchmarks.chaos.world import World


class ServerProcess:
    """One life after another over the same log."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.disk = SimulatedDisk(seed=world.seed + 1)
        self.life = Life("server", lambda life: False)
        self.life.alive = False
        self.store = Store(self.disk)
        self.purchases: Purchases | None = None
        self._answers: list[asyncio.Future[Any]] = []

    def start(self) -> None:
        """Read the log, go on with what is owed."""
        world = self._world
        self.disk.cut_after = None
        self.disk.open_append(LOG).sync()
        self.store = Store(self.disk)
        self.life = Life("server", world.fate)
        disk = MortalDisk(
            self.disk, self.life, world.server_power_cut, lambda data: world.without == "fdatasync:server"
        )
        self.life.call(self._open, disk)

    def _open(self, disk: MortalDisk) -> None:
        self._file = disk.open_append(LOG)
        billing = cast(Any, BillingLine(self._world, self.life))
        self.purchases = Purchases(
            cast(Any, self.store),
            billing,
            self._world.true_clock,
            self._submit,
            fiscal=self._world.register.driver(),
            most_pages=1,
        )
        self.life.spawn(self.purchases.resume())

    def ask(self, kiosk_id: str, command: PurchaseRecord) -> asyncio.Future[Any]:
        """A kiosk's command. The answer is LinkDown when the process dies meanwhile."""
        answer = asyncio.get_running_loop().create_future()
        if not self.life.alive or self.purchases is None:
            answer.set_exception(LinkDown("no connection"))
            return answer
        self._answers = [one for one in self._answers if not one.done()] + [answer]
        self.life.spawn(self._handle(kiosk_id, command, answer))
        return answer

    async def _handle(self, kiosk_id: str, command: PurchaseRecord, answer: asyncio.Future[Any]) -> None:
        self.life.step()
        assert self.purchases is not None
        change = Change(self._world.true_clock.now())
        asked = SimpleNamespace(client=SimpleNamespace(identity=kiosk_id), change=change)
        try:
            reply = await self.purchases.record(cast(Any, asked), command)
        except ProtocolError as error:
            if not answer.done():
                answer.set_exception(error)
            return
        self._commit(change)
        self.life.step()
        if not answer.done():
            answer.set_result(reply)

    def desk(self, chance: random.Random) -> None:
        """People at desks: one wants money back, another agrees or not, a third settles what waits."""
        if self.life.alive and self.purchases is not None:
            self.life.spawn(self._at_desk(chance))

    async def _at_desk(self, chance: random.Random) -> None:
        assert self.purchases is not None
        for purchase_id in list(self.store.rows):
            page = await self.purchases.page(purchase_id)
            may = acts(page)
            change = Change(self._world.true_clock.now())
            if "decide" in may:
                agreed = chance.random() < 0.8
                event = rf.Agreed("olga", change.at) if agreed else rf.Denied("olga", change.at)
                after = decide_refund(page, event)
            elif "document" in may and chance.random() < 0.3:
                after = settle_documents(page, dc.Again())
            elif "refund" in may and chance.random() < 0.6:
                numbers = tuple(
                    line.line.number for line in page.lines if (line.state, ln.RefundWanted) in ln.LINE_MOVES
                )
                numbers = numbers if chance.random() < 0.5 else numbers[:1]
                amount = refund_amount(page, numbers)
                refund = Refund(f"r{self._world.number()}", numbers, amount, "a mistake", "anna", change.at)
                after = ask_refund(page, refund, second_person=chance.random() < 0.5)
            else:
                continue
            self.purchases.keep(change, page, after)
            self._commit(change)
            self.life.step()

    def clarify(self, purchase_id: str, *, charged: bool) -> None:
        """A person with the right says what the acquirer's file says."""
        if self.life.alive:
            self.life.spawn(self._clarify(purchase_id, charged))

    async def _clarify(self, purchase_id: str, charged: bool) -> None:
        assert self.purchases is not None
        if purchase_id not in self.store.rows:
            return  # its journal is not here yet
        page, change = await self.purchases.page(purchase_id), Change(self._world.true_clock.now())
        with contextlib.suppress(IllegalLineMove):  # the kiosk's journal was quicker
            self.purchases.keep(change, page, clarify(page, Clarification(charged, "the acquirer's file", "olga")))
            self._commit(change)

    def settle(self) -> None:
        """What no rule can end, a person does: post it again."""
        if self.life.alive and self.purchases is not None:
            self.life.spawn(self._settle())

    async def _settle(self) -> None:
        assert self.purchases is not None
        for purchase_id in list(self.store.rows):
            page = await self.purchases.page(purchase_id)
            change = Change(self._world.true_clock.now())
            if "decide" in acts(page):
                self.purchases.keep(change, page, decide_refund(page, rf.Denied("olga", change.at)))
            elif "post_again" in acts(page):
                waiting = next(line for line in page.lines if (line.state, ln.PostAgain) in ln.LINE_MOVES)
                self.purchases.keep(change, page, settle_by_hand(page, waiting.line.number, ln.PostAgain()))
            elif "document" in acts(page):
                self.purchases.keep(change, page, settle_documents(page, dc.Again()))
            else:
                continue
            self._commit(change)

    def _submit(self, change: Change) -> asyncio.Future[None]:
        self._commit(change)
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done

    def _commit(self, change: Change) -> None:
        writes = [
            (write.table, None, dict(write.row)) if isinstance(write, Insert | Put) else _update(write)
            for write in change.writes
        ]
        if writes:
            data = json.dumps(writes, default=lambda value: value.isoformat()).encode() + b"\n"
            self._file.append(data)
            self._file.sync()
            self.store.apply(json.loads(data))
        for kiosk_id, event in change.tells:
            self._world.tell_kiosk(kiosk_id, cast(ToKiosk, event))
        for callback in change.afterwards:
            callback()

    def die(self) -> None:
        """Whoever waits for an answer sees the connection break."""
        self.life.end()
        self.purchases = None
        for answer in self._answers:
            if not answer.done():
                answer.set_exception(LinkDown("connection lost"))
        self._answers = []


def _update(write: Any) -> tuple[str, dict[str, Any], dict[str, Any]]:
    assert isinstance(write, Update)
    return write.table, dict(write.key), dict(write.values)


class BillingProcess:
    """The embedded billing system's own book; its file is what outlives it."""

    def __init__(self, world: World, book: sqlite3.Connection) -> None:
        self._world = world
        self.life = Life("billing", lambda life: False)
        self.life.alive = False
        self.book = Book(book, self)

    def start(self) -> None:
        """Up again."""
        self.life = Life("billing", self._world.fate)

    def now(self) -> datetime:
        """Its clock is looked at in the middle of a posting: it may die there too."""
        self.life.step()
        return self._world.true_clock.now()

    def card(self, number: str) -> AccountCard | None:
        """An account's card."""
        return self.book.find_account(number)

    def die(self) -> None:
        """What was not committed is gone."""
        self.life.end()


class BillingLine:
    """The way from the server to billing: requests and answers get lost on it."""

    def __init__(self, world: World, life: Life) -> None:
        self._world, self._life = world, life

    def of(self, supplier: str) -> BillingLine:
        """One system for all suppliers; each line has a way of its own."""
        return self

    def find_account(self, number: str) -> AccountCard | None:
        """How the account stands, for a late approval. Raises BillingUnavailable."""
        self._life.step()
        if not self._world.billing.life.alive or self._world.billing_fault():
            raise BillingUnavailable("no connection")
        return self._world.billing.card(number)

    def post_payment(self, wanted: Posting) -> Posted:
        """One posting. Raises BillingUnavailable, BillingRefused."""
        world, billing = self._world, self._world.billing
        self._life.step()
        fault = world.billing_fault()
        if not billing.life.alive or fault == "away":
            raise BillingUnavailable("no connection")
        if fault == "unauthorised":
            raise BillingRefused("another token", code="billing.unauthorised")
        if world.without == "idempotency:posting":
            world.numbers += 1
            wanted = replace(wanted, idempotency_key=f"{wanted.idempotency_key}-{world.numbers}")
        try:
            billing.life.step()
            posted = billing.book.post_payment(wanted)
            billing.life.step()
        except Killed:
            if not self._life.alive:
                raise
            raise BillingUnavailable("connection lost") from None
        if fault == "answer lost":
            raise BillingUnavailable("no answer")
        self._life.step()
        return posted
