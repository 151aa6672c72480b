"""A terminal in memory with a truth of its own, and a seeded taste for losing messages."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from ground.money import Money
from payment.answers import (
    Failure,
    Garbled,
    Granted,
    Health,
    NoUse,
    PaymentAnswer,
    PoiTransaction,
    Repeated,
    ReversalAnswer,
    Silence,
    Slip,
    StatusAnswer,
    Undone,
    Unsent,
)
from payment.effects import AskStatus, SendAbort, SendPayment, SendReversal
from tests.payment.purchases import POI, SALE

Answer = Granted | Failure | Undone


@dataclass
class Truth:
    """What happened at the counter. ``charged`` is by sale transaction, in minor units."""

    answers: dict[tuple[str, str], Answer] = field(default_factory=dict)
    charged: dict[str, int] = field(default_factory=dict)
    owners: dict[str, tuple[str, Money]] = field(default_factory=dict)
    payments: list[str] = field(default_factory=list)
    reversals: list[str] = field(default_factory=list)


class FakeTerminal:
    """Answers at once. ``trouble`` is the chance that a message is lost or spoilt on either way."""

    poi_id, sale_id = POI, SALE

    def __init__(self, truth: Truth, chance: random.Random, trouble: float = 0.0) -> None:
        self.truth, self._chance, self.trouble = truth, chance, trouble
        self.forgetful = 0.0  # chance that it restarts without its memory when it is asked
        self.orders: list[str] = []

    def _mood(self) -> str:
        if self._chance.random() >= self.trouble:
            return "fine"
        return self._chance.choice(["unsent", "lost going", "lost coming", "garbled"])

    async def pay(self, request: SendPayment) -> PaymentAnswer:
        return self.pay_now(request)

    async def status(self, request: AskStatus) -> StatusAnswer:
        return self.status_now(request)

    async def reverse(self, request: SendReversal) -> ReversalAnswer:
        return self.reverse_now(request)

    async def abort(self, request: SendAbort) -> None:
        return None

    async def diagnose(self, service_id: str) -> Health | NoUse:
        return Health("OK")

    async def login(self, service_id: str) -> bool:
        return True

    def pay_now(self, request: SendPayment) -> PaymentAnswer:
        mood = self._mood()
        if mood == "unsent":
            return Unsent("no way")
        if mood == "lost going":
            return Silence("lost")
        answer = self._charge(request)
        return answer if mood == "fine" else _spoilt(mood)

    def _charge(self, request: SendPayment) -> Granted | Failure:
        word = self.orders.pop(0) if self.orders else "approve"
        if word == "busy":  # not taken up, not remembered
            return Failure("Busy")
        assert request.service_id not in self.truth.payments, "the terminal was sent a payment twice"
        self.truth.payments.append(request.service_id)
        answer: Granted | Failure
        if word in ("approve", "other_amount"):
            amount = request.amount if word == "approve" else Money(request.amount.minor - 1, request.amount.currency)
            slip = Slip(amount, PoiTransaction(request.service_id, "t"))
            self.truth.owners[request.service_id] = (request.sale_transaction_id, amount)
            sale = request.sale_transaction_id
            self.truth.charged[sale] = self.truth.charged.get(sale, 0) + amount.minor
            answer = Granted(slip)
        else:
            answer = Failure(word)
        self.truth.answers["Payment", request.service_id] = answer
        return answer

    def status_now(self, request: AskStatus) -> StatusAnswer:
        if self.forgetful and self._chance.random() < self.forgetful:
            self.truth.answers.clear()  # what was charged is charged all the same
            return Unsent("connection refused", refused=True)
        mood = self._mood()
        if mood != "fine":
            return Unsent("no way") if mood == "unsent" else _spoilt(mood)
        found = self.truth.answers.get((request.category, request.about))
        if found is None:
            return Failure("NotFound")
        return Repeated(request.category, SALE, request.about, POI, found)

    def reverse_now(self, request: SendReversal) -> ReversalAnswer:
        mood = self._mood()
        if mood == "unsent":
            return Unsent("no way")
        if mood == "lost going":
            return Silence("lost")
        name = request.poi_transaction.id
        sale, whole = self.truth.owners[name]
        minor = request.amount.minor if request.amount else whole.minor
        assert minor <= self.truth.charged[sale], "a charge was given back twice"
        self.truth.reversals.append(name)
        self.truth.charged[sale] -= minor
        self.truth.answers["Reversal", request.service_id] = Undone()
        return Undone() if mood == "fine" else _spoilt(mood)


def _spoilt(mood: str) -> Silence | Garbled:
    return Garbled("HMAC") if mood == "garbled" else Silence("lost")
