"""Adapter: what kiosks ask. Each handler is small; what has to wait is waited for before anything is changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from billing.accounts import AccountCard
from billing.errors import BillingError, BillingRefused, BillingUnavailable
from billing.port import BillingSystem
from billing.suppliers import SUPPLIERS
from equeue import events as ev
from equeue.ticket_states import ENDED, TicketState
from office import visits as story
from signaling.protocol import commands as c
from signaling.protocol.errors import ErrorCode, ProtocolError
from signaling.protocol.events import JourneyChanged, TimelineChanged
from signaling.protocol.replies import AccountFound, Done, PurchaseRecorded, ReadingAnswer, TicketTaken
from signaling.server import billing_desk, views
from signaling.server import call_session as calls
from signaling.server.asked import Asked
from signaling.server.event_log import Put, Update
from signaling.server.front_office import FrontOffice, TicketFacts, Visit
from signaling.server.matters import matter_of
from signaling.server.numbers import give_up

_Value = TypeVar("_Value")
_VISITS_MOST = 4  # of one kiosk, at the same time
_TICKETS_MOST = 10  # of one visit, not over; a person has a handful of matters


async def visit_begin(asked: Asked, command: c.VisitBegin) -> Done:
    """A visit begins; begun twice it goes on."""
    known = asked.front.visits.get(command.visit_id)
    if known is not None:
        asked.front.visit_of(asked.client.identity, command.visit_id)
        return Done()
    asked.services.doors.occupied(asked.change, asked.client.identity)
    running = [one for one in asked.front.visits.values() if one.kiosk_id == asked.client.identity]
    if len(running) >= _VISITS_MOST:  # one at a time, and a few whose end is still on its way
        oldest = min(running, key=lambda one: one.begun_at)
        await visit_end(asked, c.VisitEnd(visit_id=oldest.id, outcome="crashed"))
    change = asked.change
    visit = Visit(command.visit_id, asked.client.identity, command.language, change.at)
    asked.front.visits[visit.id] = visit
    change.log("visit.began", visit=visit.id, kiosk=visit.kiosk_id)
    row = {"id": visit.id, "kiosk_id": visit.kiosk_id, "language": visit.language, "begun_at": change.at}
    change.writes.append(Put("visits", {**row, "ended_at": None, "outcome": None, "person_id": None}))
    return Done()


async def visit_end(asked: Asked, command: c.VisitEnd) -> Done:
    """The visit is over: its place in the line and its conversation too, and nothing personal stays in memory."""
    if command.visit_id not in asked.front.visits:
        return Done()
    visit = asked.front.visit_of(asked.client.identity, command.visit_id)
    change, services = asked.change, asked.services
    for facts in [one for one in asked.front.tickets.values() if one.visit_id == visit.id]:
        ticket = asked.front.queued(facts.id)
        if ticket is not None:
            give_up(services.queue, change, ticket, "visit_ended")
    for talk in [one for one in asked.front.live_talks.values() if one.visit_id == visit.id]:
        services.talks.step(change, talk, calls.VisitOver())
    del asked.front.visits[visit.id]
    services.doors.visit_over(change, visit)
    change.log("visit.ended", visit=visit.id, outcome=command.outcome)
    values = {"ended_at": change.at, "outcome": command.outcome, "person_id": visit.person_id}
    change.writes.append(Update("visits", {"id": visit.id}, values))
    return Done()


async def journey_report(asked: Asked, command: c.JourneyReport) -> Done:
    """Keep what the kiosk shows, and show it to the operator it concerns."""
    view = command.view
    visit = asked.front.visit_of(asked.client.identity, view.visit_id)
    if visit.view is not None and view.number <= visit.view.number:
        return Done()
    change = asked.change
    visit.view = view
    lines_before = len(visit.story.lines)
    visit.story = story.follow(visit.story, change.at, view.model_dump(mode="json"))
    if view.account is not None:
        visit.account = view.account.account
        if view.account.supplier in SUPPLIERS:  # it goes into the log with a ticket: none but those we know
            visit.supplier = view.account.supplier
    new_lines = len(visit.story.lines) > lines_before
    talk = asked.front.talk_with(asked.client.identity)
    if talk is not None and talk.visit_id == visit.id:
        change.tell(talk.operator_id, JourneyChanged(session_id=talk.id, view=view))
        if new_lines:
            change.tell(talk.operator_id, TimelineChanged(session_id=talk.id, lines=visit.lines))
        return Done()
    for facts in asked.front.tickets.values():
        ticket = asked.front.queued(facts.id) if facts.visit_id == visit.id else None
        if ticket is not None and ticket.state is TicketState.OFFERED and ticket.operator_id:
            shown = views.before_the_call(view)
            change.tell(ticket.operator_id, JourneyChanged(session_id=ticket.id, view=shown))
    return Done()


async def account_find(asked: Asked, command: c.AccountFind) -> AccountFound:
    """Look the account up; the visit remembers whose it is."""
    visit = asked.front.visit_of(asked.client.identity, command.visit_id)
    if (command.number is None) == (command.card_uid is None):
        raise ProtocolError(ErrorCode.MALFORMED, "either number or card_uid")
    number, uid = command.number, command.card_uid

    def look(billing: BillingSystem) -> AccountCard | None:
        return billing.find_account(number) if number is not None else billing.account_by_card(uid or "")

    card = await ask_billing(asked, look)
    if card is None:
        raise ProtocolError(ErrorCode.ACCOUNT_UNKNOWN)
    visit.account, visit.supplier = card.number, card.supplier
    reference = asked.services.reference(card.number)
    asked.change.log("visit.identified", visit=visit.id, account_ref=reference, by="card" if uid else "number")
    home = await _home(asked, card)
    return AccountFound(account=billing_desk.account_view(card, asked.change.at, home, asked.services.terms))


async def _home(asked: Asked, card: AccountCard) -> tuple[AccountCard, ...]:
    """The person's accounts at this address; only the one in view when nobody can say."""
    try:
        return await ask_billing(asked, lambda billing: billing.accounts_of_home(card.number))
    except ProtocolError:
        return (card,)


