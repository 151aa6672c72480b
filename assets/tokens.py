"""Rules: the look's measures and colours, one file for kiosk and console (``tokens.json``), and the contrast check.

Contrast is the ratio of WCAG 2.1 (relative luminance of sRGB): 4.5:1 for text, 3:1 for edges of controls.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, fields, replace
from functools import lru_cache
from typing import Any

from assets import path

_HEX = re.compile(r"#[0-9A-Fa-f]{6}([0-9A-Fa-f]{2})?")


class TokenError(ValueError):
    """A colour is not #RRGGBB, or cannot be read on what it is shown on."""


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one look, ``#RRGGBB`` (``shade`` is ``#AARRGGBB``, as Qt writes it)."""

    ink: str
    ink2: str
    line: str
    edge: str
    paper: str
    card: str
    brand: str
    brand_dark: str
    brand_tint: str
    on_brand: str
    on_brand2: str
    warning: str
    warning_tint: str
    success: str
    success_tint: str
    danger: str
    danger_dark: str
    danger_tint: str
    on_danger: str
    pressed: str
    video: str
    on_video: str
    shade: str


#: Which text colour is shown on which ground, and so must be readable there.
TEXT_ON_GROUND: tuple[tuple[str, str], ...] = (
    ("ink", "paper"), ("ink", "card"), ("ink", "brand_tint"), ("ink", "pressed"), ("ink2", "paper"),
    ("ink2", "card"), ("ink2", "brand_tint"), ("brand", "paper"), ("brand", "card"), ("brand", "brand_tint"),
    ("on_brand", "brand"), ("on_brand2", "brand"), ("on_brand", "brand_dark"), ("on_brand2", "brand_dark"),
    ("warning", "warning_tint"), ("warning", "card"), ("success", "success_tint"), ("success", "card"),
    ("success", "brand_tint"), ("danger", "danger_tint"), ("danger", "card"), ("on_danger", "danger"),
    ("on_danger", "danger_dark"), ("on_video", "video"),
)  # fmt: skip
#: What draws the border of a control on which ground.
EDGE_ON_GROUND: tuple[tuple[str, str], ...] = (
    ("edge", "paper"),
    ("edge", "card"),
    ("brand", "card"),
    ("brand", "paper"),
)


@dataclass(frozen=True, slots=True)
class Tokens:
    """Everything of ``tokens.json``. Sizes are pixels on a kiosk screen 1080 wide, or of a console at scale 1."""

    normal: Palette
    contrast: Palette
    kiosk_type: dict[str, int]
    console_type: dict[str, int]
    bigger: float
    space: dict[str, int]
    radius: dict[str, int]
    target: dict[str, float]
    reference_width: int
    motion_ms: int
    least_contrast: float
    least_edge_contrast: float

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for QML."""
        return asdict(self)


@lru_cache(maxsize=1)
def load() -> Tokens:
    """Read ``tokens.json``; raises TokenError when a colour is malformed or a text cannot be read on its ground."""
    told = json.loads(path("tokens.json").read_text(encoding="utf-8"))
    looks = told.pop("colour")
    tokens = Tokens(normal=Palette(**looks["normal"]), contrast=Palette(**looks["contrast"]), **told)
    for palette in (tokens.normal, tokens.contrast):
        check(palette, tokens)
    return tokens


def check(palette: Palette, tokens: Tokens) -> None:
    """Raise TokenError, naming the pair, when a text or an edge cannot be seen on its ground."""
    for colour in asdict(palette).values():
        if not _HEX.fullmatch(colour):
            raise TokenError(f"not a colour: {colour!r}")
    for pairs, least in ((TEXT_ON_GROUND, tokens.least_contrast), (EDGE_ON_GROUND, tokens.least_edge_contrast)):
        for front, ground in pairs:
            ratio = contrast(getattr(palette, front), getattr(palette, ground))
            if ratio < least:
                raise TokenError(f"{front} on {ground} is {ratio:.2f}:1, {least}:1 is needed")


def with_brand(palette: Palette, brand: str, tokens: Tokens) -> Palette:
    """The palette in a company's colour; raises TokenError when white cannot be read on it.

    The darker shade (pressed) and the tint (grounds) are mixed from it as ours are from our own.
    """
    if not re.fullmatch(r"#[0-9A-Fa-f]{6}", brand):
        raise TokenError(f"a brand colour is #RRGGBB, got {brand!r}")
    branded = replace(
        palette,
        brand=brand,
        brand_dark=mixed(brand, "#000000", 0.27),
        brand_tint=mixed(brand, "#FFFFFF", 0.88),
        pressed=mixed(brand, "#FFFFFF", 0.82),
        on_brand2=mixed(brand, "#FFFFFF", 0.90),
    )
    check(branded, tokens)
    return branded


def contrast(front: str, ground: str) -> float:
    """Ratio of luminances, 1.0 to 21.0 (WCAG 2.1)."""
    low, high = sorted((_luminance(front), _luminance(ground)))
    return (high + 0.05) / (low + 0.05)


def mixed(colour: str, other: str, share: float) -> str:
    """``colour`` with ``share`` (0..1) of ``other`` in it."""
    parts = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round(one + (two - one) * share):02X}" for one, two in parts)


def names() -> tuple[str, ...]:
    """The names of a palette's colours."""
    return tuple(field.name for field in fields(Palette))


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[place : place + 2], 16) for place in (1, 3, 5))


def _luminance(colour: str) -> float:
    linear = [
        value / 255 / 12.92 if value / 255 <= 0.03928 else ((value / 255 + 0.055) / 1.055) ** 2.4
        for value in _channels(colour)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
