"""Adapter: pages of the book of record as rows of the tables, and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from ground.money import Money
from payment.book import Clarification, Page
from payment.documents import DocumentPage, DocumentState
from payment.events import Entry, entry_from_dict, entry_to_dict
from payment.fiscal import FiscalMark
from payment.lines import LinePage, LineState
from payment.purchase import replay
from payment.refunds import Refund, RefundState
from signaling.protocol.values import FiscalDocument
from signaling.server.billing_desk import sum_of
from signaling.server.event_log import Change, Insert, Put, Update


def page_of(
    row: Any, entries: Sequence[Any], lines: Sequence[Any], refunds: Sequence[Any], documents: Sequence[Any]
) -> Page:
    """The page that these rows of one purchase tell of; entries in order."""
    told = tuple(entry_from_dict(one.body) for one in entries)
    purchase = replay(told)
    by_number = {line.number: line for line in purchase.lines}
    return Page(
        row.kiosk_id,
        purchase,
        told,
        tuple(
            LinePage(by_number[one.number], one.paid_at, LineState(one.state), one.rounds, one.reference, one.reason)
            for one in sorted(lines, key=lambda line: int(line.number))
        ),
        tuple(_refund_of(one) for one in sorted(refunds, key=lambda refund: str(refund.id))),
        Clarification(**row.clarification) if row.clarification else None,
        tuple(_document_of(one) for one in documents),
    )


def write(change: Change, before: Page | None, after: Page) -> None:
    """Add what differs to the change: the rows, and what the log says of it (never anything personal)."""
    purchase, known = after.purchase, len(before.entries) if before else 0
    for entry in after.entries[known:]:
        row = {"purchase_id": entry.purchase_id, "seq": entry.seq, "body": entry_to_dict(entry)}
        change.writes.append(Insert("purchase_entries", {**row, "received_at": change.at}))
        change.log("purchase.entry", purchase=entry.purchase_id, seq=entry.seq, what=entry.event.kind)
    _purchase_row(change, before, after)
    was = {line.line.number: line for line in before.lines} if before else {}
    for line in after.lines:
        if was.get(line.line.number) != line:
            change.log("purchase.line", purchase=purchase.purchase_id, line=line.line.number, state=line.state.value)
            change.writes.append(Put("purchase_lines", _line_row(change, after, line)))
    had = {refund.refund_id: refund for refund in before.refunds} if before else {}
    for refund in after.refunds:
        if had.get(refund.refund_id) != refund:
            change.log("purchase.refund", purchase=purchase.purchase_id, refund=refund.refund_id, state=refund.state)
            change.writes.append(Put("refunds", _refund_row(change, after, refund)))
    made = {one.document_id: one for one in before.documents} if before else {}
    for one in after.documents:
        if made.get(one.document_id) != one:
            change.log("purchase.document", purchase=purchase.purchase_id, document=one.document_id, state=one.state)
            change.writes.append(Put("fiscal_documents", _document_row(change, after, one)))


def _purchase_row(change: Change, before: Page | None, after: Page) -> None:
    purchase = after.purchase
    values: dict[str, Any] = {
        "seq": purchase.seq,
        "state": purchase.state.value,
        "clarification": asdict(after.clarification) if after.clarification else None,
    }
    if after.settled and not (before and before.settled):
        values |= {"posted_at": change.at, "posted_reference": after.reference or "returned"}
    if before is None:
        row = {"id": purchase.purchase_id, "kiosk_id": after.kiosk_id, "changed_at": change.at, **values}
        change.writes.append(Insert("purchases", {"posted_at": None, "posted_reference": None, **row}))
        return
    same = before.purchase == purchase and before.clarification == after.clarification
    if not same or "posted_at" in values:
        row = {"changed_at": change.at, **values}
        change.writes.append(Update("purchases", {"id": purchase.purchase_id}, row))


def _line_row(change: Change, page: Page, line: LinePage) -> dict[str, Any]:
    return {
        "purchase_id": page.purchase.purchase_id,
        "number": line.line.number,
        "kiosk_id": page.kiosk_id,
        "state": line.state.value,
        "rounds": line.rounds,
        "reference": line.reference,
        "reason": line.reason,
        "paid_at": line.paid_at,
        "changed_at": change.at,
    }


def _refund_row(change: Change, page: Page, refund: Refund) -> dict[str, Any]:
    return {
        "id": refund.refund_id,
        "purchase_id": page.purchase.purchase_id,
        "kiosk_id": page.kiosk_id,
        "state": refund.state.value,
        "lines": list(refund.lines),
        "minor": refund.amount.minor,
        "currency": refund.amount.currency,
        "reason": refund.reason,
        "asked_by": refund.asked_by,
        "asked_at": refund.asked_at,
        "decided_by": refund.decided_by,
        "decided_at": refund.decided_at,
        "outcome": refund.outcome,
        "changed_at": change.at,
    }


def _document_row(change: Change, page: Page, one: DocumentPage) -> dict[str, Any]:
    return {
        "id": one.document_id,
        "purchase_id": page.purchase.purchase_id,
        "kind": one.kind,
        "state": one.state.value,
        "uuid": one.uuid,
        "rounds": one.rounds,
        "mark": asdict(one.mark) if one.mark else None,
        "reason": one.reason,
        "changed_at": change.at,
    }


def _document_of(row: Any) -> DocumentPage:
    mark = FiscalMark(**{**row.mark, "total": Money(**row.mark["total"])}) if row.mark else None
    return DocumentPage(row.id, row.kind, DocumentState(row.state), row.uuid, row.rounds, mark, row.reason)


def _refund_of(row: Any) -> Refund:
    return Refund(
        row.id,
        tuple(row.lines),
        Money(row.minor, row.currency),
        row.reason,
        row.asked_by,
        row.asked_at,
        RefundState(row.state),
        row.decided_by,
        row.decided_at,
        row.outcome,
    )


def entries_of(values: Sequence[dict[str, Any]]) -> list[Entry]:
    """Entries of a command; raises ValueError for what is none."""
    return [entry_from_dict(value) for value in values]


def told_document(mark: FiscalMark) -> FiscalDocument:
    """What kiosks and desks are told of a document that exists."""
    total = sum_of(mark.total)
    return FiscalDocument(
        kind=mark.kind, number=mark.number, storage=mark.storage, sign=mark.sign, at=mark.at, total=total, qr=mark.qr
    )
