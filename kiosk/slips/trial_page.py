"""Rules: a page for whoever puts up a printer: every letter of ours, the width, a code; a fault is seen at once."""

from __future__ import annotations

from collections.abc import Mapping

from kiosk.slips.paper import Code, Document, Gap, Pair, Piece, Ruler, Text
from kiosk.slips.place import Place

#: Letters that code tables differ in; a row that does not read like this has a wrong number of its table.
LETTERS = {
    "Русский": "АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ абвгдеёжзийклмнопрстуфхцчшщъыьэюя №",
    "Latviešu": "ĀČĒĢĪĶĻŅŠŪŽ āčēģīķļņšūž",
    "English": "The quick brown fox jumps over the lazy dog 0123456789",
}


def trial_page(place: Place, columns: int, tables: Mapping[str, int]) -> Document:
    """The page; ``tables`` are the numbers of code tables as they are configured."""
    pieces: list[Piece] = [
        Text(place.company, bold=True, align="center"),
        Text(f"{place.kiosk_name}, {place.place}", align="center"),
        Text(("1234567890" * 7)[:columns]),
        Ruler(),
    ]
    for name, letters in LETTERS.items():
        pieces += [Text(name, bold=True), Text(letters)]
    pieces += [Ruler(), *(Pair(name, str(number)) for name, number in tables.items()), Ruler()]
    pieces += [Text("2 x 2", times=2, align="center"), Gap(), Code("https://example.org/printer-trial")]
    return Document("ru", tuple(pieces))
