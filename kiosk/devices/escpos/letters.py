"""Rules: letters on a printer that knows 256 at a time: how a text is spelled, and in which code table each part goes.

No table has Cyrillic and Latvian letters (payments.md 3.1). Signs with a plain equivalent get it; a run of letters that
the first table lacks is printed in another table of the same printer; what no table has is transliterated. Nothing
becomes a question mark.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from signaling.protocol.values import Language

#: Tables with letters of ours, and Python's codec of each.
CODECS = {
    "CP866": "cp866", "CP1251": "cp1251", "CP855": "cp855", "CP775": "cp775", "CP1257": "cp1257", "CP437": "cp437",
}  # fmt: skip
_FIRST: Mapping[Language, tuple[str, ...]] = {
    "ru": ("CP866", "CP1251", "CP855"),
    "lv": ("CP775", "CP1257"),
    "en": ("CP437", "CP775", "CP1257", "CP866", "CP1251", "CP855"),
}
_LOST = "_"

#: Signs that are nobody's name: the plain one is as good.
_PLAIN = {
    "«": '"', "»": '"', "“": '"', "”": '"', "„": '"', "‚": "'", "‘": "'", "’": "'", "—": "-", "–": "-", "‑": "-",
    "−": "-", "…": "...", "•": "*", "·": "*", "×": "x", "₽": "RUB", "€": "EUR", "№": "N", "°": "*", "\u2009": " ",
    "\u202f": "\u00a0",
}  # fmt: skip

#: ICAO 9303 part 3, section 6: Cyrillic as in passports.
_CYRILLIC = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        "a b v g d e e zh z i i k l m n o p r s t u f kh ts ch sh shch ie y  e iu ia".split(" "),
        strict=True,
    )
)


@dataclass(frozen=True, slots=True)
class Table:
    """A code table of one printer and the number that selects it (ESC t n)."""

    name: str
    number: int

    def has(self, text: str) -> bool:
        """Whether it has every letter."""
        try:
            text.encode(CODECS[self.name])
        except UnicodeEncodeError:
            return False
        return True


def in_order(numbers: Mapping[str, int], language: Language) -> tuple[Table, ...]:
    """A printer's tables that have letters of ours, those of the language first."""
    first = [name for name in _FIRST[language] if name in numbers]
    rest = [name for name in CODECS if name in numbers and name not in first]
    return tuple(Table(name, numbers[name]) for name in (*first, *rest))


def spelled(text: str, tables: Sequence[Table]) -> str:
    """The same text in letters these tables have; a space that never breaks stays one. Control characters go."""
    return "".join(_letter(one, tables) for one in unicodedata.normalize("NFC", text))


def _letter(one: str, tables: Sequence[Table]) -> str:
    if one == "\u00a0":
        return one
    if unicodedata.category(one) in ("Cc", "Cf"):  # ESC in a name is no command
        return " " if one in "\t\n\r" else ""
    plain = _PLAIN.get(one)
    if plain is not None:
        return one if tables and tables[0].has(one) else plain
    if any(table.has(one) for table in tables):
        return one
    latin = _CYRILLIC.get(one.lower())
    if latin is not None:
        return latin.capitalize() if one.isupper() else latin
    bare = "".join(part for part in unicodedata.normalize("NFKD", one) if not unicodedata.combining(part))
    return bare if bare and bare != one and bare.isascii() else one if one.isascii() else _LOST


def runs(text: str, tables: Sequence[Table]) -> Iterator[tuple[Table, bytes]]:
    """A spelled text in parts of one table each, as few as can be."""
    table, part = tables[0], ""
    for one in text:
        wanted = table if table.has(one) else next((other for other in tables if other.has(one)), None)
        if wanted is None:
            raise ValueError(f"U+{ord(one):04X} was not spelled")
        if wanted is not table:
            if part:
                yield table, part.encode(CODECS[table.name])
            table, part = wanted, ""
        part += one
    if part:
        yield table, part.encode(CODECS[table.name])
