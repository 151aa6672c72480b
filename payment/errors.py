"""Rules: every error of this package. An expected refusal is a value; these say the world is broken."""

from ground.errors import InfomatError


class PaymentError(InfomatError):
    """Base of the package."""

    code = "payment.error"


class IllegalEvent(PaymentError):
    """An event that has no row in MOVES for the purchase's state."""

    code = "payment.illegal_event"


class ReusedServiceId(PaymentError):
    """A ServiceID came a second time: it must never name two requests."""

    code = "payment.reused_service_id"


class NothingToReverse(PaymentError):
    """A reversal was ordered for a purchase whose terminal reference we never saw."""

    code = "payment.nothing_to_reverse"


class TerminalTaken(PaymentError):
    """A new purchase was begun while another is open, or before the open ones were resolved at boot."""

    code = "payment.terminal_taken"


class BasketWrong(PaymentError):
    """The lines of a purchase do not make one payment: our own mistake, nothing was begun."""

    code = "payment.basket_wrong"


class IllegalLineMove(PaymentError):
    """An event that has no row in the table of a line or of a refund."""

    code = "payment.illegal_line_move"


class IllegalDifferenceMove(PaymentError):
    """An event that has no row for the difference's state, or somebody else has it."""

    code = "payment.illegal_difference_move"


class UnknownPurchase(PaymentError):
    """No purchase of this id is in the journal."""

    code = "payment.unknown_purchase"


class JournalDamaged(PaymentError):
    """The journal is unreadable in the middle (a torn tail is normal, this is not)."""

    code = "payment.journal_damaged"


class JournalBroken(PaymentError):
    """The disk refused an entry: nothing more may be sent until a restart."""

    code = "payment.journal_broken"


class CryptoError(PaymentError):
    """A secured message was not acceptable. One error for every cause, so that it tells an attacker nothing."""

    code = "payment.nexo_crypto"


class MalformedMessage(PaymentError):
    """A nexo message lacks a field we need or a field is of another kind."""

    code = "payment.nexo_malformed"
