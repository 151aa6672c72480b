"""Rules: the book of record, the terminals' own totals and the bank's registry held against each other.

Three independent ledgers (payments.md 4, "Unattended duties"): each movement of money is matched, only ours, only the
bank's, of another amount, or double. The same files read again give the same differences with the same ids, so that a
task made of one is made once. Money is never corrected here: a difference says what a person should do about it.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Literal

from ground.money import Money
from payment import events as e
from payment.book import Page
from payment.moves import UNCLEAR, State

#: A terminal that was cut off may hand its movement in late (payments.md 1.5: 72 hours, and the day of the registry).
HANDED_IN_WITHIN = timedelta(days=4)
#: The bank's days are Moscow's: their offset from UTC.
BANK_DAY = timedelta(hours=3)


class Bucket(StrEnum):
    """Where a movement belongs after the comparison."""

    MATCHED = "matched"
    ONLY_OURS = "only_ours"
    ONLY_BANKS = "only_banks"
    OTHER_AMOUNT = "other_amount"
    DOUBLE = "double"


class Advice(StrEnum):
    """What a person should do about a difference."""

    NOTHING = "nothing"
    WAIT = "wait"  #: the bank may still send it
    CLARIFY_CHARGED = "clarify_charged"  #: the bank has the money of a purchase without an outcome: say so
    CLARIFY_NOT_CHARGED = "clarify_not_charged"  #: no bank has it, and the time for handing in is over
    ASK_BANK = "ask_bank"  #: our book says charged, the bank has nothing
    RETURN_MONEY = "return_money"  #: charged twice, or more than asked
    FIND_PAYER = "find_payer"  #: money of nobody we know
    READ_FILE = "read_file"  #: the file says the same thing twice
    COMPARE_DAY = "compare_day"  #: a terminal's total is not the book's: its receipts are held against the book


Kind = Literal["payment", "return"]


@dataclass(frozen=True, slots=True)
class OurMovement:
    """One movement as the book of record has it. ``sure`` is False while the purchase has no outcome.

    ``minor`` is positive for a payment and for a return alike. ``terminal`` is the POI's name.
    """

    purchase_id: str
    kind: Kind
    terminal: str
    amount: Money
    at: datetime
    sure: bool = True
    rrn: str = ""
    approval: str = ""

    @property
    def day(self) -> date:
        """The bank's day."""
        return (self.at + BANK_DAY).date()


@dataclass(frozen=True, slots=True)
class BankMovement:
    """One row of a bank's registry. ``order`` is our purchase's id, "" where the terminal has no room for it."""

    day: date  #: the bank's day
    kind: Kind
    terminal: str  #: the acquirer's number
    amount: Money
    rrn: str
    original_rrn: str = ""
    approval: str = ""
    order: str = ""
    fee: Money | None = None
    line: int = 0  #: of the file


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of one movement (or of one pair). ``finding_id`` is the same whenever the same thing is found."""

    bucket: Bucket
    advice: Advice
    purchase_id: str = ""
    ours: OurMovement | None = None
    bank: BankMovement | None = None

    @property
    def finding_id(self) -> str:
        """Twelve hexadecimal digits over what makes this difference what it is."""
        bank = (self.bank.rrn, self.bank.order, self.bank.kind, str(self.bank.amount)) if self.bank else ()
        ours = (self.ours.purchase_id, self.ours.kind, str(self.ours.amount)) if self.ours else ()
        return hashlib.sha256(repr((self.bucket.value, bank, ours)).encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Counted:
    """One line of a terminal's totals: nexo's TransactionType, and its positive amount."""

    kind: str
    amount: Money


@dataclass(frozen=True, slots=True)
class TerminalClosing:
    """What a terminal told when it closed its day."""

    terminal: str
    closed_at: datetime
    counted: tuple[Counted, ...]


@dataclass(frozen=True, slots=True)
class TerminalDay:
    """What a terminal says it counted between two closings, and the book's figure for the same time."""

    terminal: str
    closed_at: datetime
    counted: Money  #: charged less given back, by the terminal
    booked: Money  #: the same by the book of record

    @property
    def agrees(self) -> bool:
        """Whether both say the same."""
        return self.counted == self.booked


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Everything found, differences first, and the terminals' days."""

    findings: tuple[Finding, ...]
    terminals: tuple[TerminalDay, ...] = ()

    def of(self, bucket: Bucket) -> tuple[Finding, ...]:
        """The findings of one bucket."""
        return tuple(one for one in self.findings if one.bucket is bucket)

    @property
    def differences(self) -> tuple[Finding, ...]:
        """What a person has to look at now."""
        return tuple(one for one in self.findings if one.advice not in (Advice.NOTHING, Advice.WAIT))


