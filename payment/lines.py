"""Rules: one line of a charged purchase on the server's side: where its money is, and what may become of it.

At every moment the money of a line is in one place only: on the supplier's account (POSTED), with the customer again
(REFUNDED), settled by a person (SETTLED), or open: then the outbox or a person still has to act. It is taken off the
account before it is given back, never after, so that it can be nowhere twice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from payment.basket import Line
from payment.errors import IllegalLineMove


class LineState(StrEnum):
    """Where the money of a line is."""

    CHECKING = "checking"  #: approved late: was the bill paid elsewhere meanwhile?
    OWED = "owed"  #: the outbox posts it
    POSTED = "posted"  #: on the account
    REFUSED = "refused"  #: billing will not have it; a task for a person
    WITHDRAWING = "withdrawing"  #: a refund is ordered, the outbox takes it off the account
    HELD = "held"  #: on no account; goes back to the card, or a person decides
    REFUNDED = "refunded"  #: back with the customer
    SETTLED = "settled"  #: a person has settled it by other means, and says how


@dataclass(frozen=True, slots=True)
class DueStill:
    """The bill was not paid elsewhere: post it."""


@dataclass(frozen=True, slots=True)
class PaidElsewhere:
    """The customer has paid the same bill by other means since."""


@dataclass(frozen=True, slots=True)
class LinePosted:
    """Billing has it under this reference."""

    reference: str


@dataclass(frozen=True, slots=True)
class LineRefused:
    """Billing says no, for good."""

    code: str


@dataclass(frozen=True, slots=True)
class PostAgain:
    """A person has mended what was wrong: post it (again)."""


@dataclass(frozen=True, slots=True)
class RefundWanted:
    """A refund of this line is confirmed."""


@dataclass(frozen=True, slots=True)
class LineWithdrawn:
    """Billing has taken it off the account."""


@dataclass(frozen=True, slots=True)
class WithdrawalRefused:
    """Billing leaves it on the account: there is no refund of it."""

    code: str


@dataclass(frozen=True, slots=True)
class WentBack:
    """The terminal has returned it to the card."""


@dataclass(frozen=True, slots=True)
class StayedHere:
    """The terminal has certainly not returned it."""

    code: str


@dataclass(frozen=True, slots=True)
class SettledByHand:
    """A person has settled it by other means."""

    note: str


LineEvent = (
    DueStill
    | PaidElsewhere
    | LinePosted
    | LineRefused
    | PostAgain
    | RefundWanted
    | LineWithdrawn
    | WithdrawalRefused
    | WentBack
    | StayedHere
    | SettledByHand
)

_S = LineState
LINE_MOVES: dict[tuple[LineState, type], LineState] = {
    (_S.CHECKING, DueStill): _S.OWED,
    (_S.CHECKING, PaidElsewhere): _S.HELD,
    (_S.OWED, LinePosted): _S.POSTED,
    (_S.OWED, LineRefused): _S.REFUSED,
    (_S.POSTED, RefundWanted): _S.WITHDRAWING,
    (_S.REFUSED, PostAgain): _S.OWED,
    (_S.REFUSED, RefundWanted): _S.HELD,
    (_S.REFUSED, SettledByHand): _S.SETTLED,
    (_S.WITHDRAWING, LineWithdrawn): _S.HELD,
    (_S.WITHDRAWING, WithdrawalRefused): _S.POSTED,
    (_S.HELD, RefundWanted): _S.HELD,
    (_S.HELD, WentBack): _S.REFUNDED,
    (_S.HELD, StayedHere): _S.HELD,
    (_S.HELD, PostAgain): _S.OWED,
    (_S.HELD, SettledByHand): _S.SETTLED,
}

#: States in which nothing more is to be done for the line.
AT_REST = frozenset({_S.POSTED, _S.REFUNDED, _S.SETTLED})
#: States that the outbox works at.
WORKED_AT = frozenset({_S.CHECKING, _S.OWED, _S.WITHDRAWING})


@dataclass(frozen=True, slots=True)
class LinePage:
    """What the book knows of a line. ``rounds``: how often it was taken off the account; a new key each time.

    ``reason`` is billing's or the terminal's code, or a person's note.
    """

    line: Line
    paid_at: datetime
    state: LineState = LineState.OWED
    rounds: int = 0
    reference: str = ""
    reason: str = ""

    def key(self, purchase_id: str) -> str:
        """The idempotency key of its posting: the same until it was taken off the account again."""
        first = f"purchase-{purchase_id}" + ("" if self.line.number == 1 else f"-{self.line.number}")
        return f"{first}-again{self.rounds}" if self.rounds else first


def step(page: LinePage, event: LineEvent) -> LinePage:
    """The line after the event; raises IllegalLineMove for a pair without a row."""
    target = LINE_MOVES.get((page.state, type(event)))
    if target is None:
        raise IllegalLineMove(f"{type(event).__name__} in {page.state}")
    moved = replace(page, state=target)
    match event:
        case LinePosted(reference=reference):
            return replace(moved, reference=reference, reason="")
        case LineRefused(code=reason) | WithdrawalRefused(code=reason) | StayedHere(code=reason):
            return replace(moved, reason=reason)
        case PaidElsewhere():
            return replace(moved, reason="paid_elsewhere")
        case SettledByHand(note=note):
            return replace(moved, reason=note)
        case LineWithdrawn():
            return replace(moved, rounds=page.rounds + 1, reference="")
    return moved


def paid_elsewhere(
    *, begun_at: datetime, due_minor: int, last_paid_at: datetime | None, last_reference: str, ours: str
) -> bool:
    """Whether the bill of a late approval was paid by other means since the purchase began (payments.md 1.5).

    ``due_minor`` is what the account owes now, the rest its last payment; ``ours`` the reference of our postings.
    """
    others = last_paid_at is not None and last_paid_at >= begun_at and last_reference != ours
    return others and due_minor <= 0
