"""The sheet at a kiosk's door: its QR code leads to its page, in three languages, and the address can be read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from typer.testing import CliRunner

from infomat.cli import app
from signaling.server.administration import make_enrolment_code
from signaling.server.config import ServerConfig
from signaling.server.door_sheet import DoorSheet, door_sheet
from signaling.server.kiosk_changes import NoSuchKiosk
from signaling.server.kiosk_doors import door_of

ADDRESS = "https://infomat.example/door/abcdefgh234567xy"


def pictures(pdf: bytes) -> list[object]:
    """Each page as a printer would draw it."""
    pdfium = pytest.importorskip("pypdfium2")
    return [page.render(scale=1.5).to_pil() for page in pdfium.PdfDocument(pdf)]


@pytest.mark.parametrize("language", ["ru", "lv", "en"])
def test_one_page_whose_code_leads_to_the_address_that_is_also_in_letters(language: str) -> None:
    pdf = door_sheet(DoorSheet("Dienvidu siltums un elektrība", "K-41", "Rīga, Brīvības 214", ADDRESS, language, "110"))
    (page,) = pictures(pdf)
    assert [found.text for found in zxingcpp.read_barcodes(page)] == [ADDRESS]
    pdfium = pytest.importorskip("pypdfium2")
    text = pdfium.PdfDocument(pdf)[0].get_textpage().get_text_range()
    assert "infomat.example/door/abcdefgh234567xy" in text
    assert all(f"{number}" in text for number in (1, 2, 3))


def test_a_long_name_and_place_stay_on_the_paper_and_above_the_title() -> None:
    place = "г. Миасс, пр. Автозаводцев, 28, ТРК «Слон», 2-й этаж, у эскалатора, рядом с отделением банка и аптекой"
    company = "Общество с ограниченной ответственностью «Уральская энергосбытовая компания — Южный филиал»"
    pdf = door_sheet(DoorSheet(company, "Терминал № 41", f"{place}, {place}"[:200], ADDRESS, "ru"))
    (page,) = pdfium_pages(pdf)
    text = page.get_textpage()
    boxes = [text.get_charbox(one) for one in range(text.count_chars()) if text.get_text_range(one, 1).strip()]
    assert min(left for left, _, _, _ in boxes) >= 17 * 72 / 25.4
    assert max(right for _, _, right, _ in boxes) <= (210 - 17) * 72 / 25.4
    title = text.search("Кабинка").get_next()
    assert title is not None
    above = [bottom for _, bottom, _, top in boxes if top > text.get_charbox(title[0])[3] + 1]
    assert min(above) >= (297 - 34) * 72 / 25.4  # all of them within the coloured head


def pdfium_pages(pdf: bytes) -> list[Any]:
    pdfium = pytest.importorskip("pypdfium2")
    return list(pdfium.PdfDocument(pdf))


def test_a_kiosk_that_is_not_there_is_said_and_nothing_is_written(tmp_path: Path) -> None:
    config = ServerConfig(tmp_path / "server")
    make_enrolment_code(config, "K-1", "Miass")
    with pytest.raises(NoSuchKiosk, match="K-1"):
        door_of(config.data_folder, "K-1")
    out = tmp_path / "door.pdf"
    given = ["queue", "door-sheet", "K-1", "--folder", str(config.data_folder), "--out", str(out)]
    for address in ("http://infomat.example", "infomat.example"):
        assert CliRunner().invoke(app, [*given, "--address", address]).exit_code == 2
    assert CliRunner().invoke(app, [*given, "--address", ADDRESS, "--language", "fr"]).exit_code == 2
    assert not out.exists()
