"""Adapter: one HTTPS POST that knows whether any byte of the body has left us.

asyncio streams and h11 instead of a client library, for exactly that knowledge (docs/decisions/0020). The
certificate's chain is checked by TLS, its subject CN by us, before any byte of the request is written.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Callable
from typing import Any

import h11

from payment.answers import Silence, Unsent
from payment.nexo.profile import Profile

_LARGEST = 1 << 20  # bytes of an answer; a receipt is some 10 KiB


def tls_context(ca_file: str) -> ssl.SSLContext:
    """TLS 1.2 or newer, trusting this one CA. Terminals have no host names: the CN is checked instead."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cafile=ca_file)
    return context


async def post(
    profile: Profile, body: bytes, within: float, sent: Callable[[], None] = lambda: None
) -> bytes | Unsent | Silence:
    """The body of a 200 answer, or how far it came. ``within`` seconds for the answer; ``sent()`` when it has gone."""
    try:
        async with asyncio.timeout(profile.connect_within):
            reader, writer = await asyncio.open_connection(profile.host, profile.port, ssl=tls_context(profile.ca_file))
    except ConnectionRefusedError:
        return Unsent("connection refused", refused=True)
    except (OSError, TimeoutError, ssl.SSLError) as error:
        return Unsent(type(error).__name__)
    try:
        if not _name_matches(writer, profile.name_pattern):
            return Unsent("the certificate is not a terminal's")
        return await _exchange(reader, writer, profile, body, within, sent)
    finally:
        writer.transport.abort()  # never wait for a broken peer's goodbye


async def _exchange(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    profile: Profile,
    body: bytes,
    within: float,
    sent: Callable[[], None],
) -> bytes | Unsent | Silence:
    http = h11.Connection(h11.CLIENT)
    head = h11.Request(
        method="POST",
        target=profile.path,
        headers=[
            ("Host", f"{profile.host}:{profile.port}"),
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
            ("Connection", "close"),
            *([("X-Callback-Url", profile.callback_url)] if profile.callback_url else []),
        ],
    )
    try:
        async with asyncio.timeout(profile.connect_within):
            writer.write(http.send(head) or b"")
            await writer.drain()
    except (OSError, TimeoutError) as error:
        return Unsent(type(error).__name__)
    if writer.is_closing() or reader.at_eof():
        return Unsent("closed before the body")
    try:
        async with asyncio.timeout(within):
            writer.write((http.send(h11.Data(body)) or b"") + (http.send(h11.EndOfMessage()) or b""))
            sent()
            return await _answer(http, reader)
    except (OSError, TimeoutError, h11.RemoteProtocolError) as error:
        return Silence(type(error).__name__)


async def _answer(http: h11.Connection, reader: asyncio.StreamReader) -> bytes | Silence:
    status, content = 0, b""
    while True:
        event = http.next_event()
        if event is h11.NEED_DATA:
            http.receive_data(await reader.read(65536))
        elif isinstance(event, h11.Response):
            status = event.status_code
        elif isinstance(event, h11.Data):
            content += event.data
            if len(content) > _LARGEST:
                return Silence("answer too long")
        elif isinstance(event, h11.EndOfMessage):
            return content if status == 200 else Silence(f"status {status}")
        elif isinstance(event, h11.ConnectionClosed):
            return Silence("closed without an answer")


def _name_matches(writer: asyncio.StreamWriter, pattern: str) -> bool:
    certificate: dict[str, Any] = writer.get_extra_info("peercert") or {}
    names = [value for part in certificate.get("subject", ()) for name, value in part if name == "commonName"]
    return len(names) == 1 and re.fullmatch(pattern, names[0]) is not None
