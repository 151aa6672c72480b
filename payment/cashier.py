"""Adapter: the runner of purchases at one card terminal. It decides nothing; ``payment/purchase.py`` does.

One asyncio loop, no locks. The journal is written (and synced, which blocks the loop for a few milliseconds)
before the next effect of the same step, so that the order on the medium is the order of the world.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any

import structlog

from ground.clock import Clock
from ground.disk import Disk
from ground.money import Money
from payment import effects as do
from payment import events as e
from payment.answers import Health, NoUse, Silence
from payment.errors import JournalBroken, TerminalTaken, UnknownPurchase
from payment.events import Entry, Event
from payment.journal import Journal
from payment.moves import ACTIVE, MOVES, OVER, State
from payment.purchase import Purchase, Rhythm, begin, step
from payment.readings import after_payment, after_reversal, after_status, on_wake
from payment.record import RHYTHM
from payment.screen import ScreenPhase, screen_phase
from payment.service_ids import new_service_id, this_boot
from payment.terminal import Terminal

_log = structlog.get_logger()
_BOOT = "boot"
_REMEMBERED = timedelta(days=90)  # a bank's claims arrive within weeks (payments.md 1.5: reconcile 4 days and more)


class Cashier:
    """Owns journal, machine and driver of one terminal.

    ``on_change(purchase)`` after each step; ``on_entry(entry)`` when an entry is durable, and again every
    ``resend_every`` seconds until acknowledged; ``on_alarm(code, purchase_id)`` when a person has to look.
    Callbacks must not block; they may call the cashier.
    """

    def __init__(
        self,
        disk: Disk,
        terminal: Terminal,
        clock: Clock,
        new_id: Callable[[], str] = new_service_id,
        on_change: Callable[[Purchase], None] = lambda purchase: None,
        on_entry: Callable[[Entry], None] = lambda entry: None,
        *,
        on_alarm: Callable[[str, str], None] = lambda code, purchase_id: None,
        rhythm: Rhythm = RHYTHM,
        resend_every: float = 15.0,
        boot_id: str | None = None,
    ) -> None:
        if not 1 <= len(new_id()) <= 10:
            raise ValueError("new_id makes ServiceIDs: 1 to 10 characters (payments.md 1.3)")
        self._disk, self._terminal, self._clock, self._new_id = disk, terminal, clock, new_id
        self._on_change, self._on_entry, self._on_alarm = on_change, on_entry, on_alarm
        self._rhythm, self._resend_every = rhythm, resend_every
        self._boot_id = this_boot() if boot_id is None else boot_id
        self._journal = Journal(disk)
        self._purchases: dict[str, Purchase] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self._open = False

    # The agent's side.

    async def open(self) -> None:
        """Read the journal and start to resolve every open purchase; ``available`` is False until they are.

        Raises JournalDamaged (then no card may be taken here before a person has looked).
        """
        self._journal.open()
        self._purchases = self._journal.purchases(self._rhythm)
        self._forget_old()
        known = self._disk.read(_BOOT)
        machine_too = known is not None and (not self._boot_id or known.decode() != self._boot_id)
        self._open = True
        for purchase in list(self._purchases.values()):
            if (purchase.state, e.Restarted) in MOVES and not _is_over(purchase):
                self._feed(purchase.purchase_id, e.Restarted(self._new_id(), machine_too))
        if known is None or known.decode() != self._boot_id:
            self._disk.replace(_BOOT, self._boot_id.encode())
        self._start(self._resend())

    def _forget_old(self) -> None:
        """Drop what is long over and known to the server; the journal of years would take minutes to read."""
        waiting = {entry.purchase_id for entry in self._journal.unacknowledged()}
        old = {
            purchase.purchase_id
            for purchase in self._purchases.values()
            if purchase.state in OVER
            and purchase.purchase_id not in waiting
            and purchase.last_at is not None
            and self._clock.now() - purchase.last_at > _REMEMBERED
        }
        self._journal.forget(old)
        for purchase_id in old:
            del self._purchases[purchase_id]

    def begin(self, purchase_id: str, amount: Money, account_ref: str, purpose: str) -> Purchase:
        """Start a payment; asking again with the same id changes nothing. Raises TerminalTaken, JournalBroken."""
        if purchase_id in self._purchases:
            return self._purchases[purchase_id]
        if not self.available or amount.minor <= 0:
            raise TerminalTaken("not now" if amount.minor > 0 else f"cannot charge {amount}")
        event = e.Begun(amount, account_ref, purpose, self._terminal.poi_id)
        purchase, effects = begin(purchase_id, event, self._clock.now())
        self._carry_out(purchase, effects)
        self._feed(purchase_id, e.PaymentAsked(self._new_id()))
        return self._purchases[purchase_id]

    def cancel(self, purchase_id: str) -> None:
        """The customer pressed cancel. A wish: the purchase itself tells what became of it."""
        purchase = self.purchase(purchase_id)
        if screen_phase(purchase).can_cancel and not purchase.cancelled:
            self._feed(purchase_id, e.Cancelled(self._new_id()))

    def posted(self, purchase_id: str, billing_reference: str) -> None:
        """The server has posted the money to the account; told again changes nothing."""
        if self.purchase(purchase_id).state is State.APPROVED:
            self._feed(purchase_id, e.Posted(billing_reference))

    def reverse(self, purchase_id: str, reason: str = "MerchantCancel") -> None:
        """The server orders an approved purchase undone (``reason``: nexo ReversalReason)."""
        if self._holder() is not None:
            raise TerminalTaken("a purchase is open")
        self._feed(purchase_id, e.ReversalOrdered(self._new_id(), reason))

    def clarified(self, purchase_id: str, *, charged: bool, note: str) -> None:
        """Reconciliation knows the outcome of a parked purchase, or found money where we saw none."""
        self._feed(purchase_id, e.Clarified(note) if charged else e.ClarifiedNotCharged(note))

    def entries_after(self, purchase_id: str, seq: int) -> list[Entry]:
        """Entries of one purchase after ``seq``: what the server asks for when it sees a gap."""
        return self._journal.entries_after(purchase_id, seq)

    def unacknowledged(self) -> list[Entry]:
        """All entries the server has not confirmed, for a link that has just come back."""
        return self._journal.unacknowledged()

    def acknowledged(self, purchase_id: str, seq: int) -> None:
        """The server has all entries up to ``seq``; durable on return."""
        self._journal.acknowledged(purchase_id, seq)

    def purchase(self, purchase_id: str) -> Purchase:
        """What is known of one purchase. Raises UnknownPurchase."""
        try:
            return self._purchases[purchase_id]
        except KeyError:
            raise UnknownPurchase(purchase_id) from None

    def purchases(self) -> list[Purchase]:
        """All that the journal still holds, oldest first."""
        return list(self._purchases.values())

    def phase(self, purchase_id: str) -> ScreenPhase:
        """What to show of one purchase now."""
        return screen_phase(self.purchase(purchase_id))

    @property
    def available(self) -> bool:
        """Whether a card payment may be offered now."""
        return self._open and self._holder() is None

    @property
    def active(self) -> bool:
        """Whether a customer may be at the terminal's keys now (outgoing pictures are a still meanwhile)."""
        return any(purchase.state in ACTIVE for purchase in self._purchases.values())

    async def until(self, condition: Callable[[Cashier], bool]) -> None:
        """Wait until the condition holds; it is looked at after every step."""
        while not condition(self):
            self._changed.clear()
            await self._changed.wait()

    async def diagnose(self) -> Health | NoUse:
        """Ask the terminal how it is; while a purchase is open it is left alone and nothing is said."""
        if self._holder() is not None:
            return Silence("a purchase is open")
        return await self._terminal.diagnose(self._new_id())

    async def close(self) -> None:
        """Stop. What is open stays open in the journal and is resolved at the next start."""
        self._halt()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._journal.close()

    # The machine's side.

    def _holder(self) -> Purchase | None:
        return next((purchase for purchase in self._purchases.values() if purchase.is_open), None)

    def _feed(self, purchase_id: str, event: Event) -> None:
        before = self.purchase(purchase_id)
        after, effects = step(before, event, self._clock.now(), self._rhythm)
        if after.state is not before.state:
            _log.info("purchase", purchase=purchase_id, from_state=before.state, to_state=after.state)
        self._carry_out(after, effects)

    def _carry_out(self, purchase: Purchase, effects: list[do.Effect]) -> None:
        before = self._purchases.get(purchase.purchase_id)
        if effects and isinstance(first := effects[0], do.WriteJournal):
            self._write(first.entry)
        self._purchases[purchase.purchase_id] = purchase
        if before is not None and before.state is not purchase.state:
            self._forget_timer(purchase.purchase_id)
        for effect in effects:
            self._perform(purchase.purchase_id, effect)
        _tell(self._on_change, purchase)
        self._changed.set()

    def _write(self, entry: Entry) -> None:
        try:
            self._journal.write(entry)
        except JournalBroken:
            self._halt()
            _tell(self._on_alarm, "payment.journal_broken", entry.purchase_id)
            raise

    def _perform(self, purchase_id: str, effect: do.Effect) -> None:
        match effect:
            case do.WriteJournal():
                pass  # done before anything else
            case do.Replicate(entry):
                _tell(self._on_entry, entry)
            case do.SendPayment():
                self._start(self._pay(purchase_id, effect))
            case do.AskStatus():
                self._start(self._ask(purchase_id, effect))
            case do.SendReversal():
                self._start(self._reverse(purchase_id, effect))
            case do.SendAbort():
                self._start(self._terminal.abort(effect))
            case do.LogIn():
                self._start(self._login())
            case do.WakeAt(at):
                self._set_timer(purchase_id, at)
            case do.RaiseAlarm(code):
                _log.warning("purchase alarm", purchase=purchase_id, code=code)
                _tell(self._on_alarm, code, purchase_id)
            case do.BlockTerminal() | do.UnblockTerminal():
                # `available` follows from the purchases themselves; the log tells the people.
                _log.warning("terminal", state=type(effect).__name__, purchase=purchase_id)

    async def _pay(self, purchase_id: str, request: do.SendPayment) -> None:
        answer = await _answer(self._terminal.pay(request))
        self._feed(purchase_id, after_payment(self.purchase(purchase_id), answer, self._new_id()))

    async def _ask(self, purchase_id: str, request: do.AskStatus) -> None:
        answer = await _answer(self._terminal.status(request))
        event = after_status(
            self.purchase(purchase_id),
            answer,
            self._new_id(),
            self._clock.now(),
            sale_id=self._terminal.sale_id,
            poi_id=self._terminal.poi_id,
            rhythm=self._rhythm,
        )
        self._feed(purchase_id, event)

    async def _reverse(self, purchase_id: str, request: do.SendReversal) -> None:
        self._feed(purchase_id, after_reversal(await _answer(self._terminal.reverse(request)), self._new_id()))

    async def _login(self) -> None:
        if not await self._terminal.login(self._new_id()):
            _log.warning("terminal", state="login refused")

    async def _resend(self) -> None:
        while True:
            await asyncio.sleep(self._resend_every)
            for entry in self._journal.unacknowledged():
                _tell(self._on_entry, entry)

    def _set_timer(self, purchase_id: str, at: datetime) -> None:
        self._forget_timer(purchase_id)
        delay = max(0.0, (at - self._clock.now()).total_seconds())
        loop = asyncio.get_running_loop()
        self._timers[purchase_id] = loop.call_later(delay, self._wake, purchase_id)

    def _wake(self, purchase_id: str) -> None:
        purchase = self.purchase(purchase_id)
        self._feed(purchase_id, on_wake(purchase, self._new_id(), self._clock.now(), self._rhythm))

    def _forget_timer(self, purchase_id: str) -> None:
        if timer := self._timers.pop(purchase_id, None):
            timer.cancel()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._halt()
            _log.error("purchase runner stopped", error=type(error).__name__, reason=str(error))
            self._changed.set()

    def _halt(self) -> None:
        """Nothing more is begun or sent; only a restart, which reads the journal, may go on."""
        self._open = False
        for purchase_id in list(self._timers):
            self._forget_timer(purchase_id)


def _tell(callback: Callable[..., None], *arguments: Any) -> None:
    """A listener that breaks must not stop the money."""
    try:
        callback(*arguments)
    except Exception as error:
        _log.exception("payment listener", error=type(error).__name__)


def _is_over(purchase: Purchase) -> bool:
    return purchase.state is State.NOT_SENT and not purchase.retry_pending


async def _answer(request: Coroutine[Any, Any, Any]) -> Any:
    """The driver's answer. A driver that breaks may have sent: to the rules that is silence."""
    try:
        return await request
    except Exception as error:
        _log.exception("terminal driver", error=type(error).__name__)
        return Silence(f"driver: {type(error).__name__}")