async def reading_submit(asked: Asked, command: c.ReadingSubmit) -> ReadingAnswer:
    """Hand a reading to the billing system; a kept one may come when its visit is long over."""
    wanted = billing_desk.submission(command, asked.client.identity, asked.services.clock.now())
    answer = await ask_billing(asked, lambda billing: billing.submit_reading(wanted))
    told = billing_desk.reading_answer(answer)
    if told.outcome == "accepted":
        reference = asked.services.reference(command.account)
        asked.change.log("reading.accepted", visit=command.visit_id, account_ref=reference)
    return told


async def purchase_record(asked: Asked, command: c.PurchaseRecord) -> PurchaseRecorded:
    """Keep entries of the kiosk's payment journal."""
    return await asked.services.purchases.record(asked, command)


async def ticket_take(asked: Asked, command: c.TicketTake) -> TicketTaken:
    """Join the line; taken twice it is the same place."""
    front, services = asked.front, asked.services
    if command.ticket_id in front.tickets:
        front.ticket_of(asked.client.identity, command.ticket_id)
    else:
        front.visit_of(asked.client.identity, command.visit_id)
        matter = await matter_of(services, command.service, command.account)
        visit = front.visit_of(asked.client.identity, command.visit_id)  # it may have ended meanwhile
        if _open_tickets(front, visit) >= _TICKETS_MOST:
            raise ProtocolError(ErrorCode.ILLEGAL_MOVE, "too many places in the line for one visit")
        change = asked.change
        if command.ticket_id in front.tickets:
            raise ProtocolError(ErrorCode.ILLEGAL_MOVE, "the same ticket is being taken")
        matter.write(change)
        visit.person_id = matter.person_id
        _join(asked, command, visit, matter.case_id)
    ticket = front.queue.ticket(command.ticket_id)
    return TicketTaken(ticket=views.ticket_view(front, ticket, services.clock.now()))


