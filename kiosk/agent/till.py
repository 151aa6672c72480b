"""Adapter: the cashier of this kiosk's card terminal between the visits, which show, and the server, which posts.

What the customer reads and when is decided by ``payment.screen``; here are only the two directions of messages.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Literal

from ground.clock import Clock
from ground.disk import Disk
from ground.logs import get_logger
from ground.money import Money, MoneyError
from kiosk.agent.shown_purchase import lines_of, shown
from kiosk.ipc import PurchaseShown, StartPurchase, TerminalActive
from payment.answers import Health, TotalsAnswer
from payment.cashier import Cashier
from payment.drivers import terminal_of
from payment.errors import BasketWrong, JournalBroken, JournalDamaged, PaymentError, TerminalTaken, UnknownPurchase
from payment.events import Entry, entry_to_dict, entry_to_json
from payment.fiscal import FiscalMark
from payment.record import Purchase
from signaling.client.link import LinkDown
from signaling.protocol.commands import Command, PurchaseRecord
from signaling.protocol.errors import ErrorCode, ProtocolError
from signaling.protocol.events import PurchaseClarified, PurchaseFiscalised, PurchasePosted, PurchaseRefund
from signaling.protocol.frames import MAX_FRAME
from signaling.protocol.replies import PurchaseRecorded, Reply
from signaling.protocol.values import Message

log = get_logger()

#: What the server says of a purchase that is not open any more, until the journal knows it.
Order = PurchaseRefund | PurchaseClarified | PurchaseFiscalised

#: Alarms after which a cashier begins and sends nothing any more (payment's page): a new one reads the journal.
_BEGUN_ANEW = ("payment.journal_broken", "payment.runner_stopped")
#: Words for a printer that is there (nexo PrinterStatus), paper or not.
_PRINTS = ("OK", "PaperLow", "NoPaper", "PaperJam")
_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 60.0
#: Of a command: an evening without a link may leave more than the server takes in one (entries, bytes of a frame).
_ENTRIES_AT_ONCE, _BYTES_AT_ONCE = 100, MAX_FRAME * 5 // 8


class Till:
    """``tell`` says something to the visit in view, ``changed`` that payments are (not) offered now, ``moved`` that a
    purchase is another than before: it must not wait."""

    def __init__(
        self,
        disk: Disk,
        profile: Path | None,
        sale_id: str,
        clock: Clock,
        ask: Callable[[Command], Awaitable[Reply]],
        tell: Callable[[Message], None],
        changed: Callable[[], None],
        moved: Callable[[Purchase], None] = lambda purchase: None,
    ) -> None:
        self._ask, self._tell, self._changed, self._moved = ask, tell, changed, moved
        self.printer_status = ""  #: the terminal's own printer, as a Diagnosis says (nexo PrinterStatus)
        self._shown: str | None = None
        self._offered = self._active = False
        self._replicating: dict[str, asyncio.Task[None]] = {}
        self._new_cashier = partial(_cashier_of, disk, profile, sale_id, clock, self)
        self._cashier = self._new_cashier()
        self._beginning_anew: asyncio.Task[None] | None = None
        self._pause_s = _PAUSE_S
        self._posted_meanwhile: dict[str, PurchasePosted] = {}
        self._orders: dict[str, Order] = {}

    async def open(self) -> None:
        """Resolve what a crash left open; payments are offered when that is done."""
        if self._cashier is None:
            return
        try:
            await self._cashier.open()
        except JournalDamaged as error:
            log.error("no card payments: a person must look at the journal", code=error.code)
            self._cashier = None
            return
        except (PaymentError, OSError) as error:
            self._begin_anew(error)
            return
        self._note_all(self._cashier)

    def _begin_anew(self, why: Exception | str) -> None:
        """The cashier can do no more: after a pause another one takes its place, as after a crash."""
        if self._beginning_anew is None or self._beginning_anew.done():
            log.error("card payments begin anew", reason=str(why), seconds=self._pause_s)
            self._beginning_anew = asyncio.get_running_loop().create_task(self._replace_cashier())

    async def _replace_cashier(self) -> None:
        """Until the disk takes entries again, payments are not offered; what is open is resolved by the terminal."""
        broken, self._cashier = self._cashier, None
        self._note()
        while True:
            if broken is not None:
                await broken.close()
            await asyncio.sleep(self._pause_s)
            self._pause_s = min(2 * self._pause_s, _LONGEST_PAUSE_S)
            broken = fresh = self._new_cashier()
            if fresh is None:
                continue
            try:
                await fresh.open()
            except JournalDamaged as error:
                log.error("no card payments: a person must look at the journal", code=error.code)
                return
            except (PaymentError, OSError):
                continue
            self._cashier = fresh
            break
        log.info("card payments were begun anew")
        while self._posted_meanwhile:
            self.posted(self._posted_meanwhile.popitem()[1])
        self._carry_out_orders()
        self.link_is_back()
        self._note_all(self._cashier)

    async def print_lines(self, lines: Sequence[str]) -> bool | None:
        """Lines on the terminal's own printer; None when it cannot be asked now."""
        return None if self._cashier is None else await self._cashier.print_lines(lines)

    @property
    def prints(self) -> bool:
        """Whether the terminal has a printer of its own for its slip; one that is out of order is none."""
        return self.printer_status in _PRINTS

    async def close_day(self) -> tuple[str, TotalsAnswer] | None:
        """The terminal's name and the totals of the day it closed now; None where there is nothing to close."""
        if self._cashier is None:
            return None
        cashier = self._cashier
        try:
            totals = await cashier.close_day()
        except TerminalTaken:
            return None
        return None if totals is None else (cashier.poi_id, totals)

    @property
    def quiet(self) -> bool:
        """Whether no purchase is open at the terminal."""
        return self._cashier is not None and self._cashier.available

    @property
    def offered(self) -> bool:
        """Whether a card payment may be begun now."""
        return self._offered

    def start(self, wish: StartPurchase) -> None:
        """Begin a purchase; a terminal that is taken or away is told as certainly not charged."""
        self._shown = wish.purchase_id
        if self._cashier is None:
            self._refuse(wish, "payment.not_sent")
            return
        try:
            self._cashier.begin(wish.purchase_id, lines_of(wish), wish.purpose)
        except TerminalTaken:
            self._refuse(wish, "payment.not_sent_busy")
        except (JournalBroken, BasketWrong, MoneyError) as error:
            log.error("a purchase was not begun", purchase=wish.purchase_id, code=error.code)
            self._refuse(wish, "payment.not_sent")

    def cancel(self, purchase_id: str) -> None:
        """The customer's wish to stop."""
        if self._cashier is not None:
            try:
                self._cashier.cancel(purchase_id)
            except PaymentError as error:  # unknown, or the alarm has said it
                log.warning("a purchase was not cancelled", purchase=purchase_id, code=error.code)

    def posted(self, told: PurchasePosted) -> None:
        """Every line is settled; told again, or of a purchase of another terminal's journal, changes nothing."""
        purchase_id = told.purchase_id
        if self._cashier is None:
            if self._beginning_anew is not None:
                self._posted_meanwhile[purchase_id] = told
            return
        try:
            self._cashier.posted(purchase_id, told.reference, document=told.document)
        except UnknownPurchase:
            log.info("a posting of a purchase not in this journal", purchase=purchase_id)
        except PaymentError as error:  # the alarm has said it; the new cashier is told
            log.warning("a posting was not kept", purchase=purchase_id, code=error.code)
            self._posted_meanwhile[purchase_id] = told

    def ordered(self, order: Order) -> None:
        """The server orders money back, says how a payment ended, or that a document exists; again changes nothing.

        What cannot be done at once is done when the terminal is free; after a restart the server says it again.
        """
        self._orders[_name(order)] = order
        self._carry_out_orders()

    def _carry_out_orders(self) -> None:
        for name, order in list(self._orders.items()):
            if self._cashier is None or self._orders.get(name) is not order:
                continue
            try:
                _carry_out(self._cashier, order)
            except TerminalTaken:
                continue
            except JournalBroken:  # the alarm has said it; the new cashier carries it out
                return
            except PaymentError as error:  # not in this journal; the server says it again
                log.error("an order was not carried out", purchase=order.purchase_id, code=error.code)
            self._orders.pop(name, None)

    def show_again(self, send: Callable[[Message], None]) -> None:
        """Tell a new process of the same visit how its purchase stands."""
        if self._cashier is None or self._shown is None:
            return
        try:
            send(shown(self._cashier.purchase(self._shown)))
        except UnknownPurchase:
            return
        send(TerminalActive(active=self._cashier.active))

    def visit_over(self) -> None:
        """Nobody is there any more to be told; the purchase itself goes on."""
        self._shown = None

    def link_is_back(self) -> None:
        """Send what the server has not confirmed."""
        if self._cashier is not None:
            for purchase_id in dict.fromkeys(entry.purchase_id for entry in self._cashier.unacknowledged()):
                self._replicate(purchase_id)

    async def health(self) -> Literal["ok", "busy", "out", "unknown"]:
        """How the terminal is, in the words of the protocol."""
        if self._cashier is None:
            return "out"
        if not self._cashier.available and not self._cashier.unfit:
            return "busy"
        answer = await self._cashier.diagnose()
        if not isinstance(answer, Health):
            return "unknown" if self._cashier.active else "out"
        self.printer_status = answer.printer_status
        return answer.condition

    async def close(self) -> None:
        """Stop; what is open is resolved at the next start."""
        tasks = list(self._replicating.values())
        tasks += [self._beginning_anew] if self._beginning_anew is not None else []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._cashier is not None:
            await self._cashier.close()

    # --- what the cashier says ---

    def on_change(self, purchase: Purchase) -> None:
        """A purchase moved, so the disk takes entries."""
        self._pause_s = _PAUSE_S
        if purchase.purchase_id == self._shown:
            self._tell(shown(purchase))
        self._moved(purchase)
        self._note()

    def on_entry(self, entry: Entry) -> None:
        """An entry is durable here, or still not confirmed there."""
        self._replicate(entry.purchase_id)

    def on_alarm(self, code: str, purchase_id: str) -> None:
        """A person of the company has to look; a cashier that has stopped is replaced."""
        log.error("payment alarm", code=code, purchase=purchase_id)
        if code in _BEGUN_ANEW:
            self._begin_anew(code)

    def on_health(self) -> None:
        """The terminal has become fit or unfit to take a card."""
        self._note()

    def _note_all(self, cashier: Cashier) -> None:
        """A journal was read: what it knows has moved, for those who were not there."""
        for purchase in cashier.purchases():
            self._moved(purchase)
        self._note()

    def _note(self) -> None:
        """Without a cashier nothing is offered, and nobody knows whether the keys are free: the still stays."""
        active = self._active if self._cashier is None else self._cashier.active
        offered = self._cashier is not None and self._cashier.available
        if active != self._active:
            self._active = active
            self._tell(TerminalActive(active=active))
        if offered != self._offered:
            self._offered = offered
            self._changed()
        if offered and self._orders:
            self._carry_out_orders()

    def _refuse(self, wish: StartPurchase, phrase: str) -> None:
        self._tell(
            PurchaseShown(
                purchase_id=wish.purchase_id,
                phase="not_sent",
                phrase=phrase,
                can_cancel=False,
                final=True,
                amount=wish.amount,
            )
        )
        self._tell(TerminalActive(active=self._cashier is not None and self._cashier.active))

    def _replicate(self, purchase_id: str) -> None:
        if purchase_id not in self._replicating:
            task = asyncio.get_running_loop().create_task(self._send_entries(purchase_id))
            self._replicating[purchase_id] = task
            task.add_done_callback(lambda _: self._replicating.pop(purchase_id, None))

    async def _send_entries(self, purchase_id: str) -> None:
        """In order, until the server has all; a lost link leaves the rest to ``link_is_back``."""
        await asyncio.sleep(0)  # entries of the same step go together
        cashier = self._cashier
        if cashier is None:
            return
        entries = [entry for entry in cashier.unacknowledged() if entry.purchase_id == purchase_id]
        while entries:
            some = _piece(entries)
            command = PurchaseRecord(purchase_id=purchase_id, entries=tuple(entry_to_dict(each) for each in some))
            try:
                reply = await self._ask(command)
            except LinkDown:
                return
            except ProtocolError as error:
                if error.error_code is not ErrorCode.JOURNAL_GAP or not error.detail.isdigit():
                    log.error("the server did not take a purchase's journal", purchase=purchase_id, code=error.code)
                    return
                entries = cashier.entries_after(purchase_id, int(error.detail) - 1)
                continue
            if not isinstance(reply, PurchaseRecorded) or reply.seq < some[-1].seq:
                return  # nothing gained; the cashier says the rest again
            if self._cashier is not cashier:
                return  # the new one says them again
            try:
                cashier.acknowledged(purchase_id, reply.seq)
            except JournalBroken as error:
                self._begin_anew(error)
                return
            entries = [entry for entry in cashier.unacknowledged() if entry.purchase_id == purchase_id]


