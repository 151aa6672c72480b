"""Wiring: one run of the chaos: visits that pay, faults everywhere, deaths between any two steps, then healing."""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import assets
from benchmarks.chaos.agent import SALE, AgentProcess, wire_laid
from benchmarks.chaos.life import Life
from benchmarks.chaos.mischief import Mischief
from benchmarks.chaos.register import RegisterProcess
from benchmarks.chaos.server import BillingProcess, ServerProcess
from benchmarks.chaos.terminal import TerminalProcess
from benchmarks.chaos.virtual_time import VirtualLoop, WallClock
from benchmarks.chaos.visits import Visits
from kiosk.agent.shown_purchase import shown as shown_of
from kiosk.ipc import PurchaseShown
from payment.moves import OVER, State
from signaling.protocol.events import PurchasePosted
from signaling.server.purchases import ToKiosk

ROLES = ("agent", "server", "billing", "terminal", "register")
#: Chance to die at one step. A terminal has few steps, so each counts more.
_MORTALITY = {"agent": 0.0012, "server": 0.003, "billing": 0.03, "terminal": 0.004, "register": 0.03}
_WITHOUT_DUTY = 11  # one run of so many is in a country without fiscal documents
_WORDS: dict[str, str] = json.loads((assets.path("translations") / "kiosk.ru.json").read_text())
_MISFORTUNES = ["kill"] * 4 + ["desk"] * 8 + ["mains", "server mains", "clock", "cut in a write", "bank"]
_DENIED = (State.DECLINED, State.NOT_CHARGED)
_CLARIFIED = (State.PARKED, State.REVERSAL_PARKED, *_DENIED)  # what the acquirer's file may end
_MOST_LIVES = 80  # of an agent in one run: one that ends itself again and again is left alone


