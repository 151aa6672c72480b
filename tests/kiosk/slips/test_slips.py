"""What stands on slips and tickets."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.words import Words
from ground.money import Money
from kiosk.slips.figures import sum_on_paper
from kiosk.slips.paper import Code, Document, as_lines
from kiosk.slips.payment_slip import KINDS, payment_slip
from kiosk.slips.ticket_slip import ticket_slip
from signaling.protocol.values import Language
from tests.kiosk.slips import samples

_UNPAID = re.compile(r"не оплач|не списан|not paid|no money|nav samaks|nav noņemta|не прошл", re.IGNORECASE)


def read(document: Document, columns: int = 48) -> str:
    return "\n".join(as_lines(document, columns))


def codes(document: Document) -> list[str]:
    return [piece.text for piece in document.pieces if isinstance(piece, Code)]


@pytest.mark.parametrize("language", samples.LANGUAGES)
def test_a_receipt_says_who_for_whom_how_much_and_the_fee_also_when_it_is_nothing(language: Language) -> None:
    told = read(samples.slip("receipt", language))
    facts, words = samples.facts(language), Words(language)
    for bill in facts.bills:
        assert bill.supplier.split()[0] in told
        assert bill.account_masked in told
        assert bill.supplier_phone in told
        assert sum_on_paper(bill.amount, words).replace("\u00a0", " ") in told
    assert re.search(rf"{words.say('slip.fee')} +0[,.]00", told), "a fee of nothing is said"
    assert facts.reference in told
    assert samples.place(language).phone in told
    assert sum_on_paper(facts.amount, words).replace("\u00a0", " ") in told
    assert f"{words.say('slip.brand.mir')} *4417" in told
    assert "ОПЛАТА 3462.46" in told


@pytest.mark.parametrize("language", samples.LANGUAGES)
def test_a_fiscal_document_is_on_the_receipt_with_its_code(language: Language) -> None:
    document = samples.slip("receipt", language)
    assert codes(document) == [samples.MARK.qr]
    for figure in (samples.MARK.storage, str(samples.MARK.number), samples.MARK.sign):
        assert figure in read(document)
    without = payment_slip("receipt", samples.facts(language), samples.place(language), language)
    assert codes(without) == []


@pytest.mark.parametrize("language", samples.LANGUAGES)
@pytest.mark.parametrize("kind", ["clarifying", "returning"])
def test_a_slip_in_doubt_never_says_unpaid_and_says_where_to_ask(kind: str, language: Language) -> None:
    document = samples.slip(kind, language)  # type: ignore[arg-type]
    told = " ".join(read(document).split())
    assert not _UNPAID.search(told)
    assert samples.facts(language).reference in told
    assert samples.place(language).phone in told
    assert Words(language).say("slip.receipt.title") not in told
    assert codes(document) == [], "no document of a payment that may not be one"


@pytest.mark.parametrize("language", samples.LANGUAGES)
def test_every_kind_has_a_title_of_its_own_and_a_copy_says_so(language: Language) -> None:
    words = Words(language)
    assert len({words.say(f"slip.{kind}.title") for kind in KINDS}) == len(KINDS)
    said = words.say("slip.copy").split(":")[0]
    assert said in read(samples.slip("receipt", language, copy=True))
    assert said not in read(samples.slip("receipt", language))


def test_the_terminals_own_lines_are_left_to_a_terminal_that_prints_them() -> None:
    facts = samples.facts("ru", terminal_prints=True)
    told = read(payment_slip("receipt", facts, samples.place("ru"), "ru"))
    assert "ОПЛАТА 3462.46" not in told
    assert "Мир *4417" in told


@pytest.mark.parametrize("language", samples.LANGUAGES)
def test_a_ticket_says_number_matter_wait_and_the_proof_in_groups(language: Language) -> None:
    told = read(ticket_slip(samples.ticket_facts(), samples.place(language), language))
    words = Words(language)
    for said in ("B-027", "4711", "3F2A-91BC-04DE", words.say("topic.payment"), words.minutes(170, 350)):
        assert said.replace("\u00a0", " ") in told
    nobody = read(ticket_slip(samples.ticket_facts(ahead=0, wait=None), samples.place(language), language))
    assert words.say("wait.nobody_ahead") in nobody


@given(st.integers(0, 10**11), st.sampled_from(samples.LANGUAGES), st.sampled_from(["RUB", "EUR"]))
def test_a_sum_on_paper_can_be_read_back(minor: int, language: Language, currency: str) -> None:
    told = sum_on_paper(Money(minor, currency), Words(language))
    assert int("".join(re.findall(r"\d", told))) == minor
    assert told.isprintable() or "\u00a0" in told


@pytest.mark.parametrize("language", ["ru", "lv", "en"])
def test_a_return_in_a_terminals_own_currency_has_its_slip(language: Language) -> None:
    told = sum_on_paper(Money(128450, "USD"), Words(language)).replace("\u00a0", " ")
    assert told.endswith(" USD")
    assert re.sub(r"\D", "", told) == "128450"
