"""Adapter: every command of the protocol, who may send it, and who serves it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from equeue.errors import CheckInEarly, OfferGone, QueueError, ReturnElsewhere, ReturnTooLate, UnknownTicket
from ground.errors import InfomatError
from office.errors import NotAllowed, OfficeError
from signaling.protocol import commands as c
from signaling.protocol import purchasing as p
from signaling.protocol import queueing as q
from signaling.protocol import waiting_line as w
from signaling.protocol.errors import ErrorCode, ProtocolError
from signaling.protocol.values import UUID, Message, Role
from signaling.server import desk_commands as desk
from signaling.server import difference_desk as differences
from signaling.server import kiosk_commands as kiosk
from signaling.server import queue_commands as queue
from signaling.server import refund_desk as refunds
from signaling.server.asked import Asked
from signaling.server.call_session import IllegalSessionMove

KIOSK = frozenset({Role.KIOSK})
#: Who takes calls: a supervisor may sit down and help (office.rights).
DESK = frozenset({Role.OPERATOR, Role.SUPERVISOR})
BOTH_ENDS = KIOSK | DESK
SUPERVISOR = frozenset({Role.SUPERVISOR})
FLOOR = frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR})
STAFF = frozenset({Role.OPERATOR, Role.SUPERVISOR, Role.ADMINISTRATOR})


@dataclass(frozen=True, slots=True)
class Served:
    """Who may send a command, who serves it, and whether its reply may lie in the database to be given again."""

    roles: frozenset[Role]
    handler: Callable[[Asked, Any], Awaitable[Message]]
    reply_kept: bool = True  # False: the reply holds something personal or secret; it is kept in memory only


TABLE: dict[type[Message], Served] = {
    c.VisitBegin: Served(KIOSK, kiosk.visit_begin),
    c.VisitEnd: Served(KIOSK, kiosk.visit_end),
    c.JourneyReport: Served(KIOSK, kiosk.journey_report),
    c.AccountFind: Served(KIOSK, kiosk.account_find, reply_kept=False),
    c.ReadingSubmit: Served(KIOSK, kiosk.reading_submit),
    c.PurchaseRecord: Served(KIOSK, kiosk.purchase_record),
    c.TicketTake: Served(KIOSK, kiosk.ticket_take, reply_kept=False),
    c.TicketLeave: Served(KIOSK, kiosk.ticket_leave),
    c.RatingGive: Served(KIOSK, kiosk.rating_give),
    c.HealthReport: Served(KIOSK, kiosk.health_report),
    c.TerminalDayClosed: Served(KIOSK, kiosk.terminal_day_closed),
    c.SessionDescribe: Served(BOTH_ENDS, desk.session_describe),
    c.SessionMedia: Served(BOTH_ENDS, desk.session_media),
    c.SessionEnd: Served(BOTH_ENDS, desk.session_end),
    c.StatusSet: Served(DESK, desk.status_set),
    c.OfferAccept: Served(DESK, desk.offer_accept),
    c.OfferRefuse: Served(DESK, desk.offer_refuse),
    c.JourneyIntent: Served(DESK, desk.journey_intent),
    c.SessionShow: Served(DESK, desk.session_show),
    c.CustomerShow: Served(DESK, desk.customer_show, reply_kept=False),
    c.NoteSave: Served(DESK, desk.note_save),
    c.WrapUpExtend: Served(DESK, desk.wrap_up_extend),
    c.WrapUpFinish: Served(DESK, desk.wrap_up_finish),
    c.FloorWatch: Served(FLOOR, desk.floor_watch),
    p.PurchaseFind: Served(DESK, refunds.purchase_find, reply_kept=False),
    p.PurchaseTasks: Served(DESK, refunds.purchase_tasks, reply_kept=False),
    p.RefundAsk: Served(DESK, refunds.refund_ask, reply_kept=False),
    p.RefundDecide: Served(DESK, refunds.refund_decide, reply_kept=False),
    p.LineSettle: Served(SUPERVISOR, refunds.line_settle, reply_kept=False),
    p.DocumentSettle: Served(SUPERVISOR, refunds.document_settle, reply_kept=False),
    p.PurchaseClarify: Served(SUPERVISOR, refunds.purchase_clarify, reply_kept=False),
    p.DifferenceTasks: Served(SUPERVISOR, differences.difference_tasks, reply_kept=False),
    p.DifferenceSettle: Served(SUPERVISOR, differences.difference_settle, reply_kept=False),
    c.TokenRenew: Served(STAFF, desk.token_renew, reply_kept=False),
    w.LineFind: Served(DESK, queue.line_find, reply_kept=False),
    q.CallBackWish: Served(KIOSK, queue.ticket_call_back),
    q.TicketReturn: Served(KIOSK, queue.ticket_return, reply_kept=False),
    q.TicketPause: Served(KIOSK, queue.ticket_pause),
    q.ChannelsSet: Served(DESK, queue.channels_set),
    q.CallBackShow: Served(DESK, queue.callback_show, reply_kept=False),
    q.CallBackUnanswered: Served(DESK, queue.callback_unanswered),
    q.TicketPark: Served(DESK, queue.ticket_park),
    q.SessionHold: Served(DESK, queue.session_hold),
    q.ColleaguesAsk: Served(DESK, queue.colleagues_ask, reply_kept=False),
    q.TicketTransfer: Served(DESK, queue.ticket_transfer),
    q.TicketAbsent: Served(DESK, queue.ticket_absent),
    q.TicketMove: Served(SUPERVISOR, queue.ticket_move),
    q.CentreWeigh: Served(SUPERVISOR, queue.centre_weigh),
}


#: Ids that a client makes and the log names for ever: UUIDs, so that they say nothing.
MADE: dict[type[Message], str] = {
    c.VisitBegin: "visit_id",
    c.ReadingSubmit: "visit_id",
    c.TicketTake: "ticket_id",
    c.PurchaseRecord: "purchase_id",
    p.RefundAsk: "refund_id",
}


def served(command: Message, role: Role) -> Served:
    """The row of a command; raises NOT_ALLOWED for a role that may not send it, MALFORMED for an id that is none."""
    row = TABLE[type(command)]
    if role not in row.roles:
        raise ProtocolError(ErrorCode.NOT_ALLOWED, f"not for a {role.value}")
    made = MADE.get(type(command))
    if made is not None and re.match(UUID, getattr(command, made)) is None:
        raise ProtocolError(ErrorCode.MALFORMED, f"{made}: a UUID")
    return row


def refusal(error: InfomatError) -> ProtocolError | None:
    """What an expected no of a rule is called in the protocol; None for what nobody expected."""
    match error:
        case ProtocolError():
            return error
        case UnknownTicket():
            return ProtocolError(ErrorCode.TICKET_UNKNOWN)
        case OfferGone():
            return ProtocolError(ErrorCode.OFFER_GONE)
        case ReturnTooLate():
            return ProtocolError(ErrorCode.TICKET_LATE)
        case ReturnElsewhere():
            return ProtocolError(ErrorCode.TICKET_ELSEWHERE)
        case CheckInEarly():
            return ProtocolError(ErrorCode.BOOKING_EARLY)
        case NotAllowed():
            return ProtocolError(ErrorCode.NOT_ALLOWED)
        case QueueError() | IllegalSessionMove():
            return ProtocolError(ErrorCode.ILLEGAL_MOVE, error.code)
        case OfficeError(code="office.token_ended"):
            return ProtocolError(ErrorCode.TOKEN_EXPIRED)
        case _:
            return None
