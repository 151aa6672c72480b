"""Wiring: the driver that a billing file names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from billing.port import BillingSystem
from ground.named import named


def billing_of(told: Mapping[str, Any], folder: Path) -> BillingSystem:
    """The driver for one entry of the billing file, which lies in ``folder``.

    ``driver`` is ``embedded`` (also when it says nothing), or ``package.module:factory`` of an installed package:
    ``factory(told, folder)`` gets the whole entry. Raises OSError, ValueError, KeyError or TypeError for an entry that
    cannot be used.
    """
    match told.get("driver", "embedded"):
        case "embedded":
            from billing.adapters.embedded import EmbeddedBilling

            return EmbeddedBilling(told["url"], (folder / told["token_file"]).read_text().strip())
        case other:
            return cast(BillingSystem, named(str(other))(told, folder))
