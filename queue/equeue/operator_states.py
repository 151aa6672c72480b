"""Rules: the states of an operator and the only moves between them (features.md 8)."""

from __future__ import annotations

from enum import StrEnum

from equeue import events as ev
from equeue.errors import IllegalMove


class OperatorState(StrEnum):
    """What an operator is doing; the one published list, for desks, supervisors and reports."""

    OFFLINE = "offline"
    AVAILABLE = "available"
    #: a ticket rings, until a deadline
    OFFERED = "offered"
    BUSY = "busy"
    #: in a session, customer on hold
    HOLD = "hold"
    #: in conversations of channels that leave room for more, such as chats
    SHARING = "sharing"
    #: writing up, until a deadline
    WRAPUP = "wrapup"
    #: on a break, with a reason
    BREAK = "break"
    #: did not answer offers; must choose a status
    NOT_RESPONDING = "not_responding"
    #: the link is lost; what was before goes on underneath, until a deadline unless in a session
    GRACE = "grace"
    #: listening to somebody else's session
    MONITORING = "monitoring"

    # A state is looked up in tables several times a step, and Enum would have its hash worked out in Python.
    __hash__ = str.__hash__


class ChoseAvailable:
    """The operator is ready, at once."""


class ChoseBreak:
    """The operator takes a break, at once."""


class WasOffered:
    """A ticket was found for the operator."""


class OfferEnded:
    """The offer ended without a session: refused, missed, or the customer left."""


class MissedTooOften:
    """One offer too many went unanswered."""


class WrapUpBegan:
    """The session is over and there is time to write it up."""


class NothingToWriteUp:
    """The session is over and nothing is to be written up."""


class WrapUpOver:
    """Written up, or out of time for it."""


class NextBreakTaken:
    """The break that was asked for meanwhile begins."""


class Shares:
    """The accepted contact leaves room for others beside it."""


class GoneHome:
    """What was under way is over, and the operator had asked to go home after it."""


class GraceOver:
    """The link did not come back."""


class BackToAvailable:
    """Back, and ready as before."""


class BackToBusy:
    """Back, in the session that never stopped."""


class BackToHold:
    """Back, in the session that is on hold."""


class BackToSharing:
    """Back, in the conversations that go on beside each other."""


class BackToWrapUp:
    """Back, with time to write up left."""


class BackToBreak:
    """Back, on the break as before."""


class BackToNotResponding:
    """Back, still to choose a status."""


class BackToMonitoring:
    """Back, listening as before."""


S = OperatorState
#: From GRACE or MONITORING to the state that was before.
BACK_TO: dict[OperatorState, type] = {
    S.AVAILABLE: BackToAvailable,
    S.BUSY: BackToBusy,
    S.HOLD: BackToHold,
    S.SHARING: BackToSharing,
    S.WRAPUP: BackToWrapUp,
    S.BREAK: BackToBreak,
    S.NOT_RESPONDING: BackToNotResponding,
    S.MONITORING: BackToMonitoring,
}

MOVES: dict[tuple[OperatorState, type], OperatorState] = {
    (S.OFFLINE, ev.OperatorSignedIn): S.BREAK,
    (S.AVAILABLE, ChoseAvailable): S.AVAILABLE,
    (S.AVAILABLE, ChoseBreak): S.BREAK,
    (S.AVAILABLE, WasOffered): S.OFFERED,
    (S.AVAILABLE, ev.MonitoringBegan): S.MONITORING,
    (S.OFFERED, ev.OfferAccepted): S.BUSY,
    (S.OFFERED, OfferEnded): S.AVAILABLE,
    (S.OFFERED, NextBreakTaken): S.BREAK,
    (S.OFFERED, MissedTooOften): S.NOT_RESPONDING,
    (S.OFFERED, Shares): S.SHARING,
    (S.OFFERED, BackToSharing): S.SHARING,
    (S.SHARING, WasOffered): S.OFFERED,
    (S.SHARING, NothingToWriteUp): S.AVAILABLE,
    (S.SHARING, NextBreakTaken): S.BREAK,
    (S.BUSY, ev.SessionHeld): S.HOLD,
    (S.BUSY, WrapUpBegan): S.WRAPUP,
    (S.BUSY, NothingToWriteUp): S.AVAILABLE,
    (S.BUSY, NextBreakTaken): S.BREAK,
    (S.HOLD, ev.SessionResumed): S.BUSY,
    (S.HOLD, WrapUpBegan): S.WRAPUP,
    (S.HOLD, NothingToWriteUp): S.AVAILABLE,
    (S.HOLD, NextBreakTaken): S.BREAK,
    (S.WRAPUP, ev.WrapUpExtended): S.WRAPUP,
    (S.WRAPUP, WrapUpOver): S.AVAILABLE,
    (S.WRAPUP, NextBreakTaken): S.BREAK,
    (S.BREAK, ChoseAvailable): S.AVAILABLE,
    (S.BREAK, ChoseBreak): S.BREAK,
    (S.BREAK, ev.MonitoringBegan): S.MONITORING,
    (S.NOT_RESPONDING, ChoseAvailable): S.AVAILABLE,
    (S.NOT_RESPONDING, ChoseBreak): S.BREAK,
    (S.MONITORING, BackToAvailable): S.AVAILABLE,
    (S.MONITORING, BackToBreak): S.BREAK,
    (S.GRACE, GraceOver): S.OFFLINE,
}
for _state, _back in BACK_TO.items():
    MOVES[_state, ev.OperatorConnectionLost] = S.GRACE
    MOVES[S.GRACE, _back] = _state
for _state in (S.AVAILABLE, S.OFFERED, S.WRAPUP, S.BREAK, S.NOT_RESPONDING, S.MONITORING, S.GRACE):
    MOVES[_state, ev.OperatorSignedOut] = S.OFFLINE
for _state in (S.OFFERED, S.BUSY, S.HOLD, S.SHARING, S.WRAPUP, S.GRACE):
    MOVES[_state, GoneHome] = S.OFFLINE
# The offer is taken back first; what remains underneath is AVAILABLE (or the break that was asked for).
MOVES[S.OFFERED, ev.OperatorConnectionLost] = S.GRACE

#: With a customer: a lost link ends nothing, however long.
IN_SESSION = frozenset({S.BUSY, S.HOLD})
#: Working at the line, for "operators on duty" and the wait band.
ON_DUTY = frozenset({S.AVAILABLE, S.OFFERED, S.BUSY, S.HOLD, S.SHARING, S.WRAPUP})
#: A status chosen in one of these waits until it is over.
UNDER_WAY = frozenset({S.OFFERED, S.BUSY, S.HOLD, S.SHARING, S.WRAPUP})


def after(state: OperatorState, what: type) -> OperatorState:
    """The state that follows; raises IllegalMove where the table has none."""
    try:
        return MOVES[state, what]
    except KeyError:
        raise IllegalMove(f"{what.__name__} cannot happen to an operator who is {state}") from None
