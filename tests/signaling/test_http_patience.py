"""Who never finishes a request is let go; who is in time, comes again or changes to WebSocket is not."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.asyncio.client import connect

from signaling.server import app
from signaling.server.http_answers import answered, body_of
from signaling.server.http_patience import PatientHttp
from signaling.server.tls import TlsFiles

PATIENCE_S = 0.3


class Hasty(PatientHttp):
    patience_s = PATIENCE_S


async def told(request: Request) -> PlainTextResponse:
    await asyncio.sleep(2 * PATIENCE_S if "slow" in request.query_params else 0)  # ours to take, not the client's
    return PlainTextResponse(await request.body())


async def talk(socket: WebSocket) -> None:
    await socket.accept()
    with contextlib.suppress(WebSocketDisconnect):
        await socket.send_text(await socket.receive_text())
        await socket.receive_text()


@pytest.fixture
async def port() -> AsyncIterator[int]:
    routes = [Route("/", told, methods=["GET", "POST"]), WebSocketRoute("/ws", talk)]
    config = uvicorn.Config(Starlette(routes=routes), port=0, http=Hasty, ws="websockets-sansio", log_config=None)
    config.lifespan = "off"
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    yield server.servers[0].sockets[0].getsockname()[1]
    server.force_exit = True
    await server.shutdown()


def request(head: str = "GET / HTTP/1.1", *, length: int = 0) -> bytes:
    return f"{head}\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode()


@pytest.mark.parametrize(
    "said",
    [[b""], [b"GET / HT"], [request("POST / HTTP/1.1", length=9) + b"half"], [request(), b"GET / HTTP/1.1\r\nA: "]],
    ids=["nothing", "half a head", "half a body", "a second one"],
)
async def test_who_does_not_finish_is_let_go(port: int, said: list[bytes]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for number, part in enumerate(said):
        writer.write(part)
        if number + 1 < len(said):
            await reader.readuntil(b"\r\n\r\n")
    async with asyncio.timeout(20):
        assert b"200" not in await reader.read()
    writer.close()


async def test_who_is_slow_because_we_are_and_who_comes_again_is_answered(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(2):
        writer.write(request("GET /?slow HTTP/1.1"))
        async with asyncio.timeout(20):
            assert b"200 OK" in await reader.readuntil(b"\r\n\r\n")
    writer.close()


async def test_a_websocket_is_not_meant(port: int) -> None:
    async with connect(f"ws://127.0.0.1:{port}/ws") as socket, asyncio.timeout(20):
        await asyncio.sleep(2 * PATIENCE_S)
        await socket.send("still here")
        assert await socket.recv() == "still here"


def test_the_server_is_so_patient_and_no_more() -> None:
    config = app._uvicorn_config(Starlette(), TlsFiles(*[Path("/none")] * 3))
    assert config.http is PatientHttp
    assert 10 <= PatientHttp.patience_s <= 60


async def test_a_body_that_breaks_off_is_no_fault_of_the_server_to_be_logged() -> None:
    async def serve(asked: Request) -> dict[str, int]:
        return {"length": len(await body_of(asked))}

    said = iter(({"type": "http.request", "body": b"half", "more_body": True}, {"type": "http.disconnect"}))

    async def receive() -> dict[str, object]:
        return next(said)

    answer = await answered(serve, lambda: asyncio.sleep(0))(Request({"type": "http", "headers": []}, receive))
    assert answer.status_code == 400
