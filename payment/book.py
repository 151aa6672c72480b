"""Rules: the server's book of record: kiosks' journal entries folded into purchases, each posted once.

The server keeps what ``KeepEntry`` says in the same transaction as the outbox row of ``PostToBilling``, and
only then acknowledges. Entries may come twice, late or with a gap; none is ever skipped (ARCHITECTURE 9).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from ground.money import Money
from payment import events as e
from payment.errors import PaymentError
from payment.events import Entry
from payment.moves import State
from payment.purchase import begin, step
from payment.record import RHYTHM, Purchase, Rhythm


@dataclass(frozen=True, slots=True)
class KeepEntry:
    """Make the entry durable on the server."""

    kiosk_id: str
    entry: Entry


@dataclass(frozen=True, slots=True)
class PostToBilling:
    """Put the money on the account. The same key for the same purchase, always: billing posts it once."""

    purchase_id: str
    idempotency_key: str
    account_ref: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """Tell the kiosk that entries up to ``seq`` are kept."""

    purchase_id: str
    seq: int


@dataclass(frozen=True, slots=True)
class AskAgain:
    """Entries are missing: the kiosk is to send those after ``after_seq``."""

    purchase_id: str
    after_seq: int


@dataclass(frozen=True, slots=True)
class TellPosted:
    """Tell the kiosk that the purchase is on the account; repeated until its journal says so."""

    purchase_id: str
    billing_reference: str


@dataclass(frozen=True, slots=True)
class Alarm:
    """A person has to look."""

    purchase_id: str
    code: str


BookEffect = KeepEntry | PostToBilling | Acknowledge | AskAgain | TellPosted | Alarm


@dataclass(frozen=True, slots=True)
class Page:
    """One purchase in the book: whose it is, what was told, what billing answered."""

    kiosk_id: str
    purchase: Purchase
    entries: tuple[Entry, ...]
    billing_reference: str = ""


@dataclass(frozen=True, slots=True)
class Book:
    """All purchases of all kiosks."""

    pages: Mapping[str, Page] = field(default_factory=dict)
    rhythm: Rhythm = RHYTHM

    def _with(self, page: Page) -> Book:
        return replace(self, pages={**self.pages, page.purchase.purchase_id: page})


def receive(book: Book, kiosk_id: str, entry: Entry) -> tuple[Book, list[BookEffect]]:
    """One entry of a kiosk's journal; the same one again changes nothing and is acknowledged again."""
    page = book.pages.get(entry.purchase_id)
    have = page.purchase.seq if page else 0
    if page is not None and page.kiosk_id != kiosk_id:
        return book, [Alarm(entry.purchase_id, "payment.book_foreign_kiosk")]
    if entry.seq > have + 1:
        return book, [AskAgain(entry.purchase_id, have)]
    if page is not None and entry.seq <= have:
        if page.entries[entry.seq - 1] != entry:
            return book, [Alarm(entry.purchase_id, "payment.book_conflict")]
        return book, [Acknowledge(entry.purchase_id, have)]
    try:
        purchase = _folded(page, entry, book.rhythm)
    except PaymentError:
        return book, [Alarm(entry.purchase_id, "payment.book_conflict")]
    reached = purchase.state is State.APPROVED and (page is None or page.purchase.state is not State.APPROVED)
    kept = Page(kiosk_id, purchase, (*(page.entries if page else ()), entry), page.billing_reference if page else "")
    return book._with(kept), [
        KeepEntry(kiosk_id, entry),
        *([_posting(purchase)] if reached else []),
        Acknowledge(entry.purchase_id, entry.seq),
    ]


def receive_all(book: Book, kiosk_id: str, entries: Iterable[Entry]) -> tuple[Book, list[BookEffect]]:
    """Several entries of one message, in order."""
    effects: list[BookEffect] = []
    for entry in entries:
        book, more = receive(book, kiosk_id, entry)
        effects += more
    return book, effects


def posted(book: Book, purchase_id: str, billing_reference: str) -> tuple[Book, list[BookEffect]]:
    """Billing has the money under this reference; told again changes nothing."""
    page = book.pages[purchase_id]
    if page.billing_reference and page.billing_reference != billing_reference:
        return book, [Alarm(purchase_id, "payment.posted_twice")]
    return book._with(replace(page, billing_reference=billing_reference)), [TellPosted(purchase_id, billing_reference)]


def due(book: Book) -> list[BookEffect]:
    """What a restarted server still has to do: postings without an answer, kiosks that were not told."""
    effects: list[BookEffect] = []
    for page in book.pages.values():
        if page.purchase.state is not State.APPROVED:
            continue
        if page.billing_reference:
            effects.append(TellPosted(page.purchase.purchase_id, page.billing_reference))
        else:
            effects.append(_posting(page.purchase))
    return effects


def _posting(purchase: Purchase) -> PostToBilling:
    key = f"purchase-{purchase.purchase_id}"
    return PostToBilling(purchase.purchase_id, key, purchase.account_ref, purchase.amount)


def _folded(page: Page | None, entry: Entry, rhythm: Rhythm) -> Purchase:
    if page is not None:
        purchase, _ = step(page.purchase, entry.event, entry.at, rhythm)
        return purchase
    if not isinstance(entry.event, e.Begun):
        raise PaymentError(f"a purchase cannot start with {entry.event.kind}")
    purchase, _ = begin(entry.purchase_id, entry.event, entry.at)
    return purchase