def movements(page: Page) -> list[OurMovement]:
    """What the book says has moved, or may have moved, for one purchase."""
    purchase, found = page.purchase, list[OurMovement]()
    slip = purchase.slip
    paid_at = next(
        (one.at for one in page.entries if isinstance(one.event, e.Charged | e.ChargedOtherAmount | e.Clarified)), None
    )
    charged = slip.amount if slip else purchase.amount
    ended = page.clarification if page.clarification and page.clarification.gone else None
    rrn, approval = (slip.poi_transaction.id, slip.approval_code) if slip else ("", "")
    if paid_at is not None:
        found.append(
            OurMovement(purchase.purchase_id, "payment", purchase.poi_id, charged, paid_at, True, rrn, approval)
        )
    elif purchase.state in UNCLEAR and not (ended and not ended.charged):
        since = purchase.sent_at or purchase.begun_at
        sure = ended is not None  # by a person, on the bank's word
        found.append(OurMovement(purchase.purchase_id, "payment", purchase.poi_id, charged, since, sure))
    for entry in page.entries:
        returned = _returned(page, entry.event, charged)
        if returned is not None:
            found.append(OurMovement(purchase.purchase_id, "return", purchase.poi_id, returned, entry.at, True, rrn))
    return found


def _returned(page: Page, event: e.Event, charged: Money) -> Money | None:
    if isinstance(event, e.Reversed | e.ClarifiedReversed):
        return charged
    if not isinstance(event, e.Refunded | e.PartRefunded):
        return None
    at = next(number for number, one in enumerate(page.entries) if one.event is event)
    ordered = next((one.event for one in reversed(page.entries[:at]) if isinstance(one.event, e.ReversalOrdered)), None)
    return ordered.amount if ordered and ordered.amount else charged


def reconcile(
    pages: Iterable[Page],
    registry: Sequence[BankMovement],
    days: Iterable[date],
    now: datetime,
    closings: Sequence[TerminalClosing] = (),
    bank_day: timedelta = BANK_DAY,
) -> Reconciliation:
    """Compare the book with what the bank says of ``days``; ``bank_day`` is its offset from UTC.

    A movement of ours outside these days is not asked for; one that the bank may still hand in is waited for. Of the
    book the pages of ``book_part.needed`` are enough. None is kept: what is held are its movements.
    """
    covered, states, ours = set(days), dict[str, State](), list[OurMovement]()
    for page in pages:
        states[page.purchase.purchase_id] = page.purchase.state
        ours += movements(page)
    left, findings = _without_repeated(registry)
    left.sort(key=lambda row: (row.day, row.rrn, row.order, row.amount.minor))  # the file's order decides nothing
    pairs, unpaired = _pair(ours, left)
    by_sale = {(one.purchase_id, one.kind): one for one in reversed(ours)}
    for mine, row in pairs:
        findings.append(_compared(mine, row))
    for row in unpaired:
        findings.append(_only_banks(row, by_sale, states))
    paired = {id(mine) for mine, _ in pairs}
    for mine in ours:
        if id(mine) not in paired and (mine.at + bank_day).date() in covered:
            findings.append(_only_ours(mine, now))
    order = {bucket: number for number, bucket in enumerate(reversed(Bucket))}
    told = terminal_days(ours, [one for one in closings if covers(one, covered, bank_day)], closings)
    return Reconciliation(tuple(sorted(findings, key=lambda one: (order[one.bucket], one.finding_id))), told)


#: nexo TransactionTypes that moved money, and in which direction; the others (Declined, Failed, ...) moved none.
_SIGNS = {"Debit": 1, "ReverseDebit": -1, "Credit": -1, "ReverseCredit": 1}


def terminal_days(
    ours: Sequence[OurMovement], wanted: Sequence[TerminalClosing], all_closings: Sequence[TerminalClosing]
) -> tuple[TerminalDay, ...]:
    """Each closing beside what the book has for the time since the one before it at the same terminal.

    A terminal's first closing has no beginning that we know: there is nothing to hold it against.
    """
    found, by_terminal = [], defaultdict[str, list[OurMovement]](list)
    for one in ours:
        if one.sure:
            by_terminal[one.terminal].append(one)
    for closing in wanted:
        before = [one for one in all_closings if one.terminal == closing.terminal and one.closed_at < closing.closed_at]
        if not before:
            continue
        since = max(one.closed_at for one in before)
        mine = [one for one in by_terminal[closing.terminal] if since < one.at <= closing.closed_at]
        currencies = {
            amount.currency for amount in [*(one.amount for one in mine), *(one.amount for one in closing.counted)]
        }
        for currency in sorted(currencies):
            counted = sum(
                _SIGNS.get(one.kind, 0) * one.amount.minor for one in closing.counted if one.amount.currency == currency
            )
            booked = sum(
                one.amount.minor if one.kind == "payment" else -one.amount.minor
                for one in mine
                if one.amount.currency == currency
            )
            day = TerminalDay(closing.terminal, closing.closed_at, Money(counted, currency), Money(booked, currency))
            found.append(day)
    return tuple(found)


