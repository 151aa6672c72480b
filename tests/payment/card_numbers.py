"""What a card's number looks like, and every way in which one could be lying around in a process or a file."""

from __future__ import annotations

import base64
import re

#: What is a number of another kind by its form: UUIDs, hashes and keys in hex, fractions, moments.
_TYPED = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|(?=[0-9]*[a-f])[0-9a-f]{24,}|\d+\.\d+"
    r"|\d{4}-\d\d-\d\d[T ]\d\d:\d\d",
    re.IGNORECASE,
)
_RUN = re.compile(r"(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)")
#: Visa, MasterCard, Maestro, Mir, American Express, Discover, JCB, Diners, UnionPay: first digits of their cards.
_PREFIXES = re.compile(r"4|5[1-5]|2[2-7]|220[0-4]|50|5[6-9]|6[0-9]|3[47]|35|30[0-5]|3[689]")


def luhn(digits: str) -> bool:
    """Whether the last digit is right (ISO/IEC 7812-1 annex B)."""
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def looks_like_a_card(digits: str) -> bool:
    """13 to 19 digits, a scheme's prefix and Luhn's check."""
    return 13 <= len(digits) <= 19 and bool(_PREFIXES.match(digits)) and luhn(digits)


def card_like(text: str) -> list[str]:
    """Every run of digits in a text, blanks and hyphens apart, that looks like a card's number.

    Typed fields are left out first: an id or a hash is long enough to have such a run by chance.
    """
    runs = (re.sub(r"\D", "", run) for run in _RUN.findall(_TYPED.sub("~", text)))
    return [run for run in runs if looks_like_a_card(run)]


def encodings(number: str) -> dict[str, bytes]:
    """The forms of one number: name -> bytes that are found wherever the number lies in this form."""
    digits = number.encode()
    forms = {
        "ascii": digits,
        "ascii, groups of four": " ".join(re.findall(r"\d{1,4}", number)).encode(),
        "utf-16-le": number.encode("utf-16-le"),
        "utf-16-be": number.encode("utf-16-be"),
    }
    forms |= {f"bcd, {name}": packed for name, packed in _bcd(number).items()}
    return forms | {f"base64 at {place}": _base64_at(digits, place) for place in range(3)}


def _bcd(number: str) -> dict[str, bytes]:
    """Two digits a byte, the first in the high or in the low half; a number of odd length begins in either half.

    A half byte that does not belong to the number could be anything, so it is left out.
    """
    found = {}
    for start in (0, 1):
        pairs = [number[place : place + 2] for place in range(start, len(number) - 1, 2)]
        found[f"high half first from digit {start}"] = bytes(int(pair, 16) for pair in pairs)
        found[f"low half first from digit {start}"] = bytes(int(pair[::-1], 16) for pair in pairs)
    return found


def _base64_at(data: bytes, place: int) -> bytes:
    """What is the same in base64 whatever stands before (``place`` bytes, modulo three) and after the number."""
    skipped = -place % 3
    whole = data[skipped : skipped + (len(data) - skipped) // 3 * 3]
    return base64.b64encode(whole)
