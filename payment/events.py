"""Rules: what can happen to a purchase, and the journal entry that remembers it.

An event that may lead to a request carries a fresh ``service_id``; a rule never makes one. Events are already
judged (``payment/readings.py``): the journal keeps conclusions, so that replaying an old journal with newer
rules never changes what was concluded.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, cast

from pydantic import Field, TypeAdapter

from ground.money import Money
from payment.answers import Slip
from payment.basket import Line
from payment.fiscal import FiscalMark


@dataclass(frozen=True, slots=True)
class Begun:
    """A customer asked to pay ``amount`` at the terminal ``poi_id``: for ``lines``, or (before there were baskets)
    all of it to ``account_ref`` without a fee."""

    amount: Money
    account_ref: str
    purpose: str
    poi_id: str
    lines: tuple[Line, ...] = ()
    kind: Literal["begun"] = "begun"


@dataclass(frozen=True, slots=True)
class PaymentAsked:
    """The intent: the payment request with this ServiceID is about to be sent."""

    service_id: str
    kind: Literal["payment_asked"] = "payment_asked"


@dataclass(frozen=True, slots=True)
class NotSent:
    """No byte of the request's body left us (row 1)."""

    reason: str
    kind: Literal["not_sent"] = "not_sent"


@dataclass(frozen=True, slots=True)
class AnswerLost:
    """Bytes left us and no believable answer came (rows 2 and 3)."""

    reason: str
    kind: Literal["answer_lost"] = "answer_lost"


@dataclass(frozen=True, slots=True)
class Charged:
    """The terminal charged exactly what was asked (row 4)."""

    slip: Slip
    kind: Literal["charged"] = "charged"


@dataclass(frozen=True, slots=True)
class ChargedOtherAmount:
    """The terminal charged something else (row 5)."""

    slip: Slip
    kind: Literal["charged_other_amount"] = "charged_other_amount"


@dataclass(frozen=True, slots=True)
class Refused:
    """The terminal says for certain that nothing was charged (row 6, and row 8 once verified)."""

    condition: str
    detail: str = ""
    kind: Literal["refused"] = "refused"


@dataclass(frozen=True, slots=True)
class TerminalBusy:
    """Failure Busy to our payment (row 7)."""

    service_id: str
    kind: Literal["terminal_busy"] = "terminal_busy"


@dataclass(frozen=True, slots=True)
class HostInDoubt:
    """Failure that leaves the acquirer's side in doubt (row 8)."""

    service_id: str
    condition: str
    kind: Literal["host_in_doubt"] = "host_in_doubt"


@dataclass(frozen=True, slots=True)
class StillRunning:
    """The transaction is in progress at the terminal (row 9, status InProgress or Busy)."""

    service_id: str
    kind: Literal["still_running"] = "still_running"


@dataclass(frozen=True, slots=True)
class NotStarted:
    """After Busy: the terminal does not know our request, it never began."""

    kind: Literal["not_started"] = "not_started"


@dataclass(frozen=True, slots=True)
class NotKnownThere:
    """Status NotFound that does not prove anything yet."""

    kind: Literal["not_known_there"] = "not_known_there"


@dataclass(frozen=True, slots=True)
class NeverCharged:
    """Status NotFound for the second time, past the expiry, by a terminal that cannot have forgotten."""

    kind: Literal["never_charged"] = "never_charged"


@dataclass(frozen=True, slots=True)
class OtherTransaction:
    """Status told of another transaction ("most recent"): it says nothing about ours."""

    kind: Literal["other_transaction"] = "other_transaction"


@dataclass(frozen=True, slots=True)
class StatusLost:
    """A status request brought no usable answer. ``refused``: the terminal's port was closed."""

    reason: str
    refused: bool = False
    kind: Literal["status_lost"] = "status_lost"


@dataclass(frozen=True, slots=True)
class Woken:
    """The timer the machine asked for ran out."""

    service_id: str
    kind: Literal["woken"] = "woken"


@dataclass(frozen=True, slots=True)
class TooLong:
    """The timer ran out and the outcome has been unknown for longer than the limit."""

    kind: Literal["too_long"] = "too_long"


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The customer pressed cancel."""

    service_id: str
    kind: Literal["cancelled"] = "cancelled"


@dataclass(frozen=True, slots=True)
class Restarted:
    """Our process was started anew. ``machine_too``: so was the machine, and the terminal shares its mains."""

    service_id: str
    machine_too: bool
    kind: Literal["restarted"] = "restarted"


@dataclass(frozen=True, slots=True)
class TerminalWasAway:
    """Another request found the terminal's port closed: it may be restarting."""

    kind: Literal["terminal_was_away"] = "terminal_was_away"


@dataclass(frozen=True, slots=True)
class AnsweredLate:
    """A status answer came after a person had clarified the purchase. ``contradicts``: it says otherwise."""

    contradicts: bool
    kind: Literal["answered_late"] = "answered_late"


