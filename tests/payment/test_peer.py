"""Our messages, our encryption and our emulated terminal, judged by a client that is not ours."""

from __future__ import annotations

import base64
import copy
import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ground.clock import SystemClock
from ground.disk import RealDisk
from payment.emulators.bank import BankBook
from payment.emulators.terminal.ledger import Ledger
from payment.emulators.terminal.machine import CardMachine
from payment.emulators.terminal.script import Order
from payment.errors import CryptoError
from payment.nexo.crypto import seal, unseal
from payment.nexo.json_text import from_json, to_json
from payment.nexo.profile import Key
from tests.payment.emulated import EmulatedTerminal, emulated_terminal
from tests.payment.nexo_requests import REQUESTS
from tests.payment.peer_process import Peer, PeerError, security_key
from tests.payment.purchases import POI
from tests.payment.test_nexo_service import event_message

KEY = Key("p@ssw0rd123456", "infomat-test", 1)
TEXT = "Оплата за тепло; rēķins par siltumu; žūjošs €"


@pytest.fixture(scope="module")
def peer() -> Iterator[Peer]:
    peer = Peer()
    yield peer
    peer.close()


def plain(message: dict[str, Any]) -> Any:
    """As it goes over the wire, numbers as JSON has them."""
    return json.loads(to_json(message))


@pytest.mark.conformance(1)
@pytest.mark.parametrize("name", REQUESTS)
def test_the_library_knows_every_field_of_our_requests(peer: Peer, name: str) -> None:
    message = plain(REQUESTS[name])
    assert peer.ask("round trip", message=message, kind="TerminalApiRequest") == message


@pytest.mark.conformance(1)
def test_the_library_drops_a_field_that_has_another_name(peer: Peer) -> None:
    message = plain(REQUESTS["Payment"])
    message["SaleToPOIRequest"]["PaymentRequest"]["PaymentTransaction"]["AmountsReq"]["Amount"] = 1
    assert peer.ask("round trip", message=message, kind="TerminalApiRequest") != message


@pytest.mark.conformance(1)
def test_the_library_knows_every_field_of_our_secured_message(peer: Peer) -> None:
    message = plain(seal(REQUESTS["Payment"], KEY, bytes(16)))
    assert peer.ask("round trip", message=message, kind="TerminalApiSecuredRequest") == message


@pytest.mark.conformance(1)
async def test_the_library_knows_every_field_of_the_emulated_terminals_answers(peer: Peer, tmp_path: Path) -> None:
    clock = SystemClock()
    machine = CardMachine(POI, Ledger(RealDisk(tmp_path), clock), clock, 5, bank=BankBook(RealDisk(tmp_path / "bank")))
    seen = set()
    for word in ("approve", "decline", "partial"):
        order = Order(word)
        for name, request in REQUESTS.items():
            request = copy.deepcopy(request)
            header = request["SaleToPOIRequest"]["MessageHeader"]
            header["ServiceID"] = f"{word[:2]}{header['ServiceID']}"
            if name == "TransactionStatus":
                request["SaleToPOIRequest"]["TransactionStatusRequest"]["MessageReference"]["ServiceID"] = (
                    f"{word[:2]}S1"
                )
            if "Reversal" in name and name != "TransactionStatus of a Reversal":
                made = [t.poi_transaction for t in machine._ledger.transactions.values() if t.category == "Payment"]
                original = request["SaleToPOIRequest"]["ReversalRequest"]["OriginalPOITransaction"]
                original["POITransactionID"]["TransactionID"] = made[-1]
            answer = await machine.answer(request, order if name == "Payment" else None)
            if answer is not None:
                message = plain(answer)
                assert peer.ask("round trip", message=message, kind="TerminalApiResponse") == message, name
                seen.add((name, str(answer["SaleToPOIResponse"]).count("Success") > 0))
    assert len(seen) > len(REQUESTS)


@pytest.mark.conformance(1)
def test_the_library_knows_every_field_of_an_event(peer: Peer) -> None:
    message = event_message("OutOfOrder")
    assert peer.ask("round trip", message=message, kind="TerminalApiRequest") == message


@pytest.mark.conformance(3)
def test_the_library_opens_what_we_seal(peer: Peer) -> None:
    message = copy.deepcopy(REQUESTS["Payment"])
    message["SaleToPOIRequest"]["PaymentRequest"]["SaleData"]["SaleReferenceID"] = TEXT
    secured = plain(seal(message, KEY, secrets.token_bytes(16)))["SaleToPOIRequest"]
    opened = peer.ask("decrypt", secured=secured, key=security_key(KEY))
    assert opened == to_json(message)


@pytest.mark.conformance(3)
def test_we_open_what_the_library_seals(peer: Peer) -> None:
    message = {"SaleToPOIRequest": {"MessageHeader": {"SaleID": "kiosk-1"}, "PrintRequest": {"Text": TEXT}}}
    header = message["SaleToPOIRequest"]["MessageHeader"]
    secured = peer.ask("encrypt", header=header, text=json.dumps(message, ensure_ascii=False), key=security_key(KEY))
    assert unseal({"SaleToPOIRequest": secured}, KEY) == message


