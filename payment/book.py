"""Rules: the server's book of record: kiosks' journal entries folded into purchases, each line settled once.

The server keeps what changed (entries, lines, refunds) in one transaction, and only then acknowledges, works at the
lines of ``work`` and tells the kiosk what ``news`` says. Entries may come twice, late or with a gap; none is ever
skipped (ARCHITECTURE 9).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from ground.money import Money
from payment import documents as dc
from payment import events as e
from payment import lines as ln
from payment import refunds as rf
from payment.documents import DocumentPage
from payment.errors import IllegalLineMove, PaymentError
from payment.events import Entry
from payment.fiscal import CURRENCY, FiscalMark
from payment.lines import AT_REST, LinePage, LineState
from payment.moves import MOVES, State
from payment.purchase import begin, step
from payment.record import RHYTHM, Purchase, Rhythm
from payment.refunds import REMEMBERED, UNDER_WAY, Refund, RefundState

#: An approval that comes later than this after the beginning is late: the bill may have been paid elsewhere.
LATE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Clarification:
    """What a person has found out with the acquirer about a purchase (or refund) without an outcome."""

    charged: bool
    note: str
    by: str
    gone: bool = False  # the kiosk is: the server went on by itself (payment/without_kiosk.py)
    seen: bool = False  # the kiosk came back and said otherwise, and a person has seen to it


@dataclass(frozen=True, slots=True)
class Page:
    """One purchase in the book: whose it is, what was told, where the money of each line is, what is ordered."""

    kiosk_id: str
    purchase: Purchase
    entries: tuple[Entry, ...]
    lines: tuple[LinePage, ...] = ()  # from the first approval on
    refunds: tuple[Refund, ...] = ()
    clarification: Clarification | None = None  # on its way to the kiosk
    documents: tuple[DocumentPage, ...] = ()  # fiscal ones, the sale's first; none without a fiscal duty

    def line(self, number: int) -> LinePage:
        """The line of this number; raises IllegalLineMove when there is none."""
        found = next((line for line in self.lines if line.line.number == number), None)
        if found is None:
            raise IllegalLineMove(f"no line {number}")
        return found

    @property
    def refund(self) -> Refund | None:
        """The refund that is under way, if any."""
        return next((one for one in self.refunds if one.state in UNDER_WAY), None)

    @property
    def settled(self) -> bool:
        """Whether nothing more is to be done for any line."""
        return bool(self.lines) and all(line.state in AT_REST for line in self.lines) and self.refund is None

    @property
    def reference(self) -> str:
        """Billing's references of what is posted."""
        return ", ".join(line.reference for line in self.lines if line.reference)[:200]

    @property
    def refunded(self) -> Money:
        """What has gone back by orders that are done."""
        returned = (RefundState.DONE, RefundState.CONTRADICTED)
        done = sum(one.amount.minor for one in self.refunds if one.state in returned)
        return Money(done, self.purchase.amount.currency)


@dataclass(frozen=True, slots=True)
class Kept:
    """Entries up to ``seq`` are in the page (again): acknowledge them when it is kept."""

    seq: int


@dataclass(frozen=True, slots=True)
class AskAgain:
    """Entries are missing: the kiosk is to send those after ``after_seq``."""

    after_seq: int


@dataclass(frozen=True, slots=True)
class Alarm:
    """A person has to look; nothing has changed."""

    code: str


@dataclass(frozen=True, slots=True)
class Settled:
    """Tell the kiosk that every line is settled; repeated until its journal says so."""

    reference: str
    document: bool = False  # a fiscal one follows


@dataclass(frozen=True, slots=True)
class DocumentIssued:
    """Tell the kiosk that this fiscal document exists; repeated until its journal says so."""

    document_id: str
    mark: FiscalMark


@dataclass(frozen=True, slots=True)
class OrderRefund:
    """Tell the kiosk to return this; repeated until its journal knows the order."""

    refund: Refund


@dataclass(frozen=True, slots=True)
class OrderClarification:
    """Tell the kiosk what a person has found out; repeated until its journal says so."""

    clarification: Clarification


News = Settled | DocumentIssued | OrderRefund | OrderClarification


