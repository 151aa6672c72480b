"""Rules: the states of a link and how long it waits before it tries again."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ground.errors import InfomatError


class LinkState(StrEnum):
    """Where a link is."""

    #: Waiting for the next try.
    APART = "apart"
    #: The socket is being opened.
    CONNECTING = "connecting"
    #: The challenge is being answered.
    SIGNING_IN = "signing_in"
    #: Commands and events pass.
    ONLINE = "online"
    #: The server said no for good, or the owner closed: no more tries.
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class TryBegan:
    """A try to connect began."""


@dataclass(frozen=True, slots=True)
class SocketOpened:
    """The WebSocket is open."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The server said welcome."""


@dataclass(frozen=True, slots=True)
class SocketLost:
    """The connection broke or was never made."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The server said goodbye with a reason that another try does not mend."""


@dataclass(frozen=True, slots=True)
class Left:
    """The owner closed the link."""


LinkEvent = TryBegan | SocketOpened | SignedIn | SocketLost | Refused | Left

MOVES: dict[tuple[LinkState, type[LinkEvent]], LinkState] = {
    (LinkState.APART, TryBegan): LinkState.CONNECTING,
    (LinkState.CONNECTING, SocketOpened): LinkState.SIGNING_IN,
    (LinkState.CONNECTING, SocketLost): LinkState.APART,
    (LinkState.SIGNING_IN, SignedIn): LinkState.ONLINE,
    (LinkState.SIGNING_IN, SocketLost): LinkState.APART,
    (LinkState.SIGNING_IN, Refused): LinkState.CLOSED,
    (LinkState.ONLINE, SocketLost): LinkState.APART,
    (LinkState.ONLINE, Refused): LinkState.CLOSED,
    **{(state, Left): LinkState.CLOSED for state in LinkState},
}


class IllegalLinkMove(InfomatError):
    """An event that cannot happen in this state."""

    code = "link.illegal"


def move(state: LinkState, event: LinkEvent) -> LinkState:
    """The next state; raises IllegalLinkMove."""
    try:
        return MOVES[state, type(event)]
    except KeyError:
        raise IllegalLinkMove(f"{type(event).__name__} in {state.value}") from None


def wait_before_try(attempt: int, chance: float, told: float | None = None) -> float:
    """Seconds to wait: full jitter, at most 30 (media.md 4.3); the first try is nearly at once.

    ``attempt`` counts failures since the link was last up, ``chance`` is uniform in [0, 1), ``told`` is the
    server's own wish.
    """
    if told is not None:
        return told
    return chance * min(30.0, 0.25 * (1 << min(attempt, 7)))
