"""Rules: the agent's terms: who takes the money, with which fee for whom, and what a refund needs.

103-FZ wants the agent and the supplier named on the slip with their telephones, and the fee, also when it is nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ground.money import Money
from payment.basket import FeeTerms
from payment.fiscal import FiscalTerms

_FREE = FeeTerms()
#: Above this, minor units, a second person confirms a refund.
_REFUND_LIMITS = {"RUB": 300_000, "EUR": 5_000}


@dataclass(frozen=True, slots=True)
class PaymentTerms:
    """``fees`` by the supplier's code; a supplier that is not named is free. ``refund_limits`` by currency.

    ``fiscal`` None: the agent has no fiscal duty (Latvia, by card), and no document is ever promised. ``register`` is
    the profile of the fiscal register, for its driver.
    """

    agent: str = ""
    agent_phone: str = ""
    fees: Mapping[str, FeeTerms] = field(default_factory=dict)
    refund_limits: Mapping[str, int] = field(default_factory=lambda: dict(_REFUND_LIMITS))
    fiscal: FiscalTerms | None = None
    register: Mapping[str, Any] = field(default_factory=dict)

    def fee(self, supplier: str, amount: Money) -> Money:
        """The agent's fee for a bill of this supplier."""
        return self.fees.get(supplier, _FREE).of(amount)

    @classmethod
    def load(cls, path: Path) -> PaymentTerms:
        """From a JSON file with any of ``agent``, ``agent_phone``, ``fees`` ({CODE: {"basis_points", "at_least",
        "at_most"}}), ``refund_limits`` ({CURRENCY: minor units}), ``fiscal`` ("none", or see ``FiscalTerms``, with
        ``register``: {"driver": "atol_online", "url", "group", "login", "password_file"}). Raises OSError, ValueError,
        TypeError, KeyError."""
        told: dict[str, Any] = json.loads(path.read_text())
        fees = {code: FeeTerms(**terms) for code, terms in told.pop("fees", {}).items()}
        fiscal = told.pop("fiscal", "none")
        if fiscal == "none":
            return cls(**told, fees=fees)
        return cls(**told, fees=fees, fiscal=FiscalTerms.from_mapping(fiscal), register=fiscal["register"])
