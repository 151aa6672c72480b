"""Wiring: which billing system an account belongs to, by its supplier, and the agent's terms.

The billing file is JSON ``{"url", "token_file"}`` of the main system (or ``{"driver": ...}``, see ``billing.drivers``),
with ``"suppliers": {CODE: {"url", "token_file"}}`` for those that keep their own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from billing.drivers import billing_of
from billing.port import BillingSystem
from payment.drivers import register_of
from payment.fiscal import FiscalTerms
from payment.register import FiscalRegister
from payment.terms import PaymentTerms
from signaling.server.config import CannotStart, ServerConfig


class Billings:
    """``main`` answers questions about accounts and for every supplier without a system of its own."""

    def __init__(self, main: BillingSystem | None, own: Mapping[str, BillingSystem] | None = None) -> None:
        self.main, self._own = main, dict(own or {})

    def of(self, supplier: str) -> BillingSystem | None:
        """The system that keeps this supplier's accounts; None when there is none at all."""
        return self._own.get(supplier, self.main)


def billings_of(file: Path | None) -> Billings:
    """From the billing file; raises CannotStart with a sentence that says what is wrong."""
    if file is None:
        return Billings(None)
    try:
        told = json.loads(file.read_text())
        own = {code: billing_of(one, file.parent) for code, one in told.get("suppliers", {}).items()}
        return Billings(billing_of(told, file.parent), own)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CannotStart(
            f"The billing file {file} cannot be used ({type(error).__name__}: {error}); "
            "it is JSON with url and token_file, or with a driver of your own."
        ) from error


def terms_of(config: ServerConfig) -> PaymentTerms:
    """The agent's terms; raises CannotStart with a sentence that says what is wrong."""
    file = config.payment_terms_file
    if file is None:
        return PaymentTerms(agent=config.company)
    try:
        return PaymentTerms.load(file)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise CannotStart(f"The payment terms {file} cannot be used ({type(error).__name__}: {error}).") from error


def fiscal_of(config: ServerConfig, terms: PaymentTerms) -> tuple[FiscalRegister, FiscalTerms] | None:
    """The agent's fiscal register; None without a fiscal duty. Raises CannotStart."""
    if terms.fiscal is None or config.payment_terms_file is None:
        return None
    try:
        register = register_of(terms, config.payment_terms_file.parent)
    except (OSError, ValueError, KeyError) as error:
        raise CannotStart(f"The fiscal register cannot be used ({type(error).__name__}: {error}).") from error
    return None if register is None else (register, terms.fiscal)
