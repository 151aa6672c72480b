"""Rules: the figures of the payment chaos run, computed from what was left behind and nothing else.

Evidence in one folder, every line with its ``run``: ``ledger.jsonl`` (the terminal's own), ``bank.csv`` (the
acquirer's: run, at, reference, minor), ``billing.db`` (table ``payments``: account, amount, reference),
``book.jsonl``, ``book_lines.jsonl``, ``refunds.jsonl`` and ``book_entries.jsonl`` (the server's book of record),
``screens.jsonl`` (words people read), ``fiscal.jsonl`` (the register's own ledger: external_id, kind, minor, number;
number 0 was never issued), ``runs.jsonl`` (whether the agent has a fiscal duty), ``untruths.jsonl`` (of which purchase
the terminal, or a person, told us for certain what was not true: no screen could have known better).
"""

from __future__ import annotations

import csv
import re
import sqlite3
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.referee import documents
from benchmarks.referee.evidence import json_lines

#: Words that tell a person that no money has left the card.
NOT_PAID = re.compile(r"не списаны|не началась|не оплачен|Деньги возвращены")
_OVER = ("posted", "fiscalised", "declined", "not_charged", "not_sent", "reversed", "refunded")
_AT_REST = ("posted", "refunded", "settled")
_STOPPED = ("payment.runner_stopped", "payment.journal_broken")

Key = tuple[int, str]


def figures(folder: Path) -> dict[str, Any]:
    """All figures. Money in minor units; ``approved``: percent of the purchases in the book whose card was charged,
    also of those whose money went back by an order or a reversal."""
    book = {(line["run"], line["id"]): line for line in json_lines(folder / "book.jsonl")}
    owed = {
        (line["run"], line["purchase_id"])
        for line in json_lines(folder / "book_lines.jsonl")
        if line["state"] not in _AT_REST
    }
    entries, refunds = json_lines(folder / "book_entries.jsonl"), json_lines(folder / "refunds.jsonl")
    accounts = {
        (line["run"], line["purchase_id"]): [one["account_ref"] for one in line["body"]["event"]["lines"]]
        for line in entries
        if line["body"]["event"]["kind"] == "begun"
    }
    moved = _moved(folder / "bank.csv")
    held = {key: sum(minor for _, minor in rows) for key, rows in moved.items()}
    posted = _posted(folder / "billing.db")
    paid = [key for key, minor in held.items() if minor > 0]
    ever = [key for key, rows in moved.items() if any(minor > 0 for _, minor in rows)]
    reached = {key: sum(sum(posted.get(one, [])) for one in accounts.get(key, [])) for key in held}
    earned = {one for key in paid for one in accounts.get(key, [])}
    open_ones = [key for key, row in book.items() if row["state"] not in _OVER or key in owed]
    screens = json_lines(folder / "screens.jsonl")
    with_slip = {(line["run"], line["purchase_id"]) for line in entries if line["body"]["event"]["kind"] == "charged"}
    misled = {(line["run"], line["purchase"]) for line in json_lines(folder / "untruths.jsonl")}
    return {
        "purchases": len(book),
        "approved": round(100 * len(ever) / max(1, len(book)), 1),
        "charged": sum(line.get("charged", 0) for line in json_lines(folder / "ledger.jsonl")),
        "banked": sum(held.values()),
        "posted": sum(sum(amounts) for amounts in posted.values()),
        "refunds": sum(1 for line in refunds if line["state"] == "done"),
        "stranded": sum(  # a refund given up for want of the terminal's reference, which is there
            1
            for line in refunds
            if line["outcome"] == "no_terminal_reference" and (line["run"], line["purchase_id"]) in with_slip
        ),
        "open": len(open_ones),
        "doubled": _doubled(accounts, paid, posted),
        "lost": sum(1 for key in paid if held[key] != reached[key]),
        "unearned": sum(1 for account, amounts in posted.items() if account not in earned and sum(amounts) != 0),
        "misled": len(misled),
        "false_not_paid": _false_not_paid(screens, {key: rows for key, rows in moved.items() if key not in misled}),
        "stopped": sum(1 for line in screens if line["where"] == "desk" and line["words"] in _STOPPED),
        **documents.figures(folder, moved),
    }


def _moved(file: Path) -> dict[Key, list[tuple[str, int]]]:
    moved: dict[Key, list[tuple[str, int]]] = defaultdict(list)
    with file.open(newline="") as rows:
        for row in csv.DictReader(rows):
            moved[int(row["run"]), row["reference"]].append((row["at"], int(row["minor"])))
    return moved


def _posted(file: Path) -> dict[str, list[int]]:
    amounts: dict[str, list[int]] = defaultdict(list)
    connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    try:
        for account, minor in connection.execute("SELECT account, amount FROM payments"):
            amounts[account].append(minor)
    finally:
        connection.close()
    return amounts


def _doubled(accounts: Mapping[Key, list[str]], paid: list[Key], posted: Mapping[str, list[int]]) -> int:
    """Accounts for whose one bill a card was charged twice, or which were credited twice."""
    charged: dict[str, int] = defaultdict(int)
    for key in paid:
        for account in accounts.get(key, []):
            charged[account] += 1
    twice = {account for account, times in charged.items() if times > 1}
    credited = {account for account, amounts in posted.items() if sum(1 if minor > 0 else -1 for minor in amounts) > 1}
    return len(twice | credited)


def _false_not_paid(screens: list[dict[str, Any]], moved: Mapping[Key, list[tuple[str, int]]]) -> int:
    """Texts that said "not paid" while, at any moment of being read, the acquirer held money of that purchase."""
    shown: dict[Key, list[tuple[str, str]]] = defaultdict(list)
    for line in screens:
        if line["where"] == "kiosk":
            shown[line["run"], line["purchase"]].append((line["at"], line["words"]))
    false = 0
    for key, texts in shown.items():
        ends = [at for at, _ in texts[1:]] + ["9999"]
        false += sum(
            1
            for (at, words), end in zip(texts, ends, strict=True)
            if NOT_PAID.search(words) and _held_between(moved.get(key, []), at, end)
        )
    return false


def _held_between(rows: list[tuple[str, int]], start: str, end: str) -> bool:
    """Whether more than nothing was held at any moment from ``start`` until before ``end`` (ISO, one zone)."""
    held = sum(minor for at, minor in rows if at <= start)
    if held > 0 and start < end:
        return True
    for at, minor in rows:
        if start < at < end:
            held += minor
            if held > 0:
                return True
    return False
