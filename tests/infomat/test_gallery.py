"""infomat.gallery: the page that shows every picture, and what is drawn for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from infomat import gallery, gallery_door
from kiosk.visit.gallery import EASES, LANGUAGES


def drawn(path: Path) -> None:
    """A picture lies there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\x89PNG")


def test_every_language_and_every_ease_of_the_kiosk_and_the_console_are_drawn(tmp_path: Path) -> None:
    orders = gallery.orders(tmp_path)
    kiosk = [order for order in orders if order[0] == "kiosk.visit.gallery"]
    assert {order[order.index("--language") + 1] for order in kiosk} == set(LANGUAGES)
    assert {order[order.index("--ease") + 1] for order in kiosk} == set(EASES)
    panels = [order for order in kiosk if "--panel" in order]
    assert {order[order.index("--language") + 1] for order in panels} == set(LANGUAGES)
    for other in ("operator_console.gallery", "infomat.gallery_door"):
        assert [order[0] for order in orders].count(other) == 1


def test_the_page_shows_each_picture_once_under_its_kind(tmp_path: Path) -> None:
    names = ("kiosk/ru-portrait-normal/menu.png", "kiosk/lv-landscape-bigger/menu.png", "console/call-en-1366.png")
    for name in (*names, "door/sheet-lv.png"):
        drawn(tmp_path / name)
    text = gallery.page(tmp_path).read_text("utf-8")
    for name in (*names, "door/sheet-lv.png"):
        assert text.count(f"src='{name}'") == 1
    assert "4 pictures" in text
    for title in ("kiosk: ru, portrait, normal", "kiosk: lv, landscape, bigger", "console: en, 1366", "door"):
        assert f">{title}</h2>" in text


def test_a_gallery_that_fails_is_told_and_no_page_pretends_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(gallery, "orders", lambda out: [("json.tool", "no/such/file")])
    assert gallery.main([str(tmp_path)]) != 0
    assert "json.tool no/such/file failed" in capfd.readouterr().err
    assert not (tmp_path / "index.html").exists()


def test_the_sheet_at_the_door_is_drawn_in_every_language(tmp_path: Path) -> None:
    gallery_door.sheets(tmp_path)
    assert {one.name for one in tmp_path.iterdir()} == {f"sheet-{language}.png" for language in LANGUAGES}


@pytest.mark.slow
def test_the_page_of_the_door_is_drawn_from_a_real_server(tmp_path: Path) -> None:
    assert gallery_door.main([str(tmp_path)]) == 0
    for name in ("page", "page_number", "page_leave"):
        for language in LANGUAGES:
            assert (tmp_path / f"{name}-{language}.png").stat().st_size > 10_000
