"""Adapter: the kiosk's print desk: slips of payments and tickets of the line, beside everything else that happens.

Nobody waits for it: a purchase that moved and a ticket that was taken are only noted, and printed by a task of its own.
What is due, and when, is decided by ``kiosk.slips.spool``; a slip that fails undoes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Literal

from ground.clock import Clock
from ground.disk import Disk
from ground.logs import get_logger
from kiosk.agent.slip_book import Matter, SlipBook
from kiosk.agent.slip_facts import facts_of, mark_of, paid_bills
from kiosk.devices.printer import Outcome, Printer, PrinterState
from kiosk.ipc import SlipShown, StartPurchase
from kiosk.slips.paper import Document
from kiosk.slips.payment_slip import payment_slip
from kiosk.slips.place import Place
from kiosk.slips.spool import (
    PATIENCE,
    STAYS,
    Asked,
    Confirmed,
    Due,
    Hindered,
    Patience,
    SlipPage,
    SlipState,
    Unanswered,
    due,
    step,
)
from kiosk.slips.ticket_slip import TicketFacts, ticket_slip
from payment.moves import OVER
from payment.record import Purchase
from signaling.protocol.values import Language, Message, TicketView

log = get_logger()

LOOK_EVERY_S = 20.0  # how the printer is
WATCH_EVERY_S = 4.0  # while somebody is there: what is said before paying must be true
LOOK_AGAIN_S = 2.0  # while a slip waits for paper
_SHOWN: dict[SlipState, Literal["printing", "printed", "unsure", "not_printed"]] = {
    SlipState.ASKED: "printing",
    SlipState.PRINTED: "printed",
    SlipState.UNSURE: "unsure",
    SlipState.NOT_PRINTED: "not_printed",
}


class _Ticket:
    """A ticket to be printed; it is nowhere but here."""

    def __init__(self, facts: TicketFacts, language: Language) -> None:
        self.facts, self.language = facts, language
        self.page = SlipPage("receipt")


class PrintDesk:
    """``tell`` speaks to the visit in view; ``changed`` says that the printer is another than before."""

    def __init__(
        self,
        printer: Printer | None,
        disk: Disk,
        clock: Clock,
        place: Place,
        tell: Callable[[Message], None],
        changed: Callable[[], None],
        *,
        terminal_prints: Callable[[], bool] = lambda: False,
        tickets: bool = True,
        needed: bool = False,
        patience: Patience = PATIENCE,
        look_every_s: float = LOOK_EVERY_S,
        look_again_s: float = LOOK_AGAIN_S,
    ) -> None:
        self._printer, self._clock, self._place, self._tell, self._changed = printer, clock, place, tell, changed
        self._terminal_prints, self._prints_tickets, self._patience = terminal_prints, tickets, patience
        self._look_every_s, self._look_again_s, self._needed = look_every_s, look_again_s, needed
        self._book = SlipBook(disk)
        self._purchases: dict[str, Purchase] = {}
        self._since: dict[str, datetime] = {}
        self._here: set[str] = set()  # matters of the visit that runs; the others are of one that is over
        self._left: set[str] = set()
        self._tickets: dict[str, _Ticket] = {}
        self._taken: set[str] = set()
        self._shown: dict[str, SlipShown] = {}
        self._news = asyncio.Event()
        self._watching = False
        self.state: PrinterState | None = None

    # --- what is told to it: noted, never waited for ---

    def open(self) -> None:
        """Find what a crash left."""
        self._book.open()

    def begun(self, wish: StartPurchase) -> None:
        """A payment begins: what its slip will say of it, in the person's language."""
        if self._printer is None or wish.purchase_id in self._book.matters:
            return
        matter = Matter(wish.purchase_id, wish.language, self._clock.now(), paid_bills(wish))
        self._book.matters[wish.purchase_id] = matter
        self._here.add(wish.purchase_id)
        self._news.set()

    def moved(self, purchase: Purchase) -> None:
        """A purchase moved; those this desk has nothing to print of are passed over."""
        purchase_id = purchase.purchase_id
        if purchase_id not in self._book.matters:
            return
        before = self._purchases.get(purchase_id)
        if before is None or before.state is not purchase.state:
            self._since[purchase_id] = self._clock.now()
        self._purchases[purchase_id] = purchase
        self._news.set()

    def ticket(self, ticket: TicketView, service: str, language: Language) -> None:
        """A place in the line was given; told again it is one ticket."""
        if self._printer is None or not self._prints_tickets or ticket.ticket_id in self._taken:
            return
        self._taken.add(ticket.ticket_id)
        facts = TicketFacts(ticket, service, self._clock.now().astimezone())
        self._tickets[ticket.ticket_id] = _Ticket(facts, language)
        self._news.set()

    def visit_began(self) -> None:
        """Somebody is there: the printer is looked at more often."""
        self._watching = True
        self._news.set()

    def visit_over(self) -> None:
        """The person goes, with what is known by now; then nothing of it stays here."""
        self._watching = False
        self._left |= self._here
        self._here.clear()
        self._taken.clear()
        self._shown.clear()
        self._news.set()

    def show_again(self, send: Callable[[Message], None]) -> None:
        """Tell a new process of the same visit what became of its slips."""
        for shown in self._shown.values():
            send(shown)

    @property
    def paper(self) -> Literal["none", "ready", "out"]:
        """Whether a slip may be promised; a printer nobody has asked yet is not promised."""
        if self._printer is None:
            return "none"
        return "ready" if self.state is not None and self.state.may_print else "out"

    @property
    def lets_pay(self) -> bool:
        """False where nobody may pay without paper, and there is none."""
        return not (self._needed and self.paper == "out")

    @property
    def health(self) -> Literal["none", "ok", "low", "out", "unknown"]:
        """The printer in the words of the protocol."""
        if self._printer is None:
            return "none"
        match self.state:
            case None | PrinterState.SILENT:
                return "unknown"
            case PrinterState.READY:
                return "ok"
            case PrinterState.PAPER_LOW:
                return "low"
        return "out"

    # --- its own task ---

    async def run(self) -> None:
        """For ever. A failure of ours is logged and costs a slip: payments go on."""
        if self._printer is None:
            return
        while True:
            self._news.clear()
            try:
                pause = await self._work(self._printer)
            except Exception as error:
                _log_failure(error)
                pause = self._look_every_s
            try:
                async with asyncio.timeout(pause):
                    await self._news.wait()
            except TimeoutError:
                await self._look(self._printer)

    async def _work(self, printer: Printer) -> float:
        """Print what is due, forget what is over; seconds until something may be due by itself."""
        leaving = set(self._left)  # who goes while something is printed has a round of their own
        await self._keep()
        if self.state is None:
            await self._look(printer)
        pauses = [min(self._look_every_s, WATCH_EVERY_S) if self._watching else self._look_every_s]
        for matter in list(self._book.matters.values()):
            while (found := self._due(matter)) is not None:
                if isinstance(found, datetime):
                    pauses.append(max(0.05, (found - self._clock.now()).total_seconds()))
                    break
                if not await self._print_slip(printer, matter, found):
                    pauses.append(self._look_again_s)
                    break
        for ticket_id, ticket in list(self._tickets.items()):
            if ticket.page.waits and not await self._print_ticket(printer, ticket_id, ticket):
                pauses.append(self._look_again_s)
            if not ticket.page.waits or ticket_id not in self._taken:
                del self._tickets[ticket_id]
        self._forget(leaving)
        await self._keep()
        return min(pauses)

    def _due(self, matter: Matter) -> Due | datetime | None:
        purchase = self._purchases.get(matter.purchase_id)
        if purchase is None:
            return None
        return due(
            purchase, matter.slips, self._since[matter.purchase_id], self._clock.now(),
            leaving=matter.purchase_id in self._left, patience=self._patience,
        )  # fmt: skip

    async def _print_slip(self, printer: Printer, matter: Matter, wanted: Due) -> bool:
        """Whether it needs no other attempt. On disk that it was asked for, before the first byte."""
        page = matter.slips.get(wanted.key, SlipPage(wanted.kind))
        purchase = self._purchases[matter.purchase_id]
        can = await self._can(printer)
        page = step(page, Asked(len(purchase.documents)) if can else Hindered(begun=False))
        matter.slips[wanted.key] = page
        self._show(matter.purchase_id, page)
        if not can:
            return False
        await self._keep()
        copy = page.begun
        outcome = await self._print(printer, lambda: self._document(matter, wanted, purchase, copy=copy))
        matter.slips[wanted.key] = page = _after(page, outcome)
        log.info("slip", purchase=matter.purchase_id, kind=wanted.kind, status=outcome.verdict, state=outcome.state)
        await self._keep()
        self._note(outcome.state)
        self._show(matter.purchase_id, page)
        return not page.waits

    async def _print_ticket(self, printer: Printer, ticket_id: str, ticket: _Ticket) -> bool:
        if not await self._can(printer):
            ticket.page = step(ticket.page, Hindered(begun=False))
            self._show(ticket_id, ticket.page)
            return False
        ticket.page = step(ticket.page, Asked())
        self._show(ticket_id, ticket.page)
        outcome = await self._print(printer, lambda: ticket_slip(ticket.facts, self._place, ticket.language))
        ticket.page = _after(ticket.page, outcome)
        log.info("slip", ticket=ticket_id, kind="ticket", status=outcome.verdict, state=outcome.state)
        self._note(outcome.state)
        self._show(ticket_id, ticket.page)
        return not ticket.page.waits

    async def _print(self, printer: Printer, document: Callable[[], Document]) -> Outcome:
        """What became of it. After a failure of ours nobody knows, and that is what the screen is told."""
        try:
            return await printer.print(document())
        except Exception as error:
            _log_failure(error)
            return Outcome("unsure", self.state or PrinterState.SILENT)

    def _document(self, matter: Matter, wanted: Due, purchase: Purchase, *, copy: bool) -> Document:
        facts = facts_of(purchase, matter.bills, wanted.kind, terminal_prints=self._terminal_prints())
        mark = mark_of(purchase, wanted.kind)
        return payment_slip(wanted.kind, facts, self._place, matter.language, mark, copy=copy)

    async def _can(self, printer: Printer) -> bool:
        """A printer that could not print when last asked is asked again first."""
        if self.state is None or not self.state.may_print:
            await self._look(printer)
        return self.state is not None and self.state.may_print

    async def _look(self, printer: Printer) -> None:
        """How it is; one that we fail to ask is as good as none, and is asked again."""
        try:
            state = await printer.status()
        except Exception as error:
            _log_failure(error)
            state = PrinterState.UNREACHABLE
        self._note(state)

    def _note(self, state: PrinterState) -> None:
        if state is not self.state:
            log.info("printer", state=state.value)
            self.state = state
            self._changed()

    def _show(self, about: str, page: SlipPage) -> None:
        if about not in self._here and about not in self._taken:
            return
        shown = SlipShown(about=about, state=_SHOWN[page.state])
        if self._shown.get(about) != shown:
            self._shown[about] = shown
            self._tell(shown)

    def _forget(self, leaving: set[str]) -> None:
        """What nobody waits for any more: the person has gone; of a crash, it is printed, long ago, or never moved."""
        for purchase_id, matter in list(self._book.matters.items()):
            if purchase_id in leaving or (purchase_id not in self._here | self._left and self._is_over(matter)):
                del self._book.matters[purchase_id]
                self._left.discard(purchase_id)
                self._purchases.pop(purchase_id, None)
                self._since.pop(purchase_id, None)

    def _is_over(self, matter: Matter) -> bool:
        if self._clock.now() - matter.begun_at > STAYS:
            return True
        purchase = self._purchases.get(matter.purchase_id)
        return purchase is not None and purchase.state in OVER and self._due(matter) is None

    async def _keep(self) -> None:
        try:
            await asyncio.to_thread(self._book.keep)
        except OSError as error:  # a full disk: the slip is printed all the same, after a crash perhaps once more
            log.warning("the book of slips was not written", error=type(error).__name__)


def _log_failure(error: Exception) -> None:
    log.error("printing", error=type(error).__name__, reason=str(error))


def _after(page: SlipPage, outcome: Outcome) -> SlipPage:
    match outcome.verdict:
        case "printed":
            return step(page, Confirmed())
        case "unsure":
            return step(page, Unanswered())
        case "not_printed":
            return step(page, Hindered(begun=outcome.begun))
