"""Wiring: every process of the house on this machine, in the order they need each other."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ground.disk import RealDisk
from infomat.demo.processes import Processes, Running, python
from infomat.demo.screen import CONSOLE, KIOSK, Screen
from infomat.demo.speech import voice

OPERATOR, PASSWORD, OPERATOR_NAME = "marina", "kiosk-demo-41", "Марина"
SUPERVISOR, SUPERVISOR_NAME = "oleg", "Олег"
KIOSK_NAME, PLACE, COMPANY = "Терминал № 41", "пр. Ленина, 28", "Уралэнерго"
PHONE = "8 800 555-04-17"
CARD_PORT = 35963  # vsmartcard-vpcd, slot 0
ACCOUNT, CARD_UID = "7401004417", "04A1B2C3D4E5F6"


@dataclass
class House:
    """What was started, and where it is."""

    folder: Path
    processes: Processes
    screen: Screen
    language: str = "ru"
    windowed: bool = False  # ordinary windows on a person's screen, instead of the places of the virtual one
    reader: bool = True  # there is one virtual card reader on a machine; a test beside others does without
    port: int = 0
    people: dict[str, Running] = field(default_factory=dict)

    @property
    def kiosk_probe(self) -> Path:
        """Where the kiosk's window tells what is visible."""
        return self.folder / "kiosk" / "probe.sock"

    @property
    def console_probe(self) -> Path:
        """Where the console's window tells what is visible."""
        return self.folder / "console" / "probe.sock"

    @property
    def paper(self) -> Path:
        """Where the printer's paper lies: ``prints.jsonl`` and a picture of each sheet."""
        return self.folder / "printer"

    @property
    def server_folder(self) -> Path:
        """The server's data."""
        return self.folder / "server"

    async def printer_does(self, **order: Any) -> dict[str, Any]:
        """Tell the emulated printer something (``paper=0``, ``cover=True``)."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.people["printer"].said["control_port"])
        writer.write(json.dumps(order).encode() + b"\n")
        told: dict[str, Any] = json.loads(await reader.readline())
        writer.close()
        return told

    def sheets(self) -> list[dict[str, Any]]:
        """What the printer has printed, oldest first."""
        file = self.paper / "prints.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    async def control(self, **order: Any) -> dict[str, Any]:
        """Tell the scripted card terminal something (``card="tap"``, ``next="drop_after_body"``)."""
        port = self.people["terminal"].said["control_port"]
        body = json.dumps(order).encode()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = f"POST /control HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\nConnection: close"
        writer.write(f"{head}\r\nContent-Type: application/json\r\n\r\n".encode() + body)
        answer = await reader.read()
        writer.close()
        told: dict[str, Any] = json.loads(answer.partition(b"\r\n\r\n")[2])
        return told

    def kept_port(self, name: str) -> int:
        """One port a name for the life of the folder, so that whoever knew it finds it again."""
        file = self.folder / "ports.json"
        ports: dict[str, int] = json.loads(file.read_text()) if file.exists() else {}
        if name not in ports or (_listens(ports[name]) and name not in self.people):
            ports[name] = free_port()
            file.write_text(json.dumps(ports))
        return ports[name]

    @property
    def enrolled(self) -> bool:
        """Whether an earlier run made the kiosk known to the server."""
        return (self.folder / "kiosk" / "kiosk.key").exists()

    @property
    def billing_stays(self) -> bool:
        """Whether billing will be where the server, which reads that at its start, finds it written."""
        written = self.folder / "billing" / "billing.json"
        return written.exists() and urlsplit(json.loads(written.read_text())["url"]).port == self.kept_port("billing")

    def renew_books(self) -> None:
        """Let billing begin as on its first day: a walk pays the demo customer's debt, and the next needs one."""
        for file in (self.folder / "billing").glob("billing.db*"):
            file.unlink()
        if self._first_day.exists():
            shutil.copyfile(self._first_day, self._book)

    @property
    def _book(self) -> Path:
        return self.folder / "billing" / "billing.db"

    @property
    def _first_day(self) -> Path:
        """The book as it was made today: making it takes three seconds, and its figures end with the day it is made."""
        return self.folder / f"first-day-{datetime.now(UTC):%Y-%m-%d}.book"

    # --- one process each; each may be started again after it was killed ---

    async def billing(self) -> None:
        """The embedded billing system, on the port of last time when that is free."""
        folder = self.folder / "billing"
        port, made = self.kept_port("billing"), not self._book.exists()
        self.people["billing"] = await self.processes.start(
            "billing", *python("billing.embedded", "--folder", str(folder), "--port", str(port))
        )
        if made:
            for older in self.folder.glob("first-day-*.book"):
                older.unlink()
            await asyncio.to_thread(shutil.copyfile, self._book, self._first_day)

    async def server(self) -> None:
        """The server, on the port of last time when that is free."""
        self.port = self.kept_port("server")
        self.people["server"] = await self.processes.start(
            "server",
            *python("infomat", "server", "--folder", str(self.server_folder), "--port", str(self.port)),
            *("--billing", str(self.folder / "billing" / "billing.json"), "--company", COMPANY),
        )

    async def terminal(self, *, window: bool) -> None:
        """The emulated card terminal."""
        extra = ("--window",) if window else ()
        self.people["terminal"] = await self.processes.start(
            "terminal",
            *python("payment.emulators.terminal", "--folder", str(self.folder / "terminal"), "--scripted"),
            *("--language", self.language, *extra),
            environment=self.screen.environment,
        )

    async def printer(self) -> None:
        """The emulated slip printer, on the port of last time when that is free."""
        self.people["printer"] = await self.processes.start(
            "printer",
            *python("kiosk.devices.emulators.printer", "--folder", str(self.paper)),
            *("--port", str(self.kept_port("printer"))),
        )

    async def card_reader(self) -> bool:
        """pcscd with the virtual reader, and a customer card beside it; False when this machine has none."""
        if not self.reader or shutil.which("pcscd") is None or os.geteuid() != 0:
            return False
        if not _listens(CARD_PORT):
            self.people["pcscd"] = await self.processes.start("pcscd", "pcscd", "--foreground", ready=None)
            async with asyncio.timeout(10):
                while not _listens(CARD_PORT):
                    await asyncio.sleep(0.05)
        self.people["card"] = await self.processes.start(
            "card",
            *python("kiosk.devices.emulators.card", "--uid", CARD_UID, "--port", str(CARD_PORT)),
            ready=None,
            stdin=True,
        )
        return True

    async def card(self, order: str) -> None:
        """``insert`` or ``remove`` the customer card."""
        stdin = self.people["card"].process.stdin
        assert stdin is not None
        stdin.write(f"{order}\n".encode())
        await stdin.drain()

    async def kiosk(self) -> None:
        """The kiosk: agent, visit and spare."""
        self.people["kiosk"] = await self.processes.start(
            "kiosk",
            *python("infomat", "kiosk", "--folder", str(self.folder / "kiosk")),
            environment=self.screen.environment,
        )

    async def console(self) -> None:
        """The operator's console, at its sign-in."""
        folder = self.folder / "console"
        folder.mkdir(parents=True, exist_ok=True)
        spoken = await voice("operator", self.folder / "voices")
        # On a person's screen the console leaves room for the kiosk and the terminal beside it.
        sized = ("--size", "1340x760" if self.windowed else f"{CONSOLE[2]}x{CONSOLE[3]}")
        self.people["console"] = await self.processes.start(
            "console",
            *python("infomat", "console", "--server", f"https://127.0.0.1:{self.port}"),
            *(
                "--ca",
                str(self.server_folder / "ca.pem"),
                "--drafts",
                str(folder / "drafts"),
                "--language",
                self.language,
            ),
            *(
                "--camera",
                "generated",
                "--microphone",
                str(spoken),
                "--loudspeaker",
                "device" if self.windowed else str(folder / "heard.wav"),
            ),
            *("--probe", str(self.console_probe), *sized),
            environment=self.screen.environment,
        )


