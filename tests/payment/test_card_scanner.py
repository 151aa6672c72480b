"""The scanner that looks for card numbers finds each one that is there, in every form, in memory and in texts."""

from __future__ import annotations

import base64
import json
import subprocess
import sys

import pytest

from payment.emulators.cards import CARDS
from tests.memory import found
from tests.payment.card_numbers import card_like, encodings, looks_like_a_card

pytestmark = pytest.mark.conformance(33)
_HOLDS = """
import json, sys
held = [bytes(byte ^ 0xA5 for byte in bytes.fromhex(line)) for line in json.loads(sys.stdin.readline())]
print("ready", flush=True)
sys.stdin.readline()
"""


@pytest.mark.parametrize("card", ["mc", "amex"])
def test_every_form_of_a_number_is_found_in_a_process_that_holds_it_and_no_other(card: str) -> None:
    forms = encodings(CARDS[card].number)
    for planted in ({}, forms, dict(list(forms.items())[4:5])):
        # Told in disguise: packed decimals written in hex are the number itself.
        surrounded = [bytes(byte ^ 0xA5 for byte in b"\x9a\x07" + form + b"\xff").hex() for form in planted.values()]
        with subprocess.Popen([sys.executable, "-c", _HOLDS], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
            assert holder.stdin is not None
            assert holder.stdout is not None
            holder.stdin.write(json.dumps(surrounded).encode() + b"\n")
            holder.stdin.flush()
            assert holder.stdout.readline() == b"ready\n"
            # Packed in another order, 4444333322221111 is the same.
            expected = {name for name, form in forms.items() if any(form in held for held in planted.values())}
            assert found(holder.pid, forms) == expected >= set(planted)
            holder.stdin.write(b"\n")
            holder.stdin.flush()


@pytest.mark.parametrize("place", range(6))
def test_a_number_is_found_in_base64_wherever_it_stands(place: int) -> None:
    number = CARDS["mir"].number
    text = base64.b64encode(b"\xe9" * place + number.encode() + b"tail of the text")
    assert [name for name, form in encodings(number).items() if form in text] == [f"base64 at {place % 3}"]


@pytest.mark.parametrize("number", ["4444333322221111", "374245455400126", "5413339010049999"])
def test_both_orders_of_packed_decimals_are_found_at_either_half(number: str) -> None:
    forms = encodings(number)
    for filled in (number + "f", "f" + number + "ff"):
        even = filled if len(filled) % 2 == 0 else filled + "f"
        packed = bytes.fromhex(even)
        swapped = bytes(byte >> 4 | (byte & 15) << 4 for byte in packed)
        for data, name in ((packed, "bcd, high"), (swapped, "bcd, low")):
            assert any(form in data for title, form in forms.items() if title.startswith(name)), (filled, name)


@pytest.mark.parametrize(
    "text", ["pan=4444333322221111", "card 5413 3390 1004 9999.", '{"a":"3742-454554-00126"}', "2201382000000013"]
)
def test_what_looks_like_a_card_in_a_text_is_seen(text: str) -> None:
    assert len(card_like(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "4444333322221112",  # Luhn
        "account 7401004417",
        "rrn 632614000001",
        "at 1763812345678 ms",  # no scheme begins with 1
        "019aa3f4-4444-7333-9222-211110000000 id",
        "hash 3e5f4444333322221111aa00ff4444333322221111bb",
        "seconds=0.4444333322221111",
        "2026-11-22T14:03:11.123456+00:00",
        "541333******9999",
    ],
)
def test_ids_hashes_fractions_and_masked_numbers_are_none(text: str) -> None:
    assert card_like(text) == []


def test_a_number_is_one_by_length_prefix_and_last_digit() -> None:
    assert looks_like_a_card("4222222222222")
    assert not looks_like_a_card("42222222222")
    assert not looks_like_a_card("0000000000000000")
