"""Rules: messages about the queue itself: channels, call-backs, tickets taken at the door, what a supervisor does."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from signaling.protocol.values import Channel, Id, Message, Short

#: E.164: a plus and up to fifteen digits.
Phone = Annotated[str, Field(pattern=r"^\+[1-9][0-9]{6,14}$", description="E.164, such as +37120000000")]
MoveReason = Literal["health", "our_mistake", "sent_back", "danger", "other"]
CentreReason = Literal["crowd", "outage", "kiosk_down", "event", "other"]

# Values.


class QueueRow(Message):
    """One who is in the line, or soon will be, as a supervisor sees it; in the order of calling."""

    ticket_id: Id
    number: Short
    service: Short
    place: Short
    channel: Channel
    priority: Annotated[Short, Field(description="class of priority: walk_in, booked, repeat_callback, special_need")]
    state: Annotated[Short, Field(description="waiting, offered, callback, at_door, called_in, parked, recallable")]
    arrived_at: datetime
    due_at: Annotated[datetime | None, Field(description="when this state ends by itself")] = None
    tries: Annotated[int, Field(description="of a call-back: calls that found nobody")] = 0
    moved: Annotated[bool, Field(description="a supervisor moved it ahead")] = False
    nobody: Annotated[bool, Field(description="it waits, and nobody who has signed in could take it")] = False


class CentreRow(Message):
    """A service centre as a supervisor sees it."""

    centre: Short
    percent: Annotated[int, Field(description="how fast it gathers priority; 100 is normal")]
    waiting: int
    longest_wait_s: int


class DoorTold(Message):
    """The door of this kiosk's capsule: tickets taken by phone while it is busy. To: the kiosk, when it changed."""

    type: Literal["door.told"] = "door.told"
    path: Annotated[Short, Field(description="of the page a QR code on the door leads to, from the server's root")]
    waiting: Annotated[int, Field(description="people with a ticket of this door who are outside")]
    called: Annotated[Short | None, Field(description="number of the one who is asked to come in")] = None
    called_until: datetime | None = None


# Commands of kiosks.


class CallBackWish(Message):
    """Leave the kiosk and be called back; the place in the line is kept. From: kiosk. Reply: done."""

    type: Literal["ticket.call_back"] = "ticket.call_back"
    ticket_id: Id
    phone: Phone
    not_before: datetime | None = None


class TicketReturn(Message):
    """Somebody with a number and its code is at this kiosk, whatever the number is of. From: kiosk.

    Called in from the door; booked, and checking in; back with papers; called and not there; gone and back in time;
    to be called by phone, and come instead; or waiting at another kiosk until now. The place stays as old as it was.
    Reply: ticket.taken. ``number`` may lack its letter (``027`` for A-027); that of a booking has none.

    A wrong number or code is ``ticket.unknown``; after five wrong ones the kiosk is paused for five minutes, after
    ten the number for ten, wherever they came from (``protocol.too_many``). With the right code: ``ticket.late`` when
    the place is not kept any more, ``ticket.elsewhere`` where the rules let it hold at its own place alone,
    ``booking.early`` when check-in is not open yet; ``state.illegal`` in a conversation.
    """

    type: Literal["ticket.return"] = "ticket.return"
    visit_id: Id
    number: Annotated[str, Field(min_length=1, max_length=12)]
    code: Annotated[str, Field(pattern=r"^[0-9]{4}$")]


class TicketPause(Message):
    """A person who waits goes for a while, to come back with number and code; the place is kept. From: kiosk.

    Reply: done. Until when it is kept is ``until`` of the ticket.
    """

    type: Literal["ticket.pause"] = "ticket.pause"
    ticket_id: Id


# Commands of the desk.


class ChannelsSet(Message):
    """Which channels this desk serves from now on; without this command video alone. From: operator. Reply: done."""

    type: Literal["channels.set"] = "channels.set"
    channels: Annotated[tuple[Channel, ...], Field(min_length=1, max_length=3)]


class CallBackShow(Message):
    """Whom to call: the number is personal, and every showing is audited. From: operator in it. Reply: callback.card.

    Only for the operator who has accepted the ticket.
    """

    type: Literal["callback.show"] = "callback.show"
    session_id: Id


class CallBackUnanswered(Message):
    """Nobody was reached: the call-back is tried again later, or closed after the last try. From: operator in it.

    Reply: done. A person who was reached is served as any other: ``session.end``, then ``wrap_up.finish``.
    """

    type: Literal["callback.unanswered"] = "callback.unanswered"
    session_id: Id


class TicketPark(Message):
    """Send the customer to fetch papers; the place is kept. From: operator in the session. Reply: done."""

    type: Literal["ticket.park"] = "ticket.park"
    session_id: Id


class SessionHold(Message):
    """The operator is away for a moment, or is back; the customer is told. From: operator in the session. Reply: done.

    It is the operator's own console that sends neither picture nor sound meanwhile.
    """

    type: Literal["session.hold"] = "session.hold"
    session_id: Id
    on: bool


class TicketTransfer(Message):
    """Pass the customer on, with the original arrival. From: operator in the session. Reply: done.

    To whoever serves ``service``; or to one colleague on duty, who is waited for a while before others may have it.
    """

    type: Literal["ticket.transfer"] = "ticket.transfer"
    session_id: Id
    service: Literal["readings", "payment", "contract", "other"] | None = None
    operator_id: Id | None = None


class ColleaguesAsk(Message):
    """Who is on duty and may be passed a customer by name. From: operator. Reply: colleagues."""

    type: Literal["colleagues.ask"] = "colleagues.ask"


class Colleague(Message):
    """Somebody else on duty. ``free``: would be offered the customer at once."""

    operator_id: Id
    name: Short
    free: bool


class Colleagues(Message):
    """Everybody else on duty, the free ones first, then by name."""

    type: Literal["colleagues"] = "colleagues"
    rows: tuple[Colleague, ...]


class TicketAbsent(Message):
    """Nobody is at the kiosk: they may still come within a few further calls. From: operator in the session.

    Reply: done.
    """

    type: Literal["ticket.absent"] = "ticket.absent"
    session_id: Id


# Commands of supervisors.


class TicketMove(Message):
    """Let one waiting customer count as having come earlier, for a reason on record. From: supervisor. Reply: done.

    It stays visible in the queue's proof; everybody who is overtaken can be told that it was done.
    """

    type: Literal["ticket.move"] = "ticket.move"
    ticket_id: Id
    seconds: Annotated[int, Field(ge=1, le=7200)]
    reason: MoveReason


class CentreWeigh(Message):
    """Let a service centre gather priority faster or slower from now on. From: supervisor. Reply: done."""

    type: Literal["centre.weigh"] = "centre.weigh"
    centre: Short
    percent: Annotated[int, Field(ge=25, le=400, description="100 is normal")]
    reason: CentreReason


# Replies.


class CallBackCard(Message):
    """Whom to call."""

    type: Literal["callback.card"] = "callback.card"
    phone: str
    name: Short = ""
    asked_at: datetime
    source: Annotated[Short, Field(description="site, phone or kiosk")]
    tries: int
    tries_most: int
    again_s: Annotated[int, Field(description="an unanswered call is tried again after so long")] = 0
