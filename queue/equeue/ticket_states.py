"""Rules: the states of a ticket and the only moves between them (features.md 8)."""

from __future__ import annotations

from enum import StrEnum

from equeue import events as ev
from equeue.errors import IllegalMove


class TicketState(StrEnum):
    """Where a customer is on the way through the queue."""

    #: not taken yet
    NEW = "new"
    #: for a slot of a day to come, or of today
    BOOKED = "booked"
    #: booked and there, but the slot is not near yet
    CHECKED_IN = "checked_in"
    #: in the line
    WAITING = "waiting"
    #: an operator's desk is ringing
    OFFERED = "offered"
    #: talking
    CONNECTED = "connected"
    #: talking, but the operator is away for a moment
    HOLD = "hold"
    #: fetching papers; the place is kept
    PARKED = "parked"
    #: will be called back at a moment, or once more after a gap; the place is kept
    CALLBACK = "callback"
    #: outside a capsule that is taken; the place is kept
    AT_DOOR = "at_door"
    #: asked into the kiosk, until a deadline
    CALLED_IN = "called_in"
    #: another ticket of the same person stands for this one
    MERGED = "merged"
    #: called and not there; may come within a few further calls
    RECALLABLE = "recallable"
    #: the customer is done, the operator writes it up
    WRAPPING = "wrapping"
    #: done
    CLOSED = "closed"
    #: went away; may come back to the old place within the return window
    ABANDONED = "abandoned"
    #: never came
    NO_SHOW = "no_show"

    # A state is looked up in tables several times a step, and Enum would have its hash worked out in Python.
    __hash__ = str.__hash__


class WasOffered:
    """An operator was found."""


class OfferEnded:
    """The offer was refused, missed or withdrawn, and the customer is still there."""


class WroteUp:
    """The operator has finished writing up, or had no more time for it."""


class ParkLimitPassed:
    """Nobody came back from fetching papers."""


class MergedInto:
    """Another ticket of the same person stands for this one from now on."""


class StoodUp:
    """The ticket that stood for this one was given up; this one was not."""


class ServedAsOne:
    """The person was served by the ticket that stood for this one."""


class SlotNear:
    """The slot of a booked customer who is there is near."""


class NobodyCame:
    """A booked or called customer did not come in time."""


class CallBackDue:
    """The moment for a call has come."""


class NotReached:
    """The person was called as often as the settings allow, and never reached."""


class StoodUpLater:
    """The ticket that stood for this call-back was given up, and the moment for a call is yet to come."""


class StoodUpAway:
    """The ticket that stood for this one was given up; whose it is had gone for papers, and may still come."""


class BackToCallBack:
    """Taken back, and asked for again within the return window, before the moment for a call."""


class WasCalledIn:
    """The kiosk is free and an operator nearly so."""


class DidNotAppear:
    """Asked in, and not there in time."""


class BackAtDoor:
    """Gone from the door and back within the return window."""


class DoorLimitPassed:
    """Nobody stands at a door for so long."""


