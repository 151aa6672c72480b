"""Adapter: headless Chromium as one end: a page that does what ours does, with the browser's own engine."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import struct
import tempfile
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from benchmarks.call import evidence
from benchmarks.call.ends import Firsts, Said, Sounds
from benchmarks.call.film import FPS, HEIGHT, WIDTH
from benchmarks.call.namespaces import inside
from ground import signing
from signaling.protocol.values import Description, SessionView

_PAGE = Path(__file__).with_name("page.html")
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--no-default-browser-check", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-extensions",
    "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-background-timer-throttling", "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows", f"--window-size={WIDTH},{HEIGHT}",
    "--disable-features=WebRtcHideLocalIpsWithMdns,LocalNetworkAccessChecks,LocalNetworkAccessChecksWebSockets,"
    "LocalNetworkAccessChecksWebRTC,Translate,OptimizationHints,MediaRouter",
)  # fmt: skip


class BrowserEnd:
    """One Chromium with one page, ordered about over a WebSocket on its namespace's loopback."""

    def __init__(self, role: str, namespace: str, film: Path, speech: Path, folder: Path) -> None:
        self.role, self.firsts = role, Firsts()
        self._namespace, self._film, self._speech, self._folder = namespace, film, speech, folder
        self._profile = tempfile.mkdtemp(prefix="chromium-")
        self._process: asyncio.subprocess.Process
        self._server: Server
        self._page: ServerConnection
        self._news: dict[str, asyncio.Queue[dict[str, Any]]] = {}
        self._described: Callable[[Said], None] = lambda said: None
        self._session: SessionView
        self._rows: dict[str, list[list[float]]] = {"taken": [], "shown": []}
        self._chunks: list[tuple[int, float, bytes, bytes]] = []
        self._stats: list[Any] = []
        self.errors: list[str] = []

    async def start(self, described: Callable[[Said], None]) -> None:
        """Start Chromium in its namespace and open the devices."""
        self._described = described
        self._folder.mkdir(parents=True, exist_ok=True)
        with inside(self._namespace):
            listener = socket.create_server(("127.0.0.1", 0))
            # no await before the process exists: it inherits this thread's namespace
            self._server = await serve(self._hear, sock=listener, process_request=_page, max_size=1 << 24,
                                       compression=None, ping_interval=None)  # fmt: skip
            log = (self._folder / f"chromium-{self.role}.log").open("wb")
            self._process = await asyncio.create_subprocess_exec(
                shutil.which("chromium") or "chromium", *FLAGS, f"--user-data-dir={self._profile}",
                f"--use-file-for-fake-video-capture={self._film}", f"--use-file-for-fake-audio-capture={self._speech}",
                f"http://127.0.0.1:{listener.getsockname()[1]}/",
                stdout=log, stderr=log, stdin=asyncio.subprocess.DEVNULL, start_new_session=True,
                env={**os.environ, "HOME": self._profile},
            )  # fmt: skip
            log.close()
        await self._next("here")
        self._say("open", width=WIDTH, height=HEIGHT, fps=FPS)
        evidence.note(self._folder / f"opened-{self.role}.json", await self._next("opened"))
        await self.tap(True)

    def join(self, session: SessionView) -> None:
        """The page makes its connection."""
        self.firsts, self._session = Firsts(), session
        self._say("join", session=session.session_id, offerer=session.offerer)

    def take(self, session_id: str, description: Description) -> None:
        """Checked here (the signature) and in the page (that the SDP holds the key that was signed)."""
        text = signing.description_text(session_id, self._session.peer.role, description.fingerprint, description.nonce)
        if signing.signature_holds(self._session.peer.public_key, text, description.signature):
            self._say("describe", kind=description.kind, sdp=description.sdp, fingerprint=description.fingerprint)
        else:
            self.errors.append("signature")

    def leave(self, session_id: str) -> None:
        """The page closes its connection."""
        self._say("leave")

    async def tap(self, on: bool) -> None:
        """Codes and sound are read, or the page does only what a call needs."""
        self._say("tap", on=on)
        await self._next("tapped")

    async def counted(self) -> tuple[int, Sounds]:
        """Frames decoded, and samples by where they came from (getStats)."""
        self._say("stats")
        told = await self._next("stats")
        self._stats.append(told)
        frames, sounds = 0, Sounds()
        for entry in told["stats"]:
            if entry["type"] != "inbound-rtp":
                continue
            if entry["kind"] == "video":
                frames = entry.get("framesDecoded", 0)
            else:
                fec = (entry.get("fecPacketsReceived", 0) - entry.get("fecPacketsDiscarded", 0)) * 960
                concealed = entry.get("concealedSamples", 0)  # silent ones too: a browser's Opus sends without pause
                sounds = Sounds(entry.get("totalSamplesReceived", 0) - concealed - fec, fec, concealed)
        return frames, sounds

    def pids(self) -> list[int]:
        """The browser; its parts are its children."""
        return [self._process.pid]

    async def close(self, folder: Path, span: tuple[float, float]) -> None:
        """End Chromium, write the evidence."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)  # its own group, made at its start
        try:
            await asyncio.wait_for(self._process.wait(), 5)
        except TimeoutError:
            os.killpg(self._process.pid, signal.SIGKILL)
            await self._process.wait()
        self._server.close()
        await asyncio.to_thread(shutil.rmtree, self._profile, True)
        evidence.rows(folder / f"taken-{self.role}.csv", ("code", "wall_ms"), (r[:2] for r in self._rows["taken"]))
        evidence.rows(
            folder / f"shown-{self.role}.csv", ("code", "wall_ms", "width", "received_ms"), self._rows["shown"]
        )
        evidence.note(folder / f"stats-{self.role}.json", self._stats)
        for place, name in ((2, "said"), (3, "heard")):
            times, pcm = _joined(self._chunks, place)
            evidence.sound(folder, f"{name}-{self.role}", pcm, times, span)

    def _say(self, order: str, **more: Any) -> None:
        asyncio.ensure_future(self._page.send(json.dumps({"do": order} | more)))  # noqa: RUF006 ends with the page

    async def _next(self, what: str) -> dict[str, Any]:
        async with asyncio.timeout(60):
            return await self._news.setdefault(what, asyncio.Queue()).get()

    async def _hear(self, page: ServerConnection) -> None:
        self._page = page
        with contextlib.suppress(ConnectionClosed):  # Chromium was ended
            async for message in page:
                self._take(message)

    def _take(self, message: str | bytes) -> None:
        """News of the page, or a chunk of sound."""
        if isinstance(message, bytes):
            frame, at = struct.unpack_from("<dd", message)
            half = (len(message) - 16) // 2
            self._chunks.append((int(frame), at, message[16 : 16 + half], message[16 + half :]))
            return
        told = json.loads(message)
        match told["what"]:
            case "description":
                nonce = secrets.token_hex(16)
                self._described(Said(told["session"], told["kind"], told["sdp"], told["fingerprint"], nonce))
            case "first":
                if getattr(self.firsts, told["kind"]) is None:
                    setattr(self.firsts, told["kind"], told["at"])
            case "taken" | "shown" as name:
                self._rows[name] += told["rows"]
            case "error":
                self.errors.append(told["text"])
            case what:
                self._news.setdefault(what, asyncio.Queue()).put_nowait(told)


def _page(connection: ServerConnection, request: Request) -> Response | None:
    """The page for a browser that asks, None (go on) for its WebSocket."""
    if request.path == "/control":
        return None
    body = _PAGE.read_bytes() if request.path == "/" else b""
    heads = Headers({"Content-Type": "text/html; charset=utf-8", "Content-Length": str(len(body))})
    return Response(HTTPStatus.OK if body else HTTPStatus.NOT_FOUND, "", heads, body)


def _joined(chunks: list[tuple[int, float, bytes, bytes]], place: int) -> tuple[list[tuple[int, float]], bytes]:
    """Chunks in a row; frames that a suspended context skipped are not there, so time jumps and the sound does not."""
    times, pcm, passed = [], [], 0
    for chunk in chunks:
        data: bytes = chunk[place]  # type: ignore[assignment]
        times.append((passed, chunk[1]))
        pcm.append(data)
        passed += len(data) // 2
    return times, b"".join(pcm)
