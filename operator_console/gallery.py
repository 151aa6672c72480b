"""Wiring: ``python -m operator_console.gallery OUT_DIR`` draws every state in every language and size as PNG."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QFont, QImage, QLinearGradient, QPainter
from PySide6.QtWidgets import QApplication

from operator_console.desk import Desk
from operator_console.equipment import Equipment, Found
from operator_console.gallery_states import SHOWN, states
from operator_console.gallery_words import in_language
from operator_console.phrases import Phrases
from operator_console.views.look import Look, load_fonts
from operator_console.views.video import Pictures, Video
from operator_console.views.window import Window
from signaling.protocol.values import Language

SIZES = ((1920, 1080), (1366, 768))
LANGUAGES: tuple[Language, ...] = ("ru", "lv", "en")
SIGN_IN = {"sign_in": "", "sign_in_wrong": "auth.failed", "sign_in_away": "console.server_away"}


def application() -> QApplication:
    """The one application object, with our fonts."""
    made = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(made, QApplication)
    load_fonts()
    return made


def picture(width: int, height: int, word: str) -> QImage:
    """A generated frame: a gradient with a head and shoulders, and a word."""
    image = QImage(width, height, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    ground = QLinearGradient(0, 0, width, height)
    ground.setColorAt(0, QColor("#B9C8CF"))
    ground.setColorAt(1, QColor("#5F7683"))
    painter.fillRect(image.rect(), ground)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor("#2F4450"))
    painter.drawEllipse(QRect(width * 28 // 100, height * 66 // 100, width * 44 // 100, height * 80 // 100))
    painter.setBrush(QColor("#D9B79C"))
    painter.drawEllipse(QRect(width * 40 // 100, height * 20 // 100, width * 20 // 100, height * 48 // 100))
    painter.setPen(QColor("#FFFFFF"))
    painter.setFont(QFont("Inter", height // 24))
    painter.drawText(image.rect().adjusted(0, height // 30, 0, 0), Qt.AlignmentFlag.AlignHCenter, word)
    painter.end()
    return image


def paper() -> QImage:
    """A page of a made-up bill."""
    image = QImage(764, 1080, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    painter.setPen(QColor("#14212B"))
    for line in range(20):
        painter.setFont(QFont("Inter", 24 if line == 0 else 13))
        text = f"{line:02d}   {128 + line} x 4,82 = {617 + 5 * line},0{line % 10}" if line else "40-117"
        painter.drawText(70, 110 + 44 * line, text)
    painter.end()
    return image


def make_window(size: tuple[int, int], look: Look) -> Window:
    """A window of that size, not on any screen's edge."""
    look.fit(size[0])
    window = Window(look, Pictures(), "operators.example:8443", "olga")
    window.resize(*size)
    window.show()
    return window


def show(window: Window, name: str, desk: Desk | None, phrases: Phrases) -> None:
    """Put one state on the window."""
    window.share.hide()
    if window.scene_name == "floor" and not name.startswith("floor"):
        window.toggle_floor()  # while the desk shown is still the supervisor's: an operator has no way there or back
    if window.scene_name == "payments":
        window.toggle_payments()
    if desk is None:
        problem = phrases.error(SIGN_IN[name]) if SIGN_IN[name] else ""
        window.show_sign_in(phrases, problem=problem)
        return
    window.show_desk(desk, phrases)
    if name.startswith("floor"):
        if window.scene_name != "floor":
            window.toggle_floor()
        window.floor.open("people" if name == "floor" else "queue")
    if name.startswith("payments") and window.scene_name != "payments":
        window.toggle_payments()
    if name.startswith("menu") != window.menu.isVisible():
        window.open_menu()
    if name.startswith("equipment") != window.equipment.isVisible():
        window.toggle_equipment()
    if name.startswith("equipment"):
        _fill(window, name, desk, phrases)
    window.offer.ask_why(name == "offer_why")
    window.call.pass_on.ask({"call_papers": "papers", "call_transfer": "transfer"}.get(name, ""))
    if name in ("call_papers", "call_transfer"):
        window.show_desk(desk, phrases)
    if name.startswith("share") != window.share.isVisible():
        window.toggle_share()
    if name.startswith("share"):
        chosen = in_language(SHOWN, cast(Language, phrases.language))
        shown = chosen if name not in ("share", "share_locked") else None
        window.share.tell(shown, failed="document.locked" if name == "share_locked" else "")
        window.share.preview.tell(paper() if shown else QImage(), "")
        window.show_desk(desk, phrases)
    for video in window.findChildren(Video):
        video.show_image("local", picture(640, 360, ""))
    current = desk.conversation
    if current is not None and current.media == "live":
        window.call.video.show_image("remote", picture(1280, 720, "1280x720"))
    else:
        window.call.video.forget()


def _fill(window: Window, name: str, desk: Desk, phrases: Phrases) -> None:
    """The panel of camera and sound, with what three made-up USB devices would give."""
    panel, headset = window.equipment, "Jabra Evolve2 65 MS Stereo (USB Audio)"
    found = Found(
        ("Logitech BRIO 4K Stream Edition", "Integrated camera"), (headset, "Built-in microphone"), (headset,)
    )
    gone = "gone" in name
    panel.tell(Equipment(camera="Logitech BRIO 4K Stream Edition", microphone="Yeti" if gone else headset), found)
    panel.hear(-21.0, -60.0)
    panel.show_desk(desk, phrases)
    panel.choosers["microphone"].open(name.endswith("list"))
    panel.mirror.show_image("local", picture(640, 360, ""))


def scenes(language: Language = "ru") -> Iterator[tuple[str, Desk | None]]:
    """Names and desks (None: the sign-in), with people and places of that language's country."""
    yield from ((name, None) for name in SIGN_IN)
    yield from ((name, in_language(desk, language)) for name, desk in states().items())


def main(arguments: list[str]) -> int:
    """Draw everything into ``arguments[0]``."""
    out = Path(arguments[0])
    only = set(arguments[1:])
    out.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = application()
    for size in SIZES:
        window = make_window(size, Look())
        for language in LANGUAGES:
            phrases = Phrases(language)
            for name, desk in scenes(language):
                file = f"{name}-{language}-{size[0]}.png"
                if only and not any(one in file for one in only):
                    continue
                show(window, name, desk, phrases)
                for _ in range(3):
                    app.processEvents()
                window.grab().save(str(out / file))
        window.hide()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
