"""Rules: what a desk holds, which scene it is in, and what its person may do now.

The server owns the operator's machine; the desk only shows it. A scene is derived, never stored, so that it
cannot disagree with what the server said last.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from media.estimate import Tally
from media.messages import CallState, Quality
from office.result_codes import missing_for_wrap_up
from operator_console.happenings import Act, Effect, Result
from operator_console.notices import Notice
from operator_console.payment_steps import Payments
from operator_console.queue_steps import Sought, Supervision
from operator_console.share_acts import ShownPage
from signaling.protocol.commands import NoteSave
from signaling.protocol.events import FloorChanged
from signaling.protocol.journey import JourneyView, Step
from signaling.protocol.queueing import CallBackCard, Colleague
from signaling.protocol.values import (
    CustomerCard,
    LineRow,
    OfferView,
    OperatorStatus,
    OperatorView,
    Role,
    SessionView,
)
from signaling.protocol.waiting_line import LineCounts

Timeline = tuple[tuple[str, str, dict[str, str]], ...]


@dataclass(frozen=True, slots=True)
class Note:
    """The operator's note: what is typed, what is on its way, and what the server has on disk."""

    text: str = ""
    saved: str = ""
    sending: str | None = None
    #: What was sent last, whether or not it arrived.
    sent: str = ""
    typed_at: datetime | None = None
    due: datetime | None = None
    saved_at: datetime | None = None

    @property
    def safe(self) -> bool:
        """Whether the server has every letter of it."""
        return self.text == self.saved


@dataclass(frozen=True, slots=True)
class Conversation:
    """One session with a customer, until its wrap-up is over."""

    session: SessionView
    #: What it is about, as the offer told it; empty when the conversation was found after a new sign-in.
    topic: str = ""
    journey: JourneyView | None = None
    timeline: Timeline = ()
    card: CustomerCard | None = None
    card_for: str | None = None
    note: Note = Note()
    media: CallState = "connecting"
    #: Our engine's connection is new to the server: told as ``connecting`` once, which makes the kiosk offer anew.
    fresh: bool = True
    quality: Quality | None = None
    tally: Tally = field(default_factory=Tally)
    #: The customer's voice was heard.
    heard: bool = False
    figures_due: datetime | None = None
    sound_on: bool = True
    picture_on: bool = True
    #: On hold since then, or not at all; and what was asked of the server that it does not say itself yet.
    held_since: datetime | None = None
    hold_asked: bool | None = None
    ended: str | None = None
    ended_at: datetime | None = None
    result: Result | None = None
    #: The end of the paper work for which more time was asked because somebody was still typing.
    extended_at: datetime | None = None
    first_contact: bool = True
    #: Of a call-back: whom to call, only while it is needed; and whether they have answered.
    call_back: CallBackCard | None = None
    reached: bool = False
    #: The page of a document that the customer sees in place of us.
    shown: ShownPage | None = None
    #: How the customer goes on without us: ``parked``, ``transferred``, ``absent``, or nothing.
    passed: str = ""
    #: Who was on duty when it was asked last, to pass the customer on by name.
    colleagues: tuple[Colleague, ...] = ()

    @property
    def by_phone(self) -> bool:
        """A call-back: the operator dials, there is neither picture nor sound of ours."""
        return self.session.channel == "phone"


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything this desk knows. ``now`` is the server's time of the last happening."""

    now: datetime
    role: Role = Role.OPERATOR
    online: bool = False
    away_since: datetime | None = None
    ever_online: bool = False
    operator: OperatorView | None = None
    offer: OfferView | None = None
    offered_at: datetime | None = None
    preview: JourneyView | None = None
    preview_timeline: Timeline = ()
    ring_due: datetime | None = None
    conversation: Conversation | None = None
    line: tuple[LineRow, ...] = ()
    #: Of the whole line, of which ``line`` is the beginning.
    counts: LineCounts = field(default_factory=LineCounts)
    sought: Sought = field(default_factory=Sought)
    floor: FloorChanged | None = None
    notice: Notice | None = None
    #: Types of commands whose answer is awaited: nothing is asked twice.
    awaited: frozenset[str] = frozenset()
    #: Notes of conversations that are over, until the server confirms them.
    unsaved: tuple[NoteSave, ...] = ()
    #: Drafts of an earlier run that belong to no known conversation yet.
    drafts: tuple[tuple[str, str], ...] = ()
    #: Whether they were sent to the server all the same.
    handed_in: bool = False
    #: Whether the local disk takes notes.
    disk_writes: bool = True
    devices_on: bool = False
    engine_died: bool = False
    media_lost: frozenset[str] = frozenset()
    payments: Payments = field(default_factory=Payments)
    supervision: Supervision = field(default_factory=Supervision)


