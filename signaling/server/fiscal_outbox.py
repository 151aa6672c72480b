"""Adapter: has the fiscal documents of settled purchases issued, each exactly once, also after a restart.

Asked again after 1, 2, 4 ... 60 s, always under the document's own id. A refund's document waits for the sale's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from ground.logs import get_logger
from payment.book import Page
from payment.documents import SENDING, DocumentEvent, DocumentPage, DocumentState
from payment.fiscal import FiscalDocument, FiscalTerms, FiscalTermsWrong, document
from payment.register import FiscalRefused, FiscalRegister, Later, Taken
from signaling.server.outside import Outside

log = get_logger()

_LONGEST_WAIT_S = 60.0
#: Documents at once at the register.
_AT_ONCE = 8


class FiscalOutbox:
    """``page_of`` a purchase now; ``moved`` makes a document's new state durable."""

    def __init__(
        self,
        register: FiscalRegister,
        terms: FiscalTerms,
        page_of: Callable[[str], Page],
        moved: Callable[[str, str, DocumentEvent], Awaitable[None]],
    ) -> None:
        self._register, self._terms, self._page_of, self._moved = register, terms, page_of, moved
        self._working: dict[str, asyncio.Task[None]] = {}
        self._outside = Outside(_AT_ONCE)

    def at_work(self, purchase_id: str) -> bool:
        """Whether a document of this purchase is being worked at."""
        return purchase_id in self._working

    def work(self, purchase_id: str) -> None:
        """Begin with the purchase's documents that are due, unless it is being done."""
        if purchase_id not in self._working and _next(self._page_of(purchase_id)) is not None:
            task = asyncio.get_running_loop().create_task(self._issue(purchase_id))
            self._working[purchase_id] = task
            task.add_done_callback(lambda _done: self._working.pop(purchase_id))

    async def stop(self) -> None:
        """Leave what is open to the next start."""
        tasks = list(self._working.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _issue(self, purchase_id: str) -> None:
        """One document after the other, until none is due."""
        wait = 1.0
        while (due := _next(page := self._page_of(purchase_id))) is not None:
            try:
                answer = await self._outside.ask(self._ask, page, due)
                if not isinstance(answer, Later):
                    wait = 1.0
                    await self._moved(purchase_id, due.document_id, answer)
                    continue
            except Exception as error:  # of a driver or of ours: the document's own id makes it safe to ask again
                log.error("purchase.document_broken", purchase=purchase_id, error=type(error).__name__)
                answer = Later("broken")
            log.warning("purchase.document_waits", purchase=purchase_id, reason=answer.reason, seconds=wait)
            await asyncio.sleep(wait)
            wait = min(wait * 2, _LONGEST_WAIT_S)

    def _ask(self, page: Page, due: DocumentPage) -> DocumentEvent | Later:
        """One question to the register."""
        try:
            wanted = _document(self._terms, page, due)
        except FiscalTermsWrong as error:
            log.error("purchase.document_refused", purchase=page.purchase.purchase_id, code=error.code)
            return FiscalRefused(error.code)
        if due.state is DocumentState.WANTED:
            answer: Taken | FiscalRefused | Later = self._register.register(wanted)
            return answer
        return self._register.report(due.uuid, wanted)


def _next(page: Page) -> DocumentPage | None:
    """The first document that is due; after one that waits for a person nothing is."""
    for one in page.documents:
        if one.state in SENDING:
            return one
        if one.state is DocumentState.REFUSED and one.kind == "sell":
            return None
    return None


def _document(terms: FiscalTerms, page: Page, due: DocumentPage) -> FiscalDocument:
    """The document as it is told to the register. Raises FiscalTermsWrong."""
    lines = page.purchase.lines
    if due.kind == "sell_refund":
        numbers = next(one.lines for one in page.refunds if one.refund_id == due.document_id)
        lines = tuple(line for line in lines if line.number in numbers)
    return document(terms, due.external_id, due.kind, lines, page.lines[0].paid_at)
