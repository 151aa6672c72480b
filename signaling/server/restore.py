"""Adapter: after a start the queue is rebuilt by stepping through the log, the rest from the tables.

The log is read from its beginning, or from a point at which the queue was kept whole (start_point.py).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from equeue.events import Event, SettingsChanged, from_json
from signaling.protocol.values import Role
from signaling.server.call_session import CallSession, Media, SessionState
from signaling.server.event_log import GENESIS, EventLog, StoredEntry
from signaling.server.front_office import (
    BookingFacts,
    CallBackFacts,
    Clerk,
    FrontOffice,
    Kiosk,
    Talk,
    TicketFacts,
    Visit,
)
from signaling.server.queue_log import KIND, TAKEN, logged_step, ticket_proof
from signaling.server.records import Records
from signaling.server.start_point import StartPoint
from signaling.server.talks import phone_call


def restore(
    front: FrontOffice,
    log: EventLog,
    records: Records,
    media_grace: timedelta,
    now: datetime,
    point: StartPoint | None = None,
) -> int:
    """Fill ``front``; the number of log entries read. Raises DamagedDatabase when the log's chain does not hold."""
    count, proofs = step_through(front, log, point)
    keys = dict(records.newest_keys())
    for row in records.kiosks():
        front.kiosks[row.id] = Kiosk(row.id, row.name, row.place, row.public_key, retired=row.retired_at is not None)
    for row in records.staff():
        languages, skills = tuple(row.languages), tuple(row.skills)
        clerk = Clerk(row.id, row.display_name, Role(row.role), keys.get(row.id, ""), skills, languages)
        front.clerks[row.id] = clerk
    for row in records.running_visits(now):
        front.visits[row.id] = Visit(row.id, row.kiosk_id, row.language, row.begun_at, person_id=row.person_id)
    for row in records.recent_tickets(now):
        front.tickets[row.id] = TicketFacts(
            row.id, row.visit_id, row.kiosk_id, row.service, row.language, row.taken_at, row.case_id, row.number,
            proofs.get(row.id, ""),
        )  # fmt: skip
    for row in records.call_backs():
        front.call_backs[row.ticket_id] = CallBackFacts(
            row.ticket_id, row.source, row.request_id, row.phone, row.name, row.over_at
        )
    for row in records.bookings():
        number = front.codes.booking_number(row.ticket_id)
        front.bookings[row.ticket_id] = BookingFacts(row.ticket_id, row.source, row.request_id, number, row.over_at)
    for row in records.recent_sessions(now):
        talk = _talk(row, media_grace, now)
        front.talks[talk.id] = talk
        if talk.live:
            front.live_talks[talk.id] = talk
        _count(front.clerks[talk.operator_id], row, now)
    return count


def step_through(front: FrontOffice, log: EventLog, point: StartPoint | None) -> tuple[int, dict[str, str]]:
    """The queue after all of the log; how many entries were read, and the proofs of tickets, by their ids.

    Raises DamagedDatabase when the log's chain does not hold.
    """
    count, proofs, after = 0, dict[str, str](), (0, GENESIS)
    if point is not None:
        front.queue, front.settings_version = point.queue, point.settings_version
        front.chain.head, front.chain.number = point.head, point.steps
        proofs, after = dict(point.proofs), (point.number, point.hash)
    for entry in log.read_all(after):
        count += 1
        if entry.kind == KIND:
            event = _step_again(front, entry)
            if isinstance(event, TAKEN):
                proofs[event.ticket_id] = ticket_proof(front.chain.head)
    return count, proofs


def _step_again(front: FrontOffice, entry: StoredEntry) -> Event:
    """The queue and its proof are where they were after this entry."""
    logged = logged_step(entry.body)
    event = from_json(logged.event)
    effects = front.queue.step(event, entry.at)
    front.settings_version += isinstance(event, SettingsChanged)
    if logged.head is None:
        front.chain.add(event, entry.at, effects)
    else:
        front.chain.head, front.chain.number = logged.head, front.chain.number + 1
    return event


def _talk(row: Row[Any], grace: timedelta, now: datetime) -> Talk:
    """A conversation as it was; a live one is held for the grace until an end is linked again."""
    state = SessionState(row.state)
    media: Media = "connecting" if state is SessionState.OPENING else "live"
    live = state is not SessionState.ENDED
    call = (
        phone_call(grace, now)
        if live and not row.kiosk_id
        else CallSession(
            state=SessionState.RECONNECTING if state is SessionState.LIVE else state,
            kiosk_media=media,
            operator_media=media,
            linked=frozenset(),
            answered=live and state is not SessionState.OPENING,
            deadline=now + grace if live else None,
            grace=grace,
        )
    )
    return Talk(
        id=row.id,
        ticket_id=row.ticket_id,
        number=row.number,
        visit_id=row.visit_id,
        kiosk_id=row.kiosk_id,
        operator_id=row.operator_id,
        service=row.service,
        case_id=row.case_id,
        started_at=row.started_at,
        call=call,
        ended_at=row.ended_at,
        reason=row.reason,
        note=row.text or "",
        stars=row.stars,
        result=row.result,
        channel="video" if row.kiosk_id else "phone",
    )


def _count(clerk: Clerk, row: Row[Any], now: datetime) -> None:
    if row.ended_at is None or row.ended_at.date() != now.date():
        return
    figures = clerk.figures.of(now.date())
    figures.served += 1
    figures.talk_seconds += (row.ended_at - row.started_at).total_seconds()
    if row.stars is not None:
        figures.ratings.append(row.stars)
