"""Rules: what clients are shown, made from what the server knows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

from equeue.operator_states import OperatorState
from equeue.ticket import PHONE, Ticket
from equeue.ticket_states import ENDED
from equeue.ticket_states import TicketState as QueueTicketState
from signaling.protocol.events import (
    DeskSnapshot,
    FloorChanged,
    KioskSnapshot,
    LineTold,
    OfferMade,
    PurchaseClarified,
    PurchaseFiscalised,
    PurchasePosted,
    PurchaseRefund,
)
from signaling.protocol.journey import JourneyView
from signaling.protocol.queueing import DoorTold
from signaling.protocol.values import (
    Channel,
    FloorRow,
    Message,
    OfferView,
    OperatorStatus,
    OperatorView,
    Peer,
    SessionView,
    TicketState,
    TicketView,
    WaitBand,
)
from signaling.server import queue_view
from signaling.server.call_session import End
from signaling.server.front_office import Clerk, FrontOffice, Talk, Visit

#: Each state of the queue has its word here (a test counts them). What a customer need not tell apart from waiting is
#: waiting: a client of this version could not read an event with a word that it does not know.
_TICKET = {
    QueueTicketState.NEW: TicketState.WAITING,
    QueueTicketState.BOOKED: TicketState.WAITING,
    QueueTicketState.CHECKED_IN: TicketState.WAITING,
    QueueTicketState.WAITING: TicketState.WAITING,
    QueueTicketState.OFFERED: TicketState.OFFERED,
    QueueTicketState.CONNECTED: TicketState.CONNECTED,
    QueueTicketState.HOLD: TicketState.CONNECTED,
    QueueTicketState.PARKED: TicketState.PARKED,
    QueueTicketState.CALLBACK: TicketState.WAITING,
    QueueTicketState.AT_DOOR: TicketState.WAITING,
    QueueTicketState.CALLED_IN: TicketState.WAITING,
    QueueTicketState.MERGED: TicketState.WAITING,
    QueueTicketState.RECALLABLE: TicketState.WAITING,
    QueueTicketState.WRAPPING: TicketState.WRAPPING,
    QueueTicketState.CLOSED: TicketState.CLOSED,
    QueueTicketState.ABANDONED: TicketState.ABANDONED,
    QueueTicketState.NO_SHOW: TicketState.ABANDONED,
}
_OPERATOR = {
    OperatorState.OFFLINE: OperatorStatus.OFFLINE,
    OperatorState.AVAILABLE: OperatorStatus.AVAILABLE,
    OperatorState.OFFERED: OperatorStatus.OFFERED,
    OperatorState.BUSY: OperatorStatus.BUSY,
    OperatorState.HOLD: OperatorStatus.BUSY,
    OperatorState.SHARING: OperatorStatus.BUSY,
    OperatorState.WRAPUP: OperatorStatus.WRAP_UP,
    OperatorState.BREAK: OperatorStatus.BREAK,
    OperatorState.NOT_RESPONDING: OperatorStatus.NOT_RESPONDING,
    OperatorState.GRACE: OperatorStatus.GRACE,
    OperatorState.MONITORING: OperatorStatus.BUSY,
}
_IN_LINE = (
    QueueTicketState.CHECKED_IN,
    QueueTicketState.WAITING,
    QueueTicketState.OFFERED,
    QueueTicketState.PARKED,
    QueueTicketState.MERGED,
    QueueTicketState.RECALLABLE,
)

_EXPECTED_BACK = (QueueTicketState.PARKED, QueueTicketState.RECALLABLE, QueueTicketState.CHECKED_IN)
_KEPT_UNTIL = (QueueTicketState.PARKED, QueueTicketState.RECALLABLE, QueueTicketState.CALLED_IN)


def ticket_view(front: FrontOffice, ticket: Ticket, now: datetime) -> TicketView:
    """The ticket as its owner sees it."""
    band = front.queue.wait_band(ticket.id, now)
    facts = front.tickets.get(ticket.id)
    return TicketView(
        ticket_id=ticket.id,
        number=ticket.number,
        state=_TICKET[ticket.state],
        ahead=front.queue.ahead_of(ticket.id, now),
        operators=front.queue.operators_on_duty(),
        wait=None if band is None else WaitBand(p50=round(band[0]), p90=round(band[1])),
        proof="" if facts is None else facts.proof,
        code=front.codes.of_ticket(ticket.id),
        stage=ticket.state.value,
        until=ticket.deadline if ticket.state in _KEPT_UNTIL else None,
        slot=ticket.slot,
    )


def operator_view(front: FrontOffice, clerk: Clerk, now: datetime) -> OperatorView:
    """The operator's own state with today's figures."""
    at_work = front.at_work(clerk.id)
    figures = clerk.figures.of(now.date())
    ratings = figures.ratings
    return OperatorView(
        operator_id=clerk.id,
        name=clerk.name,
        role=clerk.role,
        status=OperatorStatus.OFFLINE if at_work is None else _OPERATOR[at_work.state],
        reason=None if at_work is None else at_work.reason,
        since=now if at_work is None or at_work.since is None else at_work.since,
        deadline=None if at_work is None else at_work.deadline,
        next_status=OperatorStatus(at_work.next_status) if at_work and at_work.next_status else None,
        next_reason=at_work.next_reason if at_work else None,
        served_today=figures.served,
        mean_talk_s=round(figures.talk_seconds / figures.served) if figures.served else 0,
        mean_rating=round(sum(ratings) / len(ratings), 2) if ratings else None,
        channels=("video",) if at_work is None else cast(tuple[Channel, ...], at_work.channels),
        shared=0 if at_work is None else len(at_work.shared),
        on_hold=at_work is not None and at_work.state is OperatorState.HOLD,
    )


def session_view(front: FrontOffice, talk: Talk, end: End, now: datetime) -> SessionView:
    """The conversation as ``end`` sees it; the kiosk makes the offer. ``now``: relays are lent from then on."""
    kiosk, clerk = front.kiosks.get(talk.kiosk_id), front.clerks[talk.operator_id]
    if end is End.KIOSK:
        peer = Peer(role="operator", name=clerk.name, public_key=clerk.public_key)
    else:
        peer = Peer(role="kiosk", name=kiosk.name if kiosk else "", public_key=kiosk.public_key if kiosk else "")
    return SessionView(
        session_id=talk.id,
        ticket_id=talk.ticket_id,
        ticket_number=talk.number,
        visit_id=talk.visit_id or None,
        you=end.value,
        offerer=end is End.KIOSK,
        peer=peer,
        place=_place(front, talk),
        started_at=talk.started_at,
        channel=cast(Channel, talk.channel),
        ice_servers=front.relays.given_to(talk.identity_of(end), now),
        codecs=front.codecs,
        page=talk.page,
    )


def _place(front: FrontOffice, talk: Talk) -> str:
    kiosk, ticket = front.kiosks.get(talk.kiosk_id), front.queued(talk.ticket_id)
    return kiosk.place if kiosk is not None else "" if ticket is None else ticket.centre


def offer_view(front: FrontOffice, ticket: Ticket, now: datetime) -> OfferView:
    """A ticket as the operator it is offered to sees it."""
    facts = front.tickets[ticket.id]
    assert ticket.deadline is not None
    return OfferView(
        ticket_id=ticket.id,
        number=ticket.number,
        service=ticket.service,
        topic=ticket.service,
        language=facts.language,
        place=ticket.centre,
        waited_s=max(0, int((now - ticket.arrived).total_seconds())),
        deadline=ticket.deadline,
        channel=cast(Channel, ticket.channel),
        tries=ticket.tries,
    )


def before_the_call(view: JourneyView) -> JourneyView:
    """What an operator sees with an offer: the step, and nothing by which the person could be found."""
    account = view.account
    if account is not None:
        account = account.model_copy(update={"account": account.account_masked, "bills": ()})
    return view.model_copy(update={"typed_account": "", "account": account, "proposal": None})


def line_told(front: FrontOffice, now: datetime) -> LineTold:
    """How long the line is, for kiosks; the wait is that of the last in line, who came latest."""
    waiting = front.queue.waiting(now)
    band = front.queue.wait_band(waiting[-1].id, now) if waiting else None
    on_duty = front.queue.operators_on_duty()
    wait = WaitBand(p50=round(band[0]), p90=round(band[1])) if band else None
    if not waiting and on_duty:
        wait = WaitBand(p50=0, p90=0) if any(_is_available(front, one) for one in front.clerks) else None
    return LineTold(waiting=len(waiting), operators=on_duty, wait=wait)


def _is_available(front: FrontOffice, operator_id: str) -> bool:
    at_work = front.at_work(operator_id)
    return at_work is not None and at_work.state is OperatorState.AVAILABLE


def stands_here(ticket: Ticket) -> bool:
    """Whether the place ends with the visit: not of somebody who is expected back with the number, or called."""
    return in_line(ticket) and ticket.state not in _EXPECTED_BACK and ticket.channel != PHONE


def floor_changed(front: FrontOffice, now: datetime) -> FloorChanged:
    """Live sessions and everybody at work."""
    rows = tuple(
        FloorRow(
            session_id=talk.id,
            ticket_number=talk.number,
            place=_place(front, talk),
            operator_id=talk.operator_id,
            operator_name=front.clerks[talk.operator_id].name,
            service=talk.service,
            started_at=talk.started_at,
            media=talk.call.state.value,
        )
        for talk in front.live_talks.values()
    )
    at_work = [
        operator_view(front, clerk, now)
        for clerk in front.clerks.values()
        if (one := front.at_work(clerk.id)) is not None and one.state is not OperatorState.OFFLINE
    ]
    return FloorChanged(
        sessions=rows,
        operators=tuple(at_work),
        queue=queue_view.rows(front, now),
        centres=queue_view.centre_rows(front, now),
        settings=front.settings_version,
    )


def kiosk_snapshot(
    front: FrontOffice, kiosk_id: str, now: datetime, told: tuple[Message, ...] = (), door: DoorTold | None = None
) -> KioskSnapshot:
    """Everything a kiosk needs after a gap."""
    tickets = [
        ticket_view(front, ticket, now)
        for facts in front.tickets.values()
        if facts.kiosk_id == kiosk_id
        and facts.visit_id in front.visits
        and (ticket := front.queued(facts.id)) is not None
        and ticket.state not in ENDED
    ]
    talk = front.talk_with(kiosk_id)
    return KioskSnapshot(
        tickets=tuple(tickets),
        session=None if talk is None else session_view(front, talk, End.KIOSK, now),
        line=line_told(front, now),
        door=door,
        posted=tuple(one for one in told if isinstance(one, PurchasePosted)),
        refunds=tuple(one for one in told if isinstance(one, PurchaseRefund)),
        clarified=tuple(one for one in told if isinstance(one, PurchaseClarified)),
        fiscalised=tuple(one for one in told if isinstance(one, PurchaseFiscalised)),
    )


def desk_snapshot(front: FrontOffice, clerk: Clerk, now: datetime, *, sees_floor: bool) -> DeskSnapshot:
    """Everything a console needs after a gap, but the line, of which the bulletin knows what was told to the others."""
    at_work = front.at_work(clerk.id)
    ticket = front.queued(at_work.ticket_id) if at_work and at_work.ticket_id else None
    offered = ticket is not None and ticket.state is QueueTicketState.OFFERED
    talk = front.talk_with(clerk.id)
    shown = talk or front.written_up(clerk.id) or (front.last_talk_with(clerk.id, ticket.id) if ticket else None)
    visit = visit_of_ticket(front, ticket.id) if ticket else None
    journey = visit.view if visit else None
    if journey is not None and offered:
        journey = before_the_call(journey)
    return DeskSnapshot(
        operator=operator_view(front, clerk, now),
        offer=offer_view(front, ticket, now) if ticket is not None and offered else None,
        session=None if shown is None else session_view(front, shown, End.OPERATOR, now),
        journey=journey,
        timeline=visit.lines if visit else (),
        note=shown.note if shown else "",
        floor=floor_changed(front, now) if sees_floor else None,
    )


def visit_of_ticket(front: FrontOffice, ticket_id: str) -> Visit | None:
    """The running visit a ticket belongs to."""
    facts = front.tickets.get(ticket_id)
    return front.visits.get(facts.visit_id) if facts else None


def in_line(ticket: Ticket) -> bool:
    """Whether the customer still waits for somebody, and may leave; one booked for later need not be here to wait."""
    return ticket.state in _IN_LINE


def offer_made(front: FrontOffice, ticket: Ticket, now: datetime) -> OfferMade:
    """The offer as an event."""
    return OfferMade(offer=offer_view(front, ticket, now))


def iso(moment: datetime) -> str:
    """A moment as clients read it."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")
