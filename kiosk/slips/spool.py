"""Rules: which slip of a payment is due and when, and what becomes of each: printed once, or again as a copy.

A slip follows the purchase, never the other way round: nothing here can hold up or undo money. What is not known after
a crash (asked for, never confirmed) is printed again and says that it is a copy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from ground.errors import InfomatError
from kiosk.slips.payment_slip import SlipKind
from payment.moves import State
from payment.record import Purchase


class IllegalSlipMove(InfomatError):
    """A pair of state and event that the table does not have."""

    code = "slip.move"


class SlipState(StrEnum):
    """Where a slip stands."""

    DUE = "due"  #: to be printed as soon as the printer can
    ASKED = "asked"  #: on disk that it was asked for; bytes may be on their way
    PRINTED = "printed"  #: the printer has confirmed it
    UNSURE = "unsure"  #: everything was sent, nobody answered
    NOT_PRINTED = "not_printed"  #: the printer cannot now, or stopped in the middle


@dataclass(frozen=True, slots=True)
class Asked:
    """Before the first byte. ``documents``: how many fiscal documents the purchase has by then."""

    documents: int = 0


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The printer says that it is out."""


@dataclass(frozen=True, slots=True)
class Unanswered:
    """All was sent and nobody says anything."""


@dataclass(frozen=True, slots=True)
class Hindered:
    """It did not come out; ``begun``: some of it may have."""

    begun: bool


@dataclass(frozen=True, slots=True)
class Restarted:
    """The agent was started anew."""


SlipEvent = Asked | Confirmed | Unanswered | Hindered | Restarted

_S = SlipState
MOVES: dict[tuple[SlipState, type], SlipState] = {
    (_S.DUE, Asked): _S.ASKED,
    (_S.DUE, Hindered): _S.NOT_PRINTED,
    (_S.NOT_PRINTED, Asked): _S.ASKED,
    (_S.NOT_PRINTED, Hindered): _S.NOT_PRINTED,
    (_S.ASKED, Confirmed): _S.PRINTED,
    (_S.ASKED, Unanswered): _S.UNSURE,
    (_S.ASKED, Hindered): _S.NOT_PRINTED,
    (_S.ASKED, Restarted): _S.DUE,
    **{(state, Restarted): state for state in (_S.DUE, _S.PRINTED, _S.UNSURE, _S.NOT_PRINTED)},
}


@dataclass(frozen=True, slots=True)
class SlipPage:
    """One slip. ``begun``: an attempt may have put some of it on paper, so that the next one is a copy."""

    kind: SlipKind
    state: SlipState = SlipState.DUE
    begun: bool = False
    documents: int = 0

    @property
    def waits(self) -> bool:
        """Whether it is still to be printed."""
        return self.state in (SlipState.DUE, SlipState.NOT_PRINTED)


def step(slip: SlipPage, event: SlipEvent) -> SlipPage:
    """The slip after the event; raises IllegalSlipMove."""
    target = MOVES.get((slip.state, type(event)))
    if target is None:
        raise IllegalSlipMove(f"{type(event).__name__} in {slip.state}")
    moved = replace(slip, state=target)
    match event:
        case Asked(documents=documents):
            return replace(moved, documents=documents)
        case Hindered(begun=begun):
            return replace(moved, begun=slip.begun or begun)
        case Restarted() if slip.state is SlipState.ASKED:
            return replace(moved, begun=True)
    return moved


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a slip waits for what would stand on it too: people want to go."""

    posting: timedelta = timedelta(seconds=8)
    document: timedelta = timedelta(seconds=15)
    unknown: timedelta = timedelta(seconds=20)


PATIENCE = Patience()
#: Of a payment that was open when the agent stopped: after this nobody stands there any more.
STAYS = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Due:
    """``key`` names the slip among those of its purchase; it is printed once."""

    key: str
    kind: SlipKind


def due(
    purchase: Purchase, slips: Mapping[str, SlipPage], since: datetime, now: datetime, *, leaving: bool = False,
    patience: Patience = PATIENCE,
) -> Due | datetime | None:  # fmt: skip
    """What is to be printed now, or when to look again, or nothing.

    ``since`` is when the purchase came to its state; ``leaving``: the person goes, and gets what is known.
    """
    found = _due(purchase, leaving, patience)
    if isinstance(found, timedelta):
        ready = since + found
        if now < ready:
            return ready
        found = _due(purchase, True, patience)
    if not isinstance(found, Due):
        return None
    if found.key not in slips or slips[found.key].waits:
        return found
    return _document_since(purchase, slips)


def _due(purchase: Purchase, leaving: bool, patience: Patience) -> Due | timedelta | None:
    match purchase.state:
        case State.APPROVED | State.POSTED | State.FISCALISED if purchase.refunded_minor:
            return Due(f"part_refunded {purchase.refund_id}", "part_refunded")
        case State.APPROVED:
            return _receipt() if leaving else patience.posting
        case State.POSTED if purchase.document_due:
            return _receipt() if leaving else patience.document
        case State.POSTED | State.FISCALISED:
            return _receipt()
        case State.UNKNOWN | State.BUSY | State.VERIFYING:
            return Due("clarifying", "clarifying") if leaving else patience.unknown
        case State.PARKED:
            return Due("clarifying", "clarifying")
        case State.MISMATCH | State.REVERSING if leaving:
            return Due("returning", "returning")
        case State.REVERSAL_PARKED:
            return Due("returning", "returning")
        case State.REVERSED | State.REFUNDED:
            return Due("reversed", "reversed")
    return None


def _receipt() -> Due:
    return Due("receipt", "receipt")


def _document_since(purchase: Purchase, slips: Mapping[str, SlipPage]) -> Due | None:
    """A fiscal document that came to exist after the slips were printed."""
    if not purchase.documents or len(purchase.documents) <= max(slip.documents for slip in slips.values()):
        return None
    key = f"fiscal {purchase.documents[-1][0]}"
    return Due(key, "fiscal") if key not in slips or slips[key].waits else None
