"""Rules: whether each payment and each refund has exactly one fiscal document, from the register's ledger and the bank.

Owed is what moved at the acquirer: a sale's document when the card was charged just what was asked (anything else is
given back at once, without one), a refund's when its order is done.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.referee.evidence import json_lines

Key = tuple[int, str]
_ID = 36  # letters of a purchase's id; a key of the register may have more


def figures(folder: Path, moved: Mapping[Key, Sequence[tuple[str, int]]]) -> dict[str, int]:
    """``documents``: that exist. All others must be nothing: ``_doubled`` (one thing has two), ``_missing`` (owed),
    ``_unearned`` (not owed), ``_differ`` (another amount, or sales less refunds are not what the acquirer holds),
    ``_untold`` (the kiosk's journal does not know it)."""
    entries = json_lines(folder / "book_entries.jsonl")
    asked = {
        (line["run"], line["purchase_id"]): int(line["body"]["event"]["amount"]["minor"])
        for line in entries
        if line["body"]["event"]["kind"] == "begun"
    }
    told = {
        (line["run"], line["body"]["event"]["document_id"])
        for line in entries
        if line["body"]["event"]["kind"] == "fiscalised"
    }
    refunds = {
        (line["run"], line["id"]): line for line in json_lines(folder / "refunds.jsonl") if line["state"] == "done"
    }
    duty = {line["run"] for line in json_lines(folder / "runs.jsonl") if line["fiscal_duty"]}
    owed: dict[Key, tuple[str, int]] = {
        key: ("sell", asked[key])
        for key, rows in moved.items()
        if key[0] in duty and rows and rows[0][1] == asked.get(key)
    }
    owed |= {key: ("sell_refund", line["minor"]) for key, line in refunds.items() if key[0] in duty}
    issued = _issued(folder / "fiscal.jsonl", asked)
    net: dict[Key, int] = defaultdict(int)
    for key, papers in issued.items():
        owner = (key[0], refunds[key]["purchase_id"]) if key in refunds else key
        net[owner] += sum(minor if kind == "sell" else -minor for kind, minor in papers)
    banked = {key: sum(minor for _, minor in moved[key]) for key in owed if key in moved}
    return {
        "documents": sum(len(papers) for papers in issued.values()),
        "documents_doubled": sum(1 for papers in issued.values() if len(papers) > 1),
        "documents_missing": len(set(owed) - set(issued)),
        "documents_unearned": len(set(issued) - set(owed)),
        "documents_differ": sum(1 for key, papers in issued.items() if key in owed and owed[key] not in papers)
        + sum(1 for key, minor in banked.items() if net[key] != minor),
        "documents_untold": len(set(issued) - told),
    }


def _issued(file: Path, purchases: Mapping[Key, int]) -> dict[Key, list[tuple[str, int]]]:
    """What exists, by the purchase or refund it is of."""
    found: dict[Key, list[tuple[str, int]]] = defaultdict(list)
    for line in json_lines(file):
        name = line["external_id"]
        owner = name[:_ID] if (line["run"], name[:_ID]) in purchases else name.partition("-")[0]
        if line["number"]:
            found[line["run"], owner].append((line["kind"], line["minor"]))
    return found
