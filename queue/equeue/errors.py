"""Rules: what the queue refuses, by name. Every refusal is raised before anything has changed.

QueueError
├── SettingsError        the settings' text is wrong; the message names the key and what to do
├── MalformedEvent       a stored event cannot be read back
├── UnknownTicket        no ticket of this id is held
├── UnknownOperator      this operator has never signed in
├── TicketExists         a second ticket with the id of the first
├── UnknownPriority      a class of priority that the settings do not name
├── UnknownChannel       a channel that the settings do not name
├── UnknownSkillLevel    a skill is a name, or a name, a colon and a level from 1 to 9
├── BadSlot              a booked slot is no moment, or is over
├── IllegalMove          the table of moves has no such move from the present state
├── OfferGone            the offer was answered, withdrawn, made to somebody else, or its time is over
├── ReturnTooLate        the place of somebody who left is kept only so long
├── ReturnElsewhere      the settings let a number hold at its own place alone
├── CheckInEarly         a booked visit is still so far away that nobody can check in
├── ReasonNeeded         a break needs one of the reasons that the settings name
├── ResultNeeded         wrap-up ends with a result code where the settings ask for one
└── ExtensionsUsed       wrap-up was extended as often as the settings allow
"""

from ground.errors import InfomatError


class QueueError(InfomatError):
    """Base of every refusal of the queue."""

    code = "queue.refused"


class SettingsError(QueueError):
    """The settings' text is wrong; the message names the key and what to do."""

    code = "queue.settings"


class MalformedEvent(QueueError):
    """A stored event is of no known type, or its fields are not those of its type."""

    code = "queue.malformed_event"


class UnknownTicket(QueueError):
    """No ticket of this id is held (never taken, or ended long ago)."""

    code = "queue.unknown_ticket"


class UnknownOperator(QueueError):
    """This operator has never signed in."""

    code = "queue.unknown_operator"


class TicketExists(QueueError):
    """A ticket of this id was taken already."""

    code = "queue.ticket_exists"


class UnknownPriority(QueueError):
    """The settings have no slope for this class of priority."""

    code = "queue.unknown_priority"


class UnknownChannel(QueueError):
    """The settings have no weight for this channel."""

    code = "queue.unknown_channel"


class UnknownSkillLevel(QueueError):
    """A skill is a name, or a name, a colon and a level from 1 to 9."""

    code = "queue.unknown_skill_level"


class BadSlot(QueueError):
    """A booked slot is no moment, or is over."""

    code = "queue.bad_slot"


class IllegalMove(QueueError):
    """The table of moves has no such move from the present state."""

    code = "queue.illegal_move"


class OfferGone(QueueError):
    """There is no such offer (any more): answered, withdrawn, made to somebody else, or its time is over."""

    code = "queue.offer_gone"


class ReturnTooLate(QueueError):
    """The place of somebody who left is kept only for the return window; take a new ticket."""

    code = "queue.return_too_late"


class ReturnElsewhere(QueueError):
    """The settings let a number hold at its own place alone, and this is another one."""

    code = "queue.return_elsewhere"


class CheckInEarly(QueueError):
    """The booked slot is still further away than check-in opens before it."""

    code = "queue.check_in_early"


class ReasonNeeded(QueueError):
    """The settings name the reasons for a break, and this is none of them."""

    code = "queue.reason_needed"


class ResultNeeded(QueueError):
    """The settings ask for a result code before wrap-up can end."""

    code = "queue.result_needed"


class ExtensionsUsed(QueueError):
    """Wrap-up was extended as often as the settings allow."""

    code = "queue.extensions_used"
