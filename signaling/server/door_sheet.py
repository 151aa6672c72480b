"""Adapter: what hangs at a kiosk's door: a sheet of A4 with its QR code, its address in plain letters, three steps.

The PDF has its letters within (Inter, as TrueType outlines: some printers refuse the others), so it prints alike
everywhere. Lengths are millimetres.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import qrcode
from fpdf import FPDF
from fpdf.enums import Align, MethodReturnValue, XPos, YPos

from assets import path as asset
from assets import tokens
from assets.words import Words

_WIDE, _HIGH, _EDGE = 210.0, 297.0, 18.0
_CODE = 96.0
_QUIET = 4  # modules around a QR code (ISO/IEC 18004)


@dataclass(frozen=True, slots=True)
class DoorSheet:
    """Of one kiosk. ``address`` is the page behind the QR code, as phones reach it."""

    company: str
    kiosk: str
    place: str
    address: str
    language: str
    phone: str = ""


def door_sheet(sheet: DoorSheet) -> bytes:
    """The sheet as a PDF."""
    words, pdf = Words(sheet.language), FPDF(format="A4", unit="mm")
    for style, file in (("", "Regular"), ("B", "Bold")):
        pdf.add_font("Inter", style, str(asset(f"fonts/Inter-{file}.ttf")))
    pdf.set_auto_page_break(False)
    pdf.set_title(words.say("sheet.title"))
    pdf.set_lang(sheet.language)
    pdf.add_page()
    look = tokens.load().normal
    _head(pdf, sheet, look.brand, look.on_brand)
    pdf.set_y(46)
    _text(pdf, words.say("sheet.title"), 30, look.ink, bold=True, leading=11.5)
    pdf.set_y(pdf.get_y() + 3)
    _text(pdf, words.say("sheet.lead"), 16, look.ink2, leading=7)
    top = pdf.get_y() + 6
    _code(pdf, sheet.address, (_WIDE - _CODE) / 2, top)
    pdf.set_y(top + _CODE + 3)
    _text(pdf, words.say("sheet.address"), 13, look.ink2, leading=6)
    _text(pdf, sheet.address.removeprefix("https://"), 16, look.ink, bold=True, leading=8)
    pdf.set_y(pdf.get_y() + 5)
    for number in (1, 2, 3):
        _step(pdf, number, words.say(f"sheet.step_{number}"), look.brand, look.on_brand, look.ink)
    pdf.set_y(_HIGH - 22)
    last = [words.say("sheet.privacy"), *([words.say("sheet.phone", phone=sheet.phone)] if sheet.phone else [])]
    _text(pdf, " ".join(last), 12, look.ink2, leading=5.5)
    return bytes(pdf.output())


def _head(pdf: FPDF, sheet: DoorSheet, ground: str, front: str) -> None:
    pdf.set_fill_color(ground)
    pdf.rect(0, 0, _WIDE, 34, style="F")
    pdf.set_text_color(front)
    where = f"{sheet.kiosk} · {sheet.place}" if sheet.place else sheet.kiosk
    top = 8.0
    for text, style, size, least in ((sheet.company, "B", 20.0, 13.0), (where, "", 14.0, 10.0)):
        top = _within(pdf, text, style, size, least, top)


def _within(pdf: FPDF, text: str, style: str, size: float, least: float, top: float) -> float:
    """On one line, in letters as large as that allows; what is too long for ``least`` is on two, and no more.

    Where it ends, from the top of the page.
    """
    wide = _WIDE - 2 * _EDGE
    pdf.set_font("Inter", style, size)
    while size > least and pdf.get_string_width(text) > wide:
        size -= 0.5
        pdf.set_font("Inter", style, size)
    leading = size * 0.45
    lines = cast(list[str], pdf.multi_cell(wide, leading, text, dry_run=True, output=MethodReturnValue.LINES))
    if len(lines) > 2:
        lines = [lines[0], f"{lines[1][:-1].rstrip(' ,.;')}…"]
    for line in lines:
        pdf.set_xy(_EDGE, top)
        pdf.cell(wide, leading, line)
        top += leading
    return top + 1


def _text(pdf: FPDF, text: str, size: float, colour: str, *, leading: float, bold: bool = False) -> None:
    """Centred over the whole width, in as many lines as it takes; a long address gets smaller letters instead."""
    pdf.set_text_color(colour)
    pdf.set_font("Inter", "B" if bold else "", size)
    if " " not in text:
        while size > 8 and pdf.get_string_width(text) > _WIDE - 2 * _EDGE:
            size -= 0.5
            pdf.set_font("Inter", "B" if bold else "", size)
    pdf.set_x(_EDGE)
    pdf.multi_cell(_WIDE - 2 * _EDGE, leading, text, align=Align.C, new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _code(pdf: FPDF, address: str, x: float, y: float) -> None:
    """The QR code as squares, sharp at any size; error correction Q: a quarter of it may be dirty or torn."""
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_Q, border=_QUIET)
    code.add_data(address)
    matrix = code.get_matrix()
    side = _CODE / len(matrix)
    pdf.set_fill_color(0)
    for row, modules in enumerate(matrix):
        for column, dark in enumerate(modules):
            if dark:
                pdf.rect(x + column * side, y + row * side, side * 1.01, side * 1.01, style="F")


def _step(pdf: FPDF, number: int, text: str, ground: str, front: str, ink: str) -> None:
    top, side = pdf.get_y(), 11.0
    pdf.set_fill_color(ground)
    pdf.ellipse(_EDGE, top, side, side, style="F")
    pdf.set_xy(_EDGE, top)
    pdf.set_text_color(front)
    pdf.set_font("Inter", "B", 18)
    pdf.cell(side, side, str(number), align=Align.C)
    pdf.set_xy(_EDGE + side + 5, top + 1.5)
    pdf.set_text_color(ink)
    pdf.set_font("Inter", "B", 17)
    pdf.multi_cell(_WIDE - 2 * _EDGE - side - 5, 8, text, align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    pdf.set_y(max(pdf.get_y(), top + side) + 3)
