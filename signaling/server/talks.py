"""Adapter: conversations in the server: opens them, runs their machine, writes and tells what follows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import cast

from equeue import effects as fx
from equeue import events as ev
from equeue.ticket import PHONE
from equeue.ticket_states import TicketState
from ground.ids import new_id
from signaling.protocol.events import (
    JourneyChanged,
    SessionDescribed,
    SessionEnded,
    SessionRestart,
    SessionStarted,
    TimelineChanged,
)
from signaling.protocol.values import Description
from signaling.server import call_session as calls
from signaling.server import views
from signaling.server.call_session import CallSession, End, SessionState
from signaling.server.event_log import Change, Insert, Update
from signaling.server.front_office import FrontOffice, Talk

_BY = {"customer": "customer", "operator": "operator"}


class Talks:
    """All conversations. ``feed_queue`` tells the queue that one is over, ``measured`` takes what each end was like."""

    def __init__(
        self,
        front: FrontOffice,
        grace: timedelta,
        feed_queue: Callable[[Change, ev.Event], None],
        measured: Callable[[str, Mapping[str, float]], None],
    ) -> None:
        self._front, self._grace, self._feed_queue, self._measured = front, grace, feed_queue, measured

    def open(self, change: Change, effect: fx.Connected) -> None:
        """The accepted ticket becomes a conversation; both ends are told."""
        front = self._front
        facts = front.tickets[effect.ticket_id]
        talk = Talk(
            id=new_id(),
            ticket_id=effect.ticket_id,
            number=effect.number,
            visit_id=facts.visit_id,
            kiosk_id=effect.kiosk_id,
            operator_id=effect.operator_id,
            service=facts.service,
            case_id=facts.case_id,
            started_at=change.at,
            call=self._call(effect),
            channel=effect.channel,
        )
        front.talks[talk.id] = front.live_talks[talk.id] = talk
        change.log("session.opened", session=talk.id, ticket=talk.ticket_id, operator=talk.operator_id)
        change.writes.append(Insert("sessions", _row(talk)))
        contact = {"id": talk.id, "session_id": talk.id, "case_id": talk.case_id, "visit_id": talk.visit_id}
        change.writes.append(
            Insert(
                "contacts",
                {
                    **contact,
                    "channel": "phone" if effect.channel == PHONE else "kiosk",
                    "operator_id": talk.operator_id,
                    "at": change.at,
                },
            )
        )
        for end in End:
            change.tell(talk.identity_of(end), SessionStarted(session=views.session_view(front, talk, end, change.at)))
        self.tell_journey(change, talk)

    def tell_journey(self, change: Change, talk: Talk) -> None:
        """The operator sees what the customer sees and did."""
        visit = self._front.visits.get(talk.visit_id)
        if visit is None:
            return
        if visit.view is not None:
            change.tell(talk.operator_id, JourneyChanged(session_id=talk.id, view=visit.view))
        change.tell(talk.operator_id, TimelineChanged(session_id=talk.id, lines=visit.lines))

    def describe(self, change: Change, talk: Talk, end: End, description: Description) -> None:
        """Relay an SDP to the other end, and keep it for an end that reconnects."""
        self.step(change, talk, calls.Offered() if end is End.KIOSK else calls.Answered())
        if end is End.KIOSK:
            talk.offer, talk.answer = description, None
        else:
            talk.answer = description
        told = SessionDescribed(session_id=talk.id, description=description)
        change.tell(talk.identity_of(end.other), told)

    def step(self, change: Change, talk: Talk, event: calls.Event) -> None:
        """Run the conversation's machine and do what follows."""
        before = talk.call.state
        talk.call, effects = calls.step(talk.call, event, change.at)
        if talk.call.state is not before and talk.live:
            values: dict[str, object] = {"state": talk.call.state.value}
            if talk.call.state is SessionState.LIVE and before is SessionState.OPENING:
                values["live_at"] = change.at
            change.log("session.moved", session=talk.id, state=talk.call.state.value)
            change.writes.append(Update("sessions", {"id": talk.id}, values))
        for effect in effects:
            match effect:
                case calls.Restart(end=end):
                    talk.answer = None
                    if end is End.KIOSK:
                        talk.offer = None
                    change.tell(
                        talk.identity_of(end),
                        SessionRestart(session=views.session_view(self._front, talk, end, change.at)),
                    )
                case calls.Over(reason=reason, customer_waits=waits):
                    self._over(change, talk, reason, customer_waits=waits)

    def measured(self, change: Change, talk: Talk, end: End, figures: dict[str, float]) -> None:
        """What the whole call was like at one end so far; the last is kept, also one that comes after the end."""
        if figures:
            talk.figures[end] = figures
            change.writes.append(Update("sessions", {"id": talk.id}, {f"{end.value}_figures": figures}))

    def _over(self, change: Change, talk: Talk, reason: calls.Reason, *, customer_waits: bool) -> None:
        self._close(change, talk, reason)
        ticket = self._front.queued(talk.ticket_id)
        if ticket is None or ticket.operator_id != talk.operator_id:
            return
        if ticket.state not in (TicketState.CONNECTED, TicketState.HOLD):
            return
        if customer_waits:
            self._feed_queue(change, ev.SessionBroken(talk.ticket_id))
        else:
            self._feed_queue(change, ev.SessionEnded(talk.ticket_id, _BY.get(reason, "server")))

    def parted(self, change: Change, effect: fx.SessionOver) -> None:
        """The queue parted the two: close the conversation if it was not the conversation that told it so."""
        for talk in list(self._front.live_talks.values()):
            if talk.ticket_id == effect.ticket_id and talk.operator_id == effect.operator_id:
                self.step(change, talk, calls.Parted())

    def _close(self, change: Change, talk: Talk, reason: calls.Reason) -> None:
        talk.ended_at, talk.reason = change.at, reason
        talk.offer = talk.answer = None
        self._front.live_talks.pop(talk.id, None)
        change.log("session.ended", session=talk.id, reason=reason)
        for end, told in talk.figures.items():
            change.log("session.measured", session=talk.id, end=end.value, figures=told)
            self._measured(end.value, told)
        values = {"state": SessionState.ENDED.value, "ended_at": change.at, "reason": reason}
        change.writes.append(Update("sessions", {"id": talk.id}, values))
        figures = self._front.clerks[talk.operator_id].figures.of(change.at.date())
        figures.served += 1
        figures.talk_seconds += (change.at - talk.started_at).total_seconds()
        for end in End:
            change.tell(talk.identity_of(end), SessionEnded(session_id=talk.id, reason=reason))

    def link(self, change: Change, identity: str, *, up: bool, fresh: bool = False) -> None:
        """A client's link was lost or is back; a fresh end of a session gets what was kept for it."""
        talk = self._front.talk_with(identity)
        if talk is None:
            return
        end = cast(End, talk.end_of(identity))
        fresh = fresh and talk.channel != PHONE  # there is no media to begin anew
        self.step(change, talk, calls.LinkBack(end, fresh) if up else calls.LinkLost(end))

    def kept_for(self, identity: str) -> SessionDescribed | None:
        """The other end's last description, for a client that got a snapshot while the session was opening."""
        talk = self._front.talk_with(identity)
        if talk is None:
            return None
        kept = talk.answer if talk.end_of(identity) is End.KIOSK else talk.offer
        return None if kept is None else SessionDescribed(session_id=talk.id, description=kept)

    def pass_time(self, change: Change) -> None:
        """End what nobody has been in for the whole grace."""
        for talk in list(self._front.live_talks.values()):
            if talk.call.deadline is not None and talk.call.deadline <= change.at:
                self.step(change, talk, calls.GracePassed())

    def next_deadline(self) -> datetime | None:
        """When ``pass_time`` has something to do."""
        deadlines = [talk.call.deadline for talk in self._front.live_talks.values() if talk.call.deadline]
        return min(deadlines, default=None)

    def _call(self, effect: fx.Connected) -> CallSession:
        if effect.channel == PHONE:
            return phone_call(self._grace, None)
        linked = {end for end, there in self._links(effect.kiosk_id, effect.operator_id) if there}
        return CallSession(linked=frozenset(linked), grace=self._grace)

    def _links(self, kiosk_id: str, operator_id: str) -> tuple[tuple[End, bool], tuple[End, bool]]:
        kiosk, clerk = self._front.kiosks[kiosk_id], self._front.clerks[operator_id]
        return (End.KIOSK, kiosk.linked), (End.OPERATOR, clerk.linked)


def phone_call(grace: timedelta, since: datetime | None) -> CallSession:
    """A call that the operator dials: no media of ours; the person is called again should the desk be gone for good.

    ``since``: the server began again then, and the desk is not linked yet.
    """
    return CallSession(
        state=SessionState.LIVE if since is None else SessionState.RECONNECTING,
        kiosk_media="lost",
        operator_media="live",
        linked=frozenset(End) if since is None else frozenset({End.KIOSK}),
        answered=True,
        deadline=None if since is None else since + grace,
        grace=grace,
    )


def _row(talk: Talk) -> dict[str, object]:
    return {
        "id": talk.id,
        "ticket_id": talk.ticket_id,
        "visit_id": talk.visit_id,
        "kiosk_id": talk.kiosk_id,
        "operator_id": talk.operator_id,
        "case_id": talk.case_id,
        "state": talk.call.state.value,
        "started_at": talk.started_at,
    }
