"""Rules: the shared journey. What a kiosk shows is a state; what moves it is an intent with an origin.

The operator in a session sees the customer's present step and, with the customer's permission, may propose
a value for a field, which the customer confirms on the kiosk.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from signaling.protocol.values import (
    AccountView,
    FiscalDocument,
    Id,
    Language,
    Message,
    PageShape,
    Short,
    Sum,
    TicketView,
    WaitBand,
)

KioskDevice = Literal["camera", "microphone", "loudspeaker"]


class Step(StrEnum):
    """The screen a kiosk shows."""

    ATTRACT = "attract"
    LANGUAGE = "language"
    MENU = "menu"
    IDENTIFY = "identify"
    READING = "reading"
    READING_DONE = "reading_done"
    PAYMENT = "payment"
    PAYING = "paying"
    PAID = "paid"
    TOPIC = "topic"
    HAVE_NUMBER = "have_number"
    WAITING = "waiting"
    PARKED = "parked"
    CALL_BACK = "call_back"
    CALL_BACK_DONE = "call_back_done"
    CALL = "call"
    RATING = "rating"
    GOODBYE = "goodbye"
    OUT_OF_SERVICE = "out_of_service"


class Notice(Message):
    """Something to tell the person: a phrase key and its values; ``tone`` picks colour and icon."""

    tone: Literal["info", "warning", "danger", "success"]
    phrase: Short
    values: dict[str, str] = {}


class ReadingEntry(Message):
    """The reading being typed: one zone of one meter a screen."""

    meter_id: Short
    zone: Short
    zone_index: int
    zone_count: int
    unit: Short
    digits: int
    typed: Annotated[str, Field(max_length=9)] = ""
    last_value: int | None = None
    last_date: str | None = None
    usual_low: int | None = None
    usual_high: int | None = None
    units: int | None = Field(default=None, description="consumption that follows from what is typed")
    money: Sum | None = None
    times_usual: float | None = None
    needs_confirmation: bool = False
    can_skip: bool = Field(default=False, description="the account has other meters: this one may be left out")


class BillEntry(Message):
    """One bill of the payment in view; ``ticked`` ones are paid. ``place`` counts the account's bills from 0."""

    place: int
    account_masked: Short
    supplier: Short
    supplier_name: Short
    supplier_phone: Short = ""
    services: tuple[Short, ...] = ()
    due: Sum
    fee: Sum
    ticked: bool = True


#: Whether a slip may be promised: there is no printer, it can print, or it cannot now.
Paper = Literal["none", "ready", "out"]
#: What becomes of a slip. ``out``: the printer cannot print, said before anything is paid. ``printed`` only when the
#: printer has confirmed it, ``unsure`` when it never answers.
SlipWord = Literal["none", "out", "printing", "printed", "unsure", "not_printed"]


class PaymentEntry(Message):
    """The payment in view. ``phase`` follows the purchase machine; it never says unpaid while unknown.

    ``amount`` is what the card is charged for the ticked bills, ``fee`` the part of it that is the agent's. ``slip``:
    what the person is told of the slip.
    """

    purchase_id: Id | None = None
    amount: Sum
    fee: Sum
    bills: tuple[BillEntry, ...] = ()
    purpose: Short
    phase: Short = "offered"
    phrase: Short = ""
    can_cancel: bool = False
    reference: Short | None = None
    document: FiscalDocument | None = None
    slip: SlipWord = "none"


class CallEntry(Message):
    """The conversation in view."""

    session_id: Id
    operator_name: Short
    media: Literal["connecting", "live", "reconnecting", "lost"] = "connecting"
    microphone_on: bool = True
    camera_covered: bool = False
    missing: tuple[KioskDevice, ...] = Field(
        default=(), description="devices of the kiosk that do not work and that no other has replaced"
    )
    on_hold: bool = Field(default=False, description="the operator is away for a moment")
    page: PageShape | None = Field(default=None, description="of a document that the operator shows")


class CallBackEntry(Message):
    """A call back instead of waiting here: the number being typed, or the one that is going to be called."""

    country_code: Annotated[Short, Field(description="with a plus; typed numbers are of this country")]
    typed: Annotated[str, Field(max_length=16, description="digits; never reported to the server")] = ""
    masked: Annotated[Short, Field(description="the number that will be called, all but its end covered")] = ""
    wait: WaitBand | None = None


class Proposal(Message):
    """A value the operator proposes; nothing changes until the person accepts it."""

    field: Short
    value: Short
    operator_name: Short


class Reference(Message):
    """Something the person can show later."""

    kind: Literal["reading", "payment", "ticket", "unknown_payment"]
    text: Short
    value: Short
    proof: Annotated[str, Field(max_length=12, description="of a ticket: as in TicketView")] = ""
    code: Annotated[str, Field(max_length=4, description="of a ticket; never reported to the server")] = ""


class Ease(Message):
    """Ease of use, kept until the visit is wiped."""

    bigger: bool = False
    contrast: bool = False
    slower: bool = False
    low_reach: bool = False


