"""Rules: what can happen to an offer and to a session, in the past tense and in plain values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OfferAccepted:
    """The operator takes the offered ticket."""

    ticket_id: str
    operator_id: str


@dataclass(frozen=True, slots=True)
class OfferRefused:
    """The operator refuses the offered ticket; it is not offered to them again for a while."""

    ticket_id: str
    operator_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class SessionHeld:
    """The operator has put the customer on hold."""

    ticket_id: str


@dataclass(frozen=True, slots=True)
class SessionResumed:
    """The operator is back from hold."""

    ticket_id: str


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """The talk is over. ``by`` is who ended it: customer, operator, supervisor or server."""

    ticket_id: str
    by: str


@dataclass(frozen=True, slots=True)
class SessionBroken:
    """The operator's end is dead while the customer is still there: back into the line at the old place."""

    ticket_id: str


@dataclass(frozen=True, slots=True)
class WrapUpFinished:
    """The operator has written up the contact."""

    operator_id: str
    result_code: str


@dataclass(frozen=True, slots=True)
class WrapUpExtended:
    """The operator needs longer for writing up."""

    operator_id: str