class World:
    """Everything of one seed. ``without`` names what was taken away, "" for nothing."""

    def __init__(self, seed: int, loop: VirtualLoop, profile: Path, book: sqlite3.Connection, without: str) -> None:
        self.seed, self.loop, self.profile, self.without = seed, loop, profile, without
        self.chance = random.Random(seed)
        self.true_clock = WallClock(loop)
        self.dangerous = True
        self.numbers = 0
        self.kills = dict.fromkeys(ROLES, 0)
        self.power_cuts = 0
        self.screens: list[dict[str, Any]] = []
        self.untruths: list[dict[str, Any]] = []
        self.terminal, self.server = TerminalProcess(self), ServerProcess(self)
        self.register = RegisterProcess(self, duty=seed % _WITHOUT_DUTY != 0)
        self.billing, self.agent = BillingProcess(self, book), AgentProcess(self)
        self.visits = Visits(self)
        self.mischief = Mischief(self)
        self._given_up = False

    async def run(self, purchases: int) -> None:
        """The whole run; at the end the world is healed."""
        with wire_laid(self), self.register.laid():
            self.terminal.start(forget=False)
            self.register.start()
            self.billing.start()
            self.server.start()
            self.agent.start()
            misfortune = asyncio.create_task(self._misfortunes())
            await self.visits.all(purchases)
            misfortune.cancel()
            await self._heal()

    # --- death ---

    def fate(self, life: Life) -> bool:
        """Whether this life ends at this step."""
        if not self.dangerous or self.chance.random() >= _MORTALITY[life.name]:
            return False
        if life.name == "agent" and self.chance.random() < 0.2:
            self.power_cut()
        else:
            self.kill(life.name)
        return True

    def kill(self, name: str) -> None:
        """kill -9, and somebody starts it again."""
        if not self._process(name).life.alive:
            return
        self.kills[name] += 1
        self._end(name)
        if name == "agent" and self.chance.random() < 0.25:  # troubles come in twos
            self.loop.call_later(self.chance.uniform(1.0, 12.0), self._second_blow)

    def _second_blow(self) -> None:
        if self.dangerous:
            self.power_cut()

    def stumble(self) -> None:
        """The agent is killed, is soon up again, and just then the power goes."""
        self.kills["agent"] += 1
        self.agent.die()
        self.loop.call_later(1.0, self._again, "agent")
        self.loop.call_later(1.0 + self.chance.choice([0.04, 0.05, 0.24, 0.25, 2.0]), self._second_blow)

    def _end(self, name: str) -> None:
        self._process(name).die()
        if name == "terminal":  # one that forgets was away for as long as such a device needs to boot
            forget = self.chance.random() < 0.3
            pause = self.chance.uniform(65, 120) if forget else self.chance.uniform(1, 40)
            self.loop.call_later(pause, self._terminal_again, forget)
        else:
            self.loop.call_later(self.chance.uniform(0.5, 8.0), self._again, name)

    def _process(self, name: str) -> Any:
        return getattr(self, name)

    def _again(self, name: str) -> None:
        process = self._process(name)
        if not process.life.alive and not (name == "agent" and self._given_up):
            process.start()
            self.reconnect(1.0)

    def _terminal_again(self, forget: bool) -> None:
        if not self.terminal.life.alive:
            self.terminal.start(forget=forget)

    def stop_agent(self) -> None:
        """It ended itself after a mistake of its own."""
        self._given_up = self.agent.lives > _MOST_LIVES
        self.loop.call_soon(self._end_stopped, self.agent.life)

    def _end_stopped(self, life: Life) -> None:
        if life.alive:
            self._end("agent")

    def power_cut(self) -> None:
        """The kiosk's mains: its machine and the terminal."""
        self.power_cuts += 1
        alive = self.agent.life.alive
        if alive:
            self.agent.die()
        self.agent.disk.power_cut()
        self.agent.boots += 1
        if self.terminal.life.alive:
            self._end("terminal")
        if alive:
            self.loop.call_later(self.chance.uniform(20, 40), self._again, "agent")

    def server_power_cut(self) -> None:
        """The server's mains."""
        self.power_cuts += 1
        self.server.disk.power_cut()
        if self.server.life.alive:
            self._end("server")

    async def _misfortunes(self) -> None:
        while True:
            await asyncio.sleep(self.chance.expovariate(1 / 170))
            match self.chance.choice(_MISFORTUNES):
                case "kill":
                    self.kill(self.chance.choice(ROLES))
                case "desk":
                    self.server.desk(self.chance)
                case "mains":
                    self.power_cut()
                case "server mains":
                    self.server_power_cut()
                case "cut in a write":
                    disk = self.chance.choice([self.agent.disk, self.server.disk])
                    disk.cut_after = self.chance.randint(0, 6)
                case "bank":
                    self.bank_file_comes()
                case _:
                    self.agent.clock.ahead = timedelta(seconds=self.chance.choice([0, 3600, -3600, 86400]))

    # --- lost messages ---

    def number(self) -> int:
        """A fresh one."""
        self.numbers += 1
        return self.numbers

    def link_fault(self) -> bool:
        """Whether a message between kiosk and server is lost."""
        return self.dangerous and self.chance.random() < 0.08

    def billing_fault(self) -> str:
        """What happens to a posting on its way."""
        if not self.dangerous or self.chance.random() > 0.35:
            return ""
        return self.chance.choice(["away", "answer lost", "answer lost", "unauthorised"])

    async def terminal_line(self) -> tuple[int | None, int | None, bool]:
        """How far the next connection to the terminal holds: bytes going, bytes coming, and whether it hangs."""
        if (torn := self.mischief.torn()) is not None:
            return torn, None, False
        if self.mischief.dark:
            await asyncio.sleep(60)
            return 0, 0, True
        if not self.dangerous or self.chance.random() > 0.12:
            return None, None, False
        hole = self.chance.random() < 0.3
        match self.chance.choice(["no way", "head", "body", "answer"]):
            case "no way":
                await asyncio.sleep(60)
            case "head":
                return self.chance.randint(0, 120), None, hole
            case "body":
                return self.chance.randint(120, 1200), None, hole
        return None, self.chance.randint(0, 1500), hole

    def tell_kiosk(self, kiosk_id: str, event: ToKiosk) -> None:
        """An event from the server; a lost one is in the snapshot of the next connection."""
        assert kiosk_id == SALE
        if self.link_fault():
            self.reconnect(3.0)
        else:
            self.loop.call_later(0.03, self._hear, event)

    def _hear(self, event: ToKiosk) -> None:
        till = self.agent.till
        if not self.agent.life.alive or till is None:
            return
        if isinstance(event, PurchasePosted):
            self.agent.life.call(till.posted, event)
        else:
            self.agent.life.call(till.ordered, event)

    def reconnect(self, seconds: float) -> None:
        """The link comes (back) after so long, with a snapshot."""
        self.loop.call_later(seconds, self._connected)

    def _connected(self) -> None:
        till, server = self.agent.till, self.server
        if not self.agent.life.alive or till is None or server.purchases is None:
            return
        for event in server.purchases.to_tell(SALE):
            self._hear(event)
        if self.agent.life.alive:
            self.agent.life.call(till.link_is_back)

    # --- what people see ---

    def show(self, shown: PurchaseShown) -> None:
        """A purchase on the screen, in the words a person reads."""
        words = f"{_WORDS.get(f'payment.phase.{shown.phase}', '')}. {_WORDS[shown.phrase]}"
        self._remember("kiosk", shown.purchase_id, words)

    def alarm(self, code: str, purchase_id: str) -> None:
        """What the people of the network of kiosks are shown."""
        self._remember("desk", purchase_id, code)

    def _remember(self, where: str, purchase_id: str, words: str) -> None:
        at = self.true_clock.now().isoformat()
        self.screens.append({"at": at, "where": where, "purchase": purchase_id, "words": words})

    # --- healing ---

    def bank_file_comes(self) -> None:
        """Reconciliation: what the acquirer holds ends what the terminal could not tell."""
        cashier = self.agent.cashier
        if cashier is None or self.terminal.machine is None or self.terminal.machine.running is not None:
            return
        for purchase in cashier.purchases():
            if purchase.state not in _CLARIFIED:
                continue
            held = self.terminal.net(purchase.purchase_id)
            if purchase.state in _DENIED and not held:
                continue
            if purchase.refund_amount is not None:
                left = purchase.amount.minor - purchase.refunded_minor - purchase.refund_amount.minor
                self._found(purchase.purchase_id, charged=held > left)
                continue
            if held and (purchase.state is State.REVERSAL_PARKED or held != purchase.amount.minor):
                self.terminal.refund(purchase.purchase_id)
                held = 0
            if held or purchase.state not in _DENIED:
                self._found(purchase.purchase_id, charged=held > 0)

    def _found(self, purchase_id: str, *, charged: bool) -> None:
        """A person says what the file says: at a desk, or (older servers) told to the kiosk alone."""
        cashier = self.agent.cashier
        if self.server.purchases is not None and self.mischief.chance.random() < 0.5:
            self.server.clarify(purchase_id, charged=charged)
        elif cashier is not None:
            self.agent.life.call(_clarify, cashier, purchase_id, charged)

    def wrong_word(self, purchase_id: str) -> None:
        """A clerk has read the wrong line: what was charged is said not to be."""
        cashier = self.agent.cashier
        if self.dangerous and cashier is not None and self.terminal.net(purchase_id):
            self.misled(purchase_id, "clerk")
            self.agent.life.call(_clarify, cashier, purchase_id, False)

    def misled(self, purchase_id: str, by: str) -> None:
        """Somebody tells us for certain what is not true: whoever reads our screens is told the same."""
        self.untruths.append({"purchase": purchase_id, "by": by})

    async def _heal(self) -> None:
        self.dangerous = False
        self.agent.disk.cut_after = self.server.disk.cut_after = None
        self.terminal.script._orders.clear()
        await asyncio.sleep(200)  # whatever was to be started again is
        self.register.heal()
        for minute in range(40):
            self.reconnect(0.0)
            await asyncio.sleep(60)
            if self._settled():
                break
            if minute >= 8:
                self.bank_file_comes()
            if minute % 4 == 3:
                self.server.settle()
        cashier = self.agent.cashier
        for purchase in cashier.purchases() if cashier else []:  # a person comes with the reference and asks
            self.show(shown_of(purchase))

    def _settled(self) -> bool:
        cashier, purchases = self.agent.cashier, self.server.purchases
        if cashier is None or purchases is None or purchases.open_count or cashier.unacknowledged():
            return False
        waiting = any(page.refund or page.clarification for page in purchases._pages.values())
        on_no_account = any(line["state"] in ("held", "refused") for line in self.server.store.lines.values())
        over = all(purchase.state in OVER for purchase in cashier.purchases())
        denied = (one.purchase_id for one in cashier.purchases() if one.state in _DENIED)
        over = over and not any(self.terminal.net(purchase_id) for purchase_id in denied)
        over = over and all(document["state"] == "told" for document in self.server.store.documents.values())
        return over and not waiting and not on_no_account and cashier.available


def _clarify(cashier: Any, purchase_id: str, charged: bool) -> None:
    cashier.clarified(purchase_id, charged=charged, note="the acquirer's file")
