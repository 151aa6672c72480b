"""The vectors of payments.md 1.4, byte-exact, and one and the same error for everything that is not right."""

from __future__ import annotations

import base64
import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payment.errors import CryptoError
from payment.nexo.crypto import derive, encrypt, seal, unseal
from payment.nexo.json_text import to_json
from payment.nexo.profile import Key

KEY = Key("p@ssw0rd123456", "infomat-test", 1)
NONCE = bytes(range(16))
HEADER = {"MessageCategory": "Payment", "ServiceID": "S1", "SaleID": "kiosk-1", "POIID": "P400Plus-1"}
MESSAGE = {"SaleToPOIResponse": {"MessageHeader": HEADER, "PaymentResponse": {"Text": "Оплата, rēķins"}}}
SAME_WORDS = "the secured message is not acceptable"


@pytest.mark.conformance(4)
def test_the_derived_key_is_the_published_one() -> None:
    key = derive("p@ssw0rd123456")
    assert key.hmac_key.hex() == "733636253b5b98f9a483b1a678d73a58dab2accafbc029ecbe12d60eaa909e32"
    assert key.cipher_key.hex() == "cf2c822761b9f5305bf69970bfa7b659a6724a119db21f8b0e949779f2ea022c"
    assert key.iv.hex() == "bb9ba8092e6027c735398dc65977c051"


@pytest.mark.conformance(4)
def test_blob_and_hmac_of_the_vector_are_byte_exact() -> None:
    assert base64.b64encode(NONCE) == b"AAECAwQFBgcICQoLDA0ODw=="
    assert encrypt(b'{"SaleToPOIRequest":{}}', derive("p@ssw0rd123456"), NONCE) == (
        "bCSdA/21eXKqHofUI2X2/FK/8pALGaa7jk+iEbOswgU=",
        "PaoVII1KDWES/Ef3rwPZX3A6K3pCvN6NTyjsp5VKQWc=",
    )


def test_what_is_sealed_opens_to_the_same_message() -> None:
    sealed = seal(MESSAGE, KEY, NONCE)
    assert "Оплата" not in to_json(sealed)
    assert unseal(sealed, KEY) == MESSAGE


def part(sealed: dict[str, Any], name: str) -> tuple[dict[str, Any], str]:
    body = sealed["SaleToPOIResponse"]
    return (body, name) if name == "NexoBlob" else (body["SecurityTrailer"], name)


@pytest.mark.conformance(5)
@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["NexoBlob", "Hmac", "Nonce"]), st.data())
def test_one_flipped_bit_anywhere_is_the_same_error(name: str, data: st.DataObject) -> None:
    sealed = seal(MESSAGE, KEY, NONCE)
    place, key = part(sealed, name)
    raw = bytearray(base64.b64decode(place[key]))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    place[key] = base64.b64encode(raw).decode()
    with pytest.raises(CryptoError, match=SAME_WORDS):
        unseal(sealed, KEY)


@pytest.mark.conformance(5)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Hmac", base64.b64encode(bytes(31)).decode()),
        ("Hmac", ""),
        ("Hmac", "not base64!"),
        ("Hmac", None),
        ("Nonce", base64.b64encode(bytes(15)).decode()),
        ("Nonce", 7),
        ("NexoBlob", ""),
        ("NexoBlob", "AAAA"),
        ("NexoBlob", ["AAAA"]),
        ("KeyVersion", 2),
        ("KeyIdentifier", "another"),
        ("AdyenCryptoVersion", 2),
    ],
)
def test_every_other_fault_is_the_same_error(name: str, value: object) -> None:
    sealed = seal(MESSAGE, KEY, NONCE)
    place, key = part(sealed, name)
    place[key] = value
    with pytest.raises(CryptoError, match=SAME_WORDS):
        unseal(sealed, KEY)


@pytest.mark.conformance(6)
@pytest.mark.parametrize("field", ["SaleID", "ServiceID", "POIID", "MessageCategory"])
def test_an_outer_header_that_differs_from_the_inner_is_refused(field: str) -> None:
    sealed = copy.deepcopy(seal(MESSAGE, KEY, NONCE))
    sealed["SaleToPOIResponse"]["MessageHeader"] = {**HEADER, field: "another"}
    with pytest.raises(CryptoError, match=SAME_WORDS):
        unseal(sealed, KEY)


@pytest.mark.conformance(5)
@pytest.mark.parametrize("message", [{}, {"SaleToPOIResponse": {}}, {"SaleToPOIResponse": []}, MESSAGE])
def test_a_message_in_the_clear_is_refused(message: dict[str, Any]) -> None:
    with pytest.raises(CryptoError, match=SAME_WORDS):
        unseal(message, KEY)


@pytest.mark.conformance(5)
def test_another_passphrase_is_the_same_error() -> None:
    with pytest.raises(CryptoError, match=SAME_WORDS):
        unseal(seal(MESSAGE, KEY, NONCE), Key("another", "infomat-test", 1))


def test_a_passphrase_must_be_ascii() -> None:
    with pytest.raises(ValueError, match="ASCII"):
        Key("пароль", "infomat-test", 1)