class JourneyView(Message):
    """Everything a kiosk shows at one moment. ``number`` grows by one with each change."""

    visit_id: Id
    number: int
    step: Step
    language: Language
    ease: Ease = Ease()
    online: bool = True
    payments_offered: bool = True
    account: AccountView | None = None
    typed_account: Annotated[str, Field(max_length=20)] = ""
    typed_number: Annotated[str, Field(max_length=8, description="number and code; never reported to the server")] = ""
    busy: bool = Field(default=False, description="an answer is being waited for")
    reading: ReadingEntry | None = None
    payment: PaymentEntry | None = None
    ticket: TicketView | None = None
    ticket_slip: SlipWord = "none"
    call: CallEntry | None = None
    call_back: CallBackEntry | None = None
    stars: int | None = None
    references: tuple[Reference, ...] = ()
    notice: Notice | None = None
    permission: Literal["none", "asked", "granted"] = "none"
    proposal: Proposal | None = None
    idle_warning_s: int | None = Field(default=None, description="seconds left before the visit ends by itself")
    can_go_back: bool = False


class _Intent(Message):
    pass


class Touch(_Intent):
    """Somebody touched the attract screen, or said they are still here."""

    type: Literal["touch"] = "touch"


class ChooseLanguage(_Intent):
    """Speak this language from now on."""

    type: Literal["choose_language"] = "choose_language"
    language: Language


class OpenService(_Intent):
    """Go to a service; asks for the account first where it is needed."""

    type: Literal["open_service"] = "open_service"
    service: Literal["menu", "readings", "payment", "talk"]


class Key(_Intent):
    """A key of the screen's number pad: a digit, or ``back``, or ``clear``."""

    type: Literal["key"] = "key"
    key: Annotated[str, Field(pattern=r"^([0-9]|back|clear)$")]


class Confirm(_Intent):
    """Go on with what is on the screen (also: yes, this unusual reading is right)."""

    type: Literal["confirm"] = "confirm"


class SkipMeter(_Intent):
    """Leave the meter in view out this time; the next one is asked for."""

    type: Literal["skip_meter"] = "skip_meter"


class Back(_Intent):
    """One step back."""

    type: Literal["back"] = "back"


class Finish(_Intent):
    """End the visit."""

    type: Literal["finish"] = "finish"


class TickBill(_Intent):
    """Pay this bill too, or not now."""

    type: Literal["tick_bill"] = "tick_bill"
    place: Annotated[int, Field(ge=0, le=99)]
    ticked: bool


class Pay(_Intent):
    """Start the card payment of what is ticked."""

    type: Literal["pay"] = "pay"


class CancelPayment(_Intent):
    """Ask the terminal to stop; an approval may still win."""

    type: Literal["cancel_payment"] = "cancel_payment"


class Talk(_Intent):
    """Take a ticket to talk to a specialist about a topic."""

    type: Literal["talk"] = "talk"
    topic: Literal["readings", "payment", "contract", "other"]


class HaveNumber(_Intent):
    """Somebody who has a number and its code: called from the door, booked, or back."""

    type: Literal["have_number"] = "have_number"


class Pause(_Intent):
    """Go for a while, for papers or a breath of air; the place is kept until a moment that is shown."""

    type: Literal["pause"] = "pause"


class LeaveLine(_Intent):
    """Give the place in the line back."""

    type: Literal["leave_line"] = "leave_line"


class CallMeBack(_Intent):
    """Go home and be called by phone: type the number first. The place in the line is kept."""

    type: Literal["call_me_back"] = "call_me_back"


class EndCall(_Intent):
    """End the conversation."""

    type: Literal["end_call"] = "end_call"


class Mute(_Intent):
    """Switch the own microphone."""

    type: Literal["mute"] = "mute"
    microphone_on: bool


class Rate(_Intent):
    """One to five stars, or none to skip."""

    type: Literal["rate"] = "rate"
    stars: Annotated[int, Field(ge=1, le=5)] | None


class SetEase(_Intent):
    """Bigger, more contrast, slower, everything within low reach."""

    type: Literal["set_ease"] = "set_ease"
    ease: Ease


class AskPermission(_Intent):
    """The operator asks to help fill in (origin operator only)."""

    type: Literal["ask_permission"] = "ask_permission"


class Permit(_Intent):
    """The customer lets the operator help, or ends that (origin customer only)."""

    type: Literal["permit"] = "permit"
    granted: bool


class Propose(_Intent):
    """The operator proposes a value for a field (origin operator, with permission): ``account`` or ``reading.T1``."""

    type: Literal["propose"] = "propose"
    field: Annotated[str, Field(pattern=r"^(account|reading\.[A-Z0-9]{1,8})$")]
    value: Annotated[str, Field(max_length=20)]


class DecideProposal(_Intent):
    """The customer takes the proposed value or not (origin customer only)."""

    type: Literal["decide_proposal"] = "decide_proposal"
    accepted: bool


Intent = Annotated[
    Touch
    | ChooseLanguage
    | OpenService
    | Key
    | Confirm
    | SkipMeter
    | Back
    | Finish
    | TickBill
    | Pay
    | CancelPayment
    | Talk
    | HaveNumber
    | Pause
    | LeaveLine
    | CallMeBack
    | EndCall
    | Mute
    | Rate
    | SetEase
    | AskPermission
    | Permit
    | Propose
    | DecideProposal,
    Field(discriminator="type"),
]

#: What an operator may do to a customer's journey: asking is free, the rest needs ``permission == "granted"``.
OPERATOR_INTENTS = (AskPermission, Propose, OpenService)
