"""Adapter: the cashier of one card terminal, as the kiosk's agent knows it. ``payment/runner.py`` does the work."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from ground.clock import Clock
from ground.disk import Disk
from ground.logs import get_logger
from ground.money import Money
from payment import events as e
from payment.answers import (
    RESTARTS,
    STANDSTILLS,
    Health,
    NoUse,
    PoiEvent,
    Silence,
    Totals,
    TotalsAnswer,
)
from payment.basket import Line, checked, total
from payment.errors import NothingToReverse, TerminalTaken
from payment.events import Entry
from payment.fiscal import FiscalMark
from payment.journal import Journal
from payment.moves import ACTIVE, MOVES, OVER, RETURNABLE, State
from payment.purchase import Purchase, Rhythm, begin
from payment.readings import CLARIFIED, undone
from payment.record import RHYTHM
from payment.refunds import REMEMBERED
from payment.runner import Listeners, Runner, tell
from payment.screen import ScreenPhase, screen_phase
from payment.service_ids import new_service_id, this_boot
from payment.terminal import DayBook, Face, Teller, Terminal

_log = get_logger()
_BOOT = "boot"


class Cashier:
    """Owns journal, machine and driver of one terminal.

    ``on_change(purchase)`` after each step; ``on_entry(entry)`` when an entry is durable, and again every
    ``resend_every`` seconds until acknowledged; ``on_alarm(code, purchase_id)`` when a person has to look;
    ``on_health()`` when the terminal has become fit or unfit to take a card.
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
        on_health: Callable[[], None] = lambda: None,
        rhythm: Rhythm = RHYTHM,
        resend_every: float = 15.0,
        boot_id: str | None = None,
    ) -> None:
        if not 1 <= len(new_id()) <= 10:
            raise ValueError("new_id makes ServiceIDs: 1 to 10 characters (payments.md 1.3)")
        self._disk, self._terminal, self._clock, self._new_id = disk, terminal, clock, new_id
        self._on_entry, self._rhythm, self._resend_every = on_entry, rhythm, resend_every
        self._boot_id = this_boot() if boot_id is None else boot_id
        self._journal = Journal(disk)
        self._closing_day = False
        self._on_alarm, self._on_health = on_alarm, on_health
        self._unfit = False
        listeners = Listeners(on_change, on_entry, on_alarm)
        self._runner = Runner(self._journal, terminal, clock, new_id, listeners, rhythm)

    async def open(self) -> None:
        """Read the journal and start to resolve every open purchase; ``available`` is False until they are.

        Raises JournalDamaged (then no card may be taken here before a person has looked).
        """
        self._journal.open()
        self._runner.purchases = self._journal.purchases(self._rhythm)
        self._forget_old()
        known = self._disk.read(_BOOT)
        machine_too = known is not None and (not self._boot_id or known.decode() != self._boot_id)
        self._runner.running = True
        for purchase in list(self._runner.purchases.values()):
            if not _is_over(purchase):
                self._runner.feed(purchase.purchase_id, e.Restarted(self._new_id(), machine_too))
        if known is None or known.decode() != self._boot_id:
            self._disk.replace(_BOOT, self._boot_id.encode())
        self._runner.start(self._resend())
        if isinstance(self._terminal, Teller):
            try:
                await self._terminal.listen(self._heard)
            except OSError as error:  # payments do without
                _log.warning("terminal events", error=type(error).__name__)

    def _heard(self, event: PoiEvent) -> None:
        """The terminal told something by itself: it makes us distrust its memory, or look how it is."""
        _log.info("terminal", state=event.name)
        if event.name in RESTARTS:
            self._runner.terminal_was_away()
        if event.maintenance_required:
            tell(self._on_alarm, "payment.terminal_wants_maintenance", "")
        if event.name in RESTARTS | STANDSTILLS | {"EndMaintenance"}:
            self._runner.start(self._look())

    async def _look(self) -> None:
        await self.diagnose()

    def _forget_old(self) -> None:
        """Drop what is long over and known to the server; the journal of years would take minutes to read.

        Long before the newest entry, too: a clock that runs ahead drops nothing by itself.
        """
        now = min(max(self._last_moments(), default=self._clock.now()), self._clock.now())
        waiting = {entry.purchase_id for entry in self._journal.unacknowledged()}
        old = {
            purchase.purchase_id
            for purchase in self._runner.purchases.values()
            if purchase.state in OVER
            and purchase.purchase_id not in waiting
            and purchase.last_at is not None
            and now - purchase.last_at > REMEMBERED
        }
        self._journal.forget(old)
        for purchase_id in old:
            del self._runner.purchases[purchase_id]

    def _last_moments(self) -> Iterator[datetime]:
        return (one.last_at for one in self._runner.purchases.values() if one.last_at is not None)

    def begin(self, purchase_id: str, lines: Sequence[Line], purpose: str) -> Purchase:
        """Start one payment of all lines; asking again with the same id changes nothing.

        Raises BasketWrong, TerminalTaken, JournalBroken.
        """
        if purchase_id in self._runner.purchases:
            return self._runner.purchases[purchase_id]
        basket = checked(lines)
        if not self.available:
            raise TerminalTaken("not now")
        event = e.Begun(total(basket), basket[0].account_ref, purpose, self._terminal.poi_id, basket)
        purchase, effects = begin(purchase_id, event, self._clock.now())
        self._runner.carry_out(purchase, effects)
        self._runner.feed(purchase_id, e.PaymentAsked(self._new_id()))
        return self._runner.purchases[purchase_id]

    def cancel(self, purchase_id: str) -> None:
        """The customer pressed cancel. A wish: the purchase itself tells what became of it."""
        purchase = self.purchase(purchase_id)
        if screen_phase(purchase).can_cancel and not purchase.cancelled:
            self._runner.feed(purchase_id, e.Cancelled(self._new_id()))

    def posted(self, purchase_id: str, billing_reference: str, *, document: bool = False) -> None:
        """The server has settled every line (``document``: a fiscal document follows); told again changes nothing."""
        if self.purchase(purchase_id).state is State.APPROVED:
            self._runner.feed(purchase_id, e.Posted(billing_reference, document))

    def fiscalised(self, purchase_id: str, document_id: str, mark: FiscalMark) -> None:
        """A fiscal document exists. Told again, or while money is on its way back, changes nothing: the server says
        it again then. Raises UnknownPurchase, JournalBroken."""
        purchase = self.purchase(purchase_id)
        if document_id not in dict(purchase.documents) and (purchase.state, e.Fiscalised) in MOVES:
            self._runner.feed(purchase_id, e.Fiscalised(document_id, mark))

    def refund(self, purchase_id: str, refund_id: str, amount: Money, reason: str = "MerchantCancel") -> None:
        """The server orders ``amount`` of a paid purchase back to the card (``reason``: nexo ReversalReason).

        Told again, or for money that is not here any more, changes nothing. Raises UnknownPurchase,
        NothingToReverse, and TerminalTaken while another purchase holds the terminal: to be told again then.
        """
        purchase = self.purchase(purchase_id)
        if refund_id in purchase.refund_ids or purchase.state not in RETURNABLE:
            return
        left = Money(purchase.amount.minor - purchase.refunded_minor, purchase.amount.currency)
        if amount.currency != left.currency or not 0 < amount.minor <= left.minor:
            raise NothingToReverse(f"{amount} of {left}")  # returned before, as the server did not know
        if not self.available:
            raise TerminalTaken("a purchase is open")
        self._runner.feed(purchase_id, e.ReversalOrdered(self._new_id(), reason, refund_id, amount))

    def clarified(self, purchase_id: str, *, charged: bool, note: str) -> bool:
        """Reconciliation knows: exactly the asked amount is with the acquirer (``charged``), or nothing of it.

        Of a refund without an outcome: the money it was to return is still there (``charged``), or went back.

        True when that settled a parked purchase or reversal, or found money where we saw none.
        """
        purchase = self.purchase(purchase_id)
        event: e.Event = e.Clarified(note) if charged else e.ClarifiedNotCharged(note)
        if purchase.state is State.REVERSAL_PARKED and purchase.refunding:
            event = e.RefundRefused(CLARIFIED) if charged else undone(purchase, note)
        elif purchase.state is State.REVERSAL_PARKED and not charged:
            event = e.ClarifiedReversed(note)
        if (purchase.state, type(event)) not in MOVES:
            return False
        self._runner.feed(purchase_id, event)
        return True

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
        return self._runner.purchase(purchase_id)

    def purchases(self) -> list[Purchase]:
        """All that the journal still holds, oldest first."""
        return list(self._runner.purchases.values())

    def phase(self, purchase_id: str) -> ScreenPhase:
        """What to show of one purchase now."""
        return screen_phase(self.purchase(purchase_id))

    @property
    def available(self) -> bool:
        """Whether a card payment may be offered now."""
        return self._runner.running and not self._unfit and not self._closing_day and self._holder() is None

    @property
    def poi_id(self) -> str:
        """The terminal's name."""
        return self._terminal.poi_id

    @property
    def unfit(self) -> bool:
        """Whether the terminal itself said that it cannot take a card; ``diagnose`` may find it well again."""
        return self._unfit

    @property
    def active(self) -> bool:
        """Whether a customer may be at the terminal's keys now (outgoing pictures are a still meanwhile)."""
        return any(purchase.state in ACTIVE for purchase in self._runner.purchases.values())

    async def until(self, condition: Callable[[Cashier], bool]) -> None:
        """Wait until the condition holds; it is looked at after every step."""
        while not condition(self):
            self._runner.changed.clear()
            await self._runner.changed.wait()

    async def diagnose(self) -> Health | NoUse:
        """Ask the terminal how it is; while a purchase is open it is left alone and nothing is said."""
        if self._holder() is not None:
            return Silence("a purchase is open")
        answer: Health | NoUse = await self._runner.answer(self._terminal.diagnose(self._new_id()))
        if isinstance(answer, Health) and self._unfit is not (answer.condition == "out"):
            self._unfit = not self._unfit
            tell(self._on_health)
            self._runner.changed.set()
        return answer

    async def print_lines(self, lines: Sequence[str]) -> bool | None:
        """Lines on the terminal's own printer; whether they are out. None: it has none, or somebody is at its keys."""
        terminal = self._terminal
        if not isinstance(terminal, Face) or self.active:
            return None
        return await terminal.print_lines(self._new_id(), lines)

    async def close_day(self) -> TotalsAnswer | None:
        """Close the terminal's day with the acquirer, and let it go for its maintenance; None where it keeps no days.

        Nothing is begun meanwhile. Raises TerminalTaken while a purchase is open.
        """
        terminal = self._terminal
        if not isinstance(terminal, DayBook):
            return None
        if not self.available:
            raise TerminalTaken("a purchase is open")
        self._closing_day = True
        tell(self._on_health)
        try:
            totals: TotalsAnswer = await self._runner.answer(terminal.close_day(self._new_id()))
            if isinstance(totals, Totals):
                await self._runner.answer(terminal.logout(self._new_id()))
            return totals
        finally:
            self._closing_day = False
            tell(self._on_health)
            self._runner.changed.set()

    async def close(self) -> None:
        """Stop. What is open stays open in the journal and is resolved at the next start."""
        if isinstance(self._terminal, Teller):
            await self._terminal.close()
        await self._runner.stop()
        self._journal.close()

    async def _resend(self) -> None:
        while True:
            await asyncio.sleep(self._resend_every)
            for entry in self._journal.unacknowledged():
                tell(self._on_entry, entry)

    def _holder(self) -> Purchase | None:
        return next((purchase for purchase in self._runner.purchases.values() if purchase.is_open), None)


def _is_over(purchase: Purchase) -> bool:
    """Whether a start has nothing to find out: an approved one waits for the server alone."""
    if purchase.state is State.NOT_SENT:
        return not purchase.retry_pending
    return purchase.state in OVER or purchase.state is State.APPROVED
