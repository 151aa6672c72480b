"""Rules: stable error codes of the protocol, each with the phrase a client looks up."""

from __future__ import annotations

from enum import StrEnum

from ground.errors import InfomatError


class ErrorCode(StrEnum):
    """Codes never change their meaning; the phrase key of a code is ``error.<code>``."""

    #: The frame is not JSON, or not a frame of this protocol. The connection goes on.
    MALFORMED = "protocol.malformed"
    #: The frame is larger than the server takes (64 KiB). The connection is closed (1009).
    TOO_LARGE = "protocol.too_large"
    #: The type of the command is not known to this server. The connection goes on.
    UNKNOWN_TYPE = "protocol.unknown_type"
    #: The client speaks a version this server does not serve. The connection is closed.
    VERSION = "protocol.version"
    #: Something other than ``hello`` came first, or ``hello`` came twice.
    ORDER = "protocol.order"
    #: The same command id came with another content.
    REPLAYED = "protocol.replayed"
    #: Too many messages in a short time. The connection is closed with a time to come back.
    TOO_MANY = "protocol.too_many"
    #: The proof, password or token does not hold.
    NOT_SIGNED_IN = "auth.failed"
    #: The token was good once and is no longer; sign in again.
    TOKEN_EXPIRED = "auth.expired"
    #: Too many wrong passwords; wait.
    SIGN_IN_PAUSED = "auth.paused"
    #: This role, or this person, may not do that.
    NOT_ALLOWED = "auth.not_allowed"
    #: The one-time code is unknown, used, or too old.
    ENROL_CODE = "enrol.code"
    #: No such account.
    ACCOUNT_UNKNOWN = "account.unknown"
    #: The billing system cannot be reached; nothing was lost, try later.
    BILLING_UNAVAILABLE = "billing.unavailable"
    #: The billing system refused; the detail says why.
    BILLING_REFUSED = "billing.refused"
    #: The reading is not a whole number of the meter's digits.
    READING_INVALID = "reading.invalid"
    #: No such ticket, or it is closed.
    TICKET_UNKNOWN = "ticket.unknown"
    #: The place of this number is not kept any more; take a new one.
    TICKET_LATE = "ticket.late"
    #: This number holds at a kiosk of its own place alone.
    TICKET_ELSEWHERE = "ticket.elsewhere"
    #: Check-in for this booked visit is not open yet.
    BOOKING_EARLY = "booking.early"
    #: The offer was withdrawn or its time is up.
    OFFER_GONE = "offer.gone"
    #: No such session, or this client is not in it.
    SESSION_UNKNOWN = "session.unknown"
    #: The step does not follow from the present state.
    ILLEGAL_MOVE = "state.illegal"
    #: A gap in the replicated journal; send from the number in ``detail``.
    JOURNAL_GAP = "purchase.gap"
    #: No such purchase.
    PURCHASE_UNKNOWN = "purchase.unknown"
    #: Another connection of the same identity took this one's place; do not come back by yourself.
    REPLACED = "protocol.replaced"
    #: The server is closing; come back after the seconds in ``retry_after_s``.
    GOING_AWAY = "server.going_away"
    #: Something broke on our side; it is logged under this command's id.
    INTERNAL = "server.internal"


class ProtocolError(InfomatError):
    """An expected refusal with a stable code; ``detail`` is for engineers and holds nothing personal."""

    def __init__(self, code: ErrorCode, detail: str = "") -> None:
        super().__init__(detail or code.value, code=code.value)
        self.error_code = code
        self.detail = detail
