"""infomat.gallery: the page that shows every picture, and what is drawn for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from infomat import gallery
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
    assert [order[0] for order in orders].count("operator_console.gallery") == 1


def test_the_page_shows_each_picture_once_under_its_kind(tmp_path: Path) -> None:
    for name in ("kiosk/ru-portrait-normal/menu.png", "kiosk/lv-landscape-bigger/menu.png", "console/call-en-1366.png"):
        drawn(tmp_path / name)
    text = gallery.page(tmp_path).read_text("utf-8")
    for name in ("kiosk/ru-portrait-normal/menu.png", "kiosk/lv-landscape-bigger/menu.png", "console/call-en-1366.png"):
        assert text.count(f"src='{name}'") == 1
    assert "3 pictures" in text
    for title in ("kiosk: ru, portrait, normal", "kiosk: lv, landscape, bigger", "console: en, 1366"):
        assert f">{title}</h2>" in text


def test_a_gallery_that_fails_is_told_and_no_page_pretends_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(gallery, "orders", lambda out: [("json.tool", "no/such/file")])
    assert gallery.main([str(tmp_path)]) != 0
    assert "json.tool no/such/file failed" in capfd.readouterr().err
    assert not (tmp_path / "index.html").exists()
