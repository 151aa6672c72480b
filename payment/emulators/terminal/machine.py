"""Adapter: the emulated terminal itself: one transaction at a time, a card to wait for, a ledger, a bank behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

from ground.clock import Clock
from payment.emulators.bank import BankBook
from payment.emulators.cards import CARDS
from payment.emulators.terminal.ledger import Ledger, Transaction
from payment.emulators.terminal.replies import (
    Message,
    diagnosis,
    failure,
    payment_body,
    repeated,
    response,
    reversal_body,
    success,
    totals,
)
from payment.emulators.terminal.script import OUTCOMES, Order

_TERMINAL = "275039202"
#: What a terminal does while it serves a card (payments.md 1.3); Diagnosis is answered with Busy.
_MAY_OVERLAP = frozenset({"Abort", "TransactionStatus", "Login", "Diagnosis"})
_WITHOUT_LOGIN = frozenset({"Login", "Diagnosis"})


class CardMachine:
    """What happens at the counter. ``on_change`` is called whenever the display should be drawn anew."""

    def __init__(
        self,
        poi_id: str,
        ledger: Ledger,
        clock: Clock,
        expiry: float,
        *,
        bank: BankBook | None = None,
        login_required: bool = False,
    ) -> None:
        self.poi_id, self._ledger, self._clock, self._expiry = poi_id, ledger, clock, expiry
        self._bank, self._login_required = bank, login_required
        self._logged_in = False
        self.running: Transaction | None = None
        self.last: Transaction | None = None
        self.powered = True
        self.printer = "OK"
        self.faults: set[str] = set()  # of the Diagnosis: names of the flags that are not OK
        self.shown: list[str] = []
        self.printed: list[str] = []
        self.on_change: Callable[[], None] = lambda: None
        self._card: asyncio.Future[str] | None = None
        self._forgotten: set[tuple[str, str, str]] = set()
        ledger.end_what_was_cut_off()

    def present(self, outcome: str) -> bool:
        """Somebody holds a card to it, or presses stop; False when nothing is being asked."""
        if self._card is None or self._card.done():
            return False
        self._card.set_result(outcome)
        return True

    def lose_power(self, *, forget: bool) -> None:
        """The running transaction is cut off; with ``forget`` its memory of transactions is gone too."""
        self.present("Aborted")
        if forget:
            self._forgotten |= set(self._ledger.transactions)
        self.powered = self._logged_in = False
        self.on_change()

    def start_again(self) -> None:
        """Power is back."""
        self.powered = True
        self.on_change()

    async def answer(self, request: Message, order: Order | None) -> Message | None:
        """The response to one ``SaleToPOIRequest``; None for Abort, which has none (payments.md 1.3)."""
        header = request["SaleToPOIRequest"]["MessageHeader"]
        category = header["MessageCategory"]
        body = request["SaleToPOIRequest"].get(f"{category}Request", {})
        if category == "Abort":
            self._abort(body)
            return None
        return response(header, category, await self._content(header, category, body, order))

    async def _content(self, header: Message, category: str, body: Message, order: Order | None) -> Message:
        if self._login_required and not self._logged_in and category not in _WITHOUT_LOGIN:
            return failure("LoggedOut", "login first")
        if self.running is not None and category not in _MAY_OVERLAP:
            return failure("Busy", "another transaction is running")
        match category:
            case "Payment":
                return await self._pay(header, body, order)
            case "Reversal":
                return self._reverse(header, body, order)
            case "TransactionStatus":
                return self._status(header, body)
            case "Login":  # a new one resets a terminal that is stuck
                self.present("Aborted")
                self._logged_in = True
                return success()
            case "Logout":
                self._logged_in = False
                return success()
            case "Diagnosis":
                return diagnosis(busy=self.running is not None, printer=self.printer, faults=self.faults)
            case "GetTotals":
                return totals(self._ledger.period, self._ledger.ended_in(self._ledger.period) or [])
            case "Reconciliation":
                return self._reconcile(body)
            case "Display":
                return self._display(body)
            case "Print":
                return self._print(body)
        return failure("NotAllowed", f"category {category}")

    async def _pay(self, header: Message, body: Message, order: Order | None) -> Message:
        outcome = order.outcome if order else None
        if outcome in ("busy", "in_progress", "logged_out"):
            self._logged_in = self._logged_in and outcome != "logged_out"
            return failure(OUTCOMES[outcome], "as ordered")
        amounts = body["PaymentTransaction"]["AmountsReq"]
        minor = int(Decimal(amounts["RequestedAmount"]) * 100)
        sale = body["SaleData"]["SaleTransactionID"]["TransactionID"]
        transaction = self._transaction(header, "Payment", minor, amounts["Currency"], sale)
        self._ledger.begin(transaction)
        self.running, self._card = transaction, asyncio.get_running_loop().create_future()
        self.on_change()
        try:
            outcome = outcome or await asyncio.wait_for(self._card, self._expiry)
        except TimeoutError:
            outcome = "time_out"
        ended = self._end(transaction, outcome or "Aborted", order)
        self.running, self._card, self.last = None, None, ended
        self.on_change()
        leaked = CARDS[order.card].number if order and order.fault == "leak" else ""
        return payment_body(ended, body, self._ledger.period, leaked)

    def _end(self, transaction: Transaction, outcome: str, order: Order | None) -> Transaction:
        if outcome not in ("approve", "other_amount", "partial"):
            text = "Shopper timed out" if outcome == "time_out" else "declined"
            return self._ledger.end(transaction, OUTCOMES.get(outcome, outcome), text=text)
        charged = transaction.amount
        if outcome != "approve":
            charged = order.amount if order and order.amount is not None else transaction.amount // 2
        card = CARDS[order.card if order else "mc"]
        number, approval = "", transaction.poi_transaction[6:12]
        if self._bank is not None:
            moved = self._bank.move(
                self._clock.now(), "payment", charged, transaction.currency, terminal=_TERMINAL, card=card.masked,
                scheme=card.scheme, order=transaction.order,
            )  # fmt: skip
            number, approval = moved.rrn, moved.approval
        more = {"card": card.masked, "brand": card.brand, "approval": approval, "rrn": number}
        return self._ledger.end(transaction, "charged", charged=charged, partial=outcome == "partial", **more)

    def _reverse(self, header: Message, body: Message, order: Order | None) -> Message:
        name = body["OriginalPOITransaction"]["POITransactionID"]["TransactionID"]
        original = self._ledger.by_poi_transaction(name)
        left = self._ledger.left(name)
        asked = body.get("ReversedAmount")
        minor = left if asked is None else int(Decimal(asked).scaleb(2))
        transaction = self._transaction(header, "Reversal", minor, original.currency if original else "")
        self._ledger.begin(transaction)
        refused = order is not None and order.outcome not in (None, "approve")
        if original is None or refused or not 0 < minor <= left:
            return reversal_body(self._ledger.end(transaction, "Refusal", text="cannot be reversed"))
        if self._bank is not None:
            self._bank.move(
                self._clock.now(), "reversal", -minor, original.currency, terminal=_TERMINAL, card=original.card,
                scheme=original.brand, order=original.order, original=original.rrn,
            )  # fmt: skip
        return reversal_body(self._ledger.end(transaction, "reversed", charged=-minor, text=name, brand=original.brand))

    def _status(self, header: Message, body: Message) -> Message:
        reference = body.get("MessageReference") or {}
        found = self._look_up(header, reference)
        if found is None:
            return failure("NotFound", "no such transaction")
        if found.outcome is None:
            return failure("InProgress", "waiting for the card")
        return repeated(found, reference, self.poi_id, self._ledger.period)

    def _look_up(self, header: Message, reference: Message) -> Transaction | None:
        known = [t for key, t in self._ledger.transactions.items() if key not in self._forgotten]
        if not reference:  # the most recent one, as real terminals do
            return known[-1] if known else None
        wanted = (
            reference.get("MessageCategory"),
            reference.get("SaleID", header["SaleID"]),
            reference.get("ServiceID"),
        )
        return next((t for t in known if t.key == wanted), None)

    def _abort(self, body: Message) -> None:
        about = (body.get("MessageReference") or {}).get("ServiceID")
        if self.running is not None and self.running.service_id == about:
            self.present("Aborted")

    def _reconcile(self, body: Message) -> Message:
        """Sale and acquirer close the same period here; a synchronisation with a host that is not there is refused."""
        match body.get("ReconciliationType"):
            case "SaleReconciliation" | "AcquirerReconciliation":
                period = self._ledger.close_period()
            case "PreviousReconciliation":
                period = body.get("POIReconciliationID", "")
                if period == self._ledger.period:
                    return failure("NotFound", "still open")
            case _:
                return failure("NotAllowed", "no host to synchronise with")
        ended = self._ledger.ended_in(period)
        answer = failure("NotFound", "no such period") if ended is None else totals(period, ended)
        return {**answer, "ReconciliationType": body["ReconciliationType"]}

    def _display(self, body: Message) -> Message:
        results = []
        for output in body["DisplayOutput"]:
            self.shown = _lines(output["OutputContent"])
            results.append({**success(), "Device": output["Device"], "InfoQualify": output["InfoQualify"]})
        self.on_change()
        return {"OutputResult": results}

    def _print(self, body: Message) -> Message:
        output = body["PrintOutput"]
        named = {"DocumentQualifier": output["DocumentQualifier"]}
        if self.printer not in ("OK", "PaperLow"):
            return {**failure("UnavailableDevice", self.printer), **named}
        self.printed += _lines(output["OutputContent"])
        return success(**named)

    def _transaction(self, header: Message, category: str, minor: int, currency: str, order: str = "") -> Transaction:
        number = f"{len(self._ledger.transactions) + 1:08d}"
        at = self._clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        name = f"BV0q{number}.{header['ServiceID']}"
        return Transaction(category, header["SaleID"], header["ServiceID"], name, at, minor, currency, order=order)


def _lines(content: dict[str, Any]) -> list[str]:
    pairs = (dict(parse_qsl(piece["Text"])) for piece in content["OutputText"])
    return [" ".join(pair[key] for key in ("name", "value") if key in pair) for pair in pairs]