async def add_people(house: House) -> None:
    """Once for a folder: who answers. Works beside the running server."""
    from signaling.server.administration import add_staff
    from signaling.server.config import ServerConfig

    config = ServerConfig(data_folder=house.server_folder, company=COMPANY)
    people = ((OPERATOR, OPERATOR_NAME, "operator"), (SUPERVISOR, SUPERVISOR_NAME, "supervisor"))
    for name, display, role in people:
        await asyncio.to_thread(add_staff, config, name, display, role, PASSWORD, languages=("ru", "lv", "en"))


async def enrol_kiosk(house: House) -> None:
    """Once for a folder: the server knows the kiosk by its key, the kiosk the server by its CA."""
    from kiosk.agent.enrol import enrol
    from signaling.server.administration import make_enrolment_code
    from signaling.server.config import ServerConfig

    config = ServerConfig(data_folder=house.server_folder, company=COMPANY)
    code = await asyncio.to_thread(make_enrolment_code, config, KIOSK_NAME, PLACE)
    await enrol(f"https://127.0.0.1:{house.port}", code, house.folder / "kiosk")


async def furnish(house: House) -> None:
    """The kiosk's own settings: its terminal and printer, its place on the screen, its camera and voice."""
    from kiosk.agent.config import KioskConfig, MediaChoice
    from kiosk.devices.printers import PrinterChoice

    folder = house.folder / "kiosk"
    spoken = await voice("customer", house.folder / "voices")
    KioskConfig.load(folder).model_copy(
        update={
            "server_url": f"wss://127.0.0.1:{house.port}/ws",
            "terminal": str(house.folder / "terminal" / "terminal.json"),
            "geometry": "540x960" if house.windowed else _geometry(KIOSK),
            "probe": True,
            "card_reader": house.reader,
            "phone": PHONE,
            "printer": PrinterChoice(
                driver="escpos", address=f"tcp://127.0.0.1:{house.kept_port('printer')}", columns=48
            ),
            "media": MediaChoice(
                camera="generated",
                microphone=str(spoken),
                loudspeaker="default" if house.windowed else str(folder / "heard.wav"),
            ),
        }
    ).save()


