"""Rules: what is told to the person, as a phrase key with values, and the phrase for every error code.

The texts are in ``assets/translations``; each says what happened, what is safe, and what to do.
"""

from __future__ import annotations

from typing import Literal

from signaling.protocol.errors import ErrorCode
from signaling.protocol.journey import Notice

LINK_DOWN = "link.down"
FINISH_WAITS = "payment.finish_waits"
NOTHING_DUE = "payment.nothing_due"
NOTHING_TICKED = "payment.nothing_ticked"
NOT_OFFERED = "payment.not_offered"
PAID_MEANWHILE = "payment.done_meanwhile"
ACCOUNT_EMPTY = "identify.empty"
NO_METERS = "reading.no_meters"
READING_KEPT = "reading.kept"
READING_NOT_KEPT = "reading.not_kept"
READING_TAKEN = "reading.taken_meanwhile"
READING_NOT_TAKEN = "reading.not_taken_meanwhile"
LEAVE_QUESTION = "waiting.leave_question"
LEFT = "waiting.left"
CLOSED = "waiting.closed"
AGAIN = "waiting.again"
OFFLINE_IN_LINE = "waiting.offline"
CALL_BACK_NUMBER = "call_back.number"
CALL_BACK_KEPT = "call_back.kept"
CALL_BACK_UNSURE = "call_back.unsure"
NUMBER_SHORT = "number.short"
NUMBER_WRONG = "number.wrong"
NUMBER_PAUSED = "number.paused"
NUMBER_LATE = "number.late"
NUMBER_ELSEWHERE = "number.elsewhere"
NUMBER_EARLY = "number.early"
NUMBER_TALKS = "number.talks"
GONE_ELSEWHERE = "waiting.elsewhere"
MISSED = "waiting.missed"
CALL_ENDED = "call.ended"
CALL_BEGAN = "call.began"
CALL_LOST = "call.lost"
PAGE_SHOWN = "call.page_shown"
ASKS_PERMISSION = "help.asks_permission"
PERMITTED = "help.permitted"
PERMISSION_ENDED = "help.ended"
PROPOSES = "help.proposes"
OPENED_BY = "help.opened"
NOT_TAKEN = "help.not_taken"
RESUMED = "visit.resumed"

#: Every phrase key of this module, for the translations' test.
PHRASES: frozenset[str] = frozenset(
    {
        FINISH_WAITS,
        NOTHING_DUE,
        NOTHING_TICKED,
        NOT_OFFERED,
        PAID_MEANWHILE,
        ACCOUNT_EMPTY,
        NO_METERS,
        READING_KEPT,
        READING_NOT_KEPT,
        READING_TAKEN,
        READING_NOT_TAKEN,
        LEAVE_QUESTION,
        LEFT,
        CLOSED,
        AGAIN,
        OFFLINE_IN_LINE,
        CALL_BACK_NUMBER,
        CALL_BACK_KEPT,
        CALL_BACK_UNSURE,
        NUMBER_SHORT,
        NUMBER_WRONG,
        NUMBER_PAUSED,
        NUMBER_LATE,
        NUMBER_ELSEWHERE,
        NUMBER_EARLY,
        NUMBER_TALKS,
        GONE_ELSEWHERE,
        MISSED,
        CALL_ENDED,
        CALL_BEGAN,
        CALL_LOST,
        PAGE_SHOWN,
        ASKS_PERMISSION,
        PERMITTED,
        PERMISSION_ENDED,
        PROPOSES,
        OPENED_BY,
        NOT_TAKEN,
        RESUMED,
        f"error.{LINK_DOWN}",
        *(f"error.{code.value}" for code in ErrorCode),
    }
)

#: Refusals a person can put right on this screen; the others are ours.
_MENDABLE = {ErrorCode.ACCOUNT_UNKNOWN, ErrorCode.READING_INVALID, ErrorCode.BILLING_REFUSED}


def info(phrase: str, **values: str) -> Notice:
    """Something good to know."""
    return Notice(tone="info", phrase=phrase, values=values)


def warning(phrase: str, **values: str) -> Notice:
    """Something to look at again."""
    return Notice(tone="warning", phrase=phrase, values=values)


def success(phrase: str, **values: str) -> Notice:
    """Something is done."""
    return Notice(tone="success", phrase=phrase, values=values)


def of_error(code: str) -> Notice:
    """What to say of an error code of the protocol or of the link; an unknown code is our own failure."""
    if code == LINK_DOWN:
        return warning(f"error.{LINK_DOWN}")
    try:
        known = ErrorCode(code)
    except ValueError:
        known = ErrorCode.INTERNAL
    tone: Literal["warning", "danger"] = "warning" if known in _MENDABLE else "danger"
    return Notice(tone=tone, phrase=f"error.{known.value}")
