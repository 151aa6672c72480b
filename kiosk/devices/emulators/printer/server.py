"""Adapter: the emulated printer's wires: one client at a time on a TCP port, a pty beside it, and a control port.

Orders come as one JSON object a line and are answered with one: ``paper`` (rows left, null without end), ``cover``,
``cutter``, ``hot``, ``silent``, ``stall`` (true or false), ``take_away``, and ``hang_up_after`` so many bytes of the
next job, after which the printer is gone until ``back``.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import tty
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from kiosk.devices.emulators.printer.machine import Machine, Sheet

_KNOWN = {"paper", "cover", "cutter", "hot", "silent", "stall", "take_away", "hang_up_after", "back"}


class PaperTray:
    """Keeps what came out: a line a sheet in ``prints.jsonl``, and a picture of each."""

    def __init__(self, folder: Path, columns: int, picture: Callable[[Sheet, int], Any] | None) -> None:
        self._folder, self._columns, self._picture = folder, columns, picture
        folder.mkdir(parents=True, exist_ok=True)
        self.count = len(self._file.read_text().splitlines()) if self._file.exists() else 0

    @property
    def _file(self) -> Path:
        return self._folder / "prints.jsonl"

    def take(self, sheet: Sheet) -> None:
        """Paper came out."""
        self.count += 1
        name = f"{self.count:04}.png"
        if self._picture is not None:
            self._picture(sheet, self._columns).save(self._folder / name)
        told = {
            "number": self.count,
            "text": sheet.text,
            "codes": sheet.codes,
            "columns": self._columns,
            **asdict(sheet),
        }
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(told, ensure_ascii=False) + "\n")


class PrinterServer:
    """One printer and its wires."""

    def __init__(self, machine: Machine, tray: PaperTray) -> None:
        self.machine, self._tray = machine, tray
        self._hang_up_after: int | None = None
        self._gone = False
        self._turn = asyncio.Lock()  # the next client is served when the one before has hung up
        self.device = ""
        self._master = -1

    async def listen(self, host: str, port: int) -> int:
        """The TCP port that is listened at."""
        server = await asyncio.start_server(self._serve, host, port)
        return int(server.sockets[0].getsockname()[1])

    async def control(self, host: str) -> int:
        """The control port that is listened at."""
        server = await asyncio.start_server(self._control, host, 0)
        return int(server.sockets[0].getsockname()[1])

    def open_device(self) -> str:
        """A pty that is this printer, too; its path."""
        self._master, slave = os.openpty()
        tty.setraw(slave)
        self.device = os.ttyname(slave)  # the slave stays open here, so that a client may come and go
        os.set_blocking(self._master, False)
        asyncio.get_running_loop().add_reader(self._master, self._from_device)
        return self.device

    def _from_device(self) -> None:
        with contextlib.suppress(BlockingIOError):
            answers = self.machine.receive(os.read(self._master, 4096))
            if answers:
                os.write(self._master, answers)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with self._turn:
            try:
                while not self._gone and (data := await reader.read(4096)):
                    if self._hang_up_after is not None:
                        data, self._hang_up_after = data[: self._hang_up_after], self._hang_up_after - len(data)
                        self._gone = self._hang_up_after <= 0
                    answers = self.machine.receive(data)
                    if self._gone:
                        return
                    writer.write(answers)
                    await writer.drain()
            except ConnectionError:
                return
            finally:
                if self._gone and writer.transport is not None:
                    writer.transport.abort()
                writer.close()

    async def _control(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(json.dumps(self._obey(json.loads(line))).encode() + b"\n")
            await writer.drain()
        writer.close()

    def _obey(self, order: dict[str, Any]) -> dict[str, Any]:
        machine = self.machine
        if unknown := set(order) - _KNOWN:
            return {"unknown": sorted(unknown)}
        if "paper" in order:
            machine.new_roll(order["paper"])
        machine.cover_open = order.get("cover", machine.cover_open)
        machine.cutter_stuck = order.get("cutter", machine.cutter_stuck)
        machine.overheated = order.get("hot", machine.overheated)
        machine.silent = order.get("silent", machine.silent)
        machine.stalls = order.get("stall", machine.stalls)
        if order.get("take_away"):
            machine.take_away()
        if "hang_up_after" in order:
            self._hang_up_after = int(order["hang_up_after"])
        if order.get("back"):
            self._gone, self._hang_up_after = False, None
        machine.go_on()
        return {
            "sheets": self._tray.count,
            "waiting": machine.waiting,
            "asked": machine.asked,
            "stopped": machine.stopped,
        }
