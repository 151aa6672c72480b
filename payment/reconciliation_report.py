"""Adapter: what a reconciliation found, as CSV, Excel or HTML, in the language of who reads it."""

from __future__ import annotations

import csv
import html
import io
from collections.abc import Iterable
from pathlib import Path

from assets.words import Words
from ground.money import Money
from payment.reconciliation import Bucket, Finding, Reconciliation

_COLUMNS = ("id", "bucket", "advice", "purchase", "ours", "banks", "day", "terminal", "rrn", "approval", "line")
_MONEY = ("ours", "banks")
_STYLE = (
    "body{font:16px/1.45 Inter,'DejaVu Sans',sans-serif;color:#1b2733;margin:2rem}table{border-collapse:collapse}"
    "td,th{border-bottom:1px solid #d5dce3;padding:.4rem .7rem;text-align:left}th{background:#f2f5f8}"
    "td.money{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}tr.look td{background:#fff4e0}"
)


def write_report(file: Path, found: Reconciliation, words: Words) -> None:
    """Write to ``file``; its ending says how: ``.csv``, ``.xlsx`` or ``.html``. Raises ValueError for another one."""
    match file.suffix.lower():
        case ".csv":
            file.write_bytes(_csv(found, words))
        case ".xlsx":
            _excel(file, found, words)
        case ".html":
            file.write_text(_html(found, words), encoding="utf-8")
        case other:
            raise ValueError(f"a report ends in .csv, .xlsx or .html, not {other!r}")


def summary(found: Reconciliation, words: Words) -> list[str]:
    """A line for each bucket (how many; how much by the bank or, where it has none, by us) and terminal's day."""
    lines = []
    for bucket in Bucket:
        ones = found.of(bucket)
        sums: dict[str, int] = {}
        for one in ones:
            amount = _amount(one)
            sums[amount.currency] = sums.get(amount.currency, 0) + amount.minor
        told = ", ".join(words.money(minor, currency) for currency, minor in sorted(sums.items()))
        lines.append(f"{words.say(f'reconcile.bucket.{bucket}')}: {len(ones)}" + (f" ({told})" if told else ""))
    for day in found.terminals:
        key = "reconcile.terminal.agrees" if day.agrees else "reconcile.terminal.differs"
        values = {
            "terminal": day.terminal,
            "at": f"{day.closed_at:%Y-%m-%d %H:%M} UTC",
            "counted": words.money(day.counted.minor, day.counted.currency),
            "booked": words.money(day.booked.minor, day.booked.currency),
        }
        lines.append(words.offer(key, values))
    return lines


def _amount(one: Finding) -> Money:
    if one.bank is not None:
        return one.bank.amount
    assert one.ours is not None
    return one.ours.amount


def _rows(found: Reconciliation, words: Words) -> Iterable[dict[str, str | Money | None]]:
    for one in found.findings:
        ours, bank = one.ours, one.bank
        yield {
            "id": one.finding_id,
            "bucket": words.say(f"reconcile.bucket.{one.bucket}"),
            "advice": words.say(f"reconcile.advice.{one.advice}"),
            "purchase": one.purchase_id,
            "ours": ours.amount if ours else None,
            "banks": bank.amount if bank else None,
            "day": bank.day.isoformat() if bank else (ours.day.isoformat() if ours else ""),
            "terminal": bank.terminal if bank else (ours.terminal if ours else ""),
            "rrn": bank.rrn if bank else "",
            "approval": (bank.approval if bank else "") or (ours.approval if ours else ""),
            "line": str(bank.line) if bank and bank.line else "",
        }


def _heads(words: Words) -> list[str]:
    return [words.say(f"reconcile.column.{name}") for name in _COLUMNS]


def _csv(found: Reconciliation, words: Words) -> bytes:
    out = io.StringIO(newline="")
    rows = csv.writer(out, delimiter=";", lineterminator="\r\n")
    rows.writerow(_heads(words))
    for row in _rows(found, words):
        rows.writerow(_plain(row[name]) for name in _COLUMNS)
    return out.getvalue().encode("utf-8-sig")  # with its mark, so that Excel takes it for what it is


def _plain(value: str | Money | None) -> str:
    if isinstance(value, Money):
        return f"{str(value.major).replace('.', ',')} {value.currency}"
    text = value or ""
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text  # no cell of a bank's file becomes a formula


def _excel(file: Path, found: Reconciliation, words: Words) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(str(file), {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet(words.say("reconcile.title"))
        head = book.add_format({"bold": True, "bg_color": "#F2F5F8", "bottom": 1})
        sums = {one: book.add_format({"num_format": f'#,##0.00 "{one}"'}) for one in _currencies(found)}
        look = book.add_format({"bg_color": "#FFF4E0"})
        for place, text in enumerate(_heads(words)):
            sheet.write_string(0, place, text, head)
        for number, (one, row) in enumerate(zip(found.findings, _rows(found, words), strict=True), 1):
            for place, name in enumerate(_COLUMNS):
                value = row[name]
                if isinstance(value, Money):  # shown only: nothing is added up
                    sheet.write_number(number, place, float(value.major), sums[value.currency])
                elif value:
                    sheet.write_string(number, place, value, look if one in found.differences else None)
        sheet.autofilter(0, 0, max(1, len(found.findings)), len(_COLUMNS) - 1)
        sheet.freeze_panes(1, 0)
        sheet.autofit()


def _currencies(found: Reconciliation) -> set[str]:
    sides = [side for one in found.findings for side in (one.ours, one.bank)]
    return {side.amount.currency for side in sides if side is not None}


def _html(found: Reconciliation, words: Words) -> str:
    differences = {one.finding_id for one in found.differences}
    title = html.escape(words.say("reconcile.title"))
    out = [
        f"<!doctype html><html lang='{words.language}'><meta charset='utf-8'><title>{title}</title>",
        f"<style>{_STYLE}</style><h1>{title}</h1><ul>",
        *(f"<li>{html.escape(line)}</li>" for line in summary(found, words)),
        "</ul><table><tr>",
        *(f"<th>{html.escape(head)}</th>" for head in _heads(words)),
        "</tr>",
    ]
    for one, row in zip(found.findings, _rows(found, words), strict=True):
        out.append("<tr class='look'>" if one.finding_id in differences else "<tr>")
        for name in _COLUMNS:
            value = row[name]
            told = words.money(value.minor, value.currency) if isinstance(value, Money) else value or ""
            out.append(f"<td{' class=money' if name in _MONEY else ''}>{html.escape(told)}</td>")
        out.append("</tr>")
    return "".join([*out, "</table></html>\n"])
