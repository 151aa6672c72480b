"""The letters: Cyrillic, Latvian, figures and signs, with their licences beside them."""

from __future__ import annotations

from assets import path


def test_the_fonts_have_every_letter_we_say(application: object) -> None:
    from PySide6.QtGui import QRawFont

    letters = "абвгдеёжзийклмнопрстуфхцчшщъыьэюяАЯЁ āčēģīķļņšūž ĀČĒĢĪĶĻŅŠŪŽ 0123456789 ₽€№·–—…•×"
    for name in ("Inter-Regular.otf", "Inter-Medium.otf", "Inter-SemiBold.otf", "Inter-Bold.otf"):
        font = QRawFont(str(path(f"fonts/{name}")), 20)
        assert font.isValid()
        lost = [letter for letter in letters if letter != " " and not font.supportsCharacter(ord(letter))]
        assert lost == [], name
    assert path("fonts/OFL.txt").read_text(encoding="utf-8").startswith("Copyright")
    assert "ISC License" in path("icons/LICENSE").read_text(encoding="utf-8")