def _piece(entries: Sequence[Entry]) -> list[Entry]:
    """As many of the first ones as go into one command, one at least."""
    some, size = list[Entry](), 0
    for entry in entries[:_ENTRIES_AT_ONCE]:
        size += len(entry_to_json(entry).encode())
        if some and size > _BYTES_AT_ONCE:
            break
        some.append(entry)
    return some


def _name(order: Order) -> str:
    match order:
        case PurchaseRefund(refund_id=refund_id):
            return f"refund {refund_id}"
        case PurchaseFiscalised(document_id=document_id):
            return f"document {document_id}"
    return f"clarified {order.purchase_id}"


def _carry_out(cashier: Cashier, order: Order) -> None:
    match order:
        case PurchaseClarified():
            cashier.clarified(order.purchase_id, charged=order.charged, note=order.note)
        case PurchaseFiscalised(document=told):
            total = Money(told.total.minor, told.total.currency)
            mark = FiscalMark(told.storage, told.number, told.sign, told.at, total, told.kind)
            cashier.fiscalised(order.purchase_id, order.document_id, mark)
        case PurchaseRefund(amount=amount):
            cashier.refund(order.purchase_id, order.refund_id, Money(amount.minor, amount.currency))


def _cashier_of(disk: Disk, profile: Path | None, sale_id: str, clock: Clock, till: Till) -> Cashier | None:
    """The cashier of the configured terminal; None (and no payments) when there is none, or it cannot be read."""
    if profile is None:
        return None
    try:
        terminal = terminal_of(profile, sale_id=sale_id)
    except (OSError, ValueError, KeyError, PaymentError) as error:
        log.error("no card payments: the terminal's profile cannot be read", error=type(error).__name__)
        return None
    return Cashier(
        disk, terminal, clock, on_change=till.on_change, on_entry=till.on_entry, on_alarm=till.on_alarm,
        on_health=till.on_health,
    )  # fmt: skip
