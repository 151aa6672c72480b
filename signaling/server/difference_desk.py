"""Adapter: differences of reconciliations at the desks: who has taken which, and what they wrote when it was done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Engine

from ground.logs import get_logger
from office.people import Role as StaffRole
from office.rights import Action, require
from payment import differences as df
from payment.differences import Difference, DifferenceState
from payment.errors import IllegalDifferenceMove
from signaling.protocol import purchasing as p
from signaling.protocol.errors import ErrorCode, ProtocolError
from signaling.server import difference_tasks as tasks
from signaling.server.asked import Asked
from signaling.server.billing_desk import sum_of
from signaling.server.database import reading
from signaling.server.refund_desk import reference_of, tell_tasks_changed

log = get_logger()

_LOOK_S = 2.0
_RESOLVED_SHOWN = timedelta(days=7)


class Differences:
    """What is in the table, and what this server has changed of it since: that may not be written yet."""

    def __init__(self, engine: Engine) -> None:
        self._engine = reading(engine)
        self._changed: dict[str, tasks.Kept] = {}

    async def every(self, now: datetime) -> list[Difference]:
        """Those that wait, oldest first, then the newest of those resolved within a week."""
        found = [self._newest(one) for one in await asyncio.to_thread(self._read, now - _RESOLVED_SHOWN)]
        return sorted((one for one, _ in found), key=lambda one: one.state is DifferenceState.RESOLVED)

    async def one(self, difference_id: str) -> tasks.Kept:
        """One, and when it last changed; raises PURCHASE_UNKNOWN."""
        found = await asyncio.to_thread(self._read_one, difference_id)
        if found is None:
            raise ProtocolError(ErrorCode.PURCHASE_UNKNOWN)
        return self._newest(found)

    def keep(self, one: Difference, at: datetime) -> None:
        """It is this now."""
        self._changed[one.id] = one, at

    def _newest(self, read: tasks.Kept) -> tasks.Kept:
        """Ours may be on its way to the disk; what somebody beside us has resolved stays so."""
        one, at = read
        kept = self._changed.get(one.id, read)
        if at < kept[1] and one.state is not DifferenceState.RESOLVED:
            return kept
        self._changed.pop(one.id, None)
        return read

    def _read(self, resolved_since: datetime) -> list[tasks.Kept]:
        with self._engine.connect() as connection:
            return [*tasks.waiting(connection), *tasks.resolved(connection, resolved_since)]

    def _read_one(self, difference_id: str) -> tasks.Kept | None:
        with self._engine.connect() as connection:
            return tasks.by_id(connection, difference_id)

    def mark(self) -> tuple[int, object]:
        """Another value whenever the table has changed."""
        with self._engine.connect() as connection:
            return tasks.mark(connection)

    async def watch(self, changed: Callable[[], None]) -> None:
        """For ever: say when somebody, a reconciliation beside us above all, has changed the table."""
        seen: tuple[int, object] | None = None
        while True:
            try:
                now = await asyncio.to_thread(self.mark)
            except Exception as error:  # the next look may see it
                log.warning("differences.not_read", error=error)
            else:
                if seen is not None and now != seen:
                    changed()
                seen = now
            await asyncio.sleep(_LOOK_S)


async def difference_tasks(asked: Asked, command: p.DifferenceTasks) -> p.DifferenceCards:
    """What waits for a person, and what was done lately."""
    require(StaffRole(asked.client.role.value), Action.SETTLE_PAYMENTS)
    found = await asked.services.differences.every(asked.services.clock.now())
    return p.DifferenceCards(cards=tuple(_card(asked, one) for one in found))


async def difference_settle(asked: Asked, command: p.DifferenceSettle) -> p.DifferenceCards:
    """Take it, take it over, let it go, or say how it was seen to."""
    require(StaffRole(asked.client.role.value), Action.SETTLE_PAYMENTS)
    note = command.note.strip()
    if command.how == "resolve" and len(note) < p.LEAST_NOTE:
        raise ProtocolError(ErrorCode.MALFORMED, "note")
    before, seen = await asked.services.differences.one(command.difference_id)
    by, at = asked.client.identity, asked.change.at
    events: dict[str, df.DifferenceEvent] = {
        "take": df.Take(by, at),
        "take_over": df.TakeOver(by, at),
        "let_go": df.LetGo(by),
        "resolve": df.Resolve(by, at, note),
    }
    try:
        after = df.step(before, events[command.how])
    except IllegalDifferenceMove as error:
        raise ProtocolError(ErrorCode.ILLEGAL_MOVE, str(error)) from error
    asked.services.differences.keep(after, at)
    tasks.write_move(asked.change, before, after, seen)
    asked.audit(f"difference.{command.how}", difference=after.id)
    tell_tasks_changed(asked.front, asked.change)
    return p.DifferenceCards(cards=(_card(asked, after),))


def _card(asked: Asked, one: Difference) -> p.DifferenceCard:
    me = asked.client.identity
    mine = one.taken_by == me
    acts: dict[DifferenceState, tuple[p.DifferenceAct, ...]] = {
        DifferenceState.OPEN: ("take",),
        DifferenceState.TAKEN: ("let_go", "resolve") if mine else ("take_over",),
        DifferenceState.RESOLVED: (),
    }
    return p.DifferenceCard(
        difference_id=one.id,
        found_at=one.found_at,
        what=one.what,
        advice=one.advice.value,
        day=one.day.isoformat(),
        kind=one.kind,
        purchase_id=one.purchase_id,
        reference=reference_of(one.purchase_id) if one.purchase_id else "",
        ours=sum_of(one.ours) if one.ours else None,
        bank=sum_of(one.bank) if one.bank else None,
        terminal=one.terminal,
        rrn=one.rrn,
        approval=one.approval,
        state=one.state.value,
        taken_by=_name(asked, one.taken_by),
        taken_at=one.taken_at,
        mine=mine,
        resolved_by=_name(asked, one.resolved_by),
        resolved_at=one.resolved_at,
        note=one.note,
        acts=acts[one.state],
    )


def _name(asked: Asked, who: str) -> str:
    """A name; of the command line, the user there."""
    clerk = asked.front.clerks.get(who)
    return clerk.name if clerk else who
