"""Adapter: the pictures sent instead of the camera's. Without words: both ends may speak different languages."""

from __future__ import annotations

import cv2
import numpy as np

from media.capture import Picture

_GROUND, _CARD, _LINE, _CHIP = (74, 62, 52), (150, 128, 104), (226, 218, 208), (120, 196, 226)  # BGR


def payment_card(width: int, height: int) -> Picture:
    """A bank card and three dots: a payment is in progress."""
    picture, unit, x, y = _empty(width, height)
    left, top, right, bottom = x - 26 * unit, y - 20 * unit, x + 26 * unit, y + 13 * unit
    _rounded(picture, left, top, right, bottom, 4 * unit, _CARD)
    _box(picture, left, top + 7 * unit, right, top + 13 * unit, _GROUND)
    _rounded(picture, left + 6 * unit, top + 18 * unit, left + 15 * unit, top + 25 * unit, 1.5 * unit, _CHIP)
    for place in (-8, 0, 8):
        centre = (round(x + place * unit), round(y + 26 * unit))
        cv2.circle(picture, centre, max(1, round(2 * unit)), _LINE, -1, cv2.LINE_AA)
    return picture


def camera_off(width: int, height: int) -> Picture:
    """A crossed-out camera: no picture from here, sound goes on."""
    picture, unit, x, y = _empty(width, height)
    _rounded(picture, x - 22 * unit, y - 14 * unit, x + 10 * unit, y + 14 * unit, 4 * unit, _CARD)
    corner = [(12, -3), (24, -12), (24, 12), (12, 3)]
    lens = np.array([[round(x + a * unit), round(y + b * unit)] for a, b in corner], dtype=np.int32)
    cv2.fillPoly(picture, [lens], _CARD, cv2.LINE_AA)
    ends = [(round(x + s * 26 * unit), round(y + s * 22 * unit)) for s in (-1, 1)]
    cv2.line(picture, ends[0], ends[1], _GROUND, max(3, round(7 * unit)), cv2.LINE_AA)
    cv2.line(picture, ends[0], ends[1], _LINE, max(2, round(3 * unit)), cv2.LINE_AA)
    return picture


def _empty(width: int, height: int) -> tuple[Picture, float, float, float]:
    picture = np.full((height, width, 3), _GROUND, dtype=np.uint8)
    return picture, min(width, height) / 100, width / 2, height / 2


def _box(picture: Picture, left: float, top: float, right: float, bottom: float, colour: tuple[int, ...]) -> None:
    cv2.rectangle(picture, (round(left), round(top)), (round(right), round(bottom)), colour, -1)


def _rounded(
    picture: Picture, left: float, top: float, right: float, bottom: float, radius: float, colour: tuple[int, ...]
) -> None:
    _box(picture, left + radius, top, right - radius, bottom, colour)
    _box(picture, left, top + radius, right, bottom - radius, colour)
    for x in (left + radius, right - radius):
        for y in (top + radius, bottom - radius):
            cv2.circle(picture, (round(x), round(y)), round(radius), colour, -1, cv2.LINE_AA)
