"""Rules: what the bank's program leaves behind: ``e`` (the result), ``p`` (the slip) and its output.

Lines of ``e`` (payments.md 1.7): 0 ``code,text``; 1 masked PAN; 3 approval code; 5 card name; 7 TID;
8 ``YYYYMMDDHHMMSS``; 9 RRN. A file that was cut off in the middle is no result.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from payment.card_numbers import without_cards

_HEAD = re.compile(r"(\d{1,5}),(.*)")
_RETURNED = re.compile(r"return:\s*(\d{1,5})\b")
_TOTAL = re.compile(r"\s*(Оплата|Отмена|Возврат)\s+(\d+)\s+(-?[\d ]+)[.,](\d\d)\s*", re.IGNORECASE)
_LINES_OF_APPROVAL = 10
_LONGEST = 1 << 16


@dataclass(frozen=True, slots=True)
class Result:
    """A whole ``e``. The fields beside ``code`` and ``text`` are filled for an approval only."""

    code: int
    text: str
    last_digits: str = ""
    approval_code: str = ""
    brand: str = ""
    terminal_id: str = ""
    at: str = ""  # ISO 8601 without a zone: the terminal's own clock
    rrn: str = ""


def read_result(data: bytes | None, encoding: str, *, money: bool) -> Result | None:
    """What ``e`` says; None when it is missing, cut off, or not what this program writes.

    ``money``: an approval must name its transaction; a test or a report need not.
    """
    if not data or len(data) > _LONGEST:
        return None
    first, *lines = _lines(data, encoding)
    head = _HEAD.fullmatch(first)
    if head is None:
        return None
    code, text = int(head[1]), without_cards(head[2]).strip()[:200]
    if code or not money:
        return Result(code, text)
    if len(lines) < _LINES_OF_APPROVAL:  # every line of a whole file is ended
        return None
    card, _, approval, _, name, _, terminal, at, rrn = (line.strip() for line in lines[:9])
    moment = re.fullmatch(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)", at)
    if moment is None or not re.fullmatch(r"\d{12}", rrn) or not terminal:
        return None
    last = "".join(re.findall(r"\d", card[-4:]))
    when = "{}-{}-{}T{}:{}:{}".format(*moment.groups())
    return Result(code, text, last, approval[:20], without_cards(name)[:40], terminal, when, rrn)


def read_output(data: bytes | None) -> int | None:
    """The number that the program printed as ``return:N``; None when it printed none."""
    found = _RETURNED.findall((data or b"").decode("ascii", "replace"))
    return int(found[-1]) if found else None


def read_slip(data: bytes | None, encoding: str) -> tuple[str, ...]:
    """The lines of ``p``, without control characters and without anything like a card's number."""
    if not data or len(data) > _LONGEST:
        return ()
    lines = [line.rstrip() for line in _lines(data, encoding)]
    while lines and not lines[-1]:
        lines.pop()
    return tuple(without_cards(line)[:80] for line in lines[:200])


def _lines(data: bytes, encoding: str) -> list[str]:
    """Its lines without what cannot be shown, printed or kept."""
    text = data.decode(encoding, "replace").replace("\r\n", "\n").replace("\r", "\n")
    return ["".join(letter for letter in line if letter.isprintable()) for line in text.split("\n")]


def read_totals(slip: tuple[str, ...]) -> list[tuple[str, int, int]]:
    """(word, count, minor units) of a report's lines such as ``Оплата  12  15400.00``; banks' layouts differ."""
    found = (_TOTAL.fullmatch(line) for line in slip)
    return [
        (match[1].capitalize(), int(match[2]), int(match[3].replace(" ", "") + match[4])) for match in found if match
    ]
