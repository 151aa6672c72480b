"""Rules: who may do what, as one table, and which personal fields reach whom (features.md 10.5)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from billing.accounts import AccountCard
from billing.masking import masked
from office.errors import NotAllowed
from office.people import Role


class Action(StrEnum):
    """Something that needs a right."""

    TAKE_CALLS = "take_calls"
    SEE_CUSTOMER = "see_customer"
    SEE_FLOOR = "see_floor"
    MOVE_IN_QUEUE = "move_in_queue"
    LISTEN = "listen"
    WHISPER = "whisper"
    BARGE = "barge"
    MANAGE_STAFF = "manage_staff"
    ENROL_KIOSK = "enrol_kiosk"
    CHANGE_SETTINGS = "change_settings"
    REFUND = "refund"
    CONFIRM_REFUND = "confirm_refund"
    SETTLE_PAYMENTS = "settle_payments"
    SEE_AUDIT = "see_audit"


#: What is not in the table is not allowed. An administrator runs the house and sees no customers: who can
#: add staff should not be able to read cards unnoticed. Whoever confirms a refund did not ask for it.
RIGHTS: frozenset[tuple[Role, Action]] = frozenset(
    {
        (Role.OPERATOR, Action.TAKE_CALLS),
        (Role.OPERATOR, Action.SEE_CUSTOMER),
        (Role.OPERATOR, Action.REFUND),
        (Role.SUPERVISOR, Action.TAKE_CALLS),
        (Role.SUPERVISOR, Action.SEE_CUSTOMER),
        (Role.SUPERVISOR, Action.SEE_FLOOR),
        (Role.SUPERVISOR, Action.MOVE_IN_QUEUE),
        (Role.SUPERVISOR, Action.LISTEN),
        (Role.SUPERVISOR, Action.WHISPER),
        (Role.SUPERVISOR, Action.BARGE),
        (Role.SUPERVISOR, Action.REFUND),
        (Role.SUPERVISOR, Action.CONFIRM_REFUND),
        (Role.SUPERVISOR, Action.SETTLE_PAYMENTS),
        (Role.SUPERVISOR, Action.SEE_AUDIT),
        (Role.ADMINISTRATOR, Action.SEE_FLOOR),
        (Role.ADMINISTRATOR, Action.MANAGE_STAFF),
        (Role.ADMINISTRATOR, Action.ENROL_KIOSK),
        (Role.ADMINISTRATOR, Action.CHANGE_SETTINGS),
        (Role.ADMINISTRATOR, Action.SEE_AUDIT),
    }
)


def allowed(role: Role, action: Action) -> bool:
    """Whether the role has the right; everything not written down is forbidden."""
    return (role, action) in RIGHTS


def require(role: Role, action: Action) -> None:
    """Raise NotAllowed unless the role has the right."""
    if not allowed(role, action):
        raise NotAllowed(f"{role} may not {action}")


def may_confirm_refund(role: Role, confirmer_id: str, asked_by_id: str) -> bool:
    """A refund needs two people: the right alone is not enough for one's own request."""
    return allowed(role, Action.CONFIRM_REFUND) and confirmer_id != asked_by_id


@dataclass(frozen=True, slots=True)
class VisibleCard:
    """The personal fields of an account as one viewer sees them; figures of money and meters are not personal
    enough to hide from staff, but only come with ``full``. ``full`` showings are to be audited."""

    number: str
    holder: str
    address: str
    full: AccountCard | None

    @property
    def audited(self) -> bool:
        """Whether this showing belongs in the audit."""
        return self.full is not None


def visible_card(role: Role | None, card: AccountCard) -> VisibleCard:
    """The card as the role may see it; None is the public screen of a kiosk."""
    if role is not None and allowed(role, Action.SEE_CUSTOMER):
        return VisibleCard(card.number, card.holder_name, card.address.line, card)
    public = masked(card)
    return VisibleCard(public.number, public.holder, public.address, None)
