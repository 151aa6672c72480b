"""Adapter: the people of the chaos run: what they pay, what they do at the terminal, when they ask again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from kiosk.ipc import Bill, StartPurchase
from payment.emulators.terminal.script import FAULTS
from payment.moves import OVER
from signaling.protocol.values import Sum

if TYPE_CHECKING:
    from benchmarks.chaos.world import World

LINES_MOST = 3
_FAULTS = sorted(FAULTS - {"reboot"})  # the world itself reboots it
_ANSWERS = (
    "busy in_progress unreachable_host time_out logged_out not_allowed invalid_card other_amount partial"
).split()


class Visits:
    """One after another at one kiosk. Each pays an account of its own."""

    def __init__(self, world: World) -> None:
        self._world, self._chance = world, world.chance

    async def all(self, purchases: int) -> None:
        """So many people."""
        for number in range(purchases):
            await self._until_offered()
            await self._one(number)

    async def _until_offered(self) -> None:
        for waited in range(60):
            if waited == 45:  # it is parked: the next day's file of the acquirer ends that
                self._world.bank_file_comes()
            cashier = self._world.agent.cashier
            if cashier is not None and cashier.available:
                return
            await asyncio.sleep(10)

    async def _one(self, number: int) -> None:
        world, account = self._world, account_of(self._world.seed, number)
        wish = self._wish(number, account)
        self._plan()
        world.agent.wish(wish)
        hand = asyncio.create_task(self._hand())
        life, leaves = world.agent.life, world.loop.time() + self._chance.choice([150, 400])
        while world.loop.time() < leaves and not self._over(wish.purchase_id):
            await asyncio.sleep(self._chance.uniform(0.5, 4.0))
            if world.agent.life is not life and world.agent.cashier is not None:
                life = world.agent.life
                if self._chance.random() < 0.7:  # the window asks the new agent for the same purchase again
                    if world.without == "idempotency:purchase":
                        wish = self._wish(number + 50, account)
                    world.agent.wish(wish)
            if self._chance.random() < 0.004:
                self.cancel(wish.purchase_id)
        hand.cancel()

    def _wish(self, number: int, account: str) -> StartPurchase:
        """One to three bills, paid at once."""
        bills = tuple(
            Bill(
                supplier="elektro",
                account=f"{account}{place}",
                service="electricity",
                amount=Sum(minor=self._chance.randint(100, 500_000), currency="RUB"),
                fee=Sum(minor=0, currency="RUB"),
            )
            for place in range(self._chance.choice([1, 1, 2, LINES_MOST]))
        )
        amount = Sum(minor=sum(bill.amount.minor for bill in bills), currency="RUB")
        purchase_id = f"01935a00-{self._world.seed % 65536:04x}-7{number:03x}-8000-{self._world.seed:012x}"
        return StartPurchase(purchase_id=purchase_id, bills=bills, amount=amount, purpose="electricity")

    def _plan(self) -> None:
        """What the terminal will do with this payment, and with questions about it."""
        chance, script = self._chance, self._world.terminal.script
        if chance.random() < 0.05:
            self._world.agent.stumbles_at = chance.choice([b'"charged"', b'"charged"', b'"payment_asked"', b"seq"])
        fortune = chance.random()
        if fortune < 0.05:  # it charges, cannot say so, and loses its memory
            script.add({"next": "drop_after_body", "then": "approve"})
            self._world.loop.call_later(chance.uniform(0.1, 6.0), self._world.kill, "terminal")
        elif fortune < 0.27:
            then = chance.choice(["approve"] * 6 + ["card", "card", "decline", "other_amount"])
            script.add({"next": chance.choice(_FAULTS), "then": then, "seconds": 130})
        elif chance.random() < 0.14:
            for _ in range(chance.choice([1, 1, 1, 5])):
                script.add({"next": chance.choice(_ANSWERS)})
        if chance.random() < 0.3:
            fault: dict[str, Any] = {"next": chance.choice(_FAULTS), "category": "TransactionStatus", "seconds": 20}
            script.add(fault)
        if chance.random() < 0.5:
            word = chance.choice([*_FAULTS, "decline"])
            script.add({"next": word, "category": "Reversal", "seconds": 20})

    async def _hand(self) -> None:
        """A card at the terminal sooner or later, or never."""
        while True:
            await asyncio.sleep(self._chance.choice([2, 5, 5, 8, 12, 30, 100]))
            self._world.terminal.present(self._chance.choice(["approve"] * 27 + ["decline", "cancel", "wrong_pin"]))

    def cancel(self, purchase_id: str) -> None:
        """The customer presses cancel."""
        till = self._world.agent.till
        if self._world.agent.life.alive and till is not None:
            self._world.agent.life.call(till.cancel, purchase_id)

    def _over(self, purchase_id: str) -> bool:
        cashier = self._world.agent.cashier
        if cashier is None:
            return False
        return any(one.purchase_id == purchase_id and one.state in OVER for one in cashier.purchases())


def account_of(seed: int, number: int) -> str:
    """The accounts of one visit begin with this; one more digit for each bill."""
    return f"{seed:06d}{number:02d}"
