"""Rules: how far the fiscal documents of a purchase are: one for what was charged, one for each refund that is done.

A document never undoes or delays a posting. Its external_id stays the same until the register itself has said that
there is no such document and a person wants another attempt.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal

from payment.errors import IllegalLineMove
from payment.fiscal import FiscalMark
from payment.register import FiscalRefused, Issued, Taken


class DocumentState(StrEnum):
    """How far a document is."""

    WANTED = "wanted"  #: to be told to the register, again and again
    SENT = "sent"  #: the register has it; being asked whether it is issued
    ISSUED = "issued"  #: it exists; the kiosk is told, again and again
    TOLD = "told"  #: the kiosk's journal knows it too
    REFUSED = "refused"  #: the register says no, for good; a task for a person
    SETTLED = "settled"  #: a person has seen to it by other means, and says how


@dataclass(frozen=True, slots=True)
class InJournal:
    """The kiosk's journal says that it exists."""


@dataclass(frozen=True, slots=True)
class Again:
    """A person has mended what was wrong: try again."""


@dataclass(frozen=True, slots=True)
class ByHand:
    """A person has seen to it by other means."""

    note: str


DocumentEvent = Taken | Issued | FiscalRefused | InJournal | Again | ByHand

_S = DocumentState
DOCUMENT_MOVES: dict[tuple[DocumentState, type], DocumentState] = {
    (_S.WANTED, Taken): _S.SENT,
    (_S.WANTED, FiscalRefused): _S.REFUSED,
    (_S.SENT, Issued): _S.ISSUED,
    (_S.ISSUED, InJournal): _S.TOLD,
    (_S.SENT, FiscalRefused): _S.REFUSED,
    (_S.REFUSED, Again): _S.WANTED,
    (_S.REFUSED, ByHand): _S.SETTLED,
}
#: States that the outbox works at.
SENDING = frozenset({_S.WANTED, _S.SENT})


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """``document_id`` is the purchase's or the refund's id; ``uuid`` the register's own. ``reason``: a code or note."""

    document_id: str
    kind: Literal["sell", "sell_refund"]
    state: DocumentState = DocumentState.WANTED
    uuid: str = ""
    rounds: int = 0
    mark: FiscalMark | None = None
    reason: str = ""

    @property
    def external_id(self) -> str:
        """The register's key of it: another one only after the register had it and could not issue it."""
        return f"{self.document_id}-again{self.rounds}" if self.rounds else self.document_id


def step(page: DocumentPage, event: DocumentEvent) -> DocumentPage:
    """The document after the event; raises IllegalLineMove for a pair without a row."""
    target = DOCUMENT_MOVES.get((page.state, type(event)))
    if target is None:
        raise IllegalLineMove(f"{type(event).__name__} in {page.state}")
    moved = replace(page, state=target)
    match event:
        case Taken(uuid=uuid):
            return replace(moved, uuid=uuid)
        case Issued(mark=mark):
            return replace(moved, mark=mark, reason="")
        case FiscalRefused(code=reason) | ByHand(note=reason):
            return replace(moved, reason=reason[:200])
        case Again():
            return replace(moved, uuid="", rounds=page.rounds + bool(page.uuid), reason="")
    return moved
