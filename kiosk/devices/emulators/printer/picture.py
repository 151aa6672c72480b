"""Adapter: printed paper as a picture, dot by dot: 203 dots an inch, 12 x 24 dots an ordinary letter."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import qrcode
from PIL import Image, ImageDraw, ImageFont

from assets import path
from kiosk.devices.emulators.printer.machine import Sheet

WIDTH, HEIGHT = 12, 24
_LEADING = 6
_MARGIN = 24
#: A printer's letters are all of one width; fontconfig brings these on Debian.
_MONO = Path("/usr/share/fonts/truetype/dejavu")


def draw(sheet: Sheet, columns: int) -> Image.Image:
    """The paper, black on white, cut edge at the bottom."""
    strips = [_strip(row, columns) for row in sheet.rows]
    height = sum(strip.height for strip in strips) + 2 * _MARGIN
    paper = Image.new("L", (columns * WIDTH + 2 * _MARGIN, height), 255)
    top = _MARGIN
    for strip in strips:
        paper.paste(strip, (_MARGIN, top))
        top += strip.height
    return paper


def _strip(row: dict[str, Any], columns: int) -> Image.Image:
    if "code" in row:
        return _aside(_code(row), row["align"], columns)
    if "raster" in row:
        across = row["bytes_across"] * 8
        bits = bytes.fromhex(row["raster"])
        dots = Image.frombytes("1", (across, len(bits) * 8 // across), bits).convert("L")
        return _aside(dots.point(lambda dot: 255 - dot), row["align"], columns)
    return _text(row, columns)


def _aside(picture: Image.Image, align: str, columns: int) -> Image.Image:
    room = columns * WIDTH
    strip = Image.new("L", (room, picture.height + 2 * _LEADING), 255)
    strip.paste(picture, (_left(align, room, picture.width), _LEADING))
    return strip


def _left(align: str, room: int, used: int) -> int:
    return {"left": 0, "center": (room - used) // 2, "right": room - used}[align]


def _code(row: dict[str, Any]) -> Image.Image:
    drawn = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, box_size=row["module"], border=0)
    drawn.add_data(row["code"])
    return drawn.make_image().get_image().convert("L")


def _text(row: dict[str, Any], columns: int) -> Image.Image:
    tall = max((part["height"] for part in row["parts"]), default=1)
    strip = Image.new("L", (columns * WIDTH, tall * HEIGHT + _LEADING), 255)
    used = sum(len(part["text"]) * part["width"] for part in row["parts"]) * WIDTH
    left = _left(row["align"], strip.width, used)
    for part in row["parts"]:
        for letter in part["text"]:
            cell = _letter(letter, part["bold"])
            wide, high = part["width"] * WIDTH, part["height"] * HEIGHT
            strip.paste(cell.resize((wide, high)), (left, (tall - part["height"]) * HEIGHT))
            left += wide
    return strip


@lru_cache(maxsize=512)
def _letter(letter: str, bold: bool) -> Image.Image:
    """One cell, three times as fine as it is printed, so that big letters are drawn and not blown up."""
    cell = Image.new("L", (3 * WIDTH, 3 * HEIGHT), 255)
    ImageDraw.Draw(cell).text((1.5 * WIDTH, 2.25 * HEIGHT), letter, font=_font(bold), fill=0, anchor="ms")
    return cell


@lru_cache(maxsize=2)
def _font(bold: bool) -> ImageFont.FreeTypeFont:
    mono = _MONO / ("DejaVuSansMono-Bold.ttf" if bold else "DejaVuSansMono.ttf")
    if mono.exists():
        return ImageFont.truetype(str(mono), 59)  # 36 dots wide
    return ImageFont.truetype(str(path(f"fonts/Inter-{'Bold' if bold else 'Medium'}.otf")), 46)
