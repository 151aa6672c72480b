"""Rules: values that several messages share. Fields a reader does not know are ignored."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Id = Annotated[str, Field(min_length=1, max_length=64, description="UUIDv7; of something new: made by who begins it")]
UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
Language = Literal["ru", "lv", "en"]
Short = Annotated[str, Field(max_length=200)]
#: How a person talks with an operator: at a kiosk, called back by phone, in writing.
Channel = Literal["video", "phone", "chat"]


class Message(BaseModel):
    """Base of everything on the wire: immutable, tolerant of fields of a newer version."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Role(StrEnum):
    """Who is at the other end of a connection; checked by the server for each message."""

    KIOSK = "kiosk"
    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"


class Sum(Message):
    """Money: whole minor units (kopecks, cents) and an ISO 4217 currency."""

    minor: int
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class TerminalTotal(Message):
    """What a card terminal counted of one brand and kind since its day was opened (nexo TransactionType)."""

    brand: Short
    kind: Short
    count: Annotated[int, Field(ge=0)]
    amount: Sum


class FiscalDocument(Message):
    """A fiscal document that exists (54-FZ): what proves it, and the text of its QR code (tag 1196)."""

    kind: Literal["sell", "sell_refund"]
    number: Annotated[int, Field(ge=1, description="tag 1040")]
    storage: Annotated[Short, Field(description="tag 1041, sixteen digits")]
    sign: Annotated[Short, Field(description="tag 1077")]
    at: Annotated[str, Field(max_length=20, description="the register's own clock, YYYYMMDDTHHMM")]
    total: Sum
    qr: Short


class WaitBand(Message):
    """A wait promise in seconds: half of the people are called within ``p50``, nine of ten within ``p90``."""

    p50: Annotated[int, Field(ge=0)]
    p90: Annotated[int, Field(ge=0)]


class ZoneView(Message):
    """One tariff zone of a meter: its last value and the usual month."""

    zone: Annotated[str, Field(max_length=4, description="T1, T2, T3; a single-rate meter has T1 alone")]
    last_value: int | None
    last_date: Annotated[str, Field(description="ISO date of the last value")] | None
    usual_low: int | None
    usual_high: int | None
    price: Sum | None = Field(default=None, description="of one unit, so that a kiosk can say what a value comes to")


class MeterView(Message):
    """A meter as a kiosk shows it; the serial is masked to its last four."""

    meter_id: Short
    model: Short
    serial_masked: Short
    unit: Annotated[str, Field(max_length=16, description="kWh, Gcal, m3")]
    digits: Annotated[int, Field(ge=1, le=9)]
    zones: tuple[ZoneView, ...]


class BillView(Message):
    """A bill that is due: of the account, or of another one of the same person at the same address."""

    account: Annotated[str, Field(description="full number, for commands; show only ``account_masked``")]
    account_masked: Short
    supplier: Short
    supplier_name: Short
    supplier_phone: Short = ""
    services: tuple[Short, ...] = Field(default=(), description="electricity, heat, hot_water, gas")
    due: Sum
    fee: Sum = Field(description="the agent's, on top of ``due``; shown also when it is nothing")


class AccountView(Message):
    """An account with everything personal masked: what a public screen may show."""

    account: Annotated[str, Field(description="full number, for commands; show only ``account_masked``")]
    account_masked: Short
    holder_initials: Short
    supplier: Short
    supplier_name: Short
    address_masked: Short
    meters: tuple[MeterView, ...]
    debt: Sum
    readings_until: str | None = Field(default=None, description="ISO date the reading window closes")
    bills: tuple[BillView, ...] = Field(default=(), description="everything the person can pay here and now, own first")


class CaseLine(Message):
    """One earlier contact of the person."""

    at: datetime
    channel: Short
    summary: Short


class CustomerCard(Message):
    """What an operator with the right sees of the person in front of them. Every showing is audited."""

    account: AccountView
    holder_name: Short
    address: Short
    phone: Short | None = None
    tariff: Short = ""
    verification_until: str | None = None
    last_payment: Sum | None = None
    last_payment_date: str | None = None
    monthly_units: tuple[tuple[str, int], ...] = Field(
        default=(), description="(ISO month, units of the account's first meter), oldest first, up to 24"
    )
    earlier: tuple[CaseLine, ...] = ()


class TicketState(StrEnum):
    """Where a ticket is, as its owner needs to know it."""

    WAITING = "waiting"
    OFFERED = "offered"
    CONNECTED = "connected"
    PARKED = "parked"
    WRAPPING = "wrapping"
    CLOSED = "closed"
    ABANDONED = "abandoned"


class TicketView(Message):
    """A place in the line as the person with the ticket sees it."""

    ticket_id: Id
    number: Annotated[str, Field(max_length=12, description="what is called out, e.g. A-027")]
    state: TicketState
    ahead: Annotated[int, Field(ge=0)]
    operators: Annotated[int, Field(ge=0, description="operators answering now")]
    wait: WaitBand | None
    proof: Annotated[
        str, Field(pattern="^([0-9a-f]{12})?$", description="the queue's chain of hashes after this ticket was taken")
    ] = ""
    code: Annotated[
        str, Field(pattern="^([0-9]{4})?$", description="with it the number holds at any kiosk; for its owner alone")
    ] = ""
    stage: Short = Field(
        default="",
        description="the queue's own word for the state: booked, checked_in, waiting, offered, connected, hold, "
        "parked, callback, at_door, called_in, merged, recallable, wrapping, closed, abandoned, no_show; or "
        "elsewhere: at another kiosk from now on",
    )
    until: datetime | None = Field(default=None, description="until when the place is kept for who is not there")
    slot: datetime | None = Field(default=None, description="of a booked visit")


