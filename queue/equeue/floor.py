"""Rules: the floor: all tickets and operators, and the few elementary moves from which every rule is made.

Every move goes through the tables, tells its effects, and keeps the line, the idle operators and the deadlines
in step with the states. What has come free in a step is remembered and matched at its end, so nothing is
ever searched through: a customer who joins looks for an operator, an operator who comes free for a customer.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from equeue import effects as tell
from equeue import operator_states, ticket_states
from equeue.deadlines import Deadline, Deadlines, Kind
from equeue.errors import UnknownOperator, UnknownTicket
from equeue.line import Line, Requirement
from equeue.numbering import Numbering
from equeue.operator_states import OperatorState
from equeue.operators import Idle, Operator
from equeue.settings import Settings
from equeue.ticket import Case, Ticket
from equeue.ticket_states import TicketState
from equeue.waits import HandlingTime

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
SECOND = timedelta(seconds=1)


_STATE_OF = {
    Kind.OFFER: TicketState.OFFERED,
    Kind.PARK: TicketState.PARKED,
    Kind.SLOT: TicketState.CHECKED_IN,
    Kind.NO_SHOW: TicketState.BOOKED,
    Kind.RECALL: TicketState.RECALLABLE,
}


def microseconds(moment: datetime) -> int:
    """Whole microseconds since 1970."""
    return (moment - EPOCH) // MICROSECOND


class Floor:
    """The state of the queue, and its elementary moves. Only the rules beside it call these."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.now = EPOCH
        self.tickets: dict[str, Ticket] = {}
        self.operators: dict[str, Operator] = {}
        self.line = Line()
        #: by case id, while a request is open
        self.cases: dict[str, Case] = {}
        self.idle = Idle()
        self.numbering = Numbering()
        self.deadlines = Deadlines(self._still_meant)
        self.handling = HandlingTime(settings.handling_prior_s, settings.handling_prior_weight)
        #: centre -> factor in percent, as a supervisor set it live; goes before the settings
        self.centre_percent: dict[str, int] = {}
        #: letters -> how many were called, and who of them was not there and may still come
        self.calls: dict[str, int] = {}
        self.recallable: dict[str, list[str]] = {}
        #: grows whenever who could serve whom changes
        self.staffing = 0
        self.taken = 0
        self.effects: list[tell.Effect] = []
        self.free_tickets: list[Ticket] = []
        self.free_operators: list[Operator] = []
        self._specialists: dict[Requirement, bool] = {}
        self._specialists_of = -1

    # Looking up.

    def ticket(self, ticket_id: str) -> Ticket:
        """The ticket; raises UnknownTicket."""
        try:
            return self.tickets[ticket_id]
        except KeyError:
            raise UnknownTicket(f"no ticket {ticket_id}") from None

    def operator(self, operator_id: str) -> Operator:
        """The operator; raises UnknownOperator."""
        try:
            return self.operators[operator_id]
        except KeyError:
            raise UnknownOperator(f"no operator {operator_id}") from None

    def in_seconds(self, seconds: int) -> datetime:
        """The moment so many seconds from now."""
        return self.now + timedelta(seconds=seconds)

    def rate(self, ticket: Ticket) -> int:
        """Thousandths of priority per second: the class's slope times the centre's factor, at least one."""
        percent = self.centre_percent.get(ticket.centre)
        factor = self.settings.centre_factors.get(ticket.centre, 1.0) if percent is None else percent / 100
        return max(1, round(self.settings.slopes.get(ticket.priority, 1.0) * factor * 1000))

    # Tickets.

    def move_ticket(self, ticket: Ticket, what: type, reason: str | None = None) -> None:
        """Move by the table, keep the line in step, tell."""
        state = ticket_states.after(ticket.state, what)
        if ticket.state is TicketState.WAITING:
            self.leave_line(ticket)
        ticket.state, ticket.since = state, self.now
        if state is TicketState.WAITING:
            ticket.operator_id = None
            self.join_line(ticket)
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
        """Let a waiting ticket stand in the line as the rules want it now; its place by arrival stays."""
        self.leave_line(ticket)
        self.join_line(ticket)

    def leave_line(self, ticket: Ticket) -> None:
        """Take a waiting ticket out, to put it back at once, or because its state changes."""
        self.line.remove(ticket.need, ticket.rate, ticket.place)
        ticket.relax_at = ticket.held_until = None

    def join_line(self, ticket: Ticket) -> None:
        """Put a waiting ticket at its place, as the settings want it at present."""
        ticket.rate = self.rate(ticket)
        waited = (self.now - ticket.arrived) // SECOND
        ticket.level, relax_after = self.settings.level(ticket.service, waited)
        if relax_after is not None:
            ticket.relax_at = ticket.arrived + timedelta(seconds=relax_after)
            self.deadlines.add(ticket.relax_at, Kind.RELAX, ticket.id)
        if self.settings.reserve_universals and waited < self.settings.reserve_s:
            ticket.held_until = ticket.arrived + timedelta(seconds=self.settings.reserve_s)
            self.deadlines.add(ticket.held_until, Kind.RESERVATION, ticket.id)
        self.line.add(ticket.need, ticket.rate, ticket.place)
        self.free_tickets.append(ticket)

    def exclude(self, ticket: Ticket, operator: Operator, seconds: int, reason: str) -> None:
        """Keep this ticket from this operator for a while, and say so."""
        if seconds <= 0:
            return
        until = self.in_seconds(seconds)
        ticket.kept_from[operator.id] = until
        self.deadlines.add(until, Kind.EXCLUSION, ticket.id, operator.id)
        self.effects.append(tell.PairExcluded(ticket.id, operator.id, until, reason))

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
            if self.settings.reserve_universals:
                self.match_everything()
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
            self.free_operators.append(operator)
        elif state not in (OperatorState.OFFERED, OperatorState.GRACE):
            operator.idle_since = None

    def tell_operator(self, operator: Operator) -> None:
        """Tell the operator's state as it is."""
        assert operator.since is not None
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
        """The operator has nothing to do any more: available by ``what``, or on the break wished for."""
        operator.ticket_id = operator.wrapup_deadline = operator.session_since = None
        operator.extensions = 0
        wish, reason = operator.next_status, operator.next_reason
        operator.next_status = operator.next_reason = None
        if wish == "break":
            self.move_operator(operator, operator_states.NextBreakTaken, reason=reason)
        else:
            self.move_operator(operator, what)

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
        self.free_operators += [self.operators[operator_id] for operator_id in self.idle]

    def specialist_at_work(self, need: Requirement) -> bool:
        """Whether somebody on duty who is no universal can serve this."""
        if self._specialists_of != self.staffing:
            self._specialists_of = self.staffing
            self._specialists.clear()
        found = self._specialists.get(need)
        if found is None:
            found = self._specialists[need] = any(
                one.on_duty and not one.universal and one.serves(need) for one in self.operators.values()
            )
        return found

    # Deadlines.

    def _still_meant(self, deadline: Deadline) -> bool:
        if deadline.kind is Kind.WRAPUP:
            return self.operators[deadline.key].wrapup_deadline == deadline.when
        if deadline.kind is Kind.GRACE:
            operator = self.operators[deadline.key]
            return operator.state is OperatorState.GRACE and operator.deadline == deadline.when
        ticket = self.tickets.get(deadline.key)
        if ticket is None:
            return False
        if deadline.kind is Kind.EXCLUSION:
            return ticket.kept_from.get(deadline.other) == deadline.when
        if deadline.kind is Kind.RELAX:
            return ticket.relax_at == deadline.when
        if deadline.kind is Kind.RESERVATION:
            return ticket.held_until == deadline.when
        if deadline.kind is Kind.FORGET:
            return ticket.state in ticket_states.ENDED and ticket.forget_at == deadline.when
        return ticket.state is _STATE_OF[deadline.kind] and ticket.deadline == deadline.when
