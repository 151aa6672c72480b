"""Adapter: the embedded billing system's book: payments exactly once, readings by the rules, cards by looking.

Decisions are ``billing.readings``'; here is only what they are asked with and where the answers are kept.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from pydantic import TypeAdapter

from billing import readings as rules
from billing.accounts import (
    AccountCard,
    AccountHistory,
    Posted,
    Posting,
    ReadingAccepted,
    ReadingRefused,
    ReadingSubmission,
    Zone,
    ZoneAccepted,
)
from billing.embedded.shelves import Shelves
from billing.errors import BillingRefused
from billing.suppliers import supplier_of
from ground.clock import Clock
from ground.money import Money

_POSTED = TypeAdapter(Posted)
_TOO_MUCH = 10**14  # minor units
_LONGEST_KEY = 200


class Book:
    """One open book. Not for several threads: its process has one owner of it."""

    def __init__(self, connection: sqlite3.Connection, clock: Clock) -> None:
        self._book = connection
        self._clock = clock
        self._shelves = Shelves(connection)

    def find_account(self, number: str) -> AccountCard | None:
        """The account's card as of now, or None."""
        return self._shelves.card(number, self._clock.now())

    def account_by_card(self, uid: str) -> AccountCard | None:
        """The card of the account a chip card belongs to, or None."""
        row = self._book.execute("SELECT number FROM accounts WHERE card_uid = ?", (uid.upper(),)).fetchone()
        return None if row is None else self.find_account(row["number"])

    def accounts_of_home(self, number: str) -> tuple[AccountCard, ...]:
        """The account first, then its holder's others at the same address."""
        rows = self._book.execute(
            "SELECT o.number FROM accounts a"
            " JOIN accounts o USING (surname, given, patronymic, town, street, house, flat)"
            " WHERE a.number = ? ORDER BY o.number <> a.number, o.number",
            (number,),
        ).fetchall()
        cards = (self.find_account(row["number"]) for row in rows)
        return tuple(card for card in cards if card is not None)

    def history(self, number: str) -> AccountHistory:
        """24 months, oldest first; BillingRefused for an unknown account."""
        card = self._known(number)
        return self._shelves.history(card, self._clock.now())

    def post_payment(self, posting: Posting) -> Posted:
        """Write a payment once per key; the kept answer for a key already seen."""
        if not 0 < len(posting.idempotency_key) <= _LONGEST_KEY:
            raise BillingRefused("a key has 1 to 200 characters", code="billing.request_invalid")
        content = json.dumps(
            [
                posting.account,
                posting.amount.minor,
                posting.amount.currency,
                posting.paid_at.isoformat(),
                posting.reference,
                *([posting.reverses] if posting.reverses else []),
            ],
            ensure_ascii=False,
        )
        with self._transaction():
            kept = self._book.execute(
                "SELECT content, answer FROM postings WHERE idempotency_key = ?", (posting.idempotency_key,)
            ).fetchone()
            if kept is not None:
                if kept["content"] != content:
                    raise BillingRefused("this key posted something else", code="billing.key_reused")
                return _POSTED.validate_json(kept["answer"])
            self._check_payable(posting)
            if posting.reverses:
                self._check_reversible(posting)
            return self._write_payment(posting, content)

    def submit_reading(self, submission: ReadingSubmission) -> ReadingAccepted | ReadingRefused:
        """Judge every zone by the rules; write all of them or none."""
        _check_shape(submission)
        self._known(submission.account)
        now = self._clock.now()
        impossible = rules.check_moment(submission.taken_at, now)
        if impossible is not None:
            return ReadingRefused(impossible.reason)
        with self._transaction():
            card = self._shelves.card(submission.account, submission.taken_at)
            assert card is not None
            meter = card.meter(submission.meter_id)
            answer = rules.judge_submission(submission, card, supplier_of(card.supplier))
            if isinstance(answer, ReadingRefused):
                return answer
            assert meter is not None, "the rules refuse an unknown one"
            for zone in answer.zones:
                following = self._shelves.following_value(submission.meter_id, zone.zone, answer.period)
                if following is not None and rules.is_below(following, zone.value, meter.digits):
                    return ReadingRefused(rules.ABOVE_NEXT, zone.zone)
            stand = [self._write_reading(submission, answer, zone, now) for zone in answer.zones]
        if all(stand):
            return answer
        return rules.with_note(answer, rules.NOTE_NEWER_STANDS)

    def _known(self, number: str) -> AccountCard:
        card = self.find_account(number)
        if card is None:
            raise BillingRefused("no such account", code="billing.account_unknown")
        return card

    def _check_payable(self, posting: Posting) -> None:
        row = self._book.execute("SELECT currency FROM accounts WHERE number = ?", (posting.account,)).fetchone()
        if row is None:
            raise BillingRefused("no such account", code="billing.account_unknown")
        if row["currency"] != posting.amount.currency:
            raise BillingRefused(f"the account is kept in {row['currency']}", code="billing.currency_mismatch")
        if not 0 < posting.amount.minor < _TOO_MUCH:
            raise BillingRefused("more than nothing, less than a million millions", code="billing.amount_invalid")
        if posting.paid_at.tzinfo is None:
            raise BillingRefused("paid_at has no time zone", code="billing.request_invalid")

    def _check_reversible(self, posting: Posting) -> None:
        there = self._book.execute(
            "SELECT p.account, p.amount FROM postings k JOIN payments p ON p.id = k.payment"
            " WHERE k.idempotency_key = ?",
            (posting.reverses,),
        ).fetchone()
        back = self._book.execute(
            "SELECT 1 FROM payments p JOIN postings k ON k.payment = p.id"
            " WHERE p.account = ? AND json_extract(k.content, '$[5]') = ?",
            (posting.account, posting.reverses),
        ).fetchone()
        if there is None or back or (there["account"], there["amount"]) != (posting.account, posting.amount.minor):
            raise BillingRefused("no such posting stands", code="billing.nothing_to_reverse")

    def _write_payment(self, posting: Posting, content: str) -> Posted:
        written = self._book.execute(
            "INSERT INTO payments (account, amount, paid_at, channel, reference) VALUES (?, ?, ?, ?, ?)",
            (
                posting.account,
                -posting.amount.minor if posting.reverses else posting.amount.minor,
                utc(posting.paid_at),
                "infomat",
                posting.reference,
            ),
        )
        posted = Posted(
            posting.idempotency_key,
            f"P{written.lastrowid:09d}",
            posting.account,
            posting.amount,
            self._clock.now(),
            Money(self._shelves.debt(posting.account), posting.amount.currency),
        )
        self._book.execute(
            "INSERT INTO postings (idempotency_key, payment, content, answer) VALUES (?, ?, ?, ?)",
            (posting.idempotency_key, written.lastrowid, content, _POSTED.dump_json(posted).decode()),
        )
        return posted

    def _write_reading(
        self, submission: ReadingSubmission, answer: ReadingAccepted, zone: ZoneAccepted, now: datetime
    ) -> bool:
        """Log the value always, let it stand when it was taken last; True when it stands."""
        key = (submission.meter_id, zone.zone.value, str(answer.period))
        standing = self._book.execute(
            "SELECT taken_at FROM readings WHERE meter = ? AND zone = ? AND period = ?", key
        ).fetchone()
        stands = standing is None or rules.stands_over(
            submission.taken_at, datetime.fromisoformat(standing["taken_at"])
        )
        taken_at = utc(submission.taken_at)
        self._book.execute(
            "INSERT INTO reading_log (meter, zone, period, value, taken_at, received_at, channel, author,"
            " confirmed, stands) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *key, zone.value, taken_at, utc(now), submission.channel, submission.author,
                json.dumps(submission.confirmed), stands,
            ),
        )  # fmt: skip
        if stands:
            self._book.execute(
                "INSERT OR REPLACE INTO readings (meter, zone, period, value, taken_at, channel, author)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (*key, zone.value, taken_at, submission.channel, submission.author),
            )
        return stands

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._book.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._book.execute("ROLLBACK")
            raise
        self._book.execute("COMMIT")


def _check_shape(submission: ReadingSubmission) -> None:
    zones: list[Zone] = [value.zone for value in submission.values]
    if not zones or len(set(zones)) != len(zones):
        raise BillingRefused("each zone once, at least one", code="billing.request_invalid")
    if submission.taken_at.tzinfo is None:
        raise BillingRefused("taken_at has no time zone", code="billing.request_invalid")


def utc(moment: datetime) -> str:
    """A moment as text that sorts by time, to the millisecond."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
