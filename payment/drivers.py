"""Wiring: the driver that a profile names: of a terminal, of a fiscal register."""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

from ground.named import named
from payment.register import FiscalRegister
from payment.terminal import Terminal
from payment.terms import PaymentTerms


def terminal_of(file: Path, *, sale_id: str) -> Terminal:
    """The driver for a JSON profile: its ``driver`` is ``nexo`` (also when it says nothing), ``upos``, or
    ``package.module:factory`` of an installed package: ``factory(profile, folder, sale_id)``.

    Raises OSError, ValueError or KeyError for a profile, or a driver's own journal, that cannot be read.
    """
    value = json.loads(file.read_text("utf-8"))
    match value.get("driver", "nexo"):
        case "nexo":
            from payment.nexo.driver import NexoTerminal
            from payment.nexo.profile import Profile

            return NexoTerminal(Profile.from_mapping(value, sale_id=sale_id, folder=file.parent))
        case "upos":  # for POSIX alone: it holds a lock on the program's directory
            from payment.upos.driver import UposTerminal
            from payment.upos.profile import Profile as UposProfile

            return UposTerminal(UposProfile.from_mapping(value, sale_id=sale_id, folder=file.parent))
        case other:
            return cast(Terminal, named(str(other))(value, file.parent, sale_id))


def register_of(terms: PaymentTerms, folder: Path) -> FiscalRegister | None:
    """The driver of the agent's fiscal register, files beside ``folder``; None without a fiscal duty.

    ``atol_online``, or ``package.module:factory``: ``factory(fiscal_terms, profile, folder)``.

    Raises OSError, ValueError or KeyError for a profile that cannot be used.
    """
    if terms.fiscal is None:
        return None
    match terms.register.get("driver"):
        case "atol_online":  # requests is the server's, not the kiosk's
            from payment.atol_online import AtolOnline

            return AtolOnline.from_mapping(terms.fiscal, terms.register, folder)
        case other:
            return cast(FiscalRegister, named(str(other))(terms.fiscal, terms.register, folder))
