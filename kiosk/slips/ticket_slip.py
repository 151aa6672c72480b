"""Rules: what the ticket of a place in the line says, with the proof that the place was given then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from assets.words import Words
from kiosk.slips.figures import in_groups, moment
from kiosk.slips.paper import Code, Document, Gap, Piece, Ruler, Text
from kiosk.slips.place import Place, head
from signaling.protocol.values import Language, TicketView


@dataclass(frozen=True, slots=True)
class TicketFacts:
    """``service`` is what the talk is about; ``status_url`` leads to a page that follows it, if there is one."""

    ticket: TicketView
    service: str
    at: datetime
    status_url: str = ""


def ticket_slip(facts: TicketFacts, place: Place, language: Language) -> Document:
    """The document. Nothing on it says who the person is."""
    words, ticket = Words(language), facts.ticket
    pieces: list[Piece] = [
        *head(place, words),
        Text(words.say("slip.ticket.title"), align="center"),
        Gap(),
        Text(ticket.number, bold=True, times=4, align="center"),
        Gap(),
        Text(words.say(f"topic.{facts.service}"), bold=True, align="center"),
        Text(_wait(ticket, words), align="center"),
        Text(_ahead(ticket, words), align="center"),
        Text(moment(facts.at, words), align="center"),
        Ruler(),
    ]
    if ticket.code:
        pieces += [
            Text(words.say("slip.ticket.code", code=ticket.code), bold=True, times=2, align="center"),
            Text(words.say("slip.ticket.code_text")),
            Ruler(),
        ]
    if ticket.proof:
        pieces += [
            Text(words.say("slip.ticket.proof"), align="center"),
            Text(in_groups(ticket.proof), bold=True, times=2, align="center"),
            Text(words.say("slip.ticket.proof_text")),
        ]
    if facts.status_url:
        pieces += [Ruler(), Text(words.say("slip.ticket.status"), align="center"), Code(facts.status_url)]
    return Document(language, tuple(pieces))


def _wait(ticket: TicketView, words: Words) -> str:
    if ticket.wait is None or ticket.operators == 0:
        return words.say("slip.ticket.soon")
    return words.say("slip.ticket.wait", wait=words.minutes(ticket.wait.p50, ticket.wait.p90))


def _ahead(ticket: TicketView, words: Words) -> str:
    return words.say("wait.ahead", n=ticket.ahead) if ticket.ahead else words.say("wait.nobody_ahead")
