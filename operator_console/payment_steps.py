"""Rules: payments and differences at a desk: what waits for a person, what was looked for, what is done about it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from operator_console import happenings as h
from operator_console import payment_acts as pa
from operator_console.typed import clean, reason
from signaling.protocol import purchasing as p
from signaling.protocol.commands import Command
from signaling.protocol.values import Role

if TYPE_CHECKING:
    from operator_console.desk_state import Desk, Stepped


@dataclass(frozen=True, slots=True)
class Payments:
    """``chosen`` is the purchase in view, unless there is a ``difference`` in view: its id.

    ``looked`` says that the last search has been answered, ``of_visit`` that it was for what one visitor has paid.
    """

    tasks: tuple[p.PurchaseCard, ...] = ()
    found: tuple[p.PurchaseCard, ...] = ()
    chosen: str = ""
    looked: bool = False
    of_visit: bool = False
    differences: tuple[p.DifferenceCard, ...] = ()
    difference: str = ""

    @property
    def difference_card(self) -> p.DifferenceCard | None:
        """The difference in view."""
        return next((one for one in self.differences if one.difference_id == self.difference), None)

    @property
    def waiting(self) -> int:
        """How much waits for a person."""
        return len(self.tasks) + sum(1 for one in self.differences if one.state != "resolved")

    @property
    def card(self) -> p.PurchaseCard | None:
        """The payment in view."""
        every = (*self.found, *self.tasks)
        return next((one for one in every if one.purchase_id == self.chosen), None)


def tasks_changed(desk: Desk, event: p.PaymentTasksChanged) -> Stepped:
    """Something waits for a person, or does no more."""
    return desk, asked_again(desk)


def settles(desk: Desk) -> bool:
    """Whether differences are this person's matter too: the right settle_payments."""
    return desk.role is Role.SUPERVISOR


def asked_again(desk: Desk) -> tuple[h.Effect, ...]:
    """What waits, and the differences for those who may settle them."""
    tasks = h.Send(p.PurchaseTasks())
    return (tasks, h.Send(p.DifferenceTasks())) if settles(desk) else (tasks,)


def looked_for(desk: Desk, act: pa.LookedForPurchase) -> Stepped:
    """By the reference on a slip; without one, what the person in the conversation has paid."""
    current = desk.conversation
    if clean(act.reference).strip():
        return _send(desk, p.PurchaseFind(reference=clean(act.reference).strip()[:20]))
    if current is None:
        return desk, ()
    return _send(desk, p.PurchaseFind(session_id=current.session.session_id))


def chose(desk: Desk, act: pa.ChosePurchase) -> Stepped:
    """One of the list."""
    return replace(desk, payments=replace(desk.payments, chosen=act.purchase_id, difference="")), ()


def chose_difference(desk: Desk, act: pa.ChoseDifference) -> Stepped:
    """One of the differences."""
    return replace(desk, payments=replace(desk.payments, difference=act.difference_id)), ()


def settled_difference(desk: Desk, act: pa.SettledDifference) -> Stepped:
    """Taken, taken over, let go, resolved: what the server offers for the one in view."""
    card = desk.payments.difference_card
    if card is None or act.how not in card.acts:
        return desk, ()
    note = reason(act.note)
    if act.how == "resolve" and len(note) < p.LEAST_NOTE:
        return desk, ()
    return _send(desk, p.DifferenceSettle(difference_id=card.difference_id, how=act.how, note=note))


def differences_came(desk: Desk, command: object, cards: tuple[p.DifferenceCard, ...]) -> Desk:
    """All of them anew, or the one that was changed."""
    if not isinstance(command, p.DifferenceTasks):
        fresh = {card.difference_id: card for card in cards}
        cards = tuple(fresh.get(one.difference_id, one) for one in desk.payments.differences)
    return replace(desk, payments=replace(desk.payments, differences=cards))


