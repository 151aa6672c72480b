"""Rules: what can happen at a desk (past tense) and what the desk wants done about it (imperatives)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from media import messages as media
from operator_console import payment_acts, queue_acts, share_acts
from signaling.protocol.commands import Command
from signaling.protocol.errors import ErrorCode
from signaling.protocol.events import DeskSnapshot, Event
from signaling.protocol.replies import Reply

Result = Literal["resolved", "call_back", "request", "not_ours"]
RESULTS: tuple[Result, ...] = ("resolved", "call_back", "request", "not_ours")
BREAK_REASONS = ("lunch", "rest", "training", "meeting", "technical")
REFUSE_REASONS = ("technical", "language", "personal", "other")


class Act(StrEnum):
    """Everything a person at the desk can do; what is not permitted now is not offered."""

    AVAILABLE = "available"
    BREAK = "break"
    SIGN_OUT = "sign_out"
    ACCEPT = "accept"
    REFUSE = "refuse"
    SOUND = "sound"
    PICTURE = "picture"
    HOLD = "hold"
    ASK_HELP = "ask_help"
    PROPOSE = "propose"
    OPEN_STEP = "open_step"
    END = "end"
    NOTE = "note"
    RESULT = "result"
    EXTEND = "extend"
    FINISH = "finish"
    FLOOR = "floor"
    PAYMENTS = "payments"
    MOVE = "move"
    WEIGH = "weigh"
    FIND = "find"
    CHANNELS = "channels"
    NUMBER = "number"
    REACHED = "reached"
    NOT_REACHED = "not_reached"
    PARK = "park"
    TRANSFER = "transfer"
    ABSENT = "absent"
    SHOW = "show"
    SHOW_END = "show_end"


# --- what happened: the server and the link ---


@dataclass(frozen=True, slots=True)
class ServerSaid:
    """An event of the protocol came."""

    event: Event


@dataclass(frozen=True, slots=True)
class SnapshotCame:
    """The whole state of this desk as the server has it."""

    snapshot: DeskSnapshot


@dataclass(frozen=True, slots=True)
class LinkChanged:
    """The link to the server came up or went down."""

    online: bool


@dataclass(frozen=True, slots=True)
class LinkEnded:
    """The link is over and does not come back by itself; ``code``: why the server ended it, None when it was us."""

    code: str | None


@dataclass(frozen=True, slots=True)
class Replied:
    """The server answered a command."""

    command: Command
    reply: Reply


@dataclass(frozen=True, slots=True)
class Refused:
    """The server refused a command, with a stable code."""

    command: Command
    code: ErrorCode


@dataclass(frozen=True, slots=True)
class Unsent:
    """A command did not reach the server, or its answer did not come back."""

    command: Command


@dataclass(frozen=True, slots=True)
class MediaSaid:
    """The media engine told something."""

    event: media.Event


@dataclass(frozen=True, slots=True)
class DraftsFound:
    """Notes left by an earlier run of this console that the server has not confirmed: session id, text."""

    drafts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class DiskSaid:
    """The local disk takes notes, or does not (full, read-only)."""

    writes: bool


@dataclass(frozen=True, slots=True)
class Ticked:
    """Time went on (several times a second)."""


# --- what happened: the person at the desk ---


@dataclass(frozen=True, slots=True)
class WentAvailable:
    """Ready for the next customer; while busy: be available afterwards."""


@dataclass(frozen=True, slots=True)
class TookBreak:
    """A break, with one of BREAK_REASONS; while busy: afterwards."""

    reason: str


@dataclass(frozen=True, slots=True)
class SignedOut:
    """The shift is over."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """Takes the offered ticket."""


@dataclass(frozen=True, slots=True)
class RefusedOffer:
    """Hands the offered ticket back, with one of REFUSE_REASONS."""

    reason: str


@dataclass(frozen=True, slots=True)
class SwitchedSound:
    """Turned the own microphone off or on."""


@dataclass(frozen=True, slots=True)
class SwitchedPicture:
    """Turned the own camera off or on."""


@dataclass(frozen=True, slots=True)
class SwitchedHold:
    """Put the customer on hold, or came back to them."""


@dataclass(frozen=True, slots=True)
class AskedToHelp:
    """Asks the customer to let us fill in a field."""


@dataclass(frozen=True, slots=True)
class ProposedValue:
    """Proposes a value for the field on the customer's screen."""

    value: str


