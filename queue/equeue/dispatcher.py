"""Rules: the queue as one machine: an event and the time go in, effects come out.

It knows no clock, no chance, no network and no disk: the same events at the same times give the same effects,
to the last bit. So the server, the simulator, the verifier of logs and the tests all run this very class.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from equeue import (
    bookings,
    callbacks,
    door_rules,
    operator_rules,
    recalls,
    returns,
    room_rules,
    session_rules,
    ticket_rules,
)
from equeue import events as ev
from equeue.deadlines import Deadline, Kind
from equeue.doors import Door
from equeue.effects import Effect
from equeue.errors import QueueError
from equeue.floor import Floor, microseconds
from equeue.matching import match
from equeue.operator_states import OperatorState
from equeue.operators import Operator
from equeue.outlook import Outlook
from equeue.picture import picture
from equeue.settings import Settings
from equeue.ticket import Ticket
from equeue.ticket_states import TicketState
from equeue.waits import WaitBand

_ON_EVENT: dict[type, Callable[[Floor, Any], None]] = {
    ev.OperatorSignedIn: operator_rules.signed_in,
    ev.OperatorSignedOut: operator_rules.signed_out,
    ev.StatusChosen: operator_rules.status_chosen,
    ev.NextStatusChosen: operator_rules.next_status_chosen,
    ev.OperatorConnectionLost: operator_rules.connection_lost,
    ev.OperatorConnectionBack: operator_rules.connection_back,
    ev.MonitoringBegan: operator_rules.monitoring_began,
    ev.MonitoringEnded: operator_rules.monitoring_ended,
    ev.ChannelsChosen: operator_rules.channels_chosen,
    ev.TicketTaken: ticket_rules.taken,
    ev.TicketLeft: ticket_rules.left,
    ev.TicketParked: ticket_rules.parked,
    ev.TicketReturned: returns.returned,
    ev.TicketTransferred: ticket_rules.transferred,
    ev.TicketMovedAhead: ticket_rules.moved_ahead,
    ev.TicketBooked: bookings.booked,
    ev.BookingMoved: bookings.moved,
    ev.BookedCheckedIn: bookings.checked_in,
    ev.BookedWentAway: bookings.went_away,
    ev.CallBackAsked: callbacks.asked,
    ev.CallBackWished: callbacks.wished,
    ev.CallBackUnanswered: callbacks.unanswered,
    ev.DoorTicketTaken: door_rules.taken,
    ev.DoorEntered: door_rules.entered,
    ev.KioskOccupied: door_rules.kiosk_occupied,
    ev.KioskFreed: door_rules.kiosk_freed,
    ev.CustomerMissing: recalls.missing,
    ev.CentreFactorChanged: ticket_rules.centre_factor_changed,
    ev.SettingsChanged: ticket_rules.settings_changed,
    ev.OfferAccepted: recalls.accepted,
    ev.OfferRefused: session_rules.refused,
    ev.SessionHeld: session_rules.held,
    ev.SessionResumed: session_rules.resumed,
    ev.SessionEnded: session_rules.ended,
    ev.SessionBroken: session_rules.broken,
    ev.WrapUpFinished: session_rules.wrap_up_finished,
    ev.WrapUpExtended: session_rules.wrap_up_extended,
}

_ON_DEADLINE: dict[Kind, Callable[[Floor, Deadline], None]] = {
    Kind.OFFER: session_rules.missed,
    Kind.WRAPUP: session_rules.wrap_up_expired,
    Kind.GRACE: operator_rules.grace_over,
    Kind.EXCLUSION: ticket_rules.exclusion_over,
    Kind.PARK: ticket_rules.park_limit_passed,
    Kind.SLOT: bookings.slot_near,
    Kind.NO_SHOW: bookings.no_show,
    Kind.RECALL: recalls.recall_limit_passed,
    Kind.CALLBACK: callbacks.due,
    Kind.DOOR: door_rules.limit_passed,
    Kind.CALLED_IN: door_rules.did_not_appear,
    Kind.LOOK: door_rules.look_again,
    Kind.RELAX: ticket_rules.relaxed,
    Kind.PERSON: ticket_rules.person_waited_for,
    Kind.RESERVATION: ticket_rules.reservation_over,
    Kind.ROOM: room_rules.over,
    Kind.FORGET: ticket_rules.forgotten,
}


class Dispatcher:
    """Decides who is called by whom, and when."""

    def __init__(self, settings: Settings) -> None:
        self._floor = Floor(settings)
        self._outlook = Outlook(self._floor)

    def step(self, event: ev.Event, now: datetime) -> list[Effect]:
        """What follows from ``event`` at ``now`` (aware). A clock set back counts as standing still.

        Raises a QueueError, before anything has changed, for an event that is not possible now.
        """
        if now.tzinfo is None:
            raise ValueError("now must be an aware datetime")
        floor, before = self._floor, self._floor.now
        floor.now = max(before, now)
        try:
            if isinstance(event, ev.TimePassed):
                while (deadline := floor.deadlines.pop_due(floor.now)) is not None:
                    _ON_DEADLINE[deadline.kind](floor, deadline)
            else:
                _ON_EVENT[type(event)](floor, event)
        except QueueError:
            floor.now = before
            raise
        match(floor)
        door_rules.call_in(floor)
        floor.deadlines.next()  # whoever asks between two steps must not change what is told later
        effects, floor.effects = floor.effects, []
        return effects

    def next_deadline(self) -> datetime | None:
        """When to step with ``TimePassed()``, unless something else happens first; None: nothing is due."""
        return self._floor.deadlines.next()

    # Queries for views. Records returned must not be changed.

    def ticket(self, ticket_id: str) -> Ticket:
        """The ticket; raises UnknownTicket."""
        return self._floor.ticket(ticket_id)

    def knows(self, ticket_id: str) -> bool:
        """Whether the ticket was taken, and is not forgotten."""
        return ticket_id in self._floor.tickets

    def operator(self, operator_id: str) -> Operator:
        """The operator; raises UnknownOperator."""
        return self._floor.operator(operator_id)

    def operators(self) -> list[Operator]:
        """Everybody who ever signed in, by id."""
        return [self._floor.operators[key] for key in sorted(self._floor.operators)]

    def operators_on_duty(self) -> int:
        """How many work at the line: available, offered, in a session or writing up."""
        return sum(1 for one in self._floor.operators.values() if one.on_duty)

    def waiting(self, now: datetime | None = None) -> list[Ticket]:
        """Everybody in the line, first called first, as of ``now`` (else of the last event)."""
        moment = max(self._floor.now, now or self._floor.now)
        return [self._floor.tickets[one] for one in self._floor.line.in_order(microseconds(moment))]

    def ahead_of(self, ticket_id: str, now: datetime | None = None) -> int:
        """How many who compete for the same operators will be called before; 0 if not in the line."""
        return self._outlook.ahead(self._floor.ticket(ticket_id), now or self._floor.now)

    def wait_band(self, ticket_id: str, now: datetime | None = None) -> WaitBand | None:
        """(p50_seconds, p90_seconds) still to wait; None while nobody at work can serve the ticket."""
        return self._outlook.band(self._floor.ticket(ticket_id), now or self._floor.now)

    def wait_rise_reason(self, ticket_id: str) -> str | None:
        """Why the band last told to this customer grew: fewer_operators, more_urgent_ahead, longer_talks,
        nobody_at_work, offer_ended."""
        return self._outlook.rise_reason(ticket_id)

    def standing_for(self, ticket_id: str) -> Ticket:
        """The ticket that stands for this one in the line: itself, unless it merged; raises UnknownTicket."""
        return self._outlook.standing_for(self._floor.ticket(ticket_id))

    def unserved(self, tickets: Iterable[Ticket]) -> frozenset[str]:
        """Ids of those who wait though nobody who has signed in, at work or on a break, could ever take them."""
        there = [one for one in self._floor.operators.values() if one.state is not OperatorState.OFFLINE]
        waiting = [one for one in tickets if one.state is TicketState.WAITING]
        served = {need: any(one.serves(need) for one in there) for need in {one.need for one in waiting}}
        return frozenset(one.id for one in waiting if not served[one.need])

    def door(self, kiosk_id: str) -> Door:
        """Whether the kiosk is taken, who is outside and who is asked in."""
        return self._floor.doors.by_kiosk.get(kiosk_id) or Door()

    def outside(self, kiosk_id: str, now: datetime) -> list[Ticket]:
        """Those outside the kiosk who are not asked in yet, who would be first before the others."""
        return door_rules.in_turn(self._floor, self.door(kiosk_id), microseconds(now))

    @property
    def usual_session_s(self) -> float:
        """How long an operator is taken by one customer, as lately seen."""
        return self._floor.handling.mean_s

    def centre_percent(self, centre: str) -> int:
        """How fast the service centre gathers priority; 100 is normal."""
        return self._floor.centre_factor(centre)

    def settings(self) -> Settings:
        """The settings that hold now."""
        return self._floor.settings

    def picture(self) -> dict[str, object]:
        """The whole state as plain values: equal pictures behave equally ever after."""
        return picture(self._floor)
