"""Rules: what can be wrong with an event of the journey."""

from ground.errors import InfomatError


class JourneyError(InfomatError):
    """Base of the errors of the kiosk's journey."""

    code = "journey.error"


class IllegalMove(JourneyError):
    """This event does not belong to this step, or led to a step the table does not name."""

    code = "journey.illegal"


class NotPermitted(JourneyError):
    """Whoever wanted it may not: an operator without the customer's permission, or an intent of the other side."""

    code = "journey.not_permitted"
