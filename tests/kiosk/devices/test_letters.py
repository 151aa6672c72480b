"""Every template in every language on every make of printer reads back as it was meant."""

from __future__ import annotations

import re
import unicodedata

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st

from kiosk.devices.emulators.printer.machine import Machine, Sheet
from kiosk.devices.emulators.printer.picture import draw
from kiosk.devices.escpos.job import job
from kiosk.devices.escpos.letters import CODECS, Table, in_order, runs, spelled
from kiosk.devices.escpos.model import Model, UnknownModel, model_of
from kiosk.slips.paper import Code, Document, Text, lay_out
from signaling.protocol.values import Language
from tests.kiosk.slips import samples

#: The model as python-escpos knows it, the emulated make, and the columns of its paper.
MAKES = [("TM-T88V", "epson", 48), ("TM-T88V", "epson", 42), ("RP326", "rongta", 42), ("NT-5890K", "nettle", 32)]
DOCUMENTS = dict(samples.documents())
#: One code table each, beside one pair: what a language is printed in when there is nothing else.
ALONE = [{"CP866": 17}, {"CP1251": 46}, {"CP775": 33}, {"CP1257": 51}, {"CP866": 17, "CP775": 33}]


def printed(document: Document, model: Model, make: str) -> Sheet:
    """What comes out of an emulated printer, torn off when there is no cutter."""
    sheets: list[Sheet] = []
    machine = Machine(make, model.columns, sheets.append)
    machine.receive(job(document, model))
    machine.take_away()
    assert machine.waiting == 0
    assert len(sheets) == 1
    assert sheets[0].unknown == [], "every byte was a command the printer knows"
    return sheets[0]


def meant(document: Document, model: Model) -> list[str]:
    """The rows as they were laid out, spelled for these tables."""
    tables = in_order(model.tables, document.language)
    rows = lay_out(document, model.columns, lambda text: spelled(text, tables))
    return [row.text.rstrip() for row in rows if not isinstance(row, Code) and row.text.strip()]


def seen(sheet: Sheet) -> list[str]:
    return [line.rstrip() for line in sheet.text.splitlines() if line.strip()]


@pytest.mark.conformance(21)
@pytest.mark.parametrize(("profile", "make", "columns"), MAKES)
@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_template_reads_back_on_every_make(name: str, profile: str, make: str, columns: int) -> None:
    model = model_of(profile, columns)
    sheet = printed(DOCUMENTS[name], model, make)
    assert seen(sheet) == meant(DOCUMENTS[name], model)
    assert "?" not in sheet.text.replace("Есть вопросы?", "").replace("Ir jautājumi?", "").replace("Any questions?", "")
    assert "_" not in sheet.text, "every letter of a template is on paper"
    assert (sheet.cut == "partial") == (model.cut == "partial")


@pytest.mark.conformance(21)
@pytest.mark.parametrize("tables", ALONE, ids=["+".join(each) for each in ALONE])
@pytest.mark.parametrize("name", DOCUMENTS)
def test_with_few_code_tables_the_rest_is_transliterated_and_nothing_becomes_a_question_mark(
    name: str, tables: dict[str, int]
) -> None:
    model = Model("TM-T88V", 48, tables)
    sheet = printed(DOCUMENTS[name], model, "epson")
    assert seen(sheet) == meant(DOCUMENTS[name], model)
    assert not re.search(r"[_\ufffd]", sheet.text)
    asked = sum(piece.text.count("?") for piece in DOCUMENTS[name].pieces if isinstance(piece, Text))
    assert sheet.text.count("?") == asked


def test_names_in_other_letters_are_kept_where_a_table_has_them_and_transliterated_where_none_has() -> None:
    both, latin = in_order({"CP866": 17, "CP775": 33}, "lv"), in_order({"CP775": 33}, "lv")
    assert spelled("Žēl, Щукин «ЭнергоСбыт» — 5 ₽", both) == "Žēl, Щукин «ЭнергоСбыт» - 5 RUB"
    assert [table.name for table, _ in runs("Rēķins Щукин", both)] == ["CP775", "CP866"]
    assert spelled("Щукин Юрий", latin) == "Shchukin Iurii"
    assert spelled("Ģimenes ķēķis", in_order({"CP866": 17}, "ru")) == "Gimenes kekis"


def test_a_command_hidden_in_a_name_is_no_command() -> None:
    tables = in_order({"CP866": 17}, "ru")
    assert spelled("А\x1b@\x10\x04\x01Б\nВ", tables) == "А@Б В"


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60), st.sampled_from(samples.LANGUAGES))
def test_any_text_can_be_printed(text: str, language: Language) -> None:
    tables = in_order({"CP866": 17, "CP775": 33}, language)
    told = spelled(text, tables).replace("\u00a0", " ")
    back = "".join(part.decode(CODECS[table.name]) for table, part in runs(told, tables))
    assert back == told
    assert told.count("?") <= unicodedata.normalize("NFKD", text).count("?")
    assert not any(unicodedata.category(one) == "Cc" for one in told)


def test_a_printer_that_has_no_letters_of_ours_is_refused_by_name() -> None:
    with pytest.raises(UnknownModel, match="TM-T88V"):
        model_of("no such printer")
    with pytest.raises(UnknownModel):
        model_of("TM-T88V", tables={"KLINGON": 3})
    assert model_of("RP326", tables={"CP866": 99}).tables["CP866"] == 99
    assert Table("CP866", 7).has("Ё№")
    assert not Table("CP866", 7).has("Ē")


@pytest.mark.conformance(23)
@pytest.mark.parametrize(("profile", "make", "columns"), MAKES)
def test_the_code_on_the_paper_is_read_by_another_decoder(profile: str, make: str, columns: int) -> None:
    model = model_of(profile, columns)
    sheet = printed(samples.slip("receipt", "ru"), model, make)
    found = [each.text for each in zxingcpp.read_barcodes(draw(sheet, columns))]
    assert found == [samples.MARK.qr]
