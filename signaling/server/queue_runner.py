"""Adapter: runs the queue's machine inside the server: feeds it events, logs them, turns its effects into messages.

The event goes into the same change as everything that follows from it, so that it is durable before anybody is told.
"""

from __future__ import annotations

from collections.abc import Callable

from equeue import effects as fx
from equeue import events as ev
from equeue.dispatcher import Dispatcher
from equeue.operator_states import OperatorState
from equeue.settings import Settings
from signaling.protocol.events import (
    JourneyChanged,
    OfferWithdrawn,
    OperatorChanged,
    TicketChanged,
    TimelineChanged,
)
from signaling.server import views
from signaling.server.event_log import Change, Update
from signaling.server.front_office import FrontOffice
from signaling.server.queue_log import TAKEN, chained_entry, ticket_proof

#: What the protocol calls the queue's reasons for taking an offer back.
_WITHDRAWN = {
    "refused": "refused",
    "missed": "no_answer",
    "customer_left": "customer_left",
    "connection_lost": "connection_lost",
    "signed_out": "status",
}

#: The protocol's topics have their letters; everything else is the queue's own default.
DEFAULT_SETTINGS = Settings(services={"contract": "A", "payment": "B", "readings": "C", "other": "T"})


class QueueRunner:
    """Feeds the dispatcher. ``connected`` opens a conversation, ``parted`` closes it; both add to the change."""

    def __init__(
        self,
        front: FrontOffice,
        connected: Callable[[Change, fx.Connected], None],
        parted: Callable[[Change, fx.SessionOver], None],
    ) -> None:
        self._front, self._connected, self._parted = front, connected, parted
        #: grows with each event; who shows the line looks whether it moved
        self.steps = 0

    def feed(self, change: Change, event: ev.Event) -> None:
        """One event at ``change.at``; raises QueueError, with nothing changed, when it is not possible."""
        effects = self._front.queue.step(event, change.at)
        change.entries.append(chained_entry(self._front.chain, event, change.at, effects))
        self._front.settings_version += isinstance(event, ev.SettingsChanged)
        if isinstance(event, TAKEN):
            self._front.tickets[event.ticket_id].proof = ticket_proof(self._front.chain.head)
        self.steps += 1
        for effect in effects:
            self._perform(change, effect)

    def pass_time(self, change: Change) -> None:
        """Let everything that is due happen."""
        deadline = self._front.queue.next_deadline()
        if deadline is not None and deadline <= change.at:
            self.feed(change, ev.TimePassed())

    def everybody_lost(self, change: Change) -> None:
        """After a start nobody is linked yet: the grace of each operator at work begins now."""
        for operator in self._front.queue.operators():
            if operator.state not in (OperatorState.OFFLINE, OperatorState.GRACE):
                self.feed(change, ev.OperatorConnectionLost(operator.id))

    def _perform(self, change: Change, effect: fx.Effect) -> None:
        match effect:
            case fx.TicketNumbered(ticket_id=ticket_id, number=number):
                self._front.tickets[ticket_id].number = number
                change.writes.append(Update("tickets", {"id": ticket_id}, {"number": number}))
            case fx.TicketChanged():
                self._ticket_changed(change, effect)
            case fx.OfferMade():
                self._offer_made(change, effect)
            case fx.OfferWithdrawn(ticket_id=ticket_id, operator_id=operator_id, reason=reason):
                said = OfferWithdrawn.model_validate({"ticket_id": ticket_id, "reason": _WITHDRAWN[reason]})
                change.tell(operator_id, said)
            case fx.Connected():
                self._connected(change, effect)
            case fx.SessionOver():
                self._parted(change, effect)
            case fx.OperatorChanged(operator_id=operator_id):
                clerk = self._front.clerks[operator_id]
                change.tell(operator_id, OperatorChanged(operator=views.operator_view(self._front, clerk, change.at)))
            case fx.PairExcluded() | fx.HeldForSpecialist() | fx.RoomKept() | fx.CalledIn():
                pass  # of interest to the verifier of logs; a door is told by the bulletin
            case fx.KeptForPerson() | fx.PersonNotWaitedFor():
                pass  # the same: the place by arrival stays as it was

    def _ticket_changed(self, change: Change, effect: fx.TicketChanged) -> None:
        values = {"state": effect.state.value, "changed_at": change.at, "operator_id": effect.operator_id}
        change.writes.append(Update("tickets", {"id": effect.ticket_id}, values))
        ticket = self._front.queued(effect.ticket_id)
        if ticket is not None and effect.kiosk_id and not ticket.at_door:
            change.tell(effect.kiosk_id, TicketChanged(ticket=views.ticket_view(self._front, ticket, change.at)))

    def _offer_made(self, change: Change, effect: fx.OfferMade) -> None:
        ticket = self._front.queued(effect.ticket_id)
        if ticket is None or ticket.deadline is None:
            return  # taken back within the same step
        change.tell(effect.operator_id, views.offer_made(self._front, ticket, change.at))
        visit = views.visit_of_ticket(self._front, effect.ticket_id)
        if visit is None:
            return
        if visit.view is not None:
            shown = views.before_the_call(visit.view)
            change.tell(effect.operator_id, JourneyChanged(session_id=effect.ticket_id, view=shown))
        change.tell(effect.operator_id, TimelineChanged(session_id=effect.ticket_id, lines=visit.lines))


def new_dispatcher() -> Dispatcher:
    """A queue before anything happened: always from the same settings, so that a replay ends where the log does."""
    return Dispatcher(DEFAULT_SETTINGS)