@pytest.mark.conformance(5)
@pytest.mark.parametrize("part", ["NexoBlob", "Hmac", "Nonce", "short Hmac"])
def test_what_was_tampered_with_is_opened_by_neither(peer: Peer, part: str) -> None:
    sealed = seal(REQUESTS["Payment"], KEY, secrets.token_bytes(16))
    body = sealed["SaleToPOIRequest"]
    place = body if part == "NexoBlob" else body["SecurityTrailer"]
    name = part.removeprefix("short ")
    data = bytearray(base64.b64decode(place[name]))
    data[-1 if part == "NexoBlob" else 0] ^= 1
    place[name] = base64.b64encode(data[:31] if "short" in part else data).decode()
    with pytest.raises(CryptoError):
        unseal(sealed, KEY)
    with pytest.raises(PeerError):
        peer.ask("decrypt", secured=plain(sealed)["SaleToPOIRequest"], key=security_key(KEY))


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, EmulatedTerminal]]:
    """The library knows one port, 8443; each terminal has a loopback address of its own."""
    first, second = (f"127.{secrets.randbelow(200) + 20}.{secrets.randbelow(250)}.{last}" for last in (2, 3))
    folder = tmp_path_factory.mktemp
    with (
        emulated_terminal(folder("secured"), "--host", first, "--port", "8443") as secured,
        emulated_terminal(folder("plain"), "--host", second, "--port", "8443", "--plain") as clear,
    ):
        yield {"secured": secured, "plain": clear}


def asked(name: str, service_id: str) -> dict[str, Any]:
    message = plain(REQUESTS[name])
    message["SaleToPOIRequest"]["MessageHeader"]["ServiceID"] = service_id
    return dict(message)


def where(terminal: EmulatedTerminal) -> dict[str, Any]:
    profile = terminal.profile()
    key = security_key(profile.key) if profile.key else None
    return {"host": profile.host, "ca": profile.ca_file, "key": key}


@pytest.mark.conformance(7)
@pytest.mark.parametrize("kind", ["secured", "plain"])
def test_the_library_pays_at_our_emulated_terminal(peer: Peer, places: dict[str, EmulatedTerminal], kind: str) -> None:
    terminal = places[kind]
    terminal.order(next="approve")
    before = terminal.charged()
    there = where(terminal)
    paid = peer.ask("request", message=asked("Payment", "P1"), **there)["SaleToPOIResponse"]["PaymentResponse"]
    assert paid["Response"]["Result"] == "Success"
    assert paid["PaymentResult"]["AmountsResp"] == {"AuthorizedAmount": 1284.5, "Currency": "RUB"}
    assert terminal.charged() - before == 128450
    status = asked("TransactionStatus", "P2")
    status["SaleToPOIRequest"]["TransactionStatusRequest"]["MessageReference"]["ServiceID"] = "P1"
    told = peer.ask("request", message=status, **there)["SaleToPOIResponse"]["TransactionStatusResponse"]
    inner = told["RepeatedMessageResponse"]["RepeatedResponseMessageBody"]["PaymentResponse"]
    assert inner["POIData"]["POITransactionID"] == paid["POIData"]["POITransactionID"]
    undo = asked("Reversal", "P3")
    original = undo["SaleToPOIRequest"]["ReversalRequest"]["OriginalPOITransaction"]
    original["POITransactionID"] = paid["POIData"]["POITransactionID"]
    peer.ask("request", message=undo, **there)
    assert terminal.charged() == before
    for name in ("Diagnosis", "Login", "GetTotals", "Reconciliation", "Display", "Print"):
        answer = peer.ask("request", message=asked(name, f"Q{name[:6]}"), **there)["SaleToPOIResponse"]
        body = answer[f"{name}Response"]
        results = [result["Response"] for result in body.get("OutputResult", [])] or [body["Response"]]
        assert [result["Result"] for result in results] == ["Success"], name
    assert peer.ask("request", message=asked("Abort", "P4"), **there) in (None, {})


@pytest.mark.conformance(7)
@pytest.mark.parametrize("path", ["/nexo", "/nexo/"])
def test_a_chunked_body_is_taken_on_both_paths(peer: Peer, places: dict[str, EmulatedTerminal], path: str) -> None:
    terminal = places["secured"]
    terminal.order(next="approve")
    before = terminal.charged()
    told = peer.ask("post", message=asked("Payment", f"C{len(path)}"), path=path, **where(terminal))
    assert told["chunked"]
    assert told["answer"]["SaleToPOIResponse"]["PaymentResponse"]["Response"]["Result"] == "Success"
    assert terminal.charged() - before == 128450


@pytest.mark.conformance(7)
def test_the_library_with_another_key_pays_nothing(peer: Peer, places: dict[str, EmulatedTerminal]) -> None:
    terminal = places["secured"]
    terminal.order(next="approve")
    before = terminal.charged()
    there = where(terminal)
    there["key"] = {**there["key"], "Passphrase": "another"}
    with pytest.raises(PeerError):
        peer.ask("request", message=asked("Payment", "K1"), **there)
    assert terminal.charged() == before
    assert from_json((terminal.folder / "terminal.json").read_text())["key_identifier"]
