"""Adapter: what a desk asks about payments: find one, return money, settle what waits for a person. All audited."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

from billing.masking import masked_number
from billing.suppliers import SUPPLIERS
from office.people import Role as StaffRole
from office.rights import Action, allowed, may_confirm_refund, require
from payment import documents as dc
from payment import lines as ln
from payment import refunds as rf
from payment.book import (
    Clarification,
    Page,
    ask_refund,
    clarify,
    decide_refund,
    refund_amount,
    settle_by_hand,
    settle_documents,
)
from payment.errors import IllegalLineMove
from payment.lines import LinePage
from payment.refunds import Refund, needs_second_person
from payment.tasks import Act, acts, why
from payment.without_kiosk import AWAY, contradicted, end_without_kiosk, unheard_of, waits_since
from signaling.protocol import purchasing as p
from signaling.protocol.errors import ErrorCode, ProtocolError
from signaling.protocol.values import Role, Sum
from signaling.server.asked import Asked
from signaling.server.billing_desk import sum_of
from signaling.server.event_log import Change
from signaling.server.front_office import FrontOffice
from signaling.server.purchase_rows import told_document

_MOST_TASKS = 50
_REFERENCE = re.compile(r"[0-9a-f]{8}")
#: The right that each act needs.
_NEEDS: dict[Act, Action] = {
    "refund": Action.REFUND,
    "decide": Action.CONFIRM_REFUND,
    "post_again": Action.SETTLE_PAYMENTS,
    "by_hand": Action.SETTLE_PAYMENTS,
    "clarify": Action.SETTLE_PAYMENTS,
    "document": Action.SETTLE_PAYMENTS,
}


async def purchase_find(asked: Asked, command: p.PurchaseFind) -> p.PurchaseCards:
    """By the reference on a slip, or everything the visit in view has paid."""
    require(_role(asked), Action.REFUND)
    if (command.reference is None) == (command.session_id is None):
        raise ProtocolError(ErrorCode.MALFORMED, "either reference or session_id")
    wanted = [command.reference] if command.reference is not None else _of_session(asked, command.session_id or "")
    ends = [end for one in wanted if (end := re.sub(r"[^0-9a-f]", "", one.lower())) and _REFERENCE.fullmatch(end)]
    if command.reference is not None and not ends:
        raise ProtocolError(ErrorCode.PURCHASE_UNKNOWN)
    records = asked.services.records
    found = [one for end in ends for one in await asyncio.to_thread(records.purchases_ending, end)]
    if command.reference is not None and not found:
        raise ProtocolError(ErrorCode.PURCHASE_UNKNOWN)
    pages = [await asked.services.purchases.page(one) for one in dict.fromkeys(found)]
    for page in pages:
        asked.audit("purchase.find", session_id=command.session_id, purchase=page.purchase.purchase_id)
    return _cards(asked, pages)


def tell_tasks_changed(front: FrontOffice, change: Change) -> None:
    """Everybody who may act on payments looks again."""
    for clerk in front.clerks.values():
        if clerk.linked and clerk.role in (Role.OPERATOR, Role.SUPERVISOR):
            change.tell(clerk.id, p.PaymentTasksChanged())


def _of_session(asked: Asked, session_id: str) -> list[str]:
    talk = asked.front.talk_of(asked.client.identity, session_id)
    visit = asked.front.visits.get(talk.visit_id)
    if visit is None or visit.view is None:
        return []
    told = [one.value for one in visit.view.references if one.kind in ("payment", "unknown_payment")]
    entry = visit.view.payment
    return [*told, *([entry.reference] if entry is not None and entry.reference else [])]


async def purchase_tasks(asked: Asked, command: p.PurchaseTasks) -> p.PurchaseCards:
    """What waits for a person, oldest first."""
    require(_role(asked), Action.REFUND)
    found = await asyncio.to_thread(asked.services.records.purchases_waiting, asked.change.at - AWAY)
    pages = [await asked.services.purchases.page(one) for one in found]
    return _cards(asked, [page for page in pages if why(page, away=_away(asked, page)) is not None][:_MOST_TASKS])


async def refund_ask(asked: Asked, command: p.RefundAsk) -> p.PurchaseCards:
    """Order money back; above the limit it waits for a second person. Asked twice it is the same order."""
    require(_role(asked), Action.REFUND)
    page = await asked.services.purchases.page(command.purchase_id)
    if any(one.refund_id == command.refund_id for one in page.refunds):
        return _cards(asked, [page])
    numbers = tuple(sorted(set(command.lines)))

    def order(page: Page) -> Page:
        amount = refund_amount(page, numbers)
        second = needs_second_person(amount, page.refunded, asked.services.terms.refund_limits)
        by, at = asked.client.identity, asked.change.at
        refund = Refund(command.refund_id, numbers, amount, command.reason, by, at)
        return ask_refund(page, refund, second_person=second)

    return _done(asked, page, order, "refund.ask", refund=command.refund_id, lines=",".join(map(str, numbers)))


async def refund_decide(asked: Asked, command: p.RefundDecide) -> p.PurchaseCards:
    """Another person than the one who asked agrees, or does not."""
    page = await asked.services.purchases.page(command.purchase_id)
    refund = page.refund
    if refund is None or refund.refund_id != command.refund_id:
        raise ProtocolError(ErrorCode.ILLEGAL_MOVE, "no such refund waits for a second person")
    if not may_confirm_refund(_role(asked), asked.client.identity, refund.asked_by):
        raise ProtocolError(ErrorCode.NOT_ALLOWED, "another person with the right decides")
    by, at = asked.client.identity, asked.change.at
    event = rf.Agreed(by, at) if command.agreed else rf.Denied(by, at)
    act = "refund.agree" if command.agreed else "refund.deny"
    return _done(asked, page, lambda page: decide_refund(page, event), act, refund=command.refund_id)


async def line_settle(asked: Asked, command: p.LineSettle) -> p.PurchaseCards:
    """A line that billing refused, or that is on no account: post it again, or it is settled by other means."""
    require(_role(asked), Action.SETTLE_PAYMENTS)
    page = await asked.services.purchases.page(command.purchase_id)
    event = ln.PostAgain() if command.how == "post_again" else ln.SettledByHand(command.note)
    act = f"line.{command.how}"
    return _done(
        asked, page, lambda page: settle_by_hand(page, command.line, event), act, line=str(command.line)
    )  # fmt: skip


async def document_settle(asked: Asked, command: p.DocumentSettle) -> p.PurchaseCards:
    """A fiscal document that the register refused: once more, or it is seen to by other means."""
    require(_role(asked), Action.SETTLE_PAYMENTS)
    page = await asked.services.purchases.page(command.purchase_id)
    event = dc.Again() if command.how == "again" else dc.ByHand(command.note)
    return _done(asked, page, lambda page: settle_documents(page, event), f"document.{command.how}")


async def purchase_clarify(asked: Asked, command: p.PurchaseClarify) -> p.PurchaseCards:
    """The acquirer's word about a payment without an outcome; its kiosk is told until its journal says so."""
    require(_role(asked), Action.SETTLE_PAYMENTS)
    page = await asked.services.purchases.page(command.purchase_id)
    found = Clarification(command.charged, command.note, asked.client.identity)
    if command.kiosk_gone and not (contradicted(page) or _away(asked, page)):
        raise ProtocolError(ErrorCode.ILLEGAL_MOVE, "the kiosk may still answer")

    def said(page: Page) -> Page:
        return end_without_kiosk(page, found, asked.change.at) if command.kiosk_gone else clarify(page, found)

    act = "purchase.end_without_kiosk" if command.kiosk_gone else "purchase.clarify"
    return _done(asked, page, said, act, charged=str(command.charged))


