"""The password goes to the pinned server or to nobody."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from ground.certificates import make_authority
from ground.signing import SigningKey
from operator_console.errors import ServerAway, ServerNotTrusted
from operator_console.sign_in import SignInRefused, _ahead, check_address, link_url, sign_in
from signaling.protocol import Role
from signaling.server.administration import add_staff
from tests.signaling.client import PASSWORD, ServerProcess

KEY = SigningKey().public


def test_plain_http_goes_to_this_machine_only() -> None:
    assert check_address("https://desk.example:8443/") == "https://desk.example:8443"
    assert check_address("http://127.0.0.1:8080") == "http://127.0.0.1:8080"
    for address in ("http://desk.example", "ftp://desk.example", "desk.example:8443"):
        with pytest.raises(ServerNotTrusted):
            check_address(address)
    assert link_url("https://desk.example:8443") == "wss://desk.example:8443/ws"


def test_a_clock_that_differs_by_less_than_its_own_grain_does_not_differ() -> None:
    now = datetime(2026, 11, 20, 8, 0, 0, 900_000, tzinfo=UTC)
    assert _ahead(format_datetime(now.replace(microsecond=0), usegmt=True), now) == timedelta(0)
    late = format_datetime(now.replace(microsecond=0) + timedelta(minutes=7), usegmt=True)
    assert abs(_ahead(late, now) - timedelta(minutes=7)) < timedelta(seconds=1)
    assert _ahead("not a date", now) == timedelta(0)
    assert _ahead(None, now) == timedelta(0)


async def test_nobody_at_the_address_is_said_so() -> None:
    with pytest.raises(ServerAway):
        await sign_in("http://127.0.0.1:9", None, "olga", PASSWORD, KEY)


async def test_the_right_password_the_wrong_one_and_a_stranger_with_another_ca(tmp_path: Path) -> None:
    async with ServerProcess(tmp_path / "server") as server:
        await asyncio.to_thread(add_staff, server.config, "olga", "Ольга", "supervisor", PASSWORD)
        url, ca = f"https://127.0.0.1:{server.port}", server.folder / "ca.pem"
        credentials = await sign_in(url, ca, "olga", PASSWORD, KEY)
        assert (credentials.name, credentials.role) == ("Ольга", Role.SUPERVISOR)
        assert credentials.expires_at > datetime.now(UTC)

        with pytest.raises(SignInRefused) as refusal:
            await sign_in(url, ca, "olga", "wrong", KEY)
        assert refusal.value.code == "auth.failed"

        other = tmp_path / "other.pem"
        other.write_bytes(make_authority("Somebody else", datetime.now(UTC)).certificate_pem)
        os.environ["REQUESTS_CA_BUNDLE"] = str(ca)  # the environment must not widen the trust
        try:
            with pytest.raises(ServerNotTrusted):
                await sign_in(url, other, "olga", PASSWORD, KEY)
        finally:
            del os.environ["REQUESTS_CA_BUNDLE"]
