"""Adapter: the server's book of record and the outbox that posts each approved purchase to billing exactly once.

Entries, the purchase's row and its posting are one transaction; only then the kiosk hears that they are kept.
The worker tries a posting again after 1, 2, 4 ... 60 s, always under the same idempotency key, also after a restart.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from billing.accounts import Posted, Posting
from billing.errors import BillingRefused, BillingUnavailable
from billing.port import BillingSystem
from ground.clock import Clock
from ground.logs import get_logger
from ground.money import Money
from payment.book import Alarm, AskAgain, Book, KeepEntry, Page, PostToBilling, receive_all
from payment.events import Entry, entry_from_dict, entry_to_dict
from signaling.protocol.commands import PurchaseRecord
from signaling.protocol.errors import ErrorCode, ProtocolError
from signaling.protocol.events import PurchasePosted
from signaling.protocol.replies import PurchaseRecorded
from signaling.server.asked import Asked
from signaling.server.event_log import Change, Insert, Update
from signaling.server.records import Records

log = get_logger()

_LONGEST_WAIT_S = 60.0
_MAY_PASS = ("billing.unauthorised",)  # a wrong token of ours: somebody mends it, and the posting goes through
_MOST_ENTRIES = 500  # of one command; a purchase has about ten
_TOLD_FOR = timedelta(days=1)


class Purchases:
    """The book, one page a purchase, read from the tables when it is first needed."""

    def __init__(
        self,
        records: Records,
        billing: BillingSystem | None,
        clock: Clock,
        submit: Callable[[Change], asyncio.Future[None]],
    ) -> None:
        self._records, self._billing, self._clock, self._submit = records, billing, clock, submit
        self._pages: dict[str, Page] = {}
        self._posting: dict[str, asyncio.Task[None]] = {}

    @property
    def open_count(self) -> int:
        """Postings that are not in the billing system yet."""
        return len(self._posting)

    async def record(self, asked: Asked, command: PurchaseRecord) -> PurchaseRecorded:
        """Keep the entries of a command, all or none; raises JOURNAL_GAP with the number wanted."""
        entries = _read(command)
        await self._load(command.purchase_id)
        known = self._pages.get(command.purchase_id)
        book = Book({command.purchase_id: known} if known else {})
        book, effects = receive_all(book, asked.client.identity, entries)
        for effect in effects:
            match effect:
                case AskAgain(after_seq=after):
                    raise ProtocolError(ErrorCode.JOURNAL_GAP, str(after + 1))
                case Alarm(code=code):
                    log.error("purchase.alarm", purchase=command.purchase_id, code=code)
                    raise ProtocolError(ErrorCode.ILLEGAL_MOVE, code)
        page = book.pages[command.purchase_id]
        kept = [effect.entry for effect in effects if isinstance(effect, KeepEntry)]
        if kept:
            self._pages[command.purchase_id] = page
            self._write(asked.change, page, kept)
        for effect in effects:
            if isinstance(effect, PostToBilling):
                self._owe(asked.change, page, effect)
        return PurchaseRecorded(purchase_id=command.purchase_id, seq=page.purchase.seq)

    async def _load(self, purchase_id: str) -> None:
        if purchase_id in self._pages:
            return
        row = await asyncio.to_thread(self._records.purchase, purchase_id)
        if row is None or purchase_id in self._pages:
            return
        rows = await asyncio.to_thread(self._records.purchase_entries, purchase_id)
        book, _ = receive_all(Book(), row.kiosk_id, [entry_from_dict(one.body) for one in rows])
        self._pages.setdefault(purchase_id, book.pages[purchase_id])

    def _write(self, change: Change, page: Page, kept: list[Entry]) -> None:
        purchase = page.purchase
        for entry in kept:
            row = {"purchase_id": entry.purchase_id, "seq": entry.seq, "body": entry_to_dict(entry)}
            change.writes.append(Insert("purchase_entries", {**row, "received_at": change.at}))
            change.log("purchase.entry", purchase=entry.purchase_id, seq=entry.seq, what=entry.event.kind)
        state = {"seq": purchase.seq, "state": purchase.state.value, "changed_at": change.at}
        if kept[0].seq == 1:
            row = {"id": purchase.purchase_id, "kiosk_id": page.kiosk_id, "attempts": 0, **state}
            change.writes.append(Insert("purchases", row))
        else:
            change.writes.append(Update("purchases", {"id": purchase.purchase_id}, state))

    def _owe(self, change: Change, page: Page, effect: PostToBilling) -> None:
        posting = {
            "key": effect.idempotency_key,
            "account": effect.account_ref,
            "minor": effect.amount.minor,
            "currency": effect.amount.currency,
            "paid_at": page.entries[-1].at.isoformat(),
        }
        change.writes.append(Update("purchases", {"id": effect.purchase_id}, {"posting": posting}))
        change.log("purchase.owed", purchase=effect.purchase_id)
        change.afterwards.append(lambda: self._begin(effect.purchase_id, page.kiosk_id, posting))

    # The outbox.

    async def resume(self) -> None:
        """After a start: go on with every posting that is not in the billing system yet."""
        for row in await asyncio.to_thread(self._records.open_postings):
            self._begin(row.id, row.kiosk_id, row.posting)

    def _begin(self, purchase_id: str, kiosk_id: str, posting: dict[str, Any]) -> None:
        if purchase_id not in self._posting:
            task = asyncio.create_task(self._post(purchase_id, kiosk_id, posting))
            self._posting[purchase_id] = task
            task.add_done_callback(lambda _done: self._posting.pop(purchase_id, None))

    async def _post(self, purchase_id: str, kiosk_id: str, posting: dict[str, Any]) -> None:
        wait = 1.0
        while True:
            try:
                posted = await self._ask_billing(purchase_id, posting)
            except Exception as error:
                if isinstance(error, BillingRefused) and error.code not in _MAY_PASS:
                    await self._refused(purchase_id, error.code)
                    return
                log.warning("purchase.posting_waits", purchase=purchase_id, seconds=wait, error=type(error).__name__)
                await asyncio.sleep(wait)
                wait = min(wait * 2, _LONGEST_WAIT_S)
                continue
            change = Change(self._clock.now())
            change.log("purchase.posted", purchase=purchase_id, reference=posted.number)
            values = {"posted_at": change.at, "posted_reference": posted.number}
            change.writes.append(Update("purchases", {"id": purchase_id}, values))
            change.tell(kiosk_id, PurchasePosted(purchase_id=purchase_id, reference=posted.number))
            await self._submit(change)
            return

    async def _refused(self, purchase_id: str, code: str) -> None:
        """Billing says no for good: the money is taken and not posted, so a person has to look."""
        log.error("purchase.posting_refused", purchase=purchase_id, code=code)
        change = Change(self._clock.now())
        change.log("purchase.refused", purchase=purchase_id, code=code)
        change.writes.append(Update("purchases", {"id": purchase_id}, {"refused": code}))
        await self._submit(change)

    async def _ask_billing(self, purchase_id: str, posting: dict[str, Any]) -> Posted:
        if self._billing is None:
            raise BillingUnavailable("no billing system is configured")
        wanted = Posting(
            idempotency_key=posting["key"],
            account=posting["account"],
            amount=Money(posting["minor"], posting["currency"]),
            paid_at=datetime.fromisoformat(posting["paid_at"]),
            reference=purchase_id,
        )
        return await asyncio.to_thread(self._billing.post_payment, wanted)

    def posted_lately(self, kiosk_id: str, now: datetime) -> tuple[PurchasePosted, ...]:
        """The kiosk's postings of the last day, for its snapshot. Reads the tables: call it off the loop."""
        rows = self._records.posted_since(kiosk_id, now - _TOLD_FOR)
        return tuple(PurchasePosted(purchase_id=row.id, reference=row.posted_reference) for row in rows)

    async def stop(self) -> None:
        """Leave the open postings to the next start."""
        tasks = list(self._posting.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _read(command: PurchaseRecord) -> list[Entry]:
    if not 0 < len(command.entries) <= _MOST_ENTRIES:
        raise ProtocolError(ErrorCode.MALFORMED, f"1 to {_MOST_ENTRIES} entries")
    try:
        entries = [entry_from_dict(entry) for entry in command.entries]
    except (ValidationError, ValueError) as error:
        raise ProtocolError(ErrorCode.MALFORMED, "an entry of the journal cannot be read") from error
    if any(entry.purchase_id != command.purchase_id for entry in entries):
        raise ProtocolError(ErrorCode.MALFORMED, "an entry of another purchase")
    return entries
