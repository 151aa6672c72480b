"""Rules: what the agent and a visit process say to each other, as JSON lines over an inherited socket pair.

The visit owns everything personal and dies with it; the agent owns everything that must last. The visit never
opens a network connection: it asks the agent, which adds who it is and passes the protocol's own messages on.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from signaling.protocol.commands import Command, Works
from signaling.protocol.events import Event, KioskSnapshot, LineTold
from signaling.protocol.frames import NOT_KEPT
from signaling.protocol.journey import Intent, JourneyView, Paper
from signaling.protocol.replies import Reply
from signaling.protocol.values import FiscalDocument, Id, Language, Message, Short, Sum


class KioskFace(Message):
    """What the screen says of this kiosk and its company."""

    company: Short
    kiosk_name: Short
    place: Short
    phone: Short = ""
    brand: str | None = Field(default=None, description="company colour #RRGGBB; contrast >= 4.5:1 on white")
    languages: tuple[Language, ...] = ("ru", "lv", "en")
    country: Literal["RU", "LV"] = Field(default="RU", description="whose phone numbers are typed")


# --- agent to visit ---


class Prepare(Message):
    """First message: load everything, stay hidden, answer Ready."""

    type: Literal["prepare"] = "prepare"
    face: KioskFace
    camera: str = Field(default="generated", description="media device choice: device index, file path, or generated")
    microphone: str = "silence"
    loudspeaker: str = "none"
    geometry: str = Field(default="", description="WIDTHxHEIGHT+X+Y of the window; empty: the whole screen")
    ask_language_first: bool = False
    idle_s: int = Field(default=60, description="seconds without a touch before the warning")
    warning_s: int = Field(default=30, ge=20, description="seconds the warning stands")
    probe: str = Field(default="", description="path of a socket that tells tests what is visible; empty: none")


class Show(Message):
    """Be the visible window now, on the attract screen, for this visit; answer Shown after the first frame."""

    type: Literal["show"] = "show"
    visit_id: Id
    resume: JourneyView | None = Field(
        default=None, description="the last view of this same visit, when its process broke: go on from a safe step"
    )
    self_test: bool = Field(default=False, description="try camera, microphone and loudspeaker while nobody is there")
    sound_check: float = Field(default=0.0, ge=0, le=1, description="volume of a chirp to be heard; 0: none")


class Answer(Message):
    """The server's answer to an Ask: a reply, or an error code of the protocol, or ``link.down``."""

    type: Literal["answer"] = "answer"
    ask_id: Id
    reply: Reply | None = None
    error: str | None = None
    detail: Short = ""


class Told(Message):
    """An event of the server that concerns this visit."""

    type: Literal["told"] = "told"
    event: Event


class Caught(Message):
    """The server's snapshot after a gap."""

    type: Literal["caught"] = "caught"
    snapshot: KioskSnapshot


class World(Message):
    """How the world around the kiosk is; sent at Prepare and at each change."""

    type: Literal["world"] = "world"
    online: bool
    payments_offered: bool
    in_service: bool = Field(default=True, description="False: this kiosk cannot serve anybody (not let in)")
    printer: Paper = Field(default="none", description="whether a slip may be promised")
    line: LineTold | None = None
    called: Short = Field(default="", description="number that is asked in from the door")
    keeps: bool = Field(default=True, description="False: the disk refuses, what is to be sent later may not arrive")


class CardPresented(Message):
    """A customer card lies on the reader; ``uid`` hex capitals. Random UIDs (08...) never get here."""

    type: Literal["card"] = "card"
    uid: str


class PurchaseShown(Message):
    """The present phase of a purchase (``payment.screen_phase``); never unpaid while unknown."""

    type: Literal["purchase"] = "purchase"
    purchase_id: Id
    phase: Short
    phrase: Short
    can_cancel: bool
    final: bool = Field(default=False, description="nothing more is waited for while the person stands here")
    amount: Sum
    reference: Short | None = None
    document: FiscalDocument | None = Field(default=None, description="the newest fiscal one, once it exists")


