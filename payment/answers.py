"""Rules: what a terminal can answer, as values.

They tell apart exactly what the decision table of an unknown outcome needs (payments.md 1.5): whether a byte
of the request left us, whether an answer came, whether it can be believed, and what it says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ground.money import Money

Category = Literal["Payment", "Reversal"]


@dataclass(frozen=True, slots=True)
class PoiTransaction:
    """The terminal's own name of a transaction (``POITransactionID``), copied verbatim into a reversal."""

    id: str
    timestamp: str


@dataclass(frozen=True, slots=True)
class Slip:
    """What the terminal says about a charge: enough for receipt and reversal, never a whole card number."""

    amount: Money
    poi_transaction: PoiTransaction
    brand: str = ""
    last_digits: str = ""
    approval_code: str = ""
    receipt: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unsent:
    """No byte of the request's body left us. ``refused``: the port was closed, the terminal may be restarting."""

    reason: str
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Silence:
    """Some byte left us, and no whole answer came back (time-out, reset, end, 4xx, 5xx)."""

    reason: str


@dataclass(frozen=True, slots=True)
class Garbled:
    """An answer came that cannot be believed: HMAC, JSON, ids, category or header differ."""

    reason: str


@dataclass(frozen=True, slots=True)
class Granted:
    """Result Success or, with ``partial``, Partial."""

    slip: Slip
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """Result Failure with the nexo ErrorCondition; ``timed_out`` when its text speaks of a time-out."""

    condition: str
    timed_out: bool = False
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Undone:
    """A reversal that succeeded."""


@dataclass(frozen=True, slots=True)
class Untold:
    """The terminal began the request and can never say how it ended: only the bank's registry can."""

    reason: str


@dataclass(frozen=True, slots=True)
class Repeated:
    """TransactionStatus found a transaction: the ids of its header and the answer it got then."""

    category: str
    sale_id: str
    service_id: str
    poi_id: str
    answer: Granted | Failure | Undone | Garbled


@dataclass(frozen=True, slots=True)
class Health:
    """Diagnosis: what the terminal says of itself (``POIStatus``); ``faults`` names what it says is not OK."""

    global_status: str
    printer_status: str = ""
    host_reachable: bool | None = None
    faults: tuple[str, ...] = ()

    @property
    def condition(self) -> Literal["ok", "busy", "out"]:
        """Whether a card can be paid with. A host out of reach is no fault of the terminal: it may be back."""
        if self.faults or self.global_status not in ("OK", "Busy"):
            return "out"
        return "ok" if self.global_status == "OK" else "busy"


@dataclass(frozen=True, slots=True)
class TotalsLine:
    """``kind`` as nexo's TransactionType: Debit, ReverseDebit, Credit, Declined, Failed. Amounts are positive."""

    brand: str
    kind: str
    count: int
    amount: Money


@dataclass(frozen=True, slots=True)
class Totals:
    """What the terminal counted since its day was opened. ``text`` is its own report, when it prints one."""

    reconciliation_id: str
    lines: tuple[TotalsLine, ...] = ()
    text: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PoiEvent:
    """What a terminal told by itself. A hint that makes us look, never a word about money."""

    name: str
    at: str
    maintenance_required: bool = False
    details: str = ""


NoUse = Unsent | Silence | Garbled
PaymentAnswer = NoUse | Granted | Failure
StatusAnswer = NoUse | Repeated | Failure | Untold
ReversalAnswer = NoUse | Undone | Failure
TotalsAnswer = NoUse | Totals | Failure

#: Events after which a terminal may have forgotten what it did.
RESTARTS = frozenset({"Shutdown", "Initialised"})
#: Events that say that no card can be taken for now.
STANDSTILLS = frozenset({"OutOfOrder", "BeginMaintenance", "Shutdown", "SecurityAlarm"})
# nexo Retailer ErrorCondition values that end a payment without a charge (payments.md 1.5 row 6).
REFUSALS = frozenset(
    "Refusal Cancel Aborted InvalidCard WrongPIN PaymentRestriction NotAllowed MessageFormat LoggedOut "
    "DeviceOut UnavailableDevice UnavailableService InsertedCard".split()
)