@dataclass(frozen=True, slots=True)
class ReversalOrdered:
    """The server orders money of an approved purchase to go back to the card: ``amount`` of it, or all.

    ``refund_id`` names the order: told again it is the same one. "" only in journals older than refunds.
    """

    service_id: str
    reason: str
    refund_id: str = ""
    amount: Money | None = None
    kind: Literal["reversal_ordered"] = "reversal_ordered"


@dataclass(frozen=True, slots=True)
class ReversalNotSent:
    """No byte of the reversal left us."""

    reason: str
    kind: Literal["reversal_not_sent"] = "reversal_not_sent"


@dataclass(frozen=True, slots=True)
class ReversalLost:
    """The reversal was sent and no believable answer came."""

    reason: str
    kind: Literal["reversal_lost"] = "reversal_lost"


@dataclass(frozen=True, slots=True)
class ReversalRefused:
    """The terminal refused the reversal; a person has to act."""

    condition: str
    kind: Literal["reversal_refused"] = "reversal_refused"


@dataclass(frozen=True, slots=True)
class Reversed:
    """The money went back."""

    kind: Literal["reversed"] = "reversed"


@dataclass(frozen=True, slots=True)
class Refunded:
    """An ordered refund is done, and with it everything that was charged has gone back."""

    note: str = ""
    kind: Literal["refunded"] = "refunded"


@dataclass(frozen=True, slots=True)
class PartRefunded:
    """An ordered refund is done; the rest of what was charged stays."""

    note: str = ""
    kind: Literal["part_refunded"] = "part_refunded"


@dataclass(frozen=True, slots=True)
class RefundRefused:
    """An ordered refund did not happen, for certain: the money is still ours to settle."""

    condition: str
    kind: Literal["refund_refused"] = "refund_refused"


@dataclass(frozen=True, slots=True)
class Clarified:
    """Reconciliation found the money with the acquirer: the purchase was charged after all."""

    note: str
    kind: Literal["clarified"] = "clarified"


@dataclass(frozen=True, slots=True)
class ClarifiedNotCharged:
    """Reconciliation proved that no money moved."""

    note: str
    kind: Literal["clarified_not_charged"] = "clarified_not_charged"


@dataclass(frozen=True, slots=True)
class ClarifiedReversed:
    """Reconciliation proved that the money went back."""

    note: str
    kind: Literal["clarified_reversed"] = "clarified_reversed"


@dataclass(frozen=True, slots=True)
class Posted:
    """The server has settled every line: what was not returned is on the accounts.

    ``document``: a fiscal document follows (``Fiscalised``). Without it nothing more is expected: the agent has no
    fiscal duty.
    """

    billing_reference: str
    document: bool = False
    kind: Literal["posted"] = "posted"


@dataclass(frozen=True, slots=True)
class Fiscalised:
    """A fiscal document exists: of the payment (``document_id`` is the purchase's), or of a refund (the order's)."""

    document_id: str
    mark: FiscalMark
    kind: Literal["fiscalised"] = "fiscalised"


Event = (
    Begun | PaymentAsked | NotSent | AnswerLost | Charged | ChargedOtherAmount | Refused | TerminalBusy
    | HostInDoubt | StillRunning | NotStarted | NotKnownThere | NeverCharged | OtherTransaction
    | StatusLost | Woken | TooLong | Cancelled | Restarted | TerminalWasAway | AnsweredLate
    | ReversalOrdered | ReversalNotSent
    | ReversalLost | ReversalRefused | Reversed | Refunded | PartRefunded | RefundRefused
    | Clarified | ClarifiedNotCharged | ClarifiedReversed | Posted | Fiscalised
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the journal: ``seq`` counts a purchase's entries from 1 without gaps, ``at`` is UTC."""

    purchase_id: str
    seq: int
    event: Annotated[Event, Field(discriminator="kind")]
    at: datetime


_ENTRY: TypeAdapter[Entry] = TypeAdapter(Entry)


def entry_to_json(entry: Entry) -> str:
    """One line of JSON, as kept in the journal and sent to the server."""
    return _ENTRY.dump_json(entry).decode()


def entry_from_json(text: str | bytes) -> Entry:
    """The entry again; raises pydantic's ValidationError (a ValueError) for anything else."""
    return _ENTRY.validate_json(text)


def entry_to_dict(entry: Entry) -> dict[str, Any]:
    """The entry as plain JSON values, for a protocol message."""
    return cast("dict[str, Any]", _ENTRY.dump_python(entry, mode="json"))


def entry_from_dict(value: Mapping[str, Any]) -> Entry:
    """The entry again; raises pydantic's ValidationError (a ValueError) for anything else."""
    return _ENTRY.validate_json(json.dumps(value))