def _away(asked: Asked, page: Page) -> bool:
    """Whether only the kiosk could say how it goes on, and it (or the machine it was then) has been away too long."""
    kiosk, since = asked.front.kiosks.get(page.kiosk_id), waits_since(page)
    if since is None or asked.change.at - since <= AWAY:
        return False
    if kiosk is None or not kiosk.linked:
        return True
    return kiosk.enrolled_at is not None and unheard_of(page, kiosk.enrolled_at)


def _done(asked: Asked, page: Page, act: Callable[[Page], Page], name: str, **detail: str) -> p.PurchaseCards:
    """Do it, remember who did it, and show what became of it."""
    try:
        after = act(page)
    except IllegalLineMove as error:
        raise ProtocolError(ErrorCode.ILLEGAL_MOVE, str(error)) from error
    asked.audit(name, purchase=page.purchase.purchase_id, **detail)
    return _cards(asked, [asked.services.purchases.keep(asked.change, page, after)])


def _role(asked: Asked) -> StaffRole:
    return StaffRole(asked.client.role.value)


def _cards(asked: Asked, pages: list[Page]) -> p.PurchaseCards:
    return p.PurchaseCards(cards=tuple(_card(asked, page) for page in pages))


def _card(asked: Asked, page: Page) -> p.PurchaseCard:
    purchase, kiosk = page.purchase, asked.front.kiosks.get(page.kiosk_id)
    slip = purchase.slip
    mine = page.refund is not None and page.refund.asked_by == asked.client.identity
    away = _away(asked, page)
    may = [
        act
        for act in sorted(acts(page, away=away))
        if allowed(_role(asked), _NEEDS[act]) and not (act == "decide" and mine)
    ]
    fee = sum(line.fee.minor for line in purchase.lines)
    shown = page.lines or tuple(LinePage(line, purchase.begun_at) for line in purchase.lines)
    return p.PurchaseCard(
        purchase_id=purchase.purchase_id,
        reference=reference_of(purchase.purchase_id),
        kiosk_name=kiosk.name if kiosk else "",
        place=kiosk.place if kiosk else "",
        kiosk_here=kiosk is not None and kiosk.linked,
        begun_at=purchase.begun_at,
        amount=sum_of(purchase.amount),
        fee=Sum(minor=fee, currency=purchase.amount.currency),
        state=purchase.state.value,
        card=f"{slip.brand} •• {slip.last_digits}" if slip and slip.last_digits else "",
        lines=tuple(_line(line, known=bool(page.lines)) for line in shown),
        refunds=tuple(_refund(asked, one) for one in page.refunds),
        documents=tuple(told_document(one.mark) for one in page.documents if one.mark is not None),
        life=tuple((entry.at, entry.event.kind) for entry in page.entries[-60:]),
        why=why(page, away=away) or "",
        acts=tuple(may),
    )