def asked_refund(desk: Desk, act: pa.AskedRefund) -> Stepped:
    """Money back, with a reason."""
    card = desk.payments.card
    if card is None or "refund" not in card.acts or not act.lines:
        return desk, ()
    command = p.RefundAsk(
        refund_id=act.refund_id, purchase_id=card.purchase_id, lines=act.lines, reason=reason(act.reason)
    )
    return _send(desk, command)


def decided_refund(desk: Desk, act: pa.DecidedRefund) -> Stepped:
    """The second person agrees, or does not."""
    card = desk.payments.card
    waiting = next((one for one in card.refunds if one.state == "asked"), None) if card else None
    if card is None or waiting is None or "decide" not in card.acts:
        return desk, ()
    command = p.RefundDecide(refund_id=waiting.refund_id, purchase_id=card.purchase_id, agreed=act.agreed)
    return _send(desk, command)


def settled_line(desk: Desk, act: pa.SettledLine) -> Stepped:
    """Post it again, or it is settled by other means: every line that waits for that."""
    card = desk.payments.card
    if card is None or act.how not in card.acts:
        return desk, ()
    waiting = [line.number for line in card.lines if line.state in ("refused", "held")]
    effects: list[h.Effect] = []
    for number in waiting:
        command = p.LineSettle(purchase_id=card.purchase_id, line=number, how=act.how, note=reason(act.note))
        desk, sent = _send(desk, command)
        effects += sent
    return desk, tuple(effects)


def settled_document(desk: Desk, act: pa.SettledDocument) -> Stepped:
    """A refused fiscal document: once more, or it is seen to by other means."""
    card = desk.payments.card
    if card is None or "document" not in card.acts:
        return desk, ()
    note = reason(act.note)
    return _send(desk, p.DocumentSettle(purchase_id=card.purchase_id, how=act.how, note=note))


def clarified(desk: Desk, act: pa.ClarifiedPurchase) -> Stepped:
    """What the acquirer says of a payment without an outcome."""
    card = desk.payments.card
    if card is None or "clarify" not in card.acts:
        return desk, ()
    note = reason(act.note)
    gone = card.why in ("kiosk_away", "contradicted")
    return _send(desk, p.PurchaseClarify(purchase_id=card.purchase_id, charged=act.charged, note=note, kiosk_gone=gone))


def cards_came(desk: Desk, command: object, cards: tuple[p.PurchaseCard, ...]) -> Desk:
    """The answer to a question about payments, or what became of the one that was changed."""
    payments = desk.payments
    if isinstance(command, p.PurchaseTasks):
        chosen = payments.chosen or (cards[0].purchase_id if cards else "")
        return replace(desk, payments=replace(payments, tasks=cards, chosen=chosen))
    if isinstance(command, p.PurchaseFind):
        here = desk.conversation.session.session_id if desk.conversation else None
        if command.session_id not in (None, here):
            return desk  # of a visitor who has gone meanwhile
        chosen = cards[0].purchase_id if cards else payments.chosen
        found = replace(payments, found=cards, chosen=chosen, difference="", looked=True)
        return replace(desk, payments=replace(found, of_visit=command.session_id is not None))
    fresh = {card.purchase_id: card for card in cards}
    return replace(
        desk,
        payments=replace(
            payments,
            tasks=tuple(fresh.get(one.purchase_id, one) for one in payments.tasks),
            found=tuple(fresh.get(one.purchase_id, one) for one in payments.found),
        ),
    )


def visitor_gone(payments: Payments) -> Payments:
    """What they have paid is not before the next one, nor does it look like the next one's."""
    if not payments.of_visit:
        return payments
    chosen = payments.chosen if any(one.purchase_id == payments.chosen for one in payments.tasks) else ""
    return replace(payments, found=(), looked=False, of_visit=False, chosen=chosen)


def _send(desk: Desk, command: Command) -> Stepped:
    return replace(desk, awaited=desk.awaited | {command.type}), (h.Send(command),)
