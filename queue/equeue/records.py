"""Rules: what the floor is made of: all tickets and operators, the line, the deadlines, and questions about them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

from equeue import effects as tell
from equeue import ticket_states
from equeue.deadlines import Deadline, Deadlines, Kind
from equeue.doors import Doors
from equeue.errors import ReturnElsewhere, UnknownOperator, UnknownTicket
from equeue.line import Line
from equeue.numbering import Numbering
from equeue.operator_states import OperatorState
from equeue.operators import CAPACITY, Idle, Operator, Room
from equeue.row import Requirement
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
    Kind.CALLBACK: TicketState.CALLBACK,
    Kind.DOOR: TicketState.AT_DOOR,
    Kind.CALLED_IN: TicketState.CALLED_IN,
}
OUTSIDE = frozenset({TicketState.AT_DOOR, TicketState.CALLED_IN})


def microseconds(moment: datetime) -> int:
    """Whole microseconds since 1970."""
    return (moment - EPOCH) // MICROSECOND


@lru_cache(maxsize=256)
def _span(seconds: int) -> timedelta:
    return timedelta(seconds=seconds)


class Records:
    """The state of the queue. Only the floor changes it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.now = EPOCH
        self.tickets: dict[str, Ticket] = {}
        self.operators: dict[str, Operator] = {}
        self.line = Line()
        #: those outside a capsule: nobody is offered them, and their places count
        self.outside = Line()
        self.doors = Doors()
        #: by case id, while a request is open
        self.cases: dict[str, Case] = {}
        self.idle = Idle()
        self.room = Room()
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
        #: operator -> tickets that wait for them by name, in the order of being passed on
        self.named: dict[str, dict[str, None]] = {}
        #: need -> an operator who was found with nothing but one talk to do: where to look first
        self.taking_soon: dict[Requirement, str] = {}
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

    def check_place(self, ticket: Ticket, centre: str) -> None:
        """Raises ReturnElsewhere where a number holds at its own place alone. ``centre``: where the person is."""
        if centre and centre != ticket.centre and not self.settings.return_anywhere:
            raise ReturnElsewhere(f"ticket {ticket.id} is of {ticket.centre}, not of {centre}")

    def in_seconds(self, seconds: int) -> datetime:
        """The moment so many seconds from now."""
        return self.now + _span(seconds)

    def rate(self, ticket: Ticket) -> int:
        """Thousandths of priority per second: the class's slope times the centre's factor, at least one."""
        percent = self.centre_percent.get(ticket.centre)
        factor = self.settings.centre_factors.get(ticket.centre, 1.0) if percent is None else percent / 100
        return max(1, round(self.settings.slopes.get(ticket.priority, 1.0) * factor * 1000))

    def centre_factor(self, centre: str) -> int:
        """The factor in percent, as set live or in the settings."""
        percent = self.centre_percent.get(centre)
        return round(self.settings.centre_factors.get(centre, 1.0) * 100) if percent is None else percent

    def weight(self, channel: str) -> int:
        """Hundredths of an operator's capacity that one contact of this channel takes."""
        return self.settings.channels.get(channel, CAPACITY)

    def specialist_expected(self, ticket: Ticket) -> bool:
        """Whether somebody on duty who is no universal can serve this ticket, and is not kept from it."""
        if not ticket.kept_from:
            return self._specialist_at_work(ticket.need)
        return any(
            one.on_duty and not one.universal and one.serves(ticket.need) and not ticket.excludes(one.id, self.now)
            for one in self.operators.values()
        )

    def _specialist_at_work(self, need: Requirement) -> bool:
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
        state = _STATE_OF.get(deadline.kind)
        if state is not None:
            ticket = self.tickets.get(deadline.key)
            return ticket is not None and ticket.state is state and ticket.deadline == deadline.when
        if deadline.kind is Kind.WRAPUP:
            return self.operators[deadline.key].wrapup_deadline == deadline.when
        if deadline.kind is Kind.GRACE:
            operator = self.operators[deadline.key]
            return operator.state is OperatorState.GRACE and operator.deadline == deadline.when
        if deadline.kind is Kind.LOOK:
            return self.doors.planned == deadline.when
        ticket = self.tickets.get(deadline.key)
        return ticket is not None and self._ticket_means(ticket, deadline)

    def _ticket_means(self, ticket: Ticket, deadline: Deadline) -> bool:
        """Of what does not end the ticket's state."""
        if deadline.kind is Kind.EXCLUSION:
            return ticket.kept_from.get(deadline.other) == deadline.when
        if deadline.kind is Kind.PERSON:
            return ticket.person_until == deadline.when
        if deadline.kind is Kind.RELAX:
            return ticket.relax_at == deadline.when
        if deadline.kind is Kind.RESERVATION:
            return ticket.held_until == deadline.when
        if deadline.kind is Kind.ROOM:
            return ticket.room_until == deadline.when
        return ticket.state in ticket_states.ENDED and ticket.forget_at == deadline.when
