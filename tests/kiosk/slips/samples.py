"""One of each slip in each language, with names that are hard on a printer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ground.money import Money
from kiosk.slips.paper import Document
from kiosk.slips.payment_slip import KINDS, PaidBill, PaymentFacts, SlipKind, payment_slip
from kiosk.slips.place import Place
from kiosk.slips.ticket_slip import TicketFacts, ticket_slip
from payment.answers import PoiTransaction, Slip
from payment.fiscal import FiscalMark
from signaling.protocol.values import Language, TicketState, TicketView, WaitBand

LANGUAGES: tuple[Language, ...] = ("ru", "lv", "en")
AT = datetime(2026, 11, 22, 8, 41)  # noqa: DTZ001 the place's own time, as it is printed
MARK = FiscalMark("9999078902003412", 1234, "3522207165", "20261122T0841", Money(346246, "RUB"))

_RUSSIAN = Place("Уралэнерго", "Терминал № 41", "пр. Ленина, 28", "8 800 555-04-17")
_LATVIAN = Place("Dienvidu enerģija", "Terminālis Nr. 7", "Rīga, Brīvības gatve 214", "+371 67 000 417")


def place(language: Language) -> Place:
    """The kiosk; a foreigner at a Russian one reads its name as it is."""
    return _LATVIAN if language == "lv" else _RUSSIAN


def facts(language: Language, **more: object) -> PaymentFacts:
    """Two bills of two suppliers, one without a fee."""
    currency = "EUR" if language == "lv" else "RUB"
    names = ("Latvijas siltums, ģimenes filiāle «Ķengarags»", "Тепло и вода „Южного Урала“ — филиал № 5")
    bills = (
        PaidBill(names[language != "lv"], "8 800 555-04-17", "••••• 4417", ("electricity",),
                 Money(128450, currency), Money(0, currency)),
        PaidBill(names[language == "lv"], "8 800 555-18-93", "••••• 1893", ("heat", "hot_water"),
                 Money(215640, currency), Money(2156, currency)),
    )  # fmt: skip
    card = Slip(
        Money(346246, currency), PoiTransaction("1", "t"), "MIR", "4417", "A12345",
        ("ТЕРМИНАЛ 10203040", "ОПЛАТА 3462.46 ₽", "APSTIPRINĀTS"),
    )  # fmt: skip
    return PaymentFacts("7F3A-91BC", AT, bills, Money(346246, currency), card, **more)  # type: ignore[arg-type]


def ticket_facts(**more: object) -> TicketFacts:
    """A place behind two people."""
    told = {"number": "B-027", "ahead": 2, "operators": 14, "wait": WaitBand(p50=170, p90=350)} | more
    ticket = TicketView(ticket_id="t", state=TicketState.WAITING, proof="3f2a91bc04de", code="4711", **told)
    return TicketFacts(ticket, "payment", AT)


def slip(kind: SlipKind, language: Language, *, copy: bool = False) -> Document:
    """A slip about a payment, with everything it may have."""
    returned = Money(128450, facts(language).amount.currency) if kind in ("reversed", "part_refunded") else None
    return payment_slip(kind, facts(language, returned=returned), place(language), language, MARK, copy=copy)


def documents() -> Iterator[tuple[str, Document]]:
    """Everything that is ever printed, by name."""
    for language in LANGUAGES:
        for kind in KINDS:
            yield f"{kind}.{language}", slip(kind, language, copy=kind == "clarifying")
        later = facts(language, document_due=True, posted=True)
        yield f"document_due.{language}", payment_slip("receipt", later, place(language), language)
        yield f"ticket.{language}", ticket_slip(ticket_facts(), place(language), language)
        alone = ticket_facts(ahead=0, wait=None)
        yield f"ticket_alone.{language}", ticket_slip(alone, place(language), language)