T = TicketState
MOVES: dict[tuple[TicketState, type], TicketState] = {
    (T.NEW, ev.TicketTaken): T.WAITING,
    (T.NEW, ev.TicketBooked): T.BOOKED,
    (T.BOOKED, ev.BookingMoved): T.BOOKED,
    (T.BOOKED, ev.BookedCheckedIn): T.CHECKED_IN,
    (T.BOOKED, ev.TicketLeft): T.CLOSED,
    (T.BOOKED, NobodyCame): T.NO_SHOW,
    (T.NO_SHOW, ev.BookedCheckedIn): T.CHECKED_IN,
    (T.CHECKED_IN, ev.BookedWentAway): T.BOOKED,
    (T.CHECKED_IN, ev.TicketReturned): T.CHECKED_IN,
    (T.CHECKED_IN, SlotNear): T.WAITING,
    (T.CHECKED_IN, MergedInto): T.MERGED,
    (T.CHECKED_IN, ev.TicketLeft): T.CLOSED,
    (T.RECALLABLE, ev.TicketReturned): T.WAITING,
    (T.RECALLABLE, ev.TicketLeft): T.ABANDONED,
    (T.RECALLABLE, MergedInto): T.MERGED,
    (T.RECALLABLE, NobodyCame): T.NO_SHOW,
    (T.NEW, MergedInto): T.MERGED,
    (T.NEW, ev.CallBackAsked): T.CALLBACK,
    (T.WAITING, ev.CallBackWished): T.CALLBACK,
    (T.PARKED, ev.CallBackWished): T.CALLBACK,
    (T.AT_DOOR, ev.CallBackWished): T.CALLBACK,
    (T.CONNECTED, ev.CallBackUnanswered): T.CALLBACK,
    (T.CONNECTED, NotReached): T.CLOSED,
    (T.CALLBACK, CallBackDue): T.WAITING,
    (T.CALLBACK, ev.TicketReturned): T.WAITING,
    (T.CALLBACK, MergedInto): T.MERGED,
    (T.CALLBACK, ev.TicketLeft): T.ABANDONED,
    (T.MERGED, StoodUpLater): T.CALLBACK,
    (T.MERGED, StoodUpAway): T.PARKED,
    (T.ABANDONED, BackToCallBack): T.CALLBACK,
    (T.NEW, ev.DoorTicketTaken): T.AT_DOOR,
    (T.AT_DOOR, WasCalledIn): T.CALLED_IN,
    (T.AT_DOOR, ev.DoorEntered): T.WAITING,
    (T.AT_DOOR, MergedInto): T.MERGED,
    (T.AT_DOOR, ev.TicketLeft): T.ABANDONED,
    (T.AT_DOOR, DoorLimitPassed): T.ABANDONED,
    (T.CALLED_IN, ev.DoorEntered): T.WAITING,
    (T.CALLED_IN, MergedInto): T.MERGED,
    (T.CALLED_IN, ev.TicketLeft): T.ABANDONED,
    (T.CALLED_IN, DidNotAppear): T.RECALLABLE,
    (T.RECALLABLE, ev.DoorEntered): T.WAITING,
    (T.ABANDONED, BackAtDoor): T.AT_DOOR,
    (T.WAITING, MergedInto): T.MERGED,
    (T.WAITING, WasOffered): T.OFFERED,
    (T.WAITING, ev.TicketLeft): T.ABANDONED,
    (T.WAITING, ev.TicketParked): T.PARKED,
    (T.WAITING, ev.TicketReturned): T.WAITING,
    (T.OFFERED, ev.OfferAccepted): T.CONNECTED,
    (T.OFFERED, OfferEnded): T.WAITING,
    (T.OFFERED, ev.TicketReturned): T.OFFERED,
    (T.OFFERED, ev.TicketLeft): T.ABANDONED,
    (T.CONNECTED, ev.SessionHeld): T.HOLD,
    (T.CONNECTED, ev.SessionEnded): T.WRAPPING,
    (T.CONNECTED, ev.SessionBroken): T.WAITING,
    (T.CONNECTED, ev.CustomerMissing): T.RECALLABLE,
    (T.HOLD, ev.CustomerMissing): T.RECALLABLE,
    (T.CONNECTED, ev.TicketParked): T.PARKED,
    (T.CONNECTED, ev.TicketTransferred): T.WAITING,
    (T.HOLD, ev.SessionResumed): T.CONNECTED,
    (T.HOLD, ev.SessionEnded): T.WRAPPING,
    (T.HOLD, ev.SessionBroken): T.WAITING,
    (T.HOLD, ev.TicketParked): T.PARKED,
    (T.HOLD, ev.TicketTransferred): T.WAITING,
    (T.PARKED, MergedInto): T.MERGED,
    (T.PARKED, ev.TicketReturned): T.WAITING,
    (T.PARKED, ev.TicketLeft): T.ABANDONED,
    (T.PARKED, ParkLimitPassed): T.ABANDONED,
    (T.MERGED, StoodUp): T.WAITING,
    (T.MERGED, ServedAsOne): T.CLOSED,
    (T.MERGED, ev.TicketLeft): T.ABANDONED,
    (T.WRAPPING, WroteUp): T.CLOSED,
    (T.ABANDONED, ev.TicketReturned): T.WAITING,
    (T.ABANDONED, MergedInto): T.MERGED,
}

#: A ticket in one of these is held only for a while longer, for questions about it.
ENDED = frozenset({T.CLOSED, T.ABANDONED, T.NO_SHOW})


def after(state: TicketState, what: type) -> TicketState:
    """The state that follows; raises IllegalMove where the table has none."""
    try:
        return MOVES[state, what]
    except KeyError:
        raise IllegalMove(f"{what.__name__} cannot happen to a ticket that is {state}") from None
