"""Adapter: the server's book of record: pages in memory, their rows in the tables, both changed in one place.

Entries, lines and refunds of a page are written in one transaction; only then the kiosk hears that its entries are
kept and what it has to do, and the outbox works at what is owed.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from itertools import islice

from pydantic import ValidationError

from ground.clock import Clock
from ground.ids import new_id
from ground.logs import get_logger
from ground.money import MoneyError
from payment.book import (
    Alarm,
    AskAgain,
    DocumentIssued,
    News,
    OrderClarification,
    OrderRefund,
    Page,
    at_document,
    at_line,
    automatic_refund,
    news,
    receive_all,
    with_documents,
)
from payment.documents import DocumentEvent
from payment.events import Entry
from payment.fiscal import FiscalTerms
from payment.register import FiscalRegister
from payment.tasks import why
from signaling.protocol.commands import PurchaseRecord
from signaling.protocol.errors import ErrorCode, ProtocolError
from signaling.protocol.events import PurchaseClarified, PurchaseFiscalised, PurchasePosted, PurchaseRefund
from signaling.protocol.replies import PurchaseRecorded
from signaling.server import purchase_rows as rows
from signaling.server.asked import Asked
from signaling.server.billing_desk import sum_of
from signaling.server.billings import Billings
from signaling.server.event_log import Change
from signaling.server.fiscal_outbox import FiscalOutbox
from signaling.server.records import Records
from signaling.server.settlement import Outbox

log = get_logger()

_MOST_ENTRIES = 500  # of one command; a purchase has about ten
_MOST_PAGES = 2000  # in memory, some 10 MB; a network of kiosks pays as often in half a day

ToKiosk = PurchasePosted | PurchaseFiscalised | PurchaseRefund | PurchaseClarified


class Purchases:
    """The book, one page a purchase, read from the tables when it is needed. ``most_pages`` are held, and those that
    are being written or worked at.

    ``tasks_changed`` is called with the change that may have altered what waits for a person. ``fiscal`` None: the
    agent has no fiscal duty, and purchases get no documents.
    """

    def __init__(
        self,
        records: Records,
        billings: Billings,
        clock: Clock,
        submit: Callable[[Change], asyncio.Future[None]],
        tasks_changed: Callable[[Change], None] = lambda change: None,
        fiscal: tuple[FiscalRegister, FiscalTerms] | None = None,
        most_pages: int = _MOST_PAGES,
    ) -> None:
        self._records, self._clock, self._submit, self._tasks_changed = records, clock, submit, tasks_changed
        self._pages: dict[str, Page] = {}  # the one that was changed last at the end
        self._unwritten = Counter[str]()  # changes of a page on their way to the disk
        self._most_pages = most_pages
        self._outbox = Outbox(billings, self._pages.__getitem__, self._line_moved)
        self._fiscal = FiscalOutbox(*fiscal, self._pages.__getitem__, self._document_moved) if fiscal else None

    @property
    def held(self) -> int:
        """Pages in memory."""
        return len(self._pages)

    @property
    def open_count(self) -> int:
        """Lines that the outbox is working at."""
        return self._outbox.count

    async def record(self, asked: Asked, command: PurchaseRecord) -> PurchaseRecorded:
        """Keep the entries of a command, all or none; raises JOURNAL_GAP with the number wanted."""
        entries = _read(command)
        before = await self._known(command.purchase_id)
        after, result = receive_all(before, asked.client.identity, entries)
        if isinstance(result, AskAgain):
            raise ProtocolError(ErrorCode.JOURNAL_GAP, str(result.after_seq + 1))
        if isinstance(result, Alarm) or after is None:
            code = result.code if isinstance(result, Alarm) else "payment.book_conflict"
            log.error("purchase.alarm", purchase=command.purchase_id, code=code)
            raise ProtocolError(ErrorCode.ILLEGAL_MOVE, code)
        if after is not before:
            self.keep(asked.change, before, after)
        return PurchaseRecorded(purchase_id=command.purchase_id, seq=after.purchase.seq)

    async def page(self, purchase_id: str) -> Page:
        """A page of the book; raises PURCHASE_UNKNOWN."""
        page = await self._known(purchase_id)
        if page is None:
            raise ProtocolError(ErrorCode.PURCHASE_UNKNOWN)
        return page

    def keep(self, change: Change, before: Page | None, after: Page) -> Page:
        """The page is now this; its rows go with the change, and when that is durable the rest follows."""
        after = automatic_refund(after, new_id(), change.at)
        if self._fiscal is not None:
            after = with_documents(before, after)
        purchase_id = after.purchase.purchase_id
        self._pages.pop(purchase_id, None)
        self._pages[purchase_id] = after
        self._unwritten[purchase_id] += 1
        rows.write(change, before, after)
        told = news(before) if before else []
        for one in news(after):
            if one not in told:
                change.tell(after.kiosk_id, _event(purchase_id, one))
        if why(after) != (why(before) if before else None):
            self._tasks_changed(change)
        change.afterwards.append(lambda: self._written(purchase_id))
        return after

    def _written(self, purchase_id: str) -> None:
        self._unwritten -= Counter((purchase_id,))
        self._work(purchase_id)
        self._let_go()

    def _let_go(self) -> None:
        """Of the pages too many, the oldest that rest: what they say is in the tables."""
        for purchase_id in list(islice(self._pages, max(0, len(self._pages) - self._most_pages))):
            page = self._pages.pop(purchase_id)
            documents = self._fiscal is not None and self._fiscal.at_work(purchase_id)
            if documents or self._outbox.at_work(page) or purchase_id in self._unwritten:
                self._pages[purchase_id] = page  # at the end: it is not asked about again at once

    def _work(self, purchase_id: str) -> None:
        self._outbox.work(purchase_id)
        if self._fiscal is not None:
            self._fiscal.work(purchase_id)

    async def _document_moved(self, purchase_id: str, document_id: str, event: DocumentEvent) -> None:
        """The register has said something about a document."""
        before, change = self._pages[purchase_id], Change(self._clock.now())
        self.keep(change, before, at_document(before, document_id, event))
        await self._submit(change)

    async def _line_moved(self, purchase_id: str, number: int, event: object) -> None:
        """The outbox has found out something about a line."""
        before, change = self._pages[purchase_id], Change(self._clock.now())
        self.keep(change, before, at_line(before, number, event))  # type: ignore[arg-type]
        await self._submit(change)

    async def _known(self, purchase_id: str) -> Page | None:
        if purchase_id not in self._pages:
            page = await asyncio.to_thread(self._read_page, purchase_id)
            if page is not None:
                self._pages.setdefault(purchase_id, page)
        return self._pages.get(purchase_id)

    def _read_page(self, purchase_id: str) -> Page | None:
        records = self._records
        row = records.purchase(purchase_id)
        if row is None:
            return None
        return rows.page_of(
            row,
            records.purchase_entries(purchase_id),
            records.purchase_lines(purchase_id),
            records.refunds(purchase_id),
            records.fiscal_documents(purchase_id),
        )

    async def resume(self) -> None:
        """After a start: go on with every line and document that was being worked at."""
        open_lines = await asyncio.to_thread(self._records.purchases_worked_at)
        for purchase_id in {*open_lines, *await asyncio.to_thread(self._records.purchases_to_document)}:
            if await self._known(purchase_id) is not None:
                self._work(purchase_id)

    def to_tell(self, kiosk_id: str) -> tuple[ToKiosk, ...]:
        """What the kiosk is told at each new connection: whatever its journal does not know yet.

        Reads the tables: call it off the loop.
        """
        told: list[ToKiosk] = []
        for purchase_id in self._records.purchases_to_tell(kiosk_id):
            page = self._pages.get(purchase_id) or self._read_page(purchase_id)
            told += [_event(purchase_id, one) for one in news(page)] if page else []
        return tuple(told)

    async def stop(self) -> None:
        """Leave what is open to the next start."""
        await self._outbox.stop()
        if self._fiscal is not None:
            await self._fiscal.stop()


def _event(purchase_id: str, told: News) -> ToKiosk:
    match told:
        case OrderRefund(refund=refund):
            amount = sum_of(refund.amount)
            return PurchaseRefund(purchase_id=purchase_id, refund_id=refund.refund_id, amount=amount)
        case OrderClarification(clarification=found):
            return PurchaseClarified(purchase_id=purchase_id, charged=found.charged, note=found.note)
        case DocumentIssued(document_id=document_id, mark=mark):
            told_of = rows.told_document(mark)
            return PurchaseFiscalised(purchase_id=purchase_id, document_id=document_id, document=told_of)
    return PurchasePosted(purchase_id=purchase_id, reference=told.reference, document=told.document)


def _read(command: PurchaseRecord) -> list[Entry]:
    if not 0 < len(command.entries) <= _MOST_ENTRIES:
        raise ProtocolError(ErrorCode.MALFORMED, f"1 to {_MOST_ENTRIES} entries")
    try:
        entries = rows.entries_of(command.entries)
    except (ValidationError, ValueError, MoneyError) as error:
        raise ProtocolError(ErrorCode.MALFORMED, "an entry of the journal cannot be read") from error
    if any(entry.purchase_id != command.purchase_id for entry in entries):
        raise ProtocolError(ErrorCode.MALFORMED, "an entry of another purchase")
    return entries
