"""The line as desks are told of it: differences lead to the same line; however long it is, what is told stays small."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equeue import events as ev
from ground.ids import new_id
from signaling.protocol import queueing as q
from signaling.protocol.errors import ErrorCode
from signaling.protocol.frames import MAX_FRAME
from signaling.protocol.values import LineRow, TicketState
from signaling.protocol.waiting_line import (
    LINE_SHOWN,
    LineChanged,
    LineCounts,
    LineFind,
    difference,
    line_after,
    whole_line,
)
from signaling.server import queue_view
from signaling.server.database import open_database
from signaling.server.event_log import Change, Put
from signaling.server.front_office import FrontOffice, TicketFacts
from signaling.server.queue_runner import QueueRunner, new_dispatcher
from signaling.server.sql_event_log import SqlEventLog
from tests.signaling import visit as v
from tests.signaling.client import Refused, ServerProcess

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SERVICES = ("payment", "other", "contract", "readings")


def row(ticket: int, *, offered: bool = False) -> LineRow:
    state = TicketState.OFFERED if offered else TicketState.WAITING
    return LineRow(
        ticket_id=f"t{ticket}", number=f"B-{ticket}", service="payment", topic="", place="", taken_at=AT, state=state
    )


lines = st.lists(st.integers(0, 12), unique=True).flatmap(
    lambda ids: st.sets(st.sampled_from(ids or [0])).map(
        lambda offered: tuple(row(one, offered=one in offered) for one in ids)
    )
)


@given(lines, lines)
def test_a_difference_leads_from_one_line_to_the_other(before: tuple[LineRow, ...], after: tuple[LineRow, ...]) -> None:
    counts = LineCounts(total=len(after))
    told = LineChanged.model_validate_json(difference(before, after, counts).model_dump_json())
    assert line_after(before, told) == after
    assert line_after(before, whole_line(after, counts)) == after


def test_one_who_goes_and_one_who_comes_is_all_that_is_told() -> None:
    before, after = [row(one) for one in range(100)], [row(one) for one in range(1, 101)]
    told = difference(before, after, LineCounts(total=100))
    assert (told.gone, [one.place for one in told.put]) == (("t0",), [99])
    moved = difference(before, [before[50], *before[:50], *before[51:]], LineCounts(total=100))
    assert (moved.gone, [one.place for one in moved.put]) == (("t50",), [0])


# The server.


def many_wait(folder: Path, how_many: int) -> list[str]:
    """So many asked on the site to be called, while the server was away; their numbers."""
    engine = open_database(f"sqlite:///{folder / 'infomat.db'}")
    log, front, now = SqlEventLog(engine), FrontOffice(new_dispatcher()), datetime.now(UTC)
    runner = QueueRunner(front, lambda *_: None, lambda *_: None)
    batch = []
    for place in range(how_many):
        change, ticket = Change(now + timedelta(milliseconds=place)), new_id()
        facts = TicketFacts(ticket, "", "", SERVICES[place % 4], "ru", change.at, f"c{place}")
        front.tickets[ticket] = facts
        change.writes.append(Put("tickets", facts.row(special_need=False)))
        told = {"priority": "walk_in", "language": "ru", "centre": "Riga", "case_id": facts.case_id}
        runner.feed(change, ev.CallBackAsked(ticket_id=ticket, service=facts.service, not_before=None, **told))
        batch.append(change)
    log.append(batch)
    engine.dispose()
    return [front.tickets[one.id].number for one in front.queue.waiting()]


async def test_a_desk_bears_a_long_line_and_finds_the_last_of_it(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path / "data")
    async with server:
        operator, kiosk = await server.staff(), await server.kiosk()
        await operator.leave()
        await kiosk.leave()
    numbers = await asyncio.to_thread(many_wait, tmp_path / "data", 600)
    async with server:
        await operator.again()
        await kiosk.again()
        snapshot = operator.snapshot
        assert len(snapshot.model_dump_json()) < MAX_FRAME
        assert [one.number for one in snapshot.line] == numbers[:LINE_SHOWN]
        assert (snapshot.counts.total, snapshot.counts.services["payment"]) == (600, 150)
        await operator.ask(q.ChannelsSet(channels=("phone",)))
        await v.available(operator)
        offer = (await operator.event("offer.made")).offer
        assert offer.number == numbers[0]
        told = await operator.event("line.changed", lambda one: one.put)
        assert len(told.model_dump_json()) < 2000
        line = line_after(snapshot.line, told)
        assert (line[0].state, [one.number for one in line]) == ("offered", numbers[:LINE_SHOWN])
        (found,) = (await operator.ask(LineFind(number=numbers[-1].lower()))).rows
        assert (found.place, found.row.number) == (599, numbers[-1])
        with pytest.raises(Refused) as refused:
            await operator.ask(LineFind(number="Z-1"))
        assert refused.value.code is ErrorCode.TICKET_UNKNOWN
        await kiosk.leave()
        await operator.leave()


async def test_a_desk_that_was_away_for_a_moment_gets_the_line_whole_and_goes_on_from_it(tmp_path: Path) -> None:
    async with ServerProcess(tmp_path / "data") as server:
        operator, kiosk = await server.staff(), await server.kiosk()
        await operator.leave()
        ticket = await v.take(kiosk, await v.begin(kiosk))
        await operator.again()
        whole = await operator.event("line.changed", lambda one: one.whole)
        line = line_after((), whole)
        if not line:  # it came back before the others were told
            line = line_after(line, await operator.event("line.changed", lambda one: one.put))
        assert [one.number for one in line] == [ticket.number]
        await kiosk.leave()
        await operator.leave()


def test_a_supervisor_sees_whom_nobody_who_signed_in_could_take() -> None:
    front = FrontOffice(new_dispatcher())
    front.queue.step(ev.CallBackAsked("t1", "other", "walk_in", "ru", "north", None), AT)
    front.queue.step(ev.OperatorSignedIn("olga"), AT)

    def _nobody() -> bool:
        (found,) = queue_view.found(front, [front.queue.ticket("t1")], AT)
        return found.row.nobody

    assert _nobody()
    front.queue.step(ev.ChannelsChosen("olga", ("video", "phone")), AT)
    assert not _nobody()