async def raise_house(house: House, told: Callable[[str], None], *, terminal_window: bool = True) -> None:
    """Start everything; ``told`` hears each step. Raises StartFailed.

    A house that knows its people is raised all at once: kiosk and console find the server when it is there.
    """
    if house.enrolled and house.billing_stays:
        told("everything at once")
        house.port = house.kept_port("server")
        await furnish(house)
        await asyncio.gather(
            house.server(), house.console(), house.billing(), house.card_reader(), house.printer(),
            _terminal_and_kiosk(house, terminal_window),
        )  # fmt: skip
        return
    told("billing system, card terminal, card reader, slip printer")
    await asyncio.gather(house.billing(), house.terminal(window=terminal_window), house.card_reader(), house.printer())
    told("server")  # it reads at its start where billing is
    await house.server()
    told("operators, and the enrolment of the kiosk")
    await add_people(house)
    await enrol_kiosk(house)
    await furnish(house)
    told("kiosk and console")
    await asyncio.gather(house.kiosk(), house.console())


async def _terminal_and_kiosk(house: House, window: bool) -> None:
    """One after the other: the kiosk reads at its start where its terminal is."""
    await house.terminal(window=window)
    await house.kiosk()


def new_house(
    folder: Path, processes: Processes, screen: Screen, language: str = "ru", *, fresh: bool = False
) -> House:
    """A house in ``folder``; ``fresh`` forgets what earlier runs left there."""
    if fresh:
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(folder)
    RealDisk(folder)
    return House(folder.resolve(), processes, screen, language)


def _geometry(place: tuple[int, int, int, int]) -> str:
    x, y, width, height = place
    return f"{width}x{height}+{x}+{y}"


def free_port() -> int:
    """A TCP port that is free on the loopback now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _listens(port: int) -> bool:
    """Whether somebody listens there. Asked of the kernel: a connection would be a card on the reader."""
    ending = f":{port:04X}"
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            local, state = line.split()[1], line.split()[3]
            if local.endswith(ending) and state == "0A":  # TCP_LISTEN
                return True
    return False