def receive(
    page: Page | None, kiosk_id: str, entry: Entry, rhythm: Rhythm = RHYTHM
) -> tuple[Page | None, Kept | AskAgain | Alarm]:
    """One entry of a kiosk's journal; the same one again changes nothing and is acknowledged again."""
    have = page.purchase.seq if page else 0
    if page is not None and page.kiosk_id != kiosk_id:
        return page, Alarm("payment.book_foreign_kiosk")
    if entry.seq > have + 1:
        return page, AskAgain(have)
    if page is not None and entry.seq <= have:
        same = page.entries[entry.seq - 1] == entry
        return page, Kept(have) if same else Alarm("payment.book_conflict")
    try:
        purchase = _folded(page, entry, rhythm)
        before = page or Page(kiosk_id, purchase, ())
        return _followed(replace(before, purchase=purchase, entries=(*before.entries, entry)), entry), Kept(entry.seq)
    except PaymentError:
        return page, Alarm("payment.book_conflict")


def receive_all(
    page: Page | None, kiosk_id: str, entries: Iterable[Entry], rhythm: Rhythm = RHYTHM
) -> tuple[Page | None, Kept | AskAgain | Alarm]:
    """Several entries of one message, in order; the first that is not kept ends it."""
    result: Kept | AskAgain | Alarm = Kept(page.purchase.seq if page else 0)
    for entry in entries:
        page, result = receive(page, kiosk_id, entry, rhythm)
        if not isinstance(result, Kept):
            break
    return page, result


def at_line(page: Page, number: int, event: ln.LineEvent) -> Page:
    """Something became of one line; what follows for its refund is done too. Raises IllegalLineMove."""
    moved = ln.step(page.line(number), event)
    return _refund_follows(_with(page, moved), event)


def ask_refund(page: Page, refund: Refund, *, second_person: bool) -> Page:
    """An operator wants these lines back on the card. Raises IllegalLineMove when that cannot be."""
    if page.refund is not None:
        raise IllegalLineMove("a refund is under way")
    if refund.asked_at - page.purchase.begun_at > REMEMBERED:
        raise IllegalLineMove("its kiosk does not remember it any more: the bank returns it")
    for number in refund.lines:
        if (page.line(number).state, ln.RefundWanted) not in ln.LINE_MOVES:
            raise IllegalLineMove(f"line {number} is {page.line(number).state}")
    if refund.amount != refund_amount(page, refund.lines):
        raise IllegalLineMove("another amount than the lines'")
    if second_person:
        return replace(page, refunds=(*page.refunds, refund))
    return _wanted(replace(page, refunds=(*page.refunds, replace(refund, state=RefundState.WITHDRAWING))))


def decide_refund(page: Page, event: rf.Agreed | rf.Denied) -> Page:
    """The second person has decided. Raises IllegalLineMove when nothing waits for that."""
    if page.refund is None:
        raise IllegalLineMove("no refund is under way")
    page = with_refund(page, rf.step(page.refund, event))
    return _wanted(page) if isinstance(event, rf.Agreed) else page


def settle_by_hand(page: Page, number: int, event: ln.PostAgain | ln.SettledByHand) -> Page:
    """A person decides about a line that waits for them. Raises IllegalLineMove while its refund is under way."""
    if page.refund is not None and number in page.refund.lines:
        raise IllegalLineMove("its refund is under way")
    return at_line(page, number, event)


def automatic_refund(page: Page, refund_id: str, now: datetime) -> Page:
    """Lines of a late approval whose bill was paid elsewhere go back by themselves; once, then it is a person's."""
    tried = {number for one in page.refunds if not one.asked_by for number in one.lines}
    held = (one for one in page.lines if one.state is LineState.HELD and one.reason == "paid_elsewhere")
    numbers = tuple(one.line.number for one in held if one.line.number not in tried)
    if not numbers or page.refund is not None or any(one.state is LineState.CHECKING for one in page.lines):
        return page
    if now - page.purchase.begun_at > REMEMBERED:
        return page
    refund = Refund(refund_id, numbers, refund_amount(page, numbers), "paid_elsewhere", "", now)
    return ask_refund(page, refund, second_person=False)


