"""Adapter: draws docs/states.md from the tables of the machines, so that the page cannot lie."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any

import equeue.operator_states
import equeue.ticket_states
import kiosk.journey.moves
import kiosk.slips.spool
import payment.differences
import payment.documents
import payment.lines
import payment.moves
import payment.refunds
import signaling.client.states
import signaling.server.call_session

PAGE = Path(__file__).resolve().parent.parent / "docs" / "states.md"

MACHINES: dict[str, tuple[str, Mapping[Any, Any]]] = {
    "Ticket": ("A place in the line (`equeue.ticket_states`).", equeue.ticket_states.MOVES),
    "Operator": ("What an operator is doing (`equeue.operator_states`).", equeue.operator_states.MOVES),
    "CallSession": ("A conversation (`signaling.server.call_session`).", signaling.server.call_session.MOVES),
    "Purchase": ("Money at a card terminal (`payment.moves`).", payment.moves.MOVES),
    "PurchaseLine": ("Where the money of a line of a purchase is (`payment.lines`).", payment.lines.LINE_MOVES),
    "FiscalDocument": (
        "A fiscal document of a purchase or a refund (`payment.documents`).",
        payment.documents.DOCUMENT_MOVES,
    ),
    "Refund": ("An order to return money (`payment.refunds`).", payment.refunds.REFUND_MOVES),
    "Difference": (
        "What a reconciliation found, as a task (`payment.differences`).",
        payment.differences.DIFFERENCE_MOVES,
    ),
    "Slip": ("A slip on its way to paper (`kiosk.slips.spool`).", kiosk.slips.spool.MOVES),
    "KioskJourney": ("What the kiosk shows (`kiosk.journey.moves`).", kiosk.journey.moves.MOVES),
    "Link": ("A client's connection to the server (`signaling.client.states`).", signaling.client.states.MOVES),
}


def _word(value: Any) -> str:
    if isinstance(value, Enum):
        return value.name
    return getattr(value, "__name__", str(value))


def _targets(target: Any) -> list[str]:
    if isinstance(target, (tuple, list, set, frozenset)):
        return sorted(_word(t) for t in target)
    return [_word(target)]


def page() -> str:
    """The whole text of docs/states.md."""
    lines = [
        "# The machines",
        "",
        "Drawn from the tables in the code by `./dev docs`; a test says when this page is stale. An event that a",
        "state does not list is refused by name.",
    ]
    for name, (meaning, moves) in MACHINES.items():
        rows = sorted(
            (_word(state), _word(event), to) for (state, event), target in moves.items() for to in _targets(target)
        )
        arrows: dict[tuple[str, str], list[str]] = {}
        for state, event, to in rows:
            arrows.setdefault((state, to), []).append(event)
        lines += ["", f"## {name}", "", meaning, "", "```mermaid", "stateDiagram-v2"]
        lines += [
            f"    {state} --> {to}: {', '.join(sorted(set(events)))}" for (state, to), events in sorted(arrows.items())
        ]
        lines += ["```", "", "| from | event | to |", "|---|---|---|"]
        lines += [f"| {state} | {event} | {to} |" for state, event, to in rows]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page())
    print(f"wrote {PAGE.name}")
