"""Rules: who the person is: number pad or customer card, and the server's answer."""

from __future__ import annotations

from dataclasses import replace

from kiosk.journey import notices
from kiosk.journey.effects import AskServer, Cue
from kiosk.journey.events import AccountFound, CardPresented, Refused
from kiosk.journey.places import Outcome, at_home, at_service
from kiosk.journey.state import Journey, Pending, Readings
from signaling.protocol.commands import AccountFind
from signaling.protocol.journey import Step

MOST_DIGITS = 20


def key(journey: Journey, pressed: str) -> Outcome:
    """A key of the number pad; while the number is being looked up it may be corrected, the answer then is old."""
    typed = typed_after(journey.typed_account, pressed, MOST_DIGITS)
    return replace(forgotten(journey, "account"), typed_account=typed), []


def typed_after(typed: str, pressed: str, most: int) -> str:
    """What is typed after a key: a digit, ``back`` or ``clear``."""
    if pressed == "clear":
        return ""
    if pressed == "back":
        return typed[:-1]
    return (typed + pressed)[:most]


def confirm(journey: Journey) -> Outcome:
    """Look the typed number up."""
    if not journey.typed_account:
        return replace(journey, notice=notices.info(notices.ACCOUNT_EMPTY)), []
    if journey.waits_for("account"):
        return journey, []
    return look_up(journey, number=journey.typed_account)


def card(journey: Journey, event: CardPresented) -> Outcome:
    """A customer card says who it is where that is still open; elsewhere it says nothing."""
    open_steps = (Step.MENU, Step.IDENTIFY)
    if journey.step not in open_steps or journey.account is not None or journey.waits_for("account"):
        return journey, []
    journey, effects = look_up(journey, card_uid=event.uid)
    return journey, [Cue("touch"), *effects]


def look_up(journey: Journey, *, number: str | None = None, card_uid: str | None = None) -> Outcome:
    """Ask for the account; needs the server, and says so when it is away."""
    if not journey.online:
        return replace(journey, notice=notices.of_error(notices.LINK_DOWN)), []
    command = AccountFind(visit_id=journey.visit_id, number=number, card_uid=card_uid)
    ask = journey.asks + 1
    pending = (*journey.pending, Pending(ask, "account"))
    return replace(journey, asks=ask, pending=pending, notice=None), [AskServer(ask, command)]


def found(journey: Journey, event: AccountFound) -> Outcome:
    """The account is known; go on to what was wanted. What was typed for another account is forgotten."""
    pending = tuple(waiting for waiting in journey.pending if waiting.number != event.number)
    if len(pending) == len(journey.pending):
        return journey, []
    other = journey.account is not None and journey.account.account != event.account.account
    journey = replace(
        journey,
        pending=pending,
        account=event.account,
        typed_account="",
        notice=None,
        readings=Readings() if other else journey.readings,
        unticked=frozenset(),
    )
    if journey.step in (Step.IDENTIFY, Step.MENU):
        journey = at_service(journey)
    elif journey.step is Step.READING and not journey.spots:
        journey = replace(at_home(journey), notice=notices.info(notices.NO_METERS))
    return journey, [Cue("done")]


def refused(journey: Journey, event: Refused) -> Outcome:
    """No such account, or nobody to ask: the digits stay to be corrected."""
    step = Step.IDENTIFY if journey.step is Step.MENU else journey.step
    return replace(journey, step=step, notice=notices.of_error(event.code)), []


def forgotten(journey: Journey, about: str) -> Journey:
    """The same journey no longer waiting for that answer."""
    return replace(journey, pending=tuple(waiting for waiting in journey.pending if waiting.about != about))
