"""Adapter: performs what the purchase machine asks, and feeds the answers back as events. It decides nothing.

One asyncio loop, no locks. The journal is written (and synced, which blocks the loop for a few milliseconds)
before the next effect of the same step, so that the order on the medium is the order of the world.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ground.clock import Clock
from ground.logs import get_logger
from payment import effects as do
from payment import events as e
from payment.answers import Silence, Unsent
from payment.errors import IllegalEvent, JournalBroken, PaymentError, UnknownPurchase
from payment.events import Entry, Event
from payment.journal import Journal
from payment.moves import AT_TERMINAL
from payment.purchase import Purchase, Rhythm, step
from payment.readings import after_payment, after_reversal, after_status, on_wake
from payment.terminal import Terminal

_log = get_logger()


@dataclass(frozen=True, slots=True)
class Listeners:
    """Who is told: of a step, of a durable entry, of something a person has to look at (code, purchase)."""

    on_change: Callable[[Purchase], None]
    on_entry: Callable[[Entry], None]
    on_alarm: Callable[[str, str], None]


class Runner:
    """Purchases of one terminal in motion. ``running`` is False before the start and after a halt."""

    def __init__(
        self,
        journal: Journal,
        terminal: Terminal,
        clock: Clock,
        new_id: Callable[[], str],
        listeners: Listeners,
        rhythm: Rhythm,
    ) -> None:
        self._journal, self._terminal, self._clock, self._new_id = journal, terminal, clock, new_id
        self._listeners, self._rhythm = listeners, rhythm
        self.purchases: dict[str, Purchase] = {}
        self.running = False
        self.changed = asyncio.Event()
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[object]] = set()

    def purchase(self, purchase_id: str) -> Purchase:
        """What is known of one purchase. Raises UnknownPurchase."""
        try:
            return self.purchases[purchase_id]
        except KeyError:
            raise UnknownPurchase(purchase_id) from None

    async def stop(self) -> None:
        """Halt, and let go of everything that is under way."""
        self.halt()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def feed(self, purchase_id: str, event: Event) -> None:
        """One step. Raises JournalBroken, and IllegalEvent: a mistake of ours, after which everything halts."""
        before = self.purchase(purchase_id)
        try:
            after, effects = step(before, event, self._clock.now(), self._rhythm)
        except IllegalEvent as error:
            self._break_down(error)
            raise
        if after.state is not before.state:
            _log.info("purchase", purchase=purchase_id, from_state=before.state, to_state=after.state)
        self.carry_out(after, effects)

    def carry_out(self, purchase: Purchase, effects: list[do.Effect]) -> None:
        """The journal first; only then is the purchase what the step made of it, and the rest is done."""
        before = self.purchases.get(purchase.purchase_id)
        if effects and isinstance(first := effects[0], do.WriteJournal):
            self._write(first.entry)
        self.purchases[purchase.purchase_id] = purchase
        if before is not None and before.state is not purchase.state:
            self._forget_timer(purchase.purchase_id)
        for effect in effects:
            self._perform(purchase.purchase_id, effect)
        tell(self._listeners.on_change, purchase)
        self.changed.set()

    def _write(self, entry: Entry) -> None:
        try:
            self._journal.write(entry)
        except JournalBroken:
            self.halt()
            tell(self._listeners.on_alarm, "payment.journal_broken", entry.purchase_id)
            raise

    def _perform(self, purchase_id: str, effect: do.Effect) -> None:
        match effect:
            case do.WriteJournal():
                pass  # done before anything else
            case do.Replicate(entry):
                tell(self._listeners.on_entry, entry)
            case do.SendPayment():
                self.start(self._pay(purchase_id, effect))
            case do.AskStatus():
                self.start(self._ask(purchase_id, effect))
            case do.SendReversal():
                self.start(self._reverse(purchase_id, effect))
            case do.SendAbort():
                self.start(self.answer(self._terminal.abort(effect)))
            case do.LogIn():
                self.start(self._login())
            case do.WakeAt(at):
                self._set_timer(purchase_id, at)
            case do.RaiseAlarm(code):
                _log.warning("purchase alarm", purchase=purchase_id, code=code)
                tell(self._listeners.on_alarm, code, purchase_id)
            case do.BlockTerminal() | do.UnblockTerminal():
                # `available` follows from the purchases themselves; the log tells the people.
                _log.warning("terminal", state=type(effect).__name__, purchase=purchase_id)

    async def _pay(self, purchase_id: str, request: do.SendPayment) -> None:
        answer = await self.answer(self._terminal.pay(request))
        self.feed(purchase_id, after_payment(self.purchase(purchase_id), answer, self._new_id()))

    async def _ask(self, purchase_id: str, request: do.AskStatus) -> None:
        answer = await self.answer(self._terminal.status(request))
        event = after_status(
            self.purchase(purchase_id),
            answer,
            self._new_id(),
            self._clock.now(),
            about=request.about,
            sale_id=self._terminal.sale_id,
            poi_id=self._terminal.poi_id,
            rhythm=self._rhythm,
        )
        self.feed(purchase_id, event)

    async def _reverse(self, purchase_id: str, request: do.SendReversal) -> None:
        answer = await self.answer(self._terminal.reverse(request))
        self.feed(purchase_id, after_reversal(self.purchase(purchase_id), answer, self._new_id()))

    async def answer(self, request: Coroutine[Any, Any, Any]) -> Any:
        """The driver's answer. A driver that breaks may have sent: to the rules that is silence."""
        try:
            answer = await request
        except Exception as error:
            _log.exception("terminal driver", error=type(error).__name__)
            return Silence(f"driver: {type(error).__name__}")
        if isinstance(answer, Unsent) and answer.refused:
            self.terminal_was_away()
        return answer

    def terminal_was_away(self) -> None:
        """Every purchase that waits for this terminal's word must know that it may have forgotten."""
        for purchase in list(self.purchases.values()):
            if purchase.state in AT_TERMINAL and not purchase.terminal_restarted:
                self.feed(purchase.purchase_id, e.TerminalWasAway())

    async def _login(self) -> None:
        if await self.answer(self._terminal.login(self._new_id())) is not True:
            _log.warning("terminal", state="login refused")

    def _set_timer(self, purchase_id: str, at: datetime) -> None:
        self._forget_timer(purchase_id)
        delay = max(0.0, (at - self._clock.now()).total_seconds())
        loop = asyncio.get_running_loop()
        self._timers[purchase_id] = loop.call_later(delay, self._wake, purchase_id)

    def _wake(self, purchase_id: str) -> None:
        purchase = self.purchase(purchase_id)
        try:
            self.feed(purchase_id, on_wake(purchase, self._new_id(), self._clock.now(), self._rhythm))
        except PaymentError as error:
            self._break_down(error)

    def _forget_timer(self, purchase_id: str) -> None:
        if timer := self._timers.pop(purchase_id, None):
            timer.cancel()

    def start(self, work: Coroutine[Any, Any, object]) -> None:
        """Run beside; a failure in it halts everything."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[object]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._break_down(error)

    def _break_down(self, error: BaseException) -> None:
        """A mistake of ours, or a broken disk: better no payments than wrong ones."""
        _log.error("purchase runner stopped", error=type(error).__name__, reason=str(error))
        if self.running:
            self.halt()
            tell(self._listeners.on_alarm, "payment.runner_stopped", "")
        self.changed.set()

    def halt(self) -> None:
        """Nothing more is begun or sent; only a restart, which reads the journal, may go on."""
        self.running = False
        for purchase_id in list(self._timers):
            self._forget_timer(purchase_id)


def tell(callback: Callable[..., None], *arguments: Any) -> None:
    """A listener that breaks must not stop the money."""
    try:
        callback(*arguments)
    except Exception as error:
        _log.exception("payment listener", error=type(error).__name__)
