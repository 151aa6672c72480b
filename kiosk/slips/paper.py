"""Rules: a document on paper: its pieces, and their rows on a printer of so many columns.

Columns are characters of the printer's ordinary letter: 32 on 58 mm paper, 42 or 48 on 80 mm. A big letter takes two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from signaling.protocol.values import Language

Align = Literal["left", "center"]
_NBSP = "\u00a0"


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph. ``times`` is the size of its letters, ``indent`` in columns."""

    text: str
    bold: bool = False
    times: int = 1
    align: Align = "left"
    indent: int = 0


@dataclass(frozen=True, slots=True)
class Pair:
    """A name at the left edge and its value at the right one; on two rows when they do not fit."""

    left: str
    right: str
    bold: bool = False
    indent: int = 0


@dataclass(frozen=True, slots=True)
class Ruler:
    """A line across the paper."""


@dataclass(frozen=True, slots=True)
class Gap:
    """An empty row."""


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code; ``text`` is what it says."""

    text: str


Piece = Text | Pair | Ruler | Gap | Code


@dataclass(frozen=True, slots=True)
class Document:
    """What comes out of the printer in one piece, and is cut off. ``language`` chooses among its letters."""

    language: Language
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One printed row: at most the paper's columns divided by ``times`` characters."""

    text: str
    bold: bool = False
    times: int = 1
    align: Align = "left"


def lay_out(document: Document, columns: int, spell: Callable[[str], str] = str) -> list[Row | Code]:
    """The rows; ``spell`` first makes of each text one that the printer has letters for, which may be longer."""
    return [row for piece in document.pieces for row in _rows(piece, columns, spell)]


def as_lines(document: Document, columns: int) -> list[str]:
    """The document for a printer that knows plain lines only; the text of a code is not for people to read."""
    lines = []
    for row in lay_out(document, columns):
        if isinstance(row, Row):
            lines.append((row.text.center(columns) if row.align == "center" else row.text).rstrip())
    return lines


def _rows(piece: Piece, columns: int, spell: Callable[[str], str]) -> Iterator[Row | Code]:
    match piece:
        case Ruler():
            yield Row("-" * columns)
        case Gap():
            yield Row("")
        case Code():
            yield piece
        case Pair(left=left, right=right, bold=bold, indent=indent):
            yield from _pair(spell(left), spell(right), bold, indent, columns)
        case Text(text=text, bold=bold, times=times, align=align, indent=indent):
            room = columns // times - indent
            for line in wrapped(spell(text), room):
                yield Row(" " * indent + line, bold, times, align)


def _pair(left: str, right: str, bold: bool, indent: int, columns: int) -> Iterator[Row]:
    """The value stands beside the last line of its name when there is room for both and a space."""
    *above, last = wrapped(left, columns - indent)
    for line in above:
        yield Row(" " * indent + line, bold)
    last = " " * indent + last
    values = wrapped(right, columns - indent)
    if len(values) == 1 and len(last) + 1 + len(values[0]) <= columns:
        yield Row(last + values[0].rjust(columns - len(last)), bold)
        return
    yield Row(last, bold)
    for value in values:
        yield Row(value.rjust(columns), bold)


def wrapped(text: str, room: int) -> list[str]:
    """Lines of at most ``room`` characters, broken between words; a word that is longer is broken where it must be."""
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        while len(word) > room:
            head = room - len(line) - 1 if line and room - len(line) > room // 3 else 0
            if line:
                lines.append(f"{line} {word[:head]}".rstrip() if head > 0 else line)
                word, line = word[max(head, 0) :], ""
                continue
            lines.append(word[:room])
            word = word[room:]
        if not line:
            line = word
        elif len(line) + 1 + len(word) <= room:
            line = f"{line} {word}"
        else:
            lines.append(line)
            line = word
    return [line.replace(_NBSP, " ") for line in (*lines, line)]
