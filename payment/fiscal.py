"""Rules: the fiscal document of a purchase (54-FZ, FFD 1.2): what was paid to whom through which agent, and its tax.

The sale's document covers everything the card was charged, each refund's document what went back: neither depends on
when it is made, so the same payment always gives the same document under the same id. A position for each line names
its supplier (103-FZ); the agent's fee is a position of its own, also when it is nothing (payments.md 3.2).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, Literal, Self

from ground.errors import InfomatError
from ground.money import Money
from payment.basket import Line

#: In words of the configuration; "standard" is the general rate of the day.
Vat = Literal["standard", "10", "7", "5", "0", "none"]
#: Tag 1214. An advance is paid before the service: its object is the payment and its tax is worked out of the sum.
Method = Literal["full_payment", "advance"]

#: The law is about this one; a purchase in another, at a kiosk of another country, has no document.
CURRENCY = "RUB"

_MOSCOW = timezone(timedelta(hours=3))
_STANDARD = ((date(2026, 1, 1), "22"), (date.min, "20"))  # since; 425-FZ
_SERVICE, _PAYMENT, _AGENTS_FEE = 4, 10, 11  # tag 1212
_LONGEST_NAME = 128  # tag 1030


class FiscalTermsWrong(InfomatError):
    """A document cannot be made of this: a supplier has no fiscal data, or the currency is not the rouble."""

    code = "payment.fiscal_terms"


@dataclass(frozen=True, slots=True)
class FiscalSupplier:
    """What the law wants to be said of a supplier (tags 1225, 1226, 1171), and how its services are taxed."""

    name: str
    inn: str
    phones: tuple[str, ...]
    vat: Vat = "standard"
    method: Method = "full_payment"


@dataclass(frozen=True, slots=True)
class FiscalTerms:
    """The agent (``inn``, ``taxation`` as in tag 1055's words, ``email`` of the sender, ``address`` of payment), its
    fee's tax, suppliers by code, and names of services by code as they stand on the document."""

    inn: str
    email: str
    address: str
    phones: tuple[str, ...]
    taxation: str = "osn"
    fee_vat: Vat = "standard"
    fee_name: str = "Вознаграждение платёжного агента"
    suppliers: Mapping[str, FiscalSupplier] = field(default_factory=dict)
    services: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_mapping(cls, told: Mapping[str, Any]) -> Self:
        """From JSON with the names above, without ``register``. Raises TypeError for unknown or missing names."""
        known = {key: value for key, value in told.items() if key not in ("register", "suppliers", "phones")}
        suppliers = {
            code: FiscalSupplier(**{**one, "phones": tuple(one["phones"])})
            for code, one in told.get("suppliers", {}).items()
        }
        return cls(**known, phones=tuple(told["phones"]), suppliers=suppliers)


@dataclass(frozen=True, slots=True)
class Position:
    """One position, of one piece. ``tax`` is ``vat22``, ``vat122``, ``none``…; ``supplier`` None: the agent's own."""

    name: str
    amount: Money
    tax: str
    subject: int
    method: str
    supplier: FiscalSupplier | None = None


@dataclass(frozen=True, slots=True)
class FiscalDocument:
    """``external_id`` is the purchase's or the refund's id, always the same for the same money."""

    external_id: str
    kind: Literal["sell", "sell_refund"]
    at: datetime
    positions: tuple[Position, ...]
    total: Money


@dataclass(frozen=True, slots=True)
class FiscalMark:
    """What proves that a document exists: ``at`` is the register's own clock, ``YYYYMMDDTHHMM``."""

    storage: str  # 1041, sixteen digits
    number: int  # 1040
    sign: str  # 1077
    at: str
    total: Money
    kind: Literal["sell", "sell_refund"] = "sell"

    @property
    def qr(self) -> str:
        """The text of its QR code (tag 1196)."""
        sort = 1 if self.kind == "sell" else 2
        return f"t={self.at}&s={self.total.major}&fn={self.storage}&i={self.number}&fp={self.sign}&n={sort}"


def vat_word(vat: Vat, method: Method, at: datetime) -> str:
    """The rate of a payment made at ``at`` (aware): ``vat22``; of an advance the worked-out one, ``vat122``."""
    if vat in ("none", "0"):
        return "none" if vat == "none" else "vat0"
    day = at.astimezone(_MOSCOW).date()
    rate = vat if vat != "standard" else next(rate for since, rate in _STANDARD if day >= since)
    return f"vat1{rate:0>2}" if method == "advance" else f"vat{rate}"


def _name(terms: FiscalTerms, service: str) -> str:
    """Of a bill for several services (``heat+hot_water``) all their names."""
    known = terms.services
    return known.get(service) or ", ".join(known.get(one, one) for one in service.split("+"))


def document(
    terms: FiscalTerms, external_id: str, kind: Literal["sell", "sell_refund"], lines: Iterable[Line], paid_at: datetime
) -> FiscalDocument:
    """The document of these lines, taxed as on the day they were paid. Raises FiscalTermsWrong."""
    positions: list[Position] = []
    for line in lines:
        supplier = terms.suppliers.get(line.supplier)
        if supplier is None or line.amount.currency != CURRENCY:
            raise FiscalTermsWrong(f"no fiscal document for supplier {line.supplier!r} in {line.amount.currency}")
        subject = _PAYMENT if supplier.method == "advance" else _SERVICE
        tax = vat_word(supplier.vat, supplier.method, paid_at)
        name = _name(terms, line.service)[:_LONGEST_NAME]
        positions.append(Position(name, line.amount, tax, subject, supplier.method, supplier))
        tax = vat_word(terms.fee_vat, "full_payment", paid_at)
        positions.append(Position(terms.fee_name[:_LONGEST_NAME], line.fee, tax, _AGENTS_FEE, "full_payment"))
    if not positions:
        raise FiscalTermsWrong("a document needs a line")
    total = Money(sum(one.amount.minor for one in positions), CURRENCY)
    return FiscalDocument(external_id, kind, paid_at.astimezone(UTC), tuple(positions), total)
