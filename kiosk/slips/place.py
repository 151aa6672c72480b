"""Rules: who prints: the company and the kiosk, at the head of every slip."""

from __future__ import annotations

from dataclasses import dataclass

from assets.words import Words
from kiosk.slips.figures import unbroken
from kiosk.slips.paper import Piece, Ruler, Text


@dataclass(frozen=True, slots=True)
class Place:
    """The agent that takes money and lends its kiosk, with its telephone (103-FZ)."""

    company: str
    kiosk_name: str
    place: str
    phone: str = ""


def head(place: Place, words: Words) -> tuple[Piece, ...]:
    """The first rows."""
    rows: list[Piece] = [Text(place.company, bold=True, align="center")]
    rows.append(Text(f"{place.kiosk_name}, {place.place}", align="center"))
    if place.phone:
        rows.append(Text(words.say("slip.phone", phone=unbroken(place.phone)), align="center"))
    return (*rows, Ruler())