def refund_amount(page: Page, numbers: Iterable[int]) -> Money:
    """What the card gets for these lines: with their fees."""
    minor = sum(page.line(number).line.total.minor for number in numbers)
    return Money(minor, page.purchase.amount.currency)


def with_documents(before: Page | None, page: Page) -> Page:
    """For an agent with a fiscal duty: the sale's document is due once every line is settled, a refund's once done."""
    if page.purchase.amount.currency != CURRENCY:
        return page
    due = list(page.documents)
    if not due and page.settled and not (before and before.settled):
        due.append(DocumentPage(page.purchase.purchase_id, "sell"))
    have = {one.document_id for one in due}
    for refund in page.refunds:
        if have and refund.state is RefundState.DONE and refund.refund_id not in have:
            due.append(DocumentPage(refund.refund_id, "sell_refund"))
    return page if len(due) == len(page.documents) else replace(page, documents=tuple(due))


def at_document(page: Page, document_id: str, event: dc.DocumentEvent) -> Page:
    """Something became of one document. Raises IllegalLineMove."""
    if all(one.document_id != document_id for one in page.documents):
        raise IllegalLineMove("no such document")
    moved = (dc.step(one, event) if one.document_id == document_id else one for one in page.documents)
    return replace(page, documents=tuple(moved))


def settle_documents(page: Page, event: dc.Again | dc.ByHand) -> Page:
    """A person decides about every document that waits for them. Raises IllegalLineMove when none does."""
    waiting = [one for one in page.documents if one.state is dc.DocumentState.REFUSED]
    if not waiting:
        raise IllegalLineMove("no document waits for a person")
    for one in waiting:
        page = at_document(page, one.document_id, event)
    return page


def work(page: Page) -> list[LinePage]:
    """The lines the outbox has to work at."""
    return [line for line in page.lines if line.state in ln.WORKED_AT]


def clarify(page: Page, clarification: Clarification) -> Page:
    """A person knows how it ended. Raises IllegalLineMove for a purchase whose outcome is known."""
    if not _clarifiable(page.purchase, charged=clarification.charged):
        if page.purchase.state is State.REVERSAL_PARKED:
            raise IllegalLineMove("another amount was charged: it goes back by the bank")
        raise IllegalLineMove(f"a purchase that is {page.purchase.state} has its outcome")
    return replace(page, clarification=clarification)


def news(page: Page) -> list[News]:
    """What the kiosk has to be told, again and again until its journal says so."""
    found = page.clarification
    wanted = found is not None and _clarifiable(page.purchase, charged=found.charged)
    told: list[News] = [OrderClarification(found)] if found is not None and wanted else []
    refund = page.refund
    if refund is not None and refund.state is RefundState.ORDERED:
        told.append(OrderRefund(refund))
    if page.settled and page.purchase.state is State.APPROVED:
        told.append(Settled(page.reference or "returned", bool(page.documents)))
    if (page.purchase.state, e.Fiscalised) in MOVES:
        known = dict(page.purchase.documents)
        issued = ((one.document_id, one.mark) for one in page.documents if one.document_id not in known)
        told += [DocumentIssued(name, mark) for name, mark in issued if mark is not None]
    return told


def _clarifiable(purchase: Purchase, *, charged: bool) -> bool:
    if purchase.state is State.REVERSAL_PARKED:  # an amount that nobody asked for cannot be left where it is
        return purchase.refunding or not charged
    if purchase.state is State.PARKED:
        return True
    return charged and purchase.state in (State.DECLINED, State.NOT_CHARGED)


def _folded(page: Page | None, entry: Entry, rhythm: Rhythm) -> Purchase:
    if page is not None:
        return step(page.purchase, entry.event, entry.at, rhythm)[0]
    if not isinstance(entry.event, e.Begun):
        raise PaymentError(f"a purchase cannot start with {entry.event.kind}")
    return begin(entry.purchase_id, entry.event, entry.at)[0]


