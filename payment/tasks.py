"""Rules: which purchases wait for a person, and what a person may do with one."""

from __future__ import annotations

from typing import Literal

from payment import lines as ln
from payment.book import Page
from payment.documents import DocumentState
from payment.lines import LINE_MOVES, LineState
from payment.moves import State
from payment.refunds import RefundState
from payment.without_kiosk import contradicted

Why = Literal[
    "second_person", "refused", "held", "parked", "refund_parked", "document_refused", "kiosk_away", "contradicted"
]
Act = Literal["refund", "decide", "post_again", "by_hand", "clarify", "document"]


def why(page: Page, *, away: bool = False) -> Why | None:
    """Why a person has to act; None when nobody has to. What the outbox or a kiosk does by itself is no task.

    ``away``: its kiosk has been waited for too long (``without_kiosk.waits_since``) and has no link.
    """
    if contradicted(page):
        return "contradicted"
    if away:
        return "kiosk_away"
    refund = page.refund
    if refund is not None and refund.state is RefundState.ASKED:
        return "second_person"
    found = page.clarification
    if found is not None and not found.gone:
        return None
    if found is None and page.purchase.state is State.PARKED:
        return "parked"
    if found is None and page.purchase.state is State.REVERSAL_PARKED:
        return "refund_parked"
    states = [line.state for line in page.lines if refund is None or line.line.number not in refund.lines]
    if LineState.REFUSED in states:
        return "refused"
    if LineState.HELD in states:
        return "held"
    return "document_refused" if _document_refused(page) else None


def acts(page: Page, *, away: bool = False) -> frozenset[Act]:
    """What may be done now by somebody with the right (``away`` as in ``why``)."""
    found: set[Act] = set()
    refund = page.refund
    if refund is not None and refund.state is RefundState.ASKED:
        found.add("decide")
    if refund is None and any((line.state, ln.RefundWanted) in LINE_MOVES for line in page.lines):
        found.add("refund")
    if refund is None and any((line.state, ln.PostAgain) in LINE_MOVES for line in page.lines):
        found |= {"post_again", "by_hand"}
    parked = page.clarification is None and page.purchase.state in (State.PARKED, State.REVERSAL_PARKED)
    if parked or away or contradicted(page):
        found.add("clarify")
    if _document_refused(page):
        found.add("document")
    return frozenset(found)


def _document_refused(page: Page) -> bool:
    return any(one.state is DocumentState.REFUSED for one in page.documents)