def _open_tickets(front: FrontOffice, visit: Visit) -> int:
    tickets = [front.queued(one.id) for one in front.tickets.values() if one.visit_id == visit.id]
    return sum(1 for ticket in tickets if ticket is not None and ticket.state not in ENDED)


def _join(asked: Asked, command: c.TicketTake, visit: Visit, case_id: str) -> None:
    change, front = asked.change, asked.front
    facts = TicketFacts(
        command.ticket_id, visit.id, asked.client.identity, command.service, command.language, change.at, case_id
    )
    row = facts.row(special_need=command.special_need)
    writes_before = len(change.writes)
    front.tickets[facts.id] = facts
    try:
        asked.services.queue.feed(
            change,
            ev.TicketTaken(
                ticket_id=facts.id,
                service=facts.service,
                priority="special_need" if command.special_need else "walk_in",
                language=facts.language,
                centre=asked.kiosk.place,
                kiosk_id=facts.kiosk_id,
                case_id=case_id,
                supplier=visit.supplier,
            ),
        )
    except Exception:
        del front.tickets[facts.id]
        raise
    change.writes.insert(writes_before, Put("tickets", row))
    visit.story = story.talk_chosen(visit.story, change.at, facts.service, facts.number)


async def ticket_leave(asked: Asked, command: c.TicketLeave) -> Done:
    """Leave the line; a ticket that is over stays over."""
    facts = asked.front.ticket_of(asked.client.identity, command.ticket_id)
    ticket = asked.front.queue.ticket(facts.id)
    if views.in_line(ticket):
        asked.services.queue.feed(asked.change, ev.TicketLeft(facts.id, command.reason))
    elif ticket.state is TicketState.CONNECTED:
        raise ProtocolError(ErrorCode.ILLEGAL_MOVE, "in a conversation: end the session")
    return Done()


async def rating_give(asked: Asked, command: c.RatingGive) -> Done:
    """The stars, once."""
    talk = asked.front.talk_of(asked.client.identity, command.session_id)
    if talk.stars is not None:
        return Done()
    change = asked.change
    talk.stars = command.stars
    asked.front.clerks[talk.operator_id].figures.of(change.at.date()).ratings.append(command.stars)
    change.log("session.rated", session=talk.id, stars=command.stars)
    change.writes.append(Update("sessions", {"id": talk.id}, {"stars": command.stars}))
    return Done()


async def health_report(asked: Asked, command: c.HealthReport) -> Done:
    """How the kiosk is: kept in memory, for the network's manager and the metrics."""
    asked.kiosk.health = command
    return Done()


async def terminal_day_closed(asked: Asked, command: c.TerminalDayClosed) -> Done:
    """What the terminal counted, for the reconciliation; the same closing told again is the same row."""
    values = {
        "kiosk_id": asked.client.identity,
        "closed_at": command.closed_at,
        "totals": [total.model_dump(mode="json") for total in command.totals],
    }
    asked.change.writes.append(
        Put("terminal_days", {"poi_id": command.poi_id, "reconciliation_id": command.reconciliation_id, **values})
    )
    asked.change.log("terminal.day_closed", kiosk=asked.client.identity)
    return Done()


async def ask_billing(asked: Asked, question: Callable[[BillingSystem], _Value]) -> _Value:
    """An answer of the billing system; raises BILLING_UNAVAILABLE or BILLING_REFUSED."""
    billing = asked.services.billing
    if billing is None:
        raise ProtocolError(ErrorCode.BILLING_UNAVAILABLE, "no billing system is configured")
    try:
        return await asked.services.outside.ask(question, billing)
    except (BillingUnavailable, TimeoutError) as error:
        raise ProtocolError(ErrorCode.BILLING_UNAVAILABLE) from error
    except BillingRefused as error:
        code = ErrorCode.ACCOUNT_UNKNOWN if error.code == "billing.account_unknown" else ErrorCode.BILLING_REFUSED
        raise ProtocolError(code, error.code) from error
    except BillingError as error:
        raise ProtocolError(ErrorCode.BILLING_REFUSED, error.code) from error