def _followed(page: Page, entry: Entry) -> Page:
    """What an entry of the journal means for lines and refund."""
    purchase, event = page.purchase, entry.event
    found = page.clarification
    if found and not found.gone and not _clarifiable(purchase, charged=found.charged):
        page = replace(page, clarification=None)
    if purchase.state is State.APPROVED and not page.lines:
        late = entry.at - began(page) > LATE
        state = LineState.CHECKING if late else LineState.OWED
        return replace(page, lines=tuple(LinePage(line, entry.at, state) for line in purchase.lines))
    if isinstance(event, e.Fiscalised):
        issued = (one.document_id for one in page.documents if one.state is dc.DocumentState.ISSUED)
        return at_document(page, event.document_id, dc.InJournal()) if event.document_id in issued else page
    refund = next((one for one in page.refunds if one.refund_id == purchase.refund_id), None)
    if refund is None:
        return page
    if refund.outcome == rf.KIOSK_GONE:
        said = _said_of_refund(event)
        return _next_that_cannot_be(with_refund(page, rf.step(refund, said))) if said else page
    if refund.state not in UNDER_WAY:
        return page
    if isinstance(event, e.ReversalOrdered):
        return with_refund(page, rf.step(refund, rf.KioskBegan()))
    if isinstance(event, e.Refunded | e.PartRefunded):
        for number in refund.lines:
            page = _with(page, ln.step(page.line(number), ln.WentBack()))
        return with_refund(page, rf.step(refund, rf.KioskDone()))
    if isinstance(event, e.RefundRefused):
        for number in refund.lines:
            page = _with(page, ln.step(page.line(number), ln.StayedHere(event.condition)))
        return with_refund(page, rf.step(refund, rf.KioskRefused(event.condition)))
    return page


def began(page: Page) -> datetime:
    """When it began, by the clock of its last entry: one that was set back since takes this along, and a day more,
    because nobody knows how much time passed unseen."""
    steps = pairwise(entry.at for entry in page.entries)
    back = sum((before - after for before, after in steps if after < before), timedelta())
    return page.purchase.begun_at - back - (timedelta(days=1) if back else timedelta())


def _next_that_cannot_be(page: Page) -> Page:
    """An order given meanwhile for money that has gone back already: its lines are a person's to settle."""
    refund, purchase = page.refund, page.purchase
    if refund is None or refund.state is not RefundState.ORDERED:
        return page
    if refund.amount.minor <= purchase.amount.minor - purchase.refunded_minor:
        return page
    for number in refund.lines:
        page = _with(page, ln.step(page.line(number), ln.StayedHere("returned_before")))
    return with_refund(page, rf.step(refund, rf.ReturnedBefore()))


def _said_of_refund(event: e.Event) -> rf.RefundEvent | None:
    """What the journal of a kiosk that came back says of a refund that was ended without it."""
    match event:
        case e.ReversalOrdered():
            return rf.KioskBegan()
        case e.Refunded() | e.PartRefunded():
            return rf.KioskDone()
        case e.RefundRefused(condition=condition):
            return rf.KioskRefused(condition)
    return None


def _wanted(page: Page) -> Page:
    """A refund may go ahead: its lines come off the accounts."""
    assert page.refund is not None
    for number in page.refund.lines:
        page = _with(page, ln.step(page.line(number), ln.RefundWanted()))
    return _refund_follows(page, ln.RefundWanted())


def _refund_follows(page: Page, event: ln.LineEvent) -> Page:
    refund = page.refund
    if refund is None or refund.state is not RefundState.WITHDRAWING:
        return page
    states = {page.line(number).state for number in refund.lines}
    if LineState.WITHDRAWING in states:
        return page
    if states != {LineState.HELD}:
        refused = next(page.line(n).reason for n in refund.lines if page.line(n).state is not LineState.HELD)
        return with_refund(page, rf.step(refund, rf.NotWithdrawn(refused)))
    if page.purchase.slip is None or (page.purchase.state, e.ReversalOrdered) not in MOVES:
        return with_refund(page, rf.step(refund, rf.NotWithdrawn("no_terminal_reference")))
    return with_refund(page, rf.step(refund, rf.AllWithdrawn()))


def _with(page: Page, line: LinePage) -> Page:
    return replace(page, lines=tuple(line if one.line.number == line.line.number else one for one in page.lines))


def with_refund(page: Page, refund: Refund) -> Page:
    """The page with this refund as it is now."""
    return replace(page, refunds=tuple(refund if one.refund_id == refund.refund_id else one for one in page.refunds))
