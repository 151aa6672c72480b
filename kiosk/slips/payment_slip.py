"""Rules: what a slip about a payment says. In doubt it says that it is being clarified, never that nothing was paid.

103-FZ wants the suppliers, the agent, their telephones and the fee on it, also when the fee is nothing; a fiscal
document's number and code are added where there is one (54-FZ; payments.md 3.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from assets.words import Words
from ground.money import Money
from kiosk.slips.figures import card_on_paper, moment, sum_on_paper, unbroken
from kiosk.slips.paper import Code, Document, Gap, Pair, Piece, Ruler, Text
from kiosk.slips.place import Place, head
from payment.answers import Slip
from payment.fiscal import FiscalMark
from signaling.protocol.values import Language

#: What a slip says: paid, being clarified, a return being clarified, all returned, a part returned, a document alone.
SlipKind = Literal["receipt", "clarifying", "returning", "reversed", "part_refunded", "fiscal"]
KINDS: tuple[SlipKind, ...] = ("receipt", "clarifying", "returning", "reversed", "part_refunded", "fiscal")


@dataclass(frozen=True, slots=True)
class PaidBill:
    """One line of the payment as people know it; the account is masked. ``services`` are billing's codes."""

    supplier: str
    supplier_phone: str
    account_masked: str
    services: tuple[str, ...]
    amount: Money
    fee: Money


@dataclass(frozen=True, slots=True)
class PaymentFacts:
    """All that a slip may say of a payment. ``at`` is in the place's own time; ``returned`` of a refund.

    ``card`` is what the terminal said of the charge; its own lines are printed where it has no printer itself.
    """

    reference: str
    at: datetime
    bills: tuple[PaidBill, ...]
    amount: Money
    card: Slip | None = None
    terminal_prints: bool = False
    posted: bool = False
    document_due: bool = False
    returned: Money | None = None


def payment_slip(
    kind: SlipKind,
    facts: PaymentFacts,
    place: Place,
    language: Language,
    mark: FiscalMark | None = None,
    *,
    copy: bool = False,
) -> Document:
    """The document. ``copy``: an earlier one may have come out."""
    words = Words(language)
    pieces: list[Piece] = [*head(place, words)]
    if copy:
        pieces += [Text(words.say("slip.copy"), bold=True, align="center"), Gap()]
    pieces += [
        Text(words.say(f"slip.{kind}.title"), bold=True, times=2, align="center"),
        Gap(),
        Pair(words.say("slip.number"), facts.reference, bold=True),
        Pair(words.say("slip.time"), moment(facts.at, words)),
        Ruler(),
    ]
    for bill in facts.bills if kind != "fiscal" else ():
        pieces += _bill(bill, words)
    pieces += [*_totals(kind, facts, words), Ruler()]
    if kind in ("receipt", "part_refunded") and facts.card is not None:
        pieces += _card(facts.card, words, lines=not facts.terminal_prints)
    if mark is not None and kind not in ("clarifying", "returning"):
        pieces += _fiscal(mark, words)
    pieces += _last_words(kind, facts, place, words)
    return Document(language, tuple(pieces))


def _bill(bill: PaidBill, words: Words) -> list[Piece]:
    known = [f"payment.service.{service}" for service in bill.services]
    services = ", ".join(
        words.say(key) if words.knows(key) else name for key, name in zip(known, bill.services, strict=True)
    )
    account = words.say("payment.account", account=bill.account_masked) if bill.account_masked else ""
    told = ", ".join(part for part in (services, account) if part)
    pieces: list[Piece] = [Text(bill.supplier, bold=True)]
    if told:
        pieces.append(Text(told[0].upper() + told[1:]))
    pieces.append(Pair(words.say("slip.bill"), sum_on_paper(bill.amount, words)))
    pieces.append(Pair(words.say("slip.fee"), sum_on_paper(bill.fee, words)))
    if bill.supplier_phone:
        pieces.append(Text(words.say("slip.supplier_phone", phone=unbroken(bill.supplier_phone))))
    return [*pieces, Ruler()]


def _totals(kind: SlipKind, facts: PaymentFacts, words: Words) -> list[Piece]:
    """What the card was charged, the fee in it, and what went back."""
    pieces: list[Piece] = []
    if len(facts.bills) > 1 and kind != "fiscal":
        fee = Money(sum(bill.fee.minor for bill in facts.bills), facts.amount.currency)
        pieces.append(Pair(words.say("slip.fee_total"), sum_on_paper(fee, words)))
    name = "slip.total" if kind in ("receipt", "part_refunded") else "slip.sum"
    pieces.append(Pair(words.say(name), sum_on_paper(facts.amount, words), bold=True))
    if facts.returned is not None:
        pieces.append(Pair(words.say("slip.returned"), sum_on_paper(facts.returned, words), bold=True))
    return pieces


def _card(card: Slip, words: Words, *, lines: bool) -> list[Piece]:
    pieces: list[Piece] = []
    told = card_on_paper(card.brand, card.last_digits, words)
    if told:
        pieces.append(Pair(words.say("slip.card"), told))
    if card.approval_code:
        pieces.append(Pair(words.say("slip.approval"), card.approval_code))
    if lines and card.receipt:
        pieces += [Gap(), Text(words.say("slip.terminal"), align="center")]
        pieces += [Text(line) for line in card.receipt if line.strip()]
    return [*pieces, Ruler()] if pieces else []


def _fiscal(mark: FiscalMark, words: Words) -> list[Piece]:
    return [
        Text(words.say("slip.fiscal"), bold=True, align="center"),
        Pair(words.say("slip.fiscal_storage"), mark.storage),
        Pair(words.say("slip.fiscal_number"), str(mark.number)),
        Pair(words.say("slip.fiscal_sign"), mark.sign),
        Gap(),
        Code(mark.qr),
        Ruler(),
    ]


def _last_words(kind: SlipKind, facts: PaymentFacts, place: Place, words: Words) -> list[Piece]:
    key = "slip.receipt.posted" if kind == "receipt" and facts.posted else f"slip.{kind}.text"
    pieces: list[Piece] = [Text(words.say(key)), Gap()]
    if kind == "receipt" and facts.document_due:
        pieces += [Text(words.say("slip.document_later")), Gap()]
    asked = words.say("slip.ask_by_phone", phone=unbroken(place.phone)) if place.phone else words.say("slip.ask_here")
    return [*pieces, Text(asked)]