class Peer(Message):
    """The other person of a session; ``public_key`` (Ed25519, base64) signs their media descriptions."""

    role: Literal["kiosk", "operator"]
    name: Short
    public_key: str


class IceServer(Message):
    """A STUN or TURN server (RFC 8445, RFC 8656).

    A TURN credential is this client's own, made as coturn's ``use-auth-secret`` wants it; it expires 12 hours after it
    was told, which outlives a conversation. All ``urls`` of one entry are ways to the same relay: UDP, TCP, TLS.
    """

    urls: Annotated[tuple[str, ...], Field(description="e.g. turn:relay.example:3478?transport=udp (RFC 7064, 7065)")]
    username: Annotated[str | None, Field(description="the Unix time at which it expires, a colon, the client")] = None
    credential: str | None = None
    authority: Annotated[
        str | None, Field(max_length=8192, description="PEM: whom alone to trust for turns:; none: the system's own")
    ] = None


class PageShape(Message):
    """The shape of a page that stands in place of the operator's picture: whole, as large as fits, in the middle."""

    width: Annotated[int, Field(ge=1, le=10_000)]
    height: Annotated[int, Field(ge=1, le=10_000)]


class SessionView(Message):
    """A conversation as one of its two ends sees it."""

    session_id: Id
    ticket_id: Id
    ticket_number: str
    visit_id: Id | None
    you: Literal["kiosk", "operator"]
    offerer: Annotated[bool, Field(description="this end makes the SDP offer")]
    peer: Peer
    place: Short
    started_at: datetime
    ice_servers: tuple[IceServer, ...] = ()
    codecs: Annotated[
        tuple[Literal["VP8", "H264"], ...],
        Field(description="of pictures, the house's favourite first; an end leaves out what it cannot"),
    ] = ("VP8",)
    channel: Channel = Field(
        default="video", description="phone: a call-back, without media; ``peer`` is empty and the operator dials"
    )
    page: PageShape | None = Field(default=None, description="what the operator shows of a document at this moment")


class Description(Message):
    """An SDP with the proof that its DTLS fingerprint is the sender's own.

    ``signature``: Ed25519 over ``infomat media v1\\n{session_id}\\n{role}\\n{FINGERPRINT}\\n{nonce}`` (UTF-8), where
    FINGERPRINT is the upper-case hex with colons of ``a=fingerprint:sha-256``. The receiver checks the signature with
    the peer's ``public_key`` and that the SDP holds that fingerprint, before it uses the SDP.

    The SDP carries all candidates; nothing follows it. The ``nonce`` of an answer should begin with the first 32
    characters of its offer's: an offer may be replaced by another while its answer is under way. A further offer in a
    running session asks for another connection beside the one that plays, which is closed when the new one plays.
    """

    kind: Literal["offer", "answer"]
    sdp: Annotated[str, Field(max_length=32_768)]
    fingerprint: Annotated[str, Field(max_length=128)]
    nonce: Annotated[str, Field(min_length=16, max_length=64)]
    signature: Annotated[str, Field(max_length=128)]


class OperatorStatus(StrEnum):
    """What an operator is doing; one state at a time, written by the server only."""

    OFFLINE = "offline"
    AVAILABLE = "available"
    OFFERED = "offered"
    BUSY = "busy"
    WRAP_UP = "wrap_up"
    BREAK = "break"
    NOT_RESPONDING = "not_responding"
    GRACE = "grace"


class OperatorView(Message):
    """An operator's own state with its clock and what comes next."""

    operator_id: Id
    name: Short
    role: Role
    status: OperatorStatus
    reason: Short | None = None
    since: datetime
    deadline: datetime | None = None
    next_status: OperatorStatus | None = None
    next_reason: Short | None = None
    served_today: int = 0
    mean_talk_s: int = 0
    mean_rating: float | None = None
    channels: tuple[Channel, ...] = Field(default=("video",), description="what this desk serves")
    shared: int = Field(default=0, description="conversations beside each other, such as chats")
    on_hold: bool = Field(default=False, description="busy, and the customer waits for the operator to be back")


class OfferView(Message):
    """A ticket offered to this operator until ``deadline``."""

    ticket_id: Id
    number: str
    service: Short
    topic: Short
    language: Language
    place: Short
    waited_s: int
    deadline: datetime
    channel: Channel = "video"
    tries: int = Field(default=0, description="of a call-back: calls that found nobody so far")


class LineRow(Message):
    """One waiting ticket as the floor sees it; nothing personal."""

    ticket_id: Id
    number: str
    service: Short
    topic: Short
    place: Short
    taken_at: datetime
    state: TicketState
    channel: Channel = "video"


class FloorRow(Message):
    """A live session as a supervisor sees it."""

    session_id: Id
    ticket_number: str
    place: Short
    operator_id: Id
    operator_name: Short
    service: Short
    started_at: datetime
    media: Short
