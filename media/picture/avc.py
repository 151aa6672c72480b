"""Rules: H.264 in RTP (RFC 6184): payloads of a coded picture, where a keyframe begins, how large the other end reads.

Packetization mode 1: a unit that fits goes alone or with its neighbours (STAP-A), a larger one in fragments (FU-A).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

#: What we offer: constrained baseline. Level 3.1 is what everyone knows; ``max-fs`` and ``max-mbps`` (section 8.1) say
#: that a page of 1920 x 1080 may come too.
OFFERED = {
    "level-asymmetry-allowed": "1",
    "packetization-mode": "1",
    "profile-level-id": "42e01f",
    "max-fs": "8192",
    "max-mbps": "245760",
}
_SPS, _STAP_A, _FU_A = 7, 24, 28
_START = re.compile(b"\0\0\1")
_LEVELS = {  # macroblocks of a picture and in a second, by level_idc (H.264 table A-1)
    10: (99, 1_485), 11: (396, 3_000), 12: (396, 6_000), 13: (396, 11_880), 20: (396, 11_880), 21: (792, 19_800),
    22: (1_620, 20_250), 30: (1_620, 40_500), 31: (3_600, 108_000), 32: (5_120, 216_000), 40: (8_192, 245_760),
    41: (8_192, 245_760), 42: (8_704, 522_240), 50: (22_080, 589_824), 51: (36_864, 983_040), 52: (36_864, 2_073_600),
}  # fmt: skip


def units(picture: bytes) -> Iterator[bytes]:
    """The NAL units of a coded picture in Annex B's form, without start codes."""
    starts = [found.end() for found in _START.finditer(picture)]
    for start, following in pairwise([*starts, len(picture) + 3]):
        unit = picture[start : following - 3]
        if unit := unit.rstrip(b"\0"):  # the first byte of a longer start code, or padding: a unit ends with a 1 bit
            yield unit


def payloads(picture: bytes, most: int) -> list[bytes]:
    """A coded picture as RTP payloads of at most ``most`` bytes (sections 5.6 to 5.8)."""
    made: list[bytes] = []
    together: list[bytes] = []
    room = most - 1
    for unit in units(picture):
        if together and len(unit) + 2 > room:
            made.append(_joined(together))
            together, room = [], most - 1
        if len(unit) > most:
            made += _fragments(unit, most)
        else:
            together.append(unit)
            room -= len(unit) + 2
    if together:
        made.append(_joined(together))
    return made


def _joined(together: list[bytes]) -> bytes:
    if len(together) == 1:
        return together[0]
    importance = max(unit[0] & 0x60 for unit in together)
    return bytes([importance | _STAP_A]) + b"".join(len(unit).to_bytes(2, "big") + unit for unit in together)


def _fragments(unit: bytes, most: int) -> list[bytes]:
    """Of even size, so that none is a packet for a few bytes."""
    body = len(unit) - 1
    count = -(-body // (most - 2))
    size = -(-body // count)
    indicator, kind = unit[0] & 0xE0 | _FU_A, unit[0] & 0x1F
    return [
        bytes([indicator, kind | (0x80 if part == 0 else 0) | (0x40 if part == count - 1 else 0)])
        + unit[1 + part * size : 1 + (part + 1) * size]
        for part in range(count)
    ]


def keyframe_begins(payload: bytes) -> bool:
    """Whether an RTP payload has the parameter set that a keyframe begins with."""
    kind = payload[0] & 0x1F if payload else 0
    if kind == _FU_A:
        return len(payload) > 1 and payload[1] & 0x9F == 0x80 | _SPS
    if kind != _STAP_A:
        return kind == _SPS
    place = 1
    while place + 2 < len(payload):
        if payload[place + 2] & 0x1F == _SPS:
            return True
        place += 2 + int.from_bytes(payload[place : place + 2], "big")
    return False


def blocks_read(sdp: str, payload_type: int, fps: int) -> int:
    """Macroblocks of the largest picture that who wrote this description reads ``fps`` times a second.

    Without a word it is level 3.1's, as browsers have it.
    """
    told = re.search(rf"^a=fmtp:{payload_type} (.*)$", sdp, re.MULTILINE)
    given = told[1] if told else ""

    def number(pattern: str, base: int = 10) -> int:
        found = re.search(rf"\b{pattern}(?=[;\s]|$)", given, re.IGNORECASE)
        return int(found[1], base) if found else 0

    size, rate = _LEVELS.get(number("profile-level-id=[0-9a-f]{4}([0-9a-f]{2})", 16), _LEVELS[31])
    size, rate = max(size, number("max-fs=([0-9]{1,9})")), max(rate, number("max-mbps=([0-9]{1,9})"))
    return min(size, rate // max(1, fps))


def within(width: int, height: int, blocks: int) -> tuple[int, int]:
    """The largest size of the same shape, even, of no more than ``blocks`` macroblocks of 16 x 16."""
    tall = height
    while tall > 16:
        wide = width if tall == height else width * tall // height // 2 * 2
        if -(-wide // 16) * -(-tall // 16) <= blocks:
            return wide, tall
        tall = (tall - 1) // 8 * 8
    return max(16, width * 16 // height // 2 * 2), 16
