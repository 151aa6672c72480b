"""Adapter: the outbox: posts each line to its own billing system exactly once, and takes it off again for a refund.

A line is tried again after 1, 2, 4 ... 60 s, always under the same idempotency key, also after a restart. One that
waits, or is refused for good, holds no other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from billing.accounts import Posted, Posting
from billing.errors import BillingRefused, BillingUnavailable
from billing.port import BillingSystem
from ground.logs import get_logger
from payment import lines as ln
from payment.book import Page, began, work
from payment.lines import LinePage, LineState
from signaling.server.billings import Billings
from signaling.server.outside import Outside

log = get_logger()

_LONGEST_WAIT_S = 60.0
#: Lines at once at one billing system.
_AT_ONCE = 8
_MAY_PASS = ("billing.unauthorised",)  # a wrong token of ours: somebody mends it, and the posting goes through


class Outbox:
    """``page_of`` a purchase now; ``moved`` makes a line's new state durable."""

    def __init__(
        self,
        billings: Billings,
        page_of: Callable[[str], Page],
        moved: Callable[[str, int, ln.LineEvent], Awaitable[None]],
    ) -> None:
        self._billings, self._page_of, self._moved = billings, page_of, moved
        self._working: dict[tuple[str, int], asyncio.Task[None]] = {}
        #: one for each system: one that is away holds no line of another
        self._outsides: dict[BillingSystem, Outside] = {}

    @property
    def count(self) -> int:
        """Lines that are being worked at."""
        return len(self._working)

    def at_work(self, page: Page) -> bool:
        """Whether a line of this page is being worked at."""
        return any((page.purchase.purchase_id, one.line.number) in self._working for one in page.lines)

    def work(self, purchase_id: str) -> None:
        """Begin with every line of the purchase that is due, each by itself."""
        for line in work(self._page_of(purchase_id)):
            place = (purchase_id, line.line.number)
            if place not in self._working:
                task = asyncio.get_running_loop().create_task(self._settle(*place))
                self._working[place] = task
                task.add_done_callback(lambda _done, place=place: self._done(place))  # type: ignore[misc]

    def _done(self, place: tuple[str, int]) -> None:
        del self._working[place]

    async def stop(self) -> None:
        """Leave what is open to the next start."""
        tasks = list(self._working.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _settle(self, purchase_id: str, number: int) -> None:
        """Until the line is not ours to work at any more."""
        wait = 1.0
        while True:
            page = self._page_of(purchase_id)
            line = page.line(number)
            if line.state not in ln.WORKED_AT:
                return
            event = await self._outcome(page, line)
            if event is None:
                log.warning("purchase.line_waits", purchase=purchase_id, line=number, seconds=wait)
                await asyncio.sleep(wait)
                wait = min(wait * 2, _LONGEST_WAIT_S)
                continue
            wait = 1.0
            await self._moved(purchase_id, number, event)

    async def _outcome(self, page: Page, line: LinePage) -> ln.LineEvent | None:
        """What billing says to the line's next step; None when it says nothing, or may say something else later."""
        billing = self._billings.of(line.line.supplier)
        if billing is None:
            return None
        try:
            outside = self._outsides.setdefault(billing, Outside(_AT_ONCE))
            return await outside.ask(_ask, billing, page, line)
        except BillingRefused as error:
            if error.code in _MAY_PASS:
                return None
            log.error("purchase.line_refused", purchase=page.purchase.purchase_id, code=error.code)
            if line.state is LineState.WITHDRAWING:
                return ln.WithdrawalRefused(error.code)
            return ln.DueStill() if line.state is LineState.CHECKING else ln.LineRefused(error.code)
        except Exception as error:  # whatever it was: nobody knows whether it was done, the key makes it safe to ask
            if not isinstance(error, BillingUnavailable):
                log.warning("purchase.billing_broken", error=type(error).__name__)
            return None


def _ask(billing: BillingSystem, page: Page, line: LinePage) -> ln.LineEvent:
    """One question. Raises BillingUnavailable, BillingRefused."""
    if line.state is LineState.CHECKING:
        return _checked(billing, page, line)
    if line.state is LineState.WITHDRAWING:
        billing.post_payment(_posting(page, line, reverses=line.key(page.purchase.purchase_id)))
        return ln.LineWithdrawn()
    posted: Posted = billing.post_payment(_posting(page, line))
    return ln.LinePosted(posted.number)


def _checked(billing: BillingSystem, page: Page, line: LinePage) -> ln.LineEvent:
    """Whether the bill of a late approval was paid elsewhere meanwhile."""
    card = billing.find_account(line.line.account_ref)
    if card is None or card.last_payment is None:
        return ln.DueStill()
    elsewhere = ln.paid_elsewhere(
        begun_at=began(page),
        due_minor=card.debt.minor,
        last_paid_at=card.last_payment.paid_at,
        last_reference=card.last_payment.reference,
        ours=page.purchase.purchase_id,
    )
    return ln.PaidElsewhere() if elsewhere else ln.DueStill()


def _posting(page: Page, line: LinePage, reverses: str = "") -> Posting:
    purchase_id = page.purchase.purchase_id
    return Posting(
        idempotency_key=f"{reverses}-back" if reverses else line.key(purchase_id),
        account=line.line.account_ref,
        amount=line.line.amount,
        paid_at=line.paid_at,
        reference=purchase_id,
        reverses=reverses,
    )
