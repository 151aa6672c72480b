"""Adapter: the emulated terminal as a process of the chaos run, and the acquirer behind it."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, cast

from benchmarks.chaos.life import Life, MortalDisk
from benchmarks.chaos.wire import Connection
from ground.simulated_disk import SimulatedDisk
from payment.emulators.terminal.ledger import NAME, Ledger
from payment.emulators.terminal.machine import CardMachine
from payment.emulators.terminal.replies import Message, failure, repeated, response
from payment.emulators.terminal.script import Order, Script
from payment.emulators.terminal.server import TerminalServer
from payment.nexo.profile import Key

if TYPE_CHECKING:
    from benchmarks.chaos.world import World

POI = "P400Plus-275039202"
KEY = Key("chaos passphrase", "chaos", 1)


class _Counter(CardMachine):
    """Remembers the merchant's reference of each payment, as an acquirer does."""

    references: dict[str, str]
    world: World
    life: Life

    async def answer(self, request: Message, order: Order | None) -> Message | None:
        body = request["SaleToPOIRequest"]
        if "PaymentRequest" in body:
            sale = body["PaymentRequest"]["SaleData"]["SaleTransactionID"]["TransactionID"]
            self.references[body["MessageHeader"]["ServiceID"]] = sale
        header = body["MessageHeader"]
        category = header["MessageCategory"]
        lie = self.world.mischief.lie(category)
        if not lie:
            return await super().answer(request, order)
        if category != "TransactionStatus":  # it says no, and does it
            if lie == "Refusal" and category == "Payment":
                self.world.misled(self.references[header["ServiceID"]], "terminal")
                order = Order("approve")
            elif order is None and category == "Payment":
                order = Order(self.world.mischief.outcome())
            self.life.spawn(self._all_the_same(request, order))
        elif lie == "other" and self._ledger.transactions:
            other = next(iter(self._ledger.transactions.values()))
            if other.outcome is not None:
                return response(header, category, repeated(other, {}, self.poi_id, self._ledger.period))
        condition = "InProgress" if lie == "other" else lie
        return response(header, category, failure(condition, "as it likes"))

    async def _all_the_same(self, request: Message, order: Order | None) -> None:
        await super().answer(request, order)


class TerminalProcess:
    """What outlives its deaths is its disk, what customers want to do with it, and the acquirer's references."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.disk = SimulatedDisk(seed=world.seed)
        self.script = Script()
        self.references: dict[str, str] = {}
        self.life = Life("terminal", lambda life: False)
        self.life.alive = False
        self.machine: CardMachine | None = None
        self._connections: list[Connection] = []
        self._numbers = 0

    def start(self, *, forget: bool) -> None:
        """Switched on. What was cut off was never charged; ``forget``: it knows of no earlier transaction."""
        self.disk.open_append(NAME).sync()  # what it read it may tell: it must not be lost again
        life = Life("terminal", lambda life: False)
        disk = MortalDisk(self.disk, life, lambda: None, lambda data: False)
        ledger = Ledger(disk, self._world.true_clock)
        machine = _Counter(POI, ledger, self._world.true_clock, 120.0)
        machine.references, machine.world, machine.life = self.references, self._world, life
        if forget:
            machine.lose_power(forget=True)
            machine.start_again()
        life.fate = self._world.fate
        self.life, self.machine = life, machine
        self._server = TerminalServer(machine, self.script, KEY, cast(Any, None), self._nonce)

    def _nonce(self) -> bytes:
        self._numbers += 1
        return self._numbers.to_bytes(16, "big")

    def connect(self, connection: Connection) -> None:
        """Somebody reached the port. Raises ConnectionRefusedError when nobody listens."""
        if not self.life.alive:
            raise ConnectionRefusedError
        self._connections = [*[one for one in self._connections if not one.broken][-20:], connection]
        self.life.spawn(self._serve(connection))

    async def _serve(self, connection: Connection) -> None:
        await asyncio.sleep(0.02)
        self.life.step()
        await self._server._serve(connection.to_terminal, cast(Any, connection.terminal))

    @property
    def connections(self) -> tuple[Connection, ...]:
        """Those that may still be open."""
        return tuple(self._connections)

    def die(self) -> None:
        """Every connection drops with it."""
        self.life.end()
        self.machine = None
        for connection in self._connections:
            connection.reset()

    def present(self, outcome: str) -> None:
        """A customer holds a card to it."""
        if self.machine is not None:
            self.machine.present(outcome)

    # --- the acquirer, who sees money move when the terminal does ---

    def lines(self) -> list[dict[str, Any]]:
        """The ledger."""
        return [json.loads(line) for line in (self.disk.read(NAME) or b"").rpartition(b"\n")[0].splitlines()]

    def bank_rows(self) -> list[dict[str, Any]]:
        """What the acquirer's file says: every movement with the merchant's reference."""
        names: dict[str, str] = {}
        rows = []
        for line in self.lines():
            if line["event"] == "begun" and line["category"] == "Payment":
                names[line["poi_transaction"]] = self.references.get(line["service_id"], "")
            if not line.get("charged"):
                continue
            reference = self.references.get(line["service_id"], "") or names.get(line.get("text", ""), "")
            rows.append({"at": line["at"], "reference": reference, "minor": line["charged"]})
        return rows

    def net(self, purchase_id: str) -> int:
        """Minor units the acquirer holds of this purchase."""
        return sum(row["minor"] for row in self.bank_rows() if row["reference"] == purchase_id)

    def refund(self, purchase_id: str) -> None:
        """A person at the acquirer gives back what is left of this purchase."""
        assert self.machine is not None
        ledger = self.machine._ledger
        for transaction in list(ledger.transactions.values()):
            ours = self.references.get(transaction.service_id) == purchase_id
            left = ledger.left(transaction.poi_transaction)
            if ours and transaction.outcome == "charged" and left:
                header = {"SaleID": "acquirer", "ServiceID": f"R{len(ledger.transactions)}"}
                back = self.machine._transaction(header, "Reversal", 0, "")
                ledger.begin(back)
                ledger.end(back, "reversed", charged=-left, text=transaction.poi_transaction)
