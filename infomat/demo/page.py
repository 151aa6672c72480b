"""View: a walked visit as one HTML page: what matters first, every step in two pictures, the rest folded away."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_STYLE = """
:root { --ink:#14212B; --second:#4A5B68; --line:#D5DEE4; --paper:#F4F7F8; --brand:#0B5C6B; --dark:#08434E;
  --tint:#E2F0F2 }
* { box-sizing: border-box } body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.5 Inter, "Noto Sans", system-ui, sans-serif }
header { background: var(--dark); color: #fff; padding: 48px 24px 104px } header p { color: #C9E0E4; font-size: 18px }
header div, main { max-width: 1320px; margin: 0 auto } main { max-width: 1368px; padding: 0 24px 96px }
h1 { font-size: 40px; margin: 0 0 8px; letter-spacing: -0.01em } h2 { font-size: 26px; margin: 64px 0 16px }
p { margin: 0; max-width: 68ch } .quiet { color: var(--second) }
.key { display: grid; grid-template-columns: repeat(auto-fit, minmax(220px, 1fr)); gap: 16px; margin-top: -72px }
.key div, .card { background: #fff; border: 1px solid var(--line); border-radius: 16px; padding: 20px 24px }
.key b { display: block; font-size: 36px; color: var(--brand); line-height: 1.2; font-variant-numeric: tabular-nums }
.key span { color: var(--second); font-size: 15px }
.bar { display: grid; grid-template-columns: 380px 90px 1fr; gap: 16px; align-items: center; padding: 7px 0 }
.bar b { text-align: right; font-weight: 600; font-variant-numeric: tabular-nums }
.bar i { display: block; height: 12px; border-radius: 6px; background: var(--brand); min-width: 4px }
.step { padding: 24px; margin: 0 0 24px } .step h3 { margin: 0; font-size: 20px }
.head { display: grid; grid-template-columns: 44px 1fr auto; gap: 16px; align-items: center; margin-bottom: 16px }
.head > b { width: 44px; height: 44px; border-radius: 50%; background: var(--tint); color: var(--brand);
  display: grid; place-items: center; font-size: 18px }
.head time { color: var(--second); font-variant-numeric: tabular-nums }
.pair { display: flex; gap: 16px; align-items: flex-start } .pair a { display: block; min-width: 0 }
.pair .k { flex: 9 1 0 } .pair .c { flex: 28.4 1 0 }
.pair img { width: 100%; display: block; border: 1px solid var(--line); border-radius: 10px }
.papers { display: flex; flex-wrap: wrap; gap: 32px; align-items: flex-start }
.papers img { width: 400px; box-shadow: 0 6px 24px #14212B24; display: block }
.slip { width: 400px; background: #fff; padding: 32px 28px 40px; font: 15px/1.9 "Noto Sans Mono", monospace;
  filter: drop-shadow(0 2px 10px #14212b26); overflow-wrap: anywhere; clip-path: polygon(0 0, 100% 0, 100% 98%,
  95% 100%, 90% 98%, 85% 100%, 80% 98%, 75% 100%, 70% 98%, 65% 100%, 60% 98%, 55% 100%, 50% 98%, 45% 100%, 40% 98%,
  35% 100%, 30% 98%, 25% 100%, 20% 98%, 15% 100%, 10% 98%, 5% 100%, 0 98%) }
.slip strong { display: block; text-align: center; font-size: 20px; padding-bottom: 12px; margin-bottom: 12px;
  border-bottom: 2px dashed var(--line) } .slip div { margin: 10px 0 } .slip div b { display: block; font-size: 18px }
table { border-collapse: collapse; width: 100%; font-size: 14px } th, td { text-align: left; padding: 7px 16px 7px 0;
  border-bottom: 1px solid var(--line); vertical-align: top } th { color: var(--second); font-weight: 500 }
td { overflow-wrap: anywhere } td.mono { font: 12px/1.6 "Noto Sans Mono", monospace; color: var(--second) }
details { background: #fff; border: 1px solid var(--line); border-radius: 16px; margin: 0 0 12px; padding: 0 24px }
summary { cursor: pointer; padding: 16px 0; font-weight: 600; color: var(--brand) } details > div { overflow-x: auto;
  padding-bottom: 16px }
@media (max-width: 900px) { .bar { grid-template-columns: 1fr 90px } .bar i { display: none } .pair { display: block } }
"""
#: What a visitor feels, in the order in which it is shown large: the line of the timeline, and its short name.
_KEY = (
    ("payment: card tapped to posted in billing", "from the card's touch to the account"),
    ("talk: touch to the offer at the operator", "from “talk” to the operator's desk"),
    ("call: accept to the first frame at the kiosk", "from “accept” to the operator's face"),
    ("visit change: touch to the spare's attract screen", "from “finish” to a fresh kiosk"),
)
_ONCE = "start of everything to the attract screen"  # happens once a day: not a bar beside what a person waits for
_ID = re.compile(r"\b([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{7}([0-9a-f]{5})\b")
_MOMENT = re.compile(r"\b\d{4}-\d\d-\d\d[T ](\d\d:\d\d:\d\d\.?\d{0,3})\d*(\+00:00|Z)?")
_LOAD = re.compile(r"^(idle|call): (.+)$")


@dataclass(frozen=True)
class Step:
    """A moment of the visit: what happened, ``at`` seconds since its beginning, and the two pictures' file names."""

    title: str
    told: str
    at: float
    kiosk: str
    console: str


@dataclass(frozen=True)
class Table:
    """Rows of a database as texts."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]


def page(
    steps: Sequence[Step],
    timings: Sequence[tuple[str, float]],
    figures: Mapping[str, str],
    receipt: str,
    tables: Sequence[Table],
    papers: Sequence[str] = (),
) -> str:
    """The whole page. ``receipt``: the lines of the code that the customer takes home, the company first; ``papers``:
    the file names of the pictures of what was printed."""
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>A visit, step by step</title><style>{_STYLE}</style>",
        "<header><div><h1>A visit, step by step</h1><p>Real windows, real input events. In each step the customer's "
        "screen is on the left and the operator's on the right, both at the same moment.</p></div></header><main>",
        _key(dict(timings)),
        "<h2>How long things took</h2>",
        _bars(timings),
        "<h2>The visit</h2>",
        *(_step(number, step) for number, step in enumerate(steps, 1)),
        "<h2>What the customer takes home</h2>" + _taken_home(receipt, papers) if receipt or papers else "",
        "<h2>Behind it</h2>",
        _load(figures),
        *(_table(table) for table in tables),
        "</main></html>",
    ]
    return "\n".join(part for part in parts if part)


def seconds(value: float) -> str:
    """``120 ms`` or ``1.24 s``."""
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.2f} s"


def short(text: str) -> str:
    """A database's text for people: ids by their two ends, moments by the time of day."""
    return _MOMENT.sub(r"\1", _ID.sub(r"\1…\2", text))


def _key(timings: Mapping[str, float]) -> str:
    cells = [
        f"<div><b>{seconds(timings[line])}</b><span>{html.escape(words, quote=False)}</span></div>"
        for line, words in _KEY
        if line in timings
    ]
    return f"<section class=key>{''.join(cells)}</section>" if cells else ""


def _bars(timings: Sequence[tuple[str, float]]) -> str:
    longest = max((took for what, took in timings if what != _ONCE), default=1.0) or 1.0
    lines = []
    for what, took in timings:
        bar = "" if what == _ONCE else f"<i style='width:{100 * took / longest:.1f}%'></i>"
        lines.append(f"<div class=bar><span>{html.escape(what)}</span><b>{seconds(took)}</b>{bar}</div>")
    return f"<section class=card>{''.join(lines)}</section>"


def _step(number: int, step: Step) -> str:
    return (
        f"<section class='card step' id=step-{number}><div class=head><b>{number}</b><div>"
        f"<h3>{html.escape(step.title)}</h3><p class=quiet>{html.escape(step.told)}</p></div>"
        f"<time>{step.at:.1f} s</time></div><div class=pair>"
        f"<a class=k href='{step.kiosk}'><img src='{step.kiosk}' alt='the kiosk, step {number}'></a>"
        f"<a class=c href='{step.console}'><img src='{step.console}' alt='the console, step {number}'></a>"
        "</div></section>"
    )


def _taken_home(receipt: str, papers: Sequence[str]) -> str:
    """What was printed, and what the phone has taken from the goodbye screen."""
    pictures = (f"<a href='{one}'><img src='{one}' alt='printed paper {n}'></a>" for n, one in enumerate(papers, 1))
    return f"<div class=papers>{''.join(pictures)}{_slip(receipt) if receipt else ''}</div>"


def _slip(receipt: str) -> str:
    company, *lines = receipt.splitlines()
    parts = []
    for line in lines:
        name, colon, value = line.partition(": ")
        told = f"{html.escape(name)}<b>{html.escape(value)}</b>" if colon else html.escape(line)
        parts.append(f"<div>{told}</div>")
    return f"<div class=slip><strong>{html.escape(company)}</strong>{''.join(parts)}</div>"


def _load(figures: Mapping[str, str]) -> str:
    """Processor and memory of each process, idle and in the call side by side; then the other figures."""
    names: dict[str, dict[str, str]] = {}
    others = []
    for name, value in figures.items():
        if found := _LOAD.match(name):
            names.setdefault(found[2], {})[found[1]] = value
        else:
            others.append((name, value))
    rows = [[name, told.get("idle", "—"), told.get("call", "—")] for name, told in names.items()]
    tables = [Table("Processes: processor and memory", ("process (its number)", "idle", "in the call"), rows)]
    if others:
        tables.append(Table("Pictures", ("what", "figure"), others))
    return "".join(_table(table) for table in tables if table.rows)


def _table(table: Table) -> str:
    head = "".join(f"<th>{html.escape(one)}</th>" for one in table.heads)
    body = "".join("<tr>" + "".join(_cell(one) for one in row) + "</tr>" for row in table.rows)
    title = f"{html.escape(table.title)} · {len(table.rows)}"
    return f"<details><summary>{title}</summary><div><table><tr>{head}</tr>{body}</table></div></details>"


def _cell(text: str) -> str:
    """One cell; what is JSON is told as ``name value`` pairs, without its braces."""
    if text.startswith("{"):
        try:
            told = " · ".join(f"{name} {value}" for name, value in json.loads(text).items())
        except ValueError:
            told = text
        return f"<td class=mono>{html.escape(short(told))}</td>"
    return f"<td>{html.escape('—' if text == 'None' else short(text))}</td>"
