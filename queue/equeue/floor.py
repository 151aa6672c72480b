"""Rules: the floor: all tickets and operators, and the few elementary moves from which every rule is made.

Every move goes through the tables, tells its effects, and keeps the line, the idle operators and the deadlines
in step with the states. What has come free in a step is remembered and matched at its end, so nothing is
ever searched through: a customer who joins looks for an operator, an operator who comes free for a customer.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from equeue import effects as tell
from equeue import operator_states, ticket_states
from equeue.deadlines import Kind
from equeue.operator_states import OperatorState
from equeue.operators import Operator
from equeue.records import EPOCH, MICROSECOND, OUTSIDE, SECOND, Records, microseconds
from equeue.ticket import Ticket
from equeue.ticket_states import TicketState

__all__ = ["EPOCH", "MICROSECOND", "OUTSIDE", "SECOND", "Floor", "microseconds"]


class Floor(Records):
    """The elementary moves. Only the rules beside it call these."""

    # Tickets.

    def move_ticket(self, ticket: Ticket, what: type, reason: str | None = None) -> None:
        """Move by the table, keep the line in step, tell."""
        state = ticket_states.after(ticket.state, what)
        if ticket.state is TicketState.WAITING:
            self.leave_line(ticket)
        elif ticket.state in OUTSIDE:
            self.leave_outside(ticket)
        ticket.state, ticket.since = state, self.now
        if state is TicketState.WAITING:
            ticket.operator_id = None
            self.join_line(ticket)
        elif state in OUTSIDE:
            self.join_outside(ticket)
        elif state in ticket_states.ENDED:
            ticket.forget_at = self.in_seconds(self.settings.keep_ended_s)
            self.deadlines.add(ticket.forget_at, Kind.FORGET, ticket.id)
        ticket.deadline = None
        self.effects.append(tell.TicketChanged(ticket.id, ticket.kiosk_id, state, ticket.operator_id, reason))

    def set_deadline(self, ticket: Ticket, when: datetime, kind: Kind) -> None:
        """The ticket's present state ends by itself at ``when``."""
        ticket.deadline = when
        self.deadlines.add(when, kind, ticket.id)

    def stand_anew(self, ticket: Ticket) -> None:
        """Let a ticket in the line or outside stand there as the rules want it now; its place by arrival stays."""
        if ticket.state is TicketState.WAITING:
            self.leave_line(ticket)
            self.join_line(ticket)
        elif ticket.state in OUTSIDE:
            self.leave_outside(ticket)
            self.join_outside(ticket)

    def leave_outside(self, ticket: Ticket) -> None:
        """The person is not outside any more."""
        self.outside.remove(ticket.need, ticket.rate, ticket.place)
        self.doors.leave(ticket)
        ticket.relax_at = None

    def join_outside(self, ticket: Ticket) -> None:
        """The person stands outside the capsule, or was asked in."""
        ticket.rate = self.rate(ticket)
        self._relax(ticket)
        self.outside.add(ticket.need, ticket.rate, ticket.place)
        self.doors.join(ticket)

    def leave_line(self, ticket: Ticket) -> None:
        """Take a waiting ticket out, to put it back at once, or because its state changes."""
        self.line.remove(ticket.need, ticket.rate, ticket.place)
        self.doors.changes += 1
        ticket.relax_at = ticket.held_until = None
        if ticket.room_at:
            self.give_room_back(ticket)

    def join_line(self, ticket: Ticket) -> None:
        """Put a waiting ticket at its place, as the settings want it at present."""
        ticket.rate = self.rate(ticket)
        waited = self._relax(ticket)
        if self.settings.reserve_universals and waited < self.settings.reserve_s:
            ticket.held_until = self._wanted_since(ticket) + timedelta(seconds=self.settings.reserve_s)
            self.deadlines.add(ticket.held_until, Kind.RESERVATION, ticket.id)
        self.line.add(ticket.need, ticket.rate, ticket.place)
        self.free_tickets.append(ticket)

    def _wanted_since(self, ticket: Ticket) -> datetime:
        return ticket.wanted_since or ticket.arrived

    def _relax(self, ticket: Ticket) -> int:
        """Ask for the level of skill that its wait leaves, and less when the time for that comes; the whole seconds
        it has waited for what it waits for now."""
        since = self._wanted_since(ticket)
        waited = (self.now - since) // SECOND
        ticket.level, relax_after = self.settings.level(ticket.service, waited)
        if relax_after is not None:
            ticket.relax_at = since + timedelta(seconds=relax_after)
            self.deadlines.add(ticket.relax_at, Kind.RELAX, ticket.id)
        return waited

    def exclude(self, ticket: Ticket, operator: Operator, seconds: int, reason: str) -> None:
        """Keep this ticket from this operator for a while, and say so."""
        if seconds <= 0:
            return
        self.exclude_until(ticket, operator.id, self.in_seconds(seconds), reason)

    def exclude_until(self, ticket: Ticket, operator_id: str, until: datetime, reason: str) -> None:
        """As ``exclude``, until this moment."""
        ticket.kept_from[operator_id] = until
        self.deadlines.add(until, Kind.EXCLUSION, ticket.id, operator_id)
        self.effects.append(tell.PairExcluded(ticket.id, operator_id, until, reason))

    def keep_for(self, ticket: Ticket, operator: Operator) -> None:
        """Only this operator is offered the ticket, until they have had time; it is not in the line now."""
        ticket.kept_from.pop(operator.id, None)
        self.keep_for_until(ticket, operator.id, self.in_seconds(self.settings.named_s))

    def keep_for_until(self, ticket: Ticket, operator_id: str, until: datetime) -> None:
        """As ``keep_for``, until this moment."""
        ticket.person, ticket.person_until = operator_id, until
        self.deadlines.add(until, Kind.PERSON, ticket.id)
        self.named.setdefault(operator_id, {})[ticket.id] = None

    def forget_person(self, ticket: Ticket) -> None:
        """Nobody is waited for by name any more; the ticket is not in the line now."""
        waiting = self.named.get(ticket.person, {})
        waiting.pop(ticket.id, None)
        if not waiting:
            self.named.pop(ticket.person, None)
        ticket.person, ticket.person_until = "", None

    def wait_for_person_no_more(self, ticket: Ticket, reason: str) -> None:
        """Whoever serves it may have it, at its old place; told as long as it is open."""
        operator_id, waits = ticket.person, ticket.state is TicketState.WAITING
        if waits:
            self.leave_line(ticket)
        self.forget_person(ticket)
        if waits:
            self.join_line(ticket)
        if ticket.state not in ticket_states.ENDED:
            self.effects.append(tell.PersonNotWaitedFor(ticket.id, ticket.kiosk_id, operator_id, reason))

    def keep_room(self, ticket: Ticket, operator: Operator) -> None:
        """Nothing smaller that stands behind this waiting ticket comes to this operator for a while; told."""
        if ticket.room_at:
            self.give_room_back(ticket)
        until = self.in_seconds(self.settings.room_s)
        operator.room_for, ticket.room_at, ticket.room_until = ticket.id, operator.id, until
        self.deadlines.add(until, Kind.ROOM, ticket.id)
        self.effects.append(tell.RoomKept(ticket.id, ticket.kiosk_id, operator.id, until))

    def give_room_back(self, ticket: Ticket) -> None:
        """Nobody's room is kept for this ticket any more."""
        operator = self.operators[ticket.room_at]
        operator.room_for = ticket.room_at = ""
        ticket.room_until = None
        if operator.takes_more:
            self.free_operators.append(operator)

    # Operators.

    def move_operator(
        self, operator: Operator, what: type, *, deadline: datetime | None = None, reason: str | None = None
    ) -> None:
        """Move by the table, keep the idle operators in step, tell.

        What happens to an operator whose link is lost happens to the state beneath the grace.
        """
        was_on_duty = operator.on_duty
        if operator.state is OperatorState.GRACE and (OperatorState.GRACE, what) not in operator_states.MOVES:
            operator.beneath = operator_states.after(operator.own_state, what)
            operator.beneath_reason = reason
        else:
            self._move_seen(operator, operator_states.after(operator.state, what), deadline, reason)
        if operator.on_duty != was_on_duty:
            self.staffing += 1
            for ticket_id in [] if operator.on_duty else list(self.named.get(operator.id, ())):
                self.wait_for_person_no_more(self.tickets[ticket_id], "gone")
            if self.settings.reserve_universals:
                self.match_everything()
        self.room.update(operator)
        if operator.takes_more:
            self.free_operators.append(operator)
        self.tell_operator(operator)

    def _move_seen(
        self, operator: Operator, state: OperatorState, deadline: datetime | None, reason: str | None
    ) -> None:
        if operator.state is OperatorState.AVAILABLE:
            self.idle.remove(operator)
        if state is not operator.state or reason != operator.reason:
            operator.since = self.now
        operator.state, operator.deadline, operator.reason = state, deadline, reason
        if state is OperatorState.AVAILABLE:
            if operator.idle_since is None:
                operator.idle_since = self.now
            self.idle.add(operator)
            self.doors.idle_grew = True
            self.free_operators.append(operator)
        elif state not in (OperatorState.OFFERED, OperatorState.GRACE) and not (
            state is OperatorState.BREAK and self.settings.idle_through_breaks
        ):
            operator.idle_since = None
        if state is OperatorState.OFFLINE:
            operator.beneath = operator.beneath_reason = None

    def tell_operator(self, operator: Operator) -> None:
        """Tell the operator's state as it is."""
        assert operator.since is not None
        self.doors.changes += 1
        self.effects.append(
            tell.OperatorChanged(
                operator.id,
                operator.state,
                operator.since,
                operator.deadline,
                operator.reason,
                operator.ticket_id,
                operator.next_status,
            )
        )

    def free_operator(self, operator: Operator, what: type) -> None:
        """The operator is done with a contact: back to those beside it, available by ``what``, or as wished for."""
        operator.ticket_id = operator.wrapup_deadline = operator.session_since = None
        operator.extensions = 0
        if operator.shared:
            if operator.state is OperatorState.OFFERED:
                self.move_operator(operator, operator_states.BackToSharing)
            else:
                self.room_changed(operator)
            return
        wish, reason = operator.next_status, operator.next_reason
        operator.next_status = operator.next_reason = None
        if wish == "break":
            self.move_operator(operator, operator_states.NextBreakTaken, reason=reason)
        elif wish == "offline":
            self.move_operator(operator, operator_states.GoneHome, reason="signed_out")
        else:
            self.move_operator(operator, what)

    def room_changed(self, operator: Operator) -> None:
        """What goes on beside each other, or the wish for afterwards, is another: look again, tell."""
        self.room.update(operator)
        if operator.takes_more:
            self.free_operators.append(operator)
        self.tell_operator(operator)

    # Offers.

    def offer(self, ticket: Ticket, operator: Operator) -> None:
        """Ring the operator's desk."""
        deadline = self.in_seconds(self.settings.offer_s)
        ticket.operator_id, operator.ticket_id = operator.id, ticket.id
        ticket.offers += 1
        self.move_ticket(ticket, ticket_states.WasOffered)
        self.set_deadline(ticket, deadline, Kind.OFFER)
        self.effects.append(
            tell.OfferMade(
                ticket.id,
                operator.id,
                deadline,
                ticket.kiosk_id,
                ticket.number,
                ticket.service,
                ticket.language,
                ticket.case_id,
                ticket.supplier,
                ticket.arrived,
                ticket.channel,
            )
        )
        self.move_operator(operator, operator_states.WasOffered, deadline=deadline)

    def take_offer_back(self, ticket: Ticket, operator: Operator, reason: str) -> None:
        """The offer is over and the customer still there: the ticket is back at its old place."""
        self.effects.append(tell.OfferWithdrawn(ticket.id, operator.id, ticket.kiosk_id, reason))
        self.move_ticket(ticket, ticket_states.OfferEnded, reason)

    # What has come free, for the matching at the end of the step.

    def match_again(self, ticket: Ticket) -> None:
        """Something that kept this ticket from being offered is over."""
        if ticket.state is TicketState.WAITING:
            self.free_tickets.append(ticket)

    def match_everything(self) -> None:
        """Who may serve whom has changed: every idle operator looks again, longest idle first."""
        self.free_operators += [self.operators[operator_id] for operator_id in (*self.idle, *self.room)]