class Scene(StrEnum):
    """What the middle of the desk shows."""

    CONNECTING = "connecting"
    BREAK = "break"
    READY = "ready"
    NOT_RESPONDING = "not_responding"
    OFFERED = "offered"
    TALKING = "talking"
    WRAP_UP = "wrap_up"


def scene(desk: Desk) -> Scene:
    """The scene that follows from what is known."""
    if desk.conversation is not None:
        return Scene.TALKING if desk.conversation.ended is None else Scene.WRAP_UP
    if desk.offer is not None:
        return Scene.OFFERED
    if desk.operator is None:
        return Scene.CONNECTING
    by_status = {
        OperatorStatus.AVAILABLE: Scene.READY,
        OperatorStatus.OFFERED: Scene.READY,
        OperatorStatus.WRAP_UP: Scene.WRAP_UP,
        OperatorStatus.NOT_RESPONDING: Scene.NOT_RESPONDING,
    }
    return by_status.get(desk.operator.status, Scene.BREAK)


_STATUS = frozenset({Act.AVAILABLE, Act.BREAK})
_PAPER = frozenset({Act.NOTE, Act.RESULT})
#: What each scene offers; ``permitted`` takes away what the moment does not allow.
OFFERS: dict[Scene, frozenset[Act]] = {
    Scene.CONNECTING: frozenset(),
    Scene.BREAK: _STATUS | {Act.SIGN_OUT},
    Scene.READY: _STATUS | {Act.SIGN_OUT},
    Scene.NOT_RESPONDING: _STATUS | {Act.SIGN_OUT},
    Scene.OFFERED: _STATUS | {Act.ACCEPT, Act.REFUSE},
    Scene.TALKING: _STATUS
    | _PAPER
    | {Act.SOUND, Act.PICTURE, Act.HOLD, Act.ASK_HELP, Act.PROPOSE, Act.OPEN_STEP, Act.END}
    | {Act.SHOW, Act.SHOW_END}
    | {Act.PARK, Act.TRANSFER, Act.ABSENT, Act.NUMBER, Act.REACHED, Act.NOT_REACHED},
    Scene.WRAP_UP: _STATUS | _PAPER | {Act.EXTEND, Act.FINISH},
}
#: Acts that need nothing of the server at this moment: a broken link does not take them away.
_LOCAL = _PAPER | {Act.SHOW_END, Act.SOUND, Act.PICTURE, Act.HOLD, Act.END, Act.REACHED, Act.FLOOR}
#: The command an act sends; while its answer is awaited the act is not offered again.
_SENDS: dict[Act, str] = {
    Act.AVAILABLE: "status.set",
    Act.BREAK: "status.set",
    Act.SIGN_OUT: "status.set",
    Act.ACCEPT: "offer.accept",
    Act.REFUSE: "offer.refuse",
    Act.ASK_HELP: "journey.intent",
    Act.PROPOSE: "journey.intent",
    Act.OPEN_STEP: "journey.intent",
    Act.EXTEND: "wrap_up.extend",
    Act.FINISH: "wrap_up.finish",
    Act.MOVE: "ticket.move",
    Act.WEIGH: "centre.weigh",
    Act.FIND: "line.find",
    Act.CHANNELS: "channels.set",
    Act.NUMBER: "callback.show",
    Act.NOT_REACHED: "callback.unanswered",
    Act.PARK: "ticket.park",
    Act.TRANSFER: "ticket.transfer",
    Act.ABSENT: "ticket.absent",
    Act.HOLD: "session.hold",
}