def _line(line: LinePage, *, known: bool) -> p.LineCard:
    supplier = SUPPLIERS.get(line.line.supplier)
    return p.LineCard(
        number=line.line.number,
        supplier_name=supplier.name if supplier else line.line.supplier,
        account_masked=masked_number(line.line.account_ref),
        services=tuple(one for one in line.line.service.split("+") if one),
        amount=sum_of(line.line.amount),
        fee=sum_of(line.line.fee),
        state=line.state.value if known else "",
        reference=line.reference,
        reason=line.reason,
    )


def _refund(asked: Asked, refund: Refund) -> p.RefundCard:
    return p.RefundCard(
        refund_id=refund.refund_id,
        lines=refund.lines,
        amount=sum_of(refund.amount),
        reason=refund.reason,
        asked_by=_name(asked, refund.asked_by),
        asked_at=refund.asked_at,
        mine=refund.asked_by == asked.client.identity,
        state=refund.state.value,
        decided_by=_name(asked, refund.decided_by),
        outcome=refund.outcome,
    )


def _name(asked: Asked, staff_id: str) -> str:
    clerk = asked.front.clerks.get(staff_id)
    return clerk.name if clerk else ""


def reference_of(purchase_id: str) -> str:
    """What is on the slip: the end of the purchase's id, easy to read out (``kiosk.agent.till`` prints the same)."""
    letters = purchase_id.replace("-", "")[-8:].upper()
    return f"{letters[:4]}-{letters[4:]}"