class SlipShown(Message):
    """What becomes of the slip of a purchase or the ticket ``about``; printed only when the printer has said so."""

    type: Literal["slip"] = "slip"
    about: Id
    state: Literal["printing", "printed", "unsure", "not_printed"]


class TerminalActive(Message):
    """The card terminal is (not) in use: outgoing pictures are a still while it is."""

    type: Literal["terminal_active"] = "terminal_active"
    active: bool


class Touched(Message):
    """The next person was quicker than the change of windows: the old one heard this, the new one does it."""

    type: Literal["touched"] = "touched"
    intent: Intent


class Leave(Message):
    """Exit at once."""

    type: Literal["leave"] = "leave"


# --- visit to agent ---


class Ready(Message):
    """Everything is loaded; Show will take a moment only."""

    type: Literal["ready"] = "ready"


class Shown(Message):
    """The first frame after Show is on the screen."""

    type: Literal["shown"] = "shown"
    visit_id: Id
    at: datetime


class Began(Message):
    """Somebody touched the screen."""

    type: Literal["began"] = "began"
    visit_id: Id
    language: Language


class Ask(Message):
    """A command of the protocol that needs an answer."""

    type: Literal["ask"] = "ask"
    ask_id: Id
    command: Command


class Tell(Message):
    """A command of the protocol that is sent when the link lets it, in order, without an answer to the visit."""

    type: Literal["tell"] = "tell"
    command: Command


class Describe(Message):
    """This end's SDP; the agent signs it with the kiosk's key and sends it."""

    type: Literal["describe"] = "describe"
    session_id: Id
    kind: Literal["offer", "answer"]
    sdp: str
    fingerprint: str
    nonce: str


class Bill(Message):
    """What is paid to one supplier: ``amount`` reaches the account, ``fee`` is the agent's.

    ``supplier_name``, ``supplier_phone`` and ``account_masked`` are for the slip.
    """

    supplier: Short
    account: Short
    service: Short
    amount: Sum
    fee: Sum
    supplier_name: Short = ""
    supplier_phone: Short = ""
    account_masked: Short = ""


class StartPurchase(Message):
    """Charge ``amount``, the sum of all bills and fees, at the card terminal.

    The agent journals before it says anything to the terminal.
    """

    type: Literal["start_purchase"] = "start_purchase"
    purchase_id: Id
    bills: tuple[Bill, ...]
    amount: Sum
    purpose: Short
    language: Language = "ru"


class CancelPurchase(Message):
    """The customer wishes to stop; an approval may still win."""

    type: Literal["cancel_purchase"] = "cancel_purchase"
    purchase_id: Id


class Painted(Message):
    """How many frames the window has painted, each second: a frozen picture is noticed by it."""

    type: Literal["painted"] = "painted"
    frames: int


class Equipped(Message):
    """How camera, microphone, loudspeaker and media engine were when last tried, at each change."""

    type: Literal["equipped"] = "equipped"
    camera: Works = "unknown"
    microphone: Works = "unknown"
    loudspeaker: Works = "unknown"
    engine: Works = "unknown"
    sound_check: Works = Field(default="unknown", description="the microphone heard the loudspeaker")


class Ended(Message):
    """The visit is over: put the spare in my place, then end me."""

    type: Literal["ended"] = "ended"
    visit_id: Id
    outcome: Literal["finished", "idle"]


ToVisit = Annotated[
    Prepare
    | Show
    | Answer
    | Told
    | Caught
    | World
    | CardPresented
    | PurchaseShown
    | SlipShown
    | TerminalActive
    | Touched
    | Leave,
    Field(discriminator="type"),
]
ToAgent = Annotated[
    Ready
    | Shown
    | Began
    | Ask
    | Tell
    | Describe
    | StartPurchase
    | CancelPurchase
    | Painted
    | Ended
    | Touched
    | Equipped,
    Field(discriminator="type"),
]
TO_VISIT: TypeAdapter[Message] = TypeAdapter(ToVisit, config=NOT_KEPT)
TO_AGENT: TypeAdapter[Message] = TypeAdapter(ToAgent, config=NOT_KEPT)