def permitted(desk: Desk) -> frozenset[Act]:
    """What this person may do now; drives which buttons live."""
    acts = set(OFFERS[scene(desk)])
    if not desk.online:
        acts &= _LOCAL
    acts -= {act for act, command in _SENDS.items() if command in desk.awaited}
    if not offer_lives(desk):
        acts -= {Act.ACCEPT, Act.REFUSE}
    if desk.offer is not None and {"offer.accept", "offer.refuse"} & desk.awaited:
        acts -= {Act.ACCEPT, Act.REFUSE}
    acts -= _not_for_this_journey(desk) | _not_by_this_channel(desk)
    if desk.conversation is None or desk.conversation.shown is None:
        acts.discard(Act.SHOW_END)
    if desk.conversation is not None and desk.conversation.held_since is not None:
        acts -= {Act.SOUND, Act.PICTURE}
    if desk.online and desk.operator is not None and desk.operator.status is not OperatorStatus.OFFLINE:
        acts |= {Act.CHANNELS} - {act for act in (Act.CHANNELS,) if _SENDS[act] in desk.awaited}
    if Act.FINISH in acts and missing(desk) is not None:
        acts.discard(Act.FINISH)
    if scene(desk) is Scene.WRAP_UP and desk.conversation is None:
        acts -= _PAPER
    if _already(desk):
        acts.discard(_already(desk) or Act.AVAILABLE)
    if desk.role in (Role.SUPERVISOR, Role.ADMINISTRATOR):
        acts.add(Act.FLOOR)
    if desk.role in (Role.OPERATOR, Role.SUPERVISOR) and desk.ever_online:
        acts.add(Act.PAYMENTS)
        acts |= {Act.FIND} if desk.online and _SENDS[Act.FIND] not in desk.awaited else set()
    if desk.role is Role.SUPERVISOR and desk.online:  # the right move_in_queue
        acts |= {act for act in (Act.MOVE, Act.WEIGH) if _SENDS[act] not in desk.awaited}
    return frozenset(acts)


def missing(desk: Desk) -> str | None:
    """What keeps the wrap-up from being finished: ``result``, ``note``, or nothing."""
    current = desk.conversation
    if current is None:
        return "result"
    missed = missing_for_wrap_up(current.result, current.note.text)
    return None if missed is None else {"result.missing": "result"}.get(missed, "note")


def offer_lives(desk: Desk) -> bool:
    """Whether the offered ticket can still be taken."""
    return desk.offer is not None and desk.now < desk.offer.deadline and desk.conversation is None


def proposed_field(journey: JourneyView | None) -> str | None:
    """The field of the customer's screen that a value can be proposed for, or None."""
    if journey is None:
        return None
    if journey.step is Step.IDENTIFY:
        return "account"
    if journey.step is Step.READING and journey.reading is not None:
        return f"reading.{journey.reading.zone}"
    return None


def _not_for_this_journey(desk: Desk) -> set[Act]:
    journey = desk.conversation.journey if desk.conversation else None
    if journey is None:
        return {Act.ASK_HELP, Act.PROPOSE, Act.OPEN_STEP}
    if journey.permission != "granted":
        asked = {Act.ASK_HELP} if journey.permission == "asked" else set()
        return {Act.PROPOSE, Act.OPEN_STEP} | asked
    waits = journey.proposal is not None or proposed_field(journey) is None
    return {Act.ASK_HELP} | ({Act.PROPOSE} if waits else set())


def _not_by_this_channel(desk: Desk) -> set[Act]:
    current = desk.conversation
    if current is None or not current.by_phone:
        return {Act.NUMBER, Act.REACHED, Act.NOT_REACHED}
    shown = current.call_back is not None and bool(current.call_back.phone)
    never = {Act.SOUND, Act.PICTURE, Act.HOLD, Act.SHOW, Act.SHOW_END, Act.PARK, Act.ABSENT} | (
        {Act.NUMBER} if shown else set()
    )
    if current.reached:
        return never | {Act.REACHED, Act.NOT_REACHED}
    return never | {Act.END, Act.TRANSFER}


def _already(desk: Desk) -> Act | None:
    """The status act that would change nothing."""
    if desk.operator is None:
        return None
    if desk.operator.status is OperatorStatus.AVAILABLE and desk.operator.next_status is None:
        return Act.AVAILABLE
    if desk.operator.next_status is OperatorStatus.AVAILABLE:
        return Act.AVAILABLE
    return None


Stepped = tuple[Desk, tuple[Effect, ...]]
