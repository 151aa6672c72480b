"""Rules: what a person may end on the server alone, because the kiosk that has the terminal will not come back.

Its journal stays the truth of what the terminal said: when it comes back after all and tells otherwise, that is a task
again (``contradicted``), never silently put right.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from payment import lines as ln
from payment import refunds as rf
from payment.book import Clarification, Page, at_line, with_refund
from payment.errors import IllegalLineMove
from payment.lines import LinePage, LineState
from payment.moves import OVER, State
from payment.refunds import KIOSK_GONE, RefundState

#: A kiosk without a link whose word has been waited for this long may be gone for good.
AWAY = timedelta(days=1)

_AT_KIOSK = (RefundState.ORDERED, RefundState.RUNNING)
#: Charged another amount: only its way back can be found out, not that it was right.
_WRONG_AMOUNT = frozenset({State.MISMATCH, State.REVERSING, State.REVERSAL_PARKED})
_UNPAID = frozenset({State.DECLINED, State.NOT_CHARGED, State.NOT_SENT, State.REVERSED})


def waits_since(page: Page) -> datetime | None:
    """Since when only the kiosk can say how it goes on; None when nobody waits for it."""
    refund, last = page.refund, page.purchase.last_at or page.purchase.begun_at
    if refund is not None and refund.state in _AT_KIOSK:
        return max(last, refund.decided_at or refund.asked_at)
    ended = page.clarification is not None and page.clarification.gone
    return None if ended or page.purchase.state in OVER | {State.APPROVED} else last


def unheard_of(page: Page, enrolled_at: datetime) -> bool:
    """Whether the machine that has the kiosk's place since then may not have this purchase in its journal."""
    return (page.purchase.last_at or page.purchase.begun_at) < enrolled_at


def end_without_kiosk(page: Page, found: Clarification, now: datetime) -> Page:
    """The acquirer's word is final: of a refund under way (``charged``: it was not returned), or of the payment.

    Raises IllegalLineMove when nothing waits for the kiosk, or an amount is there that nobody asked for.
    """
    if contradicted(page):
        seen = (rf.step(one, rf.Seen()) if one.state is RefundState.CONTRADICTED else one for one in page.refunds)
        before = page.clarification or found
        return replace(page, refunds=tuple(seen), clarification=replace(before, seen=True))
    if waits_since(page) is None:
        raise IllegalLineMove("nothing waits for the kiosk")
    refund = page.refund
    if refund is not None and refund.state in _AT_KIOSK:
        event = ln.StayedHere(KIOSK_GONE) if found.charged else ln.WentBack()
        for number in refund.lines:
            page = at_line(page, number, event)
        page = with_refund(page, rf.step(refund, rf.BankKept() if found.charged else rf.BankReturned()))
        return replace(page, clarification=replace(found, gone=True))
    if found.charged and page.purchase.state in _WRONG_AMOUNT:
        raise IllegalLineMove("another amount was charged: it goes back by the bank")
    page = replace(page, clarification=replace(found, gone=True))
    if not found.charged:
        return page
    return replace(page, lines=tuple(LinePage(line, now, LineState.CHECKING) for line in page.purchase.lines))


def contradicted(page: Page) -> bool:
    """Whether the kiosk came back and its journal tells otherwise than a person did meanwhile."""
    if any(one.state is RefundState.CONTRADICTED for one in page.refunds):
        return True
    found = page.clarification
    return found is not None and found.gone and found.charged and not found.seen and page.purchase.state in _UNPAID