@dataclass(frozen=True, slots=True)
class OpenedStep:
    """Opens a service on the customer's screen."""

    service: Literal["menu", "readings", "payment"]


@dataclass(frozen=True, slots=True)
class EndedCall:
    """Hangs up."""


@dataclass(frozen=True, slots=True)
class NoteTyped:
    """The note as it stands now."""

    text: str


@dataclass(frozen=True, slots=True)
class ResultChosen:
    """What became of the conversation."""

    result: Result


@dataclass(frozen=True, slots=True)
class FirstContactSet:
    """Whether the question was solved at the first contact."""

    yes: bool


@dataclass(frozen=True, slots=True)
class WrapUpExtended:
    """Asks for a little more time for the paper work."""


@dataclass(frozen=True, slots=True)
class WrapUpFinished:
    """Done with this customer; on to what comes next."""


@dataclass(frozen=True, slots=True)
class NoticeRead:
    """The strip with the last message was closed."""


@dataclass(frozen=True, slots=True)
class AskedToClose:
    """The window's close button: never in the middle of a conversation."""


UserAct = (
    WentAvailable
    | TookBreak
    | SignedOut
    | Accepted
    | RefusedOffer
    | SwitchedSound
    | SwitchedPicture
    | SwitchedHold
    | AskedToHelp
    | ProposedValue
    | OpenedStep
    | EndedCall
    | NoteTyped
    | ResultChosen
    | FirstContactSet
    | WrapUpExtended
    | WrapUpFinished
    | NoticeRead
    | AskedToClose
    | payment_acts.PaymentAct
    | queue_acts.QueueAct
    | share_acts.ShareAct
)
Happening = (
    ServerSaid
    | SnapshotCame
    | LinkChanged
    | LinkEnded
    | Replied
    | Refused
    | Unsent
    | MediaSaid
    | DraftsFound
    | DiskSaid
    | Ticked
    | UserAct
)

#: Which permission each act of a person needs; a notice may always be closed.
NEEDS: dict[type, Act | None] = {
    WentAvailable: Act.AVAILABLE,
    TookBreak: Act.BREAK,
    SignedOut: Act.SIGN_OUT,
    Accepted: Act.ACCEPT,
    RefusedOffer: Act.REFUSE,
    SwitchedSound: Act.SOUND,
    SwitchedPicture: Act.PICTURE,
    SwitchedHold: Act.HOLD,
    AskedToHelp: Act.ASK_HELP,
    ProposedValue: Act.PROPOSE,
    OpenedStep: Act.OPEN_STEP,
    EndedCall: Act.END,
    NoteTyped: Act.NOTE,
    ResultChosen: Act.RESULT,
    FirstContactSet: Act.RESULT,
    WrapUpExtended: Act.EXTEND,
    WrapUpFinished: Act.FINISH,
    **dict.fromkeys(payment_acts.ACTS, Act.PAYMENTS),
    **{act: Act(need) for act, need in {**queue_acts.NEEDS, **share_acts.NEEDS}.items()},
    NoticeRead: None,
    AskedToClose: None,
}

# --- what is wanted ---


@dataclass(frozen=True, slots=True)
class Send:
    """Send a command; ``must_arrive`` outlives a broken link."""

    command: Command
    must_arrive: bool = False


@dataclass(frozen=True, slots=True)
class TellMedia:
    """Hand a command to the media engine."""

    command: media.Command


@dataclass(frozen=True, slots=True)
class OpenDevices:
    """Start camera and microphone, or let them go (a break at home is private)."""

    on: bool


@dataclass(frozen=True, slots=True)
class SignAndDescribe:
    """Sign our session description with this operator's key and send it to the other end."""

    description: media.LocalDescription


@dataclass(frozen=True, slots=True)
class KeepDraft:
    """Write the note to the local disk now: it must survive the end of this process."""

    session_id: str
    text: str


@dataclass(frozen=True, slots=True)
class DropDraft:
    """The server has this note on its disk; remove the local copy."""

    session_id: str


@dataclass(frozen=True, slots=True)
class CallAttention:
    """Bring the window up: a customer is being offered."""


@dataclass(frozen=True, slots=True)
class Leave:
    """Close the link and show the sign-in."""


@dataclass(frozen=True, slots=True)
class CloseWindow:
    """End this console."""


Effect = Send | TellMedia | OpenDevices | SignAndDescribe | KeepDraft | DropDraft | CallAttention | Leave | CloseWindow
