"""Rules: what the emulated terminal was told to do next."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any

from payment.emulators.cards import CARDS

OUTCOMES = {
    "approve": "approve",
    "decline": "Refusal",
    "cancel": "Cancel",
    "wrong_pin": "WrongPIN",
    "unreachable_host": "UnreachableHost",
    "invalid_card": "InvalidCard",
    "logged_out": "LoggedOut",
    "not_allowed": "NotAllowed",
    "busy": "Busy",
    "in_progress": "InProgress",
    "time_out": "Aborted",
    "other_amount": "other_amount",
    "partial": "partial",
}
FAULTS = frozenset(
    "drop_before_body drop_after_body half_answer delay duplicate wrong_ids wrong_sale_id wrong_poi_id wrong_category "
    "bad_hmac wrong_header server_error reboot not_json leak".split()
)


@dataclass(frozen=True, slots=True)
class Order:
    """One order: a way to answer the card (``outcome``), and perhaps a fault of the wire around it."""

    outcome: str | None  # None: wait for the card
    fault: str = ""
    category: str = "Payment"
    seconds: float = 0.0
    forget: bool = False
    amount: int | None = None  # minor units, for other_amount
    card: str = "mc"  # a word of CARDS


class Script:
    """Orders in the order they came; each is used once."""

    def __init__(self) -> None:
        self._orders: deque[Order] = deque()

    def add(self, value: dict[str, Any]) -> None:
        """Take one order from the control endpoint. Raises ValueError for a word it does not know."""
        word, then = value["next"], value.get("then", "approve")
        if word not in FAULTS and word not in OUTCOMES:
            raise ValueError(f"unknown order {word!r}")
        outcome = word if word in OUTCOMES else then
        if outcome != "card" and outcome not in OUTCOMES:
            raise ValueError(f"unknown outcome {outcome!r}")
        if value.get("card_held", "mc") not in CARDS:
            raise ValueError(f"unknown card {value['card_held']!r}")
        self._orders.append(
            Order(
                None if outcome == "card" else outcome,
                word if word in FAULTS else "",
                value.get("category", "Payment"),
                float(value.get("seconds", 0)),
                bool(value.get("forget", False)),
                value.get("amount"),
                value.get("card_held", "mc"),
            )
        )

    def drops_next_body(self) -> bool:
        """Whether the next request is to be dropped before its body is read (its category is not known yet)."""
        if self._orders and self._orders[0].fault == "drop_before_body":
            self._orders.popleft()
            return True
        return False

    def take(self, category: str) -> Order | None:
        """The first order for this category, if any; used up."""
        for order in self._orders:
            if order.category == category:
                self._orders.remove(order)
                return order
        return None
