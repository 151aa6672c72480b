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


T = TicketState
MOVES: dict[tuple[TicketState, type], TicketState] = {
    (T.NEW, ev.TicketTaken): T.WAITING,
    (T.NEW, ev.TicketBooked): T.BOOKED,
    (T.BOOKED, ev.BookedCheckedIn): T.CHECKED_IN,
    (T.BOOKED, ev.TicketLeft): T.CLOSED,
    (T.BOOKED, NobodyCame): T.NO_SHOW,
    (T.CHECKED_IN, SlotNear): T.WAITING,
    (T.CHECKED_IN, MergedInto): T.MERGED,
    (T.CHECKED_IN, ev.TicketLeft): T.CLOSED,
    (T.RECALLABLE, ev.TicketReturned): T.WAITING,
    (T.RECALLABLE, ev.TicketLeft): T.ABANDONED,
    (T.RECALLABLE, MergedInto): T.MERGED,
    (T.RECALLABLE, NobodyCame): T.NO_SHOW,
    (T.NEW, MergedInto): T.MERGED,
    (T.WAITING, MergedInto): T.MERGED,
    (T.WAITING, WasOffered): T.OFFERED,
    (T.WAITING, ev.TicketLeft): T.ABANDONED,
    (T.WAITING, ev.TicketParked): T.PARKED,
    (T.OFFERED, ev.OfferAccepted): T.CONNECTED,
    (T.OFFERED, OfferEnded): T.WAITING,
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
