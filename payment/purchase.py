"""Rules: one purchase at a card terminal, from intent to posted.

``step`` turns (purchase, event, now) into (purchase, effects) by the table in ``payment/moves.py``.
``replay`` folds the same function over journal entries, so that what a restart knows is what was written.
Sources: payments.md 1.5 (the decision table and the status loop), ARCHITECTURE 8 and 9.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from payment import effects as do
from payment import events as e
from payment.consequences import CONSEQUENCES, Moment, Step, settle
from payment.errors import IllegalEvent, ReusedServiceId
from payment.events import Entry, Event
from payment.moves import MOVES, State
from payment.record import RHYTHM, Purchase, Rhythm

__all__ = ["MOVES", "RHYTHM", "Purchase", "Rhythm", "State", "begin", "replay", "step"]


def begin(purchase_id: str, event: e.Begun, now: datetime) -> Step:
    """A new purchase. Nothing is sent before ``PaymentAsked``."""
    purchase = Purchase(
        purchase_id, event.amount, event.account_ref, event.purpose, event.poi_id, now, seq=1, basket=event.lines
    )
    return purchase, _remember(Entry(purchase_id, 1, event, now))


def step(purchase: Purchase, event: Event, now: datetime, rhythm: Rhythm = RHYTHM) -> Step:
    """What becomes of the purchase and what has to be done, in this order.

    Raises IllegalEvent for a pair without a row, ReusedServiceId when an id comes twice.
    """
    target = MOVES.get((purchase.state, type(event)))
    if target is None or (
        purchase.state is State.NOT_SENT and not purchase.retry_pending and not isinstance(event, e.Restarted)
    ):
        raise IllegalEvent(f"{type(event).__name__} in {purchase.state}")
    if getattr(event, "service_id", None) in purchase.spent_ids:
        raise ReusedServiceId(event.kind)
    purchase = _on_this_clock(purchase, now)
    moved, wanted = CONSEQUENCES.get(type(event), settle)(
        Moment(purchase, replace(purchase, state=target, asking=False), event, now, rhythm)
    )
    if purchase.state is State.PARKED and target is not State.PARKED:
        wanted = [do.UnblockTerminal(), *wanted]
    if _only_asks_again(purchase, moved):
        return moved, wanted
    moved = replace(moved, seq=purchase.seq + 1)
    return moved, [*_remember(Entry(purchase.purchase_id, moved.seq, event, now)), *wanted]


def replay(entries: Iterable[Entry], rhythm: Rhythm = RHYTHM) -> Purchase:
    """The purchase that these entries (of one purchase, in order, from the first) tell of."""
    purchase: Purchase | None = None
    for entry in entries:
        if purchase is None:
            if not isinstance(entry.event, e.Begun) or entry.seq != 1:
                raise IllegalEvent(f"a purchase cannot start with {entry.event.kind} {entry.seq}")
            purchase, _ = begin(entry.purchase_id, entry.event, entry.at)
            continue
        if entry.seq != purchase.seq + 1 or entry.purchase_id != purchase.purchase_id:
            raise IllegalEvent(f"entry {entry.seq} after {purchase.seq}")
        purchase, _ = step(purchase, entry.event, entry.at, rhythm)
    if purchase is None:
        raise IllegalEvent("no entries")
    return purchase


def _remember(entry: Entry) -> list[do.Effect]:
    return [do.WriteJournal(entry), do.Replicate(entry)]


def _only_asks_again(before: Purchase, after: Purchase) -> bool:
    """Whether a parked purchase learnt nothing: it may be asked about for days, the journal must not grow."""
    if before.state is not after.state or before.state not in (State.PARKED, State.REVERSAL_PARKED):
        return False
    learnt_nothing = replace(
        after, asking=before.asking, polls=before.polls, not_found_at=before.not_found_at, last_at=before.last_at
    )
    return learnt_nothing == before


def _on_this_clock(purchase: Purchase, now: datetime) -> Purchase:
    """Remembered moments on the clock of ``now``: when it was set back, they are set back with it.

    Without this a kiosk whose clock ran a day ahead would wait a day for an expiry. A clock set forward only
    ends a waiting early, and no waiting alone decides anything about money.
    """
    ahead = (purchase.last_at or now) - now
    if ahead <= timedelta(0):
        return replace(purchase, last_at=now)
    return replace(
        purchase,
        last_at=now,
        sent_at=purchase.sent_at and purchase.sent_at - ahead,
        unknown_since=purchase.unknown_since and purchase.unknown_since - ahead,
        not_found_at=purchase.not_found_at and purchase.not_found_at - ahead,
        reversal_since=purchase.reversal_since and purchase.reversal_since - ahead,
    )