def covers(closing: TerminalClosing, days: set[date], bank_day: timedelta) -> bool:
    """A terminal closes at night what it took the day before."""
    at = closing.closed_at + bank_day
    return at.date() in days or (at - timedelta(days=1)).date() in days


def _without_repeated(registry: Sequence[BankMovement]) -> tuple[list[BankMovement], list[Finding]]:
    """The registry without rows that say what an earlier one said, and a finding for each of those."""
    seen: set[tuple[object, ...]] = set()
    left, findings = list[BankMovement](), list[Finding]()
    for row in registry:
        key = (row.day, row.kind, row.terminal, row.amount, row.rrn, row.original_rrn, row.approval, row.order)
        if key in seen:
            findings.append(Finding(Bucket.DOUBLE, Advice.READ_FILE, row.order, None, row))
            continue
        seen.add(key)
        left.append(row)
    return left, findings


def _pair(
    ours: Sequence[OurMovement], registry: Sequence[BankMovement]
) -> tuple[list[tuple[OurMovement, BankMovement]], list[BankMovement]]:
    """Each movement of ours with at most one row: by our number, else by the bank's, else by approval and amount.

    Within one purchase a row of the same amount is taken before another one.
    """
    free: dict[tuple[str, ...], list[OurMovement]] = defaultdict(list)
    for mine in ours:
        free["order", mine.purchase_id, mine.kind].append(mine)
        if mine.rrn:
            free["rrn", mine.rrn, mine.kind].append(mine)
        if mine.approval:
            free["approval", mine.approval, str(mine.amount), mine.kind].append(mine)
    taken: set[int] = set()
    pairs, rest = list[tuple[OurMovement, BankMovement]](), list(registry)
    for exactly in (True, False):
        over, rest = rest, []
        for row in over:
            candidate = next(
                (
                    one
                    for key in _keys(row)
                    for one in free.get(key, ())
                    if id(one) not in taken and (not exactly or one.amount == row.amount)
                ),
                None,
            )
            if candidate is None:
                rest.append(row)
                continue
            taken.add(id(candidate))
            pairs.append((candidate, row))
    return pairs, rest


def _keys(row: BankMovement) -> list[tuple[str, ...]]:
    keys: list[tuple[str, ...]] = []
    if row.order:
        keys.append(("order", row.order, row.kind))
    keys += [("rrn", number, row.kind) for number in (row.rrn, row.original_rrn) if number]
    if row.approval:
        keys.append(("approval", row.approval, str(row.amount), row.kind))
    return keys


def _compared(mine: OurMovement, row: BankMovement) -> Finding:
    if mine.amount != row.amount:
        return Finding(Bucket.OTHER_AMOUNT, Advice.ASK_BANK, mine.purchase_id, mine, row)
    advice = Advice.NOTHING if mine.sure else Advice.CLARIFY_CHARGED
    return Finding(Bucket.MATCHED if mine.sure else Bucket.ONLY_BANKS, advice, mine.purchase_id, mine, row)


def _only_banks(row: BankMovement, ours: dict[tuple[str, Kind], OurMovement], states: dict[str, State]) -> Finding:
    again = ours.get((row.order, row.kind)) if row.order else None
    if again is not None:  # its movement is paired with another row: the card was charged (or given back) twice
        advice = Advice.RETURN_MONEY if row.kind == "payment" else Advice.ASK_BANK
        return Finding(Bucket.DOUBLE, advice, again.purchase_id, again, row)
    if row.order in states:  # we know the purchase, and say that nothing moved
        advice = Advice.CLARIFY_CHARGED if row.kind == "payment" else Advice.ASK_BANK
        return Finding(Bucket.ONLY_BANKS, advice, row.order, None, row)
    return Finding(Bucket.ONLY_BANKS, Advice.FIND_PAYER, "", None, row)


def _only_ours(mine: OurMovement, now: datetime) -> Finding:
    if now - mine.at < HANDED_IN_WITHIN:
        advice = Advice.WAIT
    elif mine.sure:
        advice = Advice.ASK_BANK
    else:
        advice = Advice.CLARIFY_NOT_CHARGED
    return Finding(Bucket.ONLY_OURS, advice, mine.purchase_id, mine)
