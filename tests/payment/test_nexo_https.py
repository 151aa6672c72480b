"""Who we talk to and how much has left us: a TLS server in the test that counts every byte it gets."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ground.certificates import KeyAndCertificate, issue, make_authority
from payment.answers import Silence, Unsent
from payment.nexo.https import post
from payment.nexo.profile import Profile

NAME = "P400Plus-275039202.test.terminal.adyen.com"
BODY = b'{"SaleToPOIRequest":{}}'
NOW = datetime.now(UTC)
Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class Terminal:
    """A TLS listener with a certificate and a behaviour."""

    def __init__(self, folder: Path, common_name: str, script: Script) -> None:
        self.authority = make_authority("Test terminals", NOW)
        self._certificate = issue(self.authority, common_name, [], NOW)
        self._folder, self._script = folder, script
        self.received = b""

    @contextlib.asynccontextmanager
    async def listening(self, trusted: KeyAndCertificate | None = None) -> AsyncIterator[Profile]:
        pem = self._folder / "server.pem"
        pem.write_bytes(self._certificate.key_pem + self._certificate.certificate_pem)
        ca = self._folder / "ca.pem"
        ca.write_bytes((trusted or self.authority).certificate_pem)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(pem)
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=tls)
        port = server.sockets[0].getsockname()[1]
        yield Profile("127.0.0.1", port, "P400Plus-275039202", "kiosk-1", str(ca), connect_within=2)
        server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._script(reader, writer)
            while data := await reader.read(4096):
                self.received += data
        except OSError:
            pass
        finally:
            writer.close()

    async def read_request(self, reader: asyncio.StreamReader) -> None:
        while BODY not in self.received:
            self.received += await reader.read(4096)


def answering(data: bytes, *, then_close: bool = True) -> Callable[[Path], Terminal]:
    def make(folder: Path) -> Terminal:
        async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await terminal.read_request(reader)
            writer.write(data)
            await writer.drain()
            if then_close:
                writer.close()

        terminal = Terminal(folder, NAME, script)
        return terminal

    return make


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Says nothing."""


@pytest.mark.conformance(8)
async def test_a_terminal_of_the_right_authority_and_name_is_asked_once(tmp_path: Path) -> None:
    terminal = answering(OK)(tmp_path)
    async with terminal.listening() as profile:
        assert await post(profile, BODY, 2) == b"{}"
    assert terminal.received.count(BODY) == 1
    assert terminal.received.startswith(b"POST /nexo HTTP/1.1\r\n")


@pytest.mark.conformance(8)
@pytest.mark.parametrize(
    "name",
    [
        "evil.example.com",
        "P400Plus-275039202.test.terminal.adyen.com.evil.example.com",
        "P400Plus-275039202.demo.terminal.adyen.com",
        "275039202.test.terminal.adyen.com",
        "x\nP400Plus-275039202.test.terminal.adyen.com",
    ],
)
async def test_a_certificate_with_another_name_gets_no_byte_of_the_request(tmp_path: Path, name: str) -> None:
    terminal = Terminal(tmp_path, name, silent)
    async with terminal.listening() as profile:
        assert await post(profile, BODY, 2) == Unsent("the certificate is not a terminal's")
    assert terminal.received == b""


@pytest.mark.conformance(8)
async def test_a_certificate_of_another_authority_gets_no_byte_of_the_request(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, NAME, silent)
    async with terminal.listening(trusted=make_authority("Test terminals", NOW)) as profile:
        assert await post(profile, BODY, 2) == Unsent("SSLCertVerificationError")
    assert terminal.received == b""


async def test_a_closed_port_is_told_apart(tmp_path: Path, free_port: int) -> None:
    terminal = Terminal(tmp_path, NAME, silent)
    async with terminal.listening() as profile:
        closed = Profile("127.0.0.1", free_port, "x", "y", profile.ca_file)
        assert await post(closed, BODY, 2) == Unsent("connection refused", refused=True)


async def test_a_port_that_speaks_no_tls_was_sent_nothing(tmp_path: Path) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail ready\r\n")
        await reader.read(10)
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    terminal = Terminal(tmp_path, NAME, silent)
    async with terminal.listening() as profile:
        port = server.sockets[0].getsockname()[1]
        plain = Profile("127.0.0.1", port, "x", "y", profile.ca_file, connect_within=2)
        assert isinstance(await post(plain, BODY, 2), Unsent)
    server.close()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "RemoteProtocolError"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n{", "RemoteProtocolError"),
        (b"HTTP/1.1 500 Oops\r\nContent-Length: 2\r\n\r\n{}", "status 500"),
        (b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n", "status 401"),
        (b"HTTP/1.1 204 Nothing\r\n\r\n", "status 204"),
        (b"\x00\x01garbage\r\n\r\n", "RemoteProtocolError"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n" + b"x" * 1_100_000, "answer too long"),
    ],
)
async def test_after_the_body_was_written_everything_but_a_whole_200_is_silence(
    tmp_path: Path, data: bytes, reason: str
) -> None:
    async with answering(data)(tmp_path).listening() as profile:
        answer = await post(profile, BODY, 2)
    assert isinstance(answer, Silence)
    assert answer.reason == reason


async def test_a_terminal_that_never_answers_is_silence_after_our_patience(tmp_path: Path) -> None:
    async with answering(b"", then_close=False)(tmp_path).listening() as profile:
        assert await post(profile, BODY, 0.1) == Silence("TimeoutError")


async def test_a_chunked_answer_is_read_whole(tmp_path: Path) -> None:
    data = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"
    async with answering(data)(tmp_path).listening() as profile:
        assert await post(profile, BODY, 2) == b"{}"
