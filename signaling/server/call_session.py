"""Rules: the life of one conversation between a kiosk and an operator.

A lost signaling link ends nothing: the session holds while an end that is linked has, or is getting, media.
When no such end is left for the grace, it is over: media_lost.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal, TypeAlias

from ground.errors import InfomatError

Media: TypeAlias = Literal["connecting", "live", "reconnecting", "lost"]
Reason: TypeAlias = Literal["customer", "operator", "media_lost", "visit_ended", "server"]


class IllegalSessionMove(InfomatError):
    """The table has no such move from the present state."""

    code = "session.illegal_move"


class End(StrEnum):
    """An end of the conversation."""

    KIOSK = "kiosk"
    OPERATOR = "operator"

    @property
    def other(self) -> End:
        """The end across."""
        return End.OPERATOR if self is End.KIOSK else End.KIOSK


class SessionState(StrEnum):
    """Where a conversation is."""

    #: the ends exchange their descriptions
    OPENING = "opening"
    #: at least one end sees and hears the other
    LIVE = "live"
    #: it was live, and no linked end says so now
    RECONNECTING = "reconnecting"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class MediaSaid:
    """An end told how its media is."""

    end: End
    media: Media


@dataclass(frozen=True, slots=True)
class Offered:
    """The kiosk sent an SDP offer."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The operator sent an SDP answer."""


@dataclass(frozen=True, slots=True)
class LinkLost:
    """The signaling link of an end is gone."""

    end: End


@dataclass(frozen=True, slots=True)
class LinkBack:
    """An end is linked again. ``fresh``: by a process that knows nothing of this session, so its media is new too."""

    end: End
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class HungUp:
    """An end has ended the conversation."""

    end: End


@dataclass(frozen=True, slots=True)
class VisitOver:
    """The customer's visit is over."""


@dataclass(frozen=True, slots=True)
class Parted:
    """The queue has parted the two (parked, transferred)."""


@dataclass(frozen=True, slots=True)
class GracePassed:
    """The deadline has come: nobody was there for the whole grace."""


Event: TypeAlias = MediaSaid | Offered | Answered | LinkLost | LinkBack | HungUp | VisitOver | Parted | GracePassed


class BecameLive:
    """A linked end says its media is live."""


class WentQuiet:
    """No linked end says so any more."""


S = SessionState
_OPEN = (S.OPENING, S.LIVE, S.RECONNECTING)
MOVES: dict[tuple[SessionState, type], SessionState] = {
    (S.OPENING, BecameLive): S.LIVE,
    (S.LIVE, WentQuiet): S.RECONNECTING,
    (S.RECONNECTING, BecameLive): S.LIVE,
    **{(state, HungUp): S.ENDED for state in _OPEN},
    **{(state, VisitOver): S.ENDED for state in _OPEN},
    **{(state, GracePassed): S.ENDED for state in _OPEN},
    **{(state, Parted): S.ENDED for state in _OPEN},
    **{(state, same): state for state in _OPEN for same in (MediaSaid, Offered, Answered, LinkLost, LinkBack)},
}


@dataclass(frozen=True, slots=True)
class Restart:
    """Tell this end to make a new connection: the other end's media began anew."""

    end: End


@dataclass(frozen=True, slots=True)
class Over:
    """The conversation is over. ``customer_waits``: only the operator's end is dead, so back into the line."""

    reason: Reason
    customer_waits: bool = False


Effect: TypeAlias = Restart | Over


@dataclass(frozen=True, slots=True)
class CallSession:
    """A conversation's state. ``deadline``: when it ends by itself, while nobody is there."""

    state: SessionState = S.OPENING
    kiosk_media: Media = "connecting"
    operator_media: Media = "connecting"
    linked: frozenset[End] = frozenset(End)
    answered: bool = False
    deadline: datetime | None = None
    grace: timedelta = timedelta(seconds=60)

    def media(self, end: End) -> Media:
        """What this end last said."""
        return self.kiosk_media if end is End.KIOSK else self.operator_media

    @property
    def somebody_there(self) -> bool:
        """Whether an end is linked and has, or is getting, media."""
        return any(self.media(end) != "lost" for end in self.linked)


def step(session: CallSession, event: Event, now: datetime) -> tuple[CallSession, list[Effect]]:
    """The session after ``event``, and what is to be done; raises IllegalSessionMove."""
    session = replace(session, state=_after(session.state, type(event)))
    effects: list[Effect] = []
    match event:
        case MediaSaid(end=end, media=media):
            anew = media == "connecting" and session.media(end) != "connecting"
            deaf = media == "reconnecting" and session.media(end) == "live" and session.answered
            if anew or deaf:
                session = _begun_anew(session, end, effects)
            session = _with_media(session, end, media)
        case Offered():
            if session.answered:
                effects.append(Restart(End.OPERATOR))
            session = replace(session, answered=False)
        case Answered():
            session = replace(session, answered=True)
        case LinkLost(end=end):
            session = replace(session, linked=session.linked - {end})
        case LinkBack(end=end, fresh=fresh):
            session = replace(session, linked=session.linked | {end})
            if fresh:
                session = _with_media(_begun_anew(session, end, effects), end, "connecting")
        case HungUp(end=end):
            effects.append(Over("customer" if end is End.KIOSK else "operator"))
        case VisitOver():
            effects.append(Over("visit_ended"))
        case Parted():
            effects.append(Over("server"))
        case GracePassed():
            waits = End.KIOSK in session.linked and End.OPERATOR not in session.linked
            effects.append(Over("media_lost", customer_waits=waits))
    return _settled(session, now), effects


def _begun_anew(session: CallSession, end: End, effects: list[Effect]) -> CallSession:
    """The operator's media, new or deaf, need a new offer: the kiosk is told; its own new offer says it all."""
    if end is End.OPERATOR and (session.answered or session.state is not S.OPENING):
        effects.append(Restart(End.KIOSK))
        return replace(session, answered=False)
    return session


def _with_media(session: CallSession, end: End, media: Media) -> CallSession:
    if end is End.KIOSK:
        return replace(session, kiosk_media=media)
    return replace(session, operator_media=media)


def _settled(session: CallSession, now: datetime) -> CallSession:
    if session.state is S.ENDED:
        return replace(session, deadline=None)
    live = any(session.media(end) == "live" for end in session.linked)
    if live and session.state is not S.LIVE:
        session = replace(session, state=_after(session.state, BecameLive))
    elif not live and session.state is S.LIVE:
        session = replace(session, state=_after(session.state, WentQuiet))
    if session.somebody_there:
        return replace(session, deadline=None)
    return session if session.deadline else replace(session, deadline=now + session.grace)


def _after(state: SessionState, what: type) -> SessionState:
    try:
        return MOVES[state, what]
    except KeyError:
        raise IllegalSessionMove(f"{what.__name__} cannot happen to a session that is {state}") from None
