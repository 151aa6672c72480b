"""A machine becomes a kiosk of the server its code was made for, and of no other."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import h11
import pytest

from ground.certificates import KeyAndCertificate, fingerprint, issue, make_authority
from kiosk.agent.config import KioskConfig, NotEnrolled
from kiosk.agent.enrol import EnrolFailed, enrol

SECRET = "ABCD-2345"


class Office:
    """The two addresses of the server that enrolment needs, over TLS."""

    def __init__(self, authority: KeyAndCertificate, folder: Path) -> None:
        self.authority = authority
        self.asked: list[dict[str, Any]] = []
        self.url = ""
        self._folder = folder
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen on a free port."""
        made = issue(self.authority, "office", ["127.0.0.1"], datetime.now(UTC))
        (self._folder / "server.pem").write_bytes(made.certificate_pem)
        (self._folder / "server-key.pem").write_bytes(made.key_pem)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._folder / "server.pem", self._folder / "server-key.pem")
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=context)
        self.url = f"https://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def close(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        http, target, body = h11.Connection(h11.SERVER), "", b""
        while True:
            event = http.next_event()
            if event is h11.NEED_DATA:
                http.receive_data(await reader.read(65536))
            elif isinstance(event, h11.Request):
                target = event.target.decode()
            elif isinstance(event, h11.Data):
                body += event.data
            else:
                break
        status, told = self._answer(target, body)
        headers = [("Content-Length", str(len(told))), ("Connection", "close")]
        for part in (h11.Response(status_code=status, headers=headers), h11.Data(data=told), h11.EndOfMessage()):
            writer.write(http.send(part) or b"")
        await writer.drain()
        writer.close()

    def _answer(self, target: str, body: bytes) -> tuple[int, bytes]:
        if target == "/api/ca.pem":
            return 200, self.authority.certificate_pem
        asked = json.loads(body)
        self.asked.append(asked)
        if asked["code"].upper().replace("-", "")[:8] != SECRET.replace("-", ""):
            return 403, json.dumps({"code": "enrol.code"}).encode()
        answer = {"identity": "k-17", "name": "Терминал № 41", "place": "Миасс", "company": "Уралэнерго"}
        return 200, json.dumps(answer).encode()


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    office = Office(make_authority("Office CA", datetime.now(UTC)), tmp_path)
    await office.start()
    yield office
    office.close()


def _code(office: Office, secret: str = SECRET) -> str:
    return f"{secret}-{fingerprint(office.authority.certificate_pem)}"


async def test_a_machine_becomes_a_kiosk_that_pins_the_server(office: Office, tmp_path: Path) -> None:
    face = await enrol(office.url, _code(office), tmp_path / "kiosk")
    assert (face.company, face.kiosk_name, face.place) == ("Уралэнерго", "Терминал № 41", "Миасс")
    config = KioskConfig.load(tmp_path / "kiosk")
    assert config.identity == "k-17"
    assert config.server_url == office.url.replace("https", "wss") + "/ws"
    assert config.ca_file.read_bytes() == office.authority.certificate_pem
    assert config.key().public == office.asked[0]["public_key"]
    assert (tmp_path / "kiosk" / "kiosk.key").stat().st_mode & 0o777 == 0o600


async def test_a_code_may_be_typed_without_dashes_and_in_small_letters(office: Office, tmp_path: Path) -> None:
    await enrol(office.url, _code(office).replace("-", "").lower(), tmp_path / "kiosk")
    assert KioskConfig.load(tmp_path / "kiosk").identity == "k-17"


async def test_another_server_is_told_nothing(office: Office, tmp_path: Path) -> None:
    stranger = make_authority("Stranger", datetime.now(UTC))
    with pytest.raises(EnrolFailed) as caught:
        await enrol(office.url, f"{SECRET}-{fingerprint(stranger.certificate_pem)}", tmp_path / "kiosk")
    assert caught.value.code == "enrol.wrong_ca"
    assert office.asked == []
    assert not (tmp_path / "kiosk").exists()


async def test_a_wrong_code_leaves_the_machine_as_it_was(office: Office, tmp_path: Path) -> None:
    with pytest.raises(EnrolFailed) as caught:
        await enrol(office.url, _code(office, "WXYZ-9876"), tmp_path / "kiosk")
    assert caught.value.code == "enrol.code"
    with pytest.raises(NotEnrolled):
        KioskConfig.load(tmp_path / "kiosk")


@pytest.mark.parametrize("code", ["", "ABCD-2345", "ABCD-2345-TOOSHORT"])
async def test_an_incomplete_code_is_said_before_anything_is_sent(office: Office, tmp_path: Path, code: str) -> None:
    with pytest.raises(EnrolFailed) as caught:
        await enrol(office.url, code, tmp_path / "kiosk")
    assert caught.value.code == "enrol.code"


async def test_an_enrolled_machine_is_not_enrolled_over(office: Office, tmp_path: Path) -> None:
    await enrol(office.url, _code(office), tmp_path / "kiosk")
    with pytest.raises(EnrolFailed) as caught:
        await enrol(office.url, _code(office), tmp_path / "kiosk")
    assert caught.value.code == "enrol.twice"


async def test_a_server_that_is_away_and_an_address_without_tls_are_said_in_words(tmp_path: Path) -> None:
    code = f"{SECRET}-{'A' * 26}"
    with pytest.raises(EnrolFailed, match="cannot be reached"):
        await enrol("https://127.0.0.1:9", code, tmp_path / "kiosk")
    with pytest.raises(EnrolFailed, match="https://"):
        await enrol("http://127.0.0.1:9", code, tmp_path / "kiosk")


def test_a_configuration_reads_back_as_it_was_written(tmp_path: Path) -> None:
    config = KioskConfig(
        folder=tmp_path,
        server_url="wss://office:8443/ws",
        identity="k-17",
        kiosk_name='Терминал "Север"',
        place="Миасс\\1",
        brand="#0B5C6B",
        languages=("lv", "ru"),
        probe=True,
    )
    config.save()
    assert KioskConfig.load(tmp_path) == config


def test_a_damaged_configuration_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "kiosk.toml").write_text("identity = ")
    with pytest.raises(NotEnrolled):
        KioskConfig.load(tmp_path)
    (tmp_path / "kiosk.toml").write_text('identity = "k"\nwarning_s = 3\n')
    with pytest.raises(NotEnrolled, match="warning_s"):
        KioskConfig.load(tmp_path)
