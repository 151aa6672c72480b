"""Which relays a client is given: signaling/server/relays.py, and what a start refuses."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from signaling.server.app import authority_in, serve
from signaling.server.config import ServerConfig
from signaling.server.relays import STAYS_VALID, Relays
from tests.media.networks import certificate

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
TURN = ("turn:relay.example:3478?transport=udp", "turns:relay.example:443?transport=tcp")


def test_a_credential_is_the_clients_own_and_outlives_its_conversation() -> None:
    stun, turn = Relays(("stun:relay.example:3478",), TURN, "north").given_to("kiosk-41", NOW)
    assert (stun.urls, stun.username, stun.credential) == (("stun:relay.example:3478",), None, None)
    assert turn.urls == TURN
    expires, _, identity = (turn.username or "").partition(":")
    assert identity == "kiosk-41"
    assert datetime.fromtimestamp(int(expires), UTC) == NOW + STAYS_VALID
    assert timedelta(hours=8) < STAYS_VALID < timedelta(days=1)
    said = hmac.new(b"north", (turn.username or "").encode(), hashlib.sha1).digest()
    assert turn.credential == base64.b64encode(said).decode()


def test_nobody_is_given_a_turn_server_without_a_secret_and_the_secret_is_not_printed() -> None:
    assert Relays((), TURN).given_to("kiosk-41", NOW) == ()
    assert Relays().given_to("kiosk-41", NOW) == ()
    assert "north" not in repr(Relays((), TURN, "north"))


@pytest.mark.parametrize("content", [None, "", " \n"])
def test_a_server_with_relays_and_no_secret_does_not_start(
    tmp_path: Path, content: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_text(content)
    assert serve(ServerConfig(tmp_path / "data", turn_urls=TURN, turn_secret_file=file)) == 1
    assert "TURN secret" in capsys.readouterr().err


def test_the_houses_own_authority_goes_with_its_relays(tmp_path: Path) -> None:
    authority = "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n"
    (turn,) = Relays((), TURN, "north", authority).given_to("kiosk-41", NOW)
    assert turn.authority == authority
    assert Relays((), TURN, "north").given_to("kiosk-41", NOW)[0].authority is None


@pytest.mark.parametrize("content", [None, "not a certificate", "-----BEGIN CERTIFICATE-----\nMII=\n"])
def test_a_server_whose_relays_authority_cannot_be_read_does_not_start(
    tmp_path: Path, content: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    secret, authority = tmp_path / "secret", tmp_path / "ca.pem"
    secret.write_text("north")
    if content is not None:
        authority.write_text(content)
    told = ServerConfig(tmp_path / "data", turn_urls=TURN, turn_secret_file=secret, turn_ca_file=authority)
    assert serve(told) == 1
    assert "TURN authority" in capsys.readouterr().err


def test_of_a_file_with_certificate_and_key_only_the_certificate_is_lent(tmp_path: Path) -> None:
    certificate(tmp_path)
    both = tmp_path / "both.pem"
    both.write_text((tmp_path / "turn-key.pem").read_text() + (tmp_path / "turn-certificate.pem").read_text())
    assert authority_in(both) == (tmp_path / "turn-certificate.pem").read_text()
