"""Rules: the life of a purchase in sentences, for whoever has to explain it: engineer, accountant, supervisor.

No account, no name, no card number: what stands here may be read aloud or sent on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from payment import events as e
from payment.book import Page
from payment.moves import State
from payment.purchase import begin, step

_STATES: dict[State, str] = {
    State.CREATED: "nothing was sent yet",
    State.AUTHORISING: "at the terminal",
    State.NOT_SENT: "nothing was started at the terminal",
    State.BUSY: "the terminal was busy; being asked whether with this purchase",
    State.VERIFYING: "the bank was in doubt; the terminal is being asked",
    State.UNKNOWN: "nobody knows yet; the terminal is being asked",
    State.PARKED: "unknown for too long: to be clarified with the bank",
    State.APPROVED: "charged; the server settles its lines",
    State.POSTED: "charged, and every line settled",
    State.FISCALISED: "charged, every line settled, and the fiscal document exists",
    State.DECLINED: "not charged",
    State.NOT_CHARGED: "not charged: the terminal never had it",
    State.MISMATCH: "charged another amount; to be given back",
    State.REVERSING: "being given back",
    State.REVERSAL_PARKED: "to be given back, which needs a person",
    State.REVERSED: "given back",
    State.REFUNDED: "all of it returned",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of a life: when, what happened, and how it stood afterwards (``""`` when nothing changed)."""

    at: datetime
    what: str
    stands: str


def life(page: Page) -> list[Moment]:
    """What happened, in order, with the server's own steps (lines, refunds) at the end of each purchase's journal."""
    told: list[Moment] = []
    purchase, state = None, None
    for entry in page.entries:
        if purchase is None:
            assert isinstance(entry.event, e.Begun)
            purchase, _ = begin(entry.purchase_id, entry.event, entry.at)
        else:
            purchase, _ = step(purchase, entry.event, entry.at)
        stands = _STATES[purchase.state] if purchase.state is not state else ""
        state = purchase.state
        told.append(Moment(entry.at, sentence(entry.event), stands))
    return told


def outcome(page: Page) -> list[str]:
    """How it stands now: the purchase, each line, each refund."""
    purchase = page.purchase
    lines = [f"{purchase.amount}: {_STATES[purchase.state]}"]
    if purchase.slip:
        slip = purchase.slip
        card = f"{slip.brand or 'card'} ending in {slip.last_digits}" if slip.last_digits else slip.brand or "card"
        lines.append(f"charged {slip.amount}, {card}, approval {slip.approval_code or 'without a code'}")
    for one in page.lines:
        detail = one.reference or one.reason
        lines.append(
            f"line {one.line.number}, {one.line.service}: {one.line.amount} and a fee of {one.line.fee}, "
            f"{one.state.value}" + (f" ({detail})" if detail else "")
        )
    for refund in page.refunds:
        by = f" asked by {refund.asked_by}" if refund.asked_by else " by rule"
        second = f", decided by {refund.decided_by}" if refund.decided_by else ""
        lines.append(f"refund of {refund.amount}{by}{second}: {refund.state.value}" + _why(refund.outcome))
    for document in page.documents:
        what = "receipt of the payment" if document.kind == "sell" else "receipt of a refund"
        detail = f"number {document.mark.number}" if document.mark else document.reason
        lines.append(f"fiscal {what}: {document.state.value}" + _why(detail))
    return lines


def sentence(event: e.Event) -> str:
    """What happened, in a sentence."""
    match event:
        case e.Begun():
            many = f" for {len(event.lines)} bills" if len(event.lines) > 1 else ""
            return f"a customer asked to pay {event.amount}{many} at terminal {event.poi_id}"
        case e.Charged() | e.ChargedOtherAmount():
            return f"the terminal charged {event.slip.amount}"
        case e.Refused():
            return f"the terminal refused: {event.condition}"
        case e.NotSent() | e.AnswerLost() | e.StatusLost() | e.ReversalNotSent() | e.ReversalLost():
            return _PLAIN[type(event)] + _why(event.reason)
        case e.HostInDoubt() | e.ReversalRefused() | e.RefundRefused():
            return _PLAIN[type(event)] + _why(event.condition)
        case e.Restarted():
            return "the kiosk's machine was started anew" if event.machine_too else "the kiosk's agent was started anew"
        case e.AnsweredLate():
            differs = "and contradicts what a person had found" if event.contradicts else "and confirms it"
            return f"the terminal's answer came after all, {differs}"
        case e.ReversalOrdered():
            return f"the server ordered {event.amount or 'all of it'} to go back" + _why(event.reason)
        case e.Clarified() | e.ClarifiedNotCharged() | e.ClarifiedReversed():
            return _PLAIN[type(event)] + _why(event.note)
        case e.Refunded() | e.PartRefunded():
            return _PLAIN[type(event)] + _why(event.note)
        case e.Posted():
            return "the server has settled every line" + _why(event.billing_reference)
        case e.Fiscalised():
            what = "payment" if event.mark.kind == "sell" else "refund"
            return f"fiscal document {event.mark.number} of the {what} exists"
    return _PLAIN[type(event)]


def _why(text: str) -> str:
    return f" ({text})" if text else ""


_PLAIN: dict[type, str] = {
    e.PaymentAsked: "the intent was written, then the payment request was sent to the terminal",
    e.NotSent: "no byte of the request left the kiosk",
    e.AnswerLost: "the request left, and no answer came that can be believed",
    e.TerminalBusy: "the terminal said that it is busy",
    e.HostInDoubt: "the terminal could not reach the bank for certain",
    e.StillRunning: "the terminal says that the payment still runs",
    e.NotStarted: "the terminal does not know the request: it never began",
    e.NotKnownThere: "the terminal does not know the request, which proves nothing yet",
    e.NeverCharged: "the terminal does not know the request for the second time: it was never charged",
    e.OtherTransaction: "the terminal told of another transaction",
    e.StatusLost: "the terminal gave no usable answer to the question",
    e.Woken: "it was time to try again",
    e.TooLong: "the outcome has been unknown for too long",
    e.Cancelled: "the customer pressed cancel",
    e.TerminalWasAway: "the terminal was away: it may have forgotten",
    e.ReversalNotSent: "no byte of the reversal left the kiosk",
    e.ReversalLost: "the reversal left, and no answer came that can be believed",
    e.ReversalRefused: "the terminal refused the reversal",
    e.Reversed: "the money went back to the card",
    e.Refunded: "the refund is done: all of it went back to the card",
    e.PartRefunded: "the refund is done: part of it went back to the card",
    e.RefundRefused: "the terminal refused the refund",
    e.Clarified: "a person found the money with the bank: it was charged",
    e.ClarifiedNotCharged: "a person found that no money moved",
    e.ClarifiedReversed: "a person found that the money went back",
}
