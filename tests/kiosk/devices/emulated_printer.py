"""An emulated printer in its own process: orders to it, and what lies in its tray."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]


class EmulatedPrinter:
    """``kill`` is kill -9; ``start`` again keeps the folder, and the port when it is told one."""

    def __init__(self, folder: Path, *more: str) -> None:
        self.folder, self._more, self._port = folder, more, 0
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "kiosk.devices.emulators.printer", "--folder", str(self.folder)]
        self._process = subprocess.Popen(
            [*command, "--port", str(self._port), *self._more], stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line.startswith("ready "), line
        told: dict[str, Any] = json.loads(line[6:])
        self._port, self._control, self.device = told["port"], told["control_port"], told["device"]

    @property
    def address(self) -> str:
        return f"tcp://127.0.0.1:{self._port}"

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def order(self, **order: Any) -> dict[str, Any]:
        with socket.create_connection(("127.0.0.1", self._control), timeout=5) as wire:
            wire.sendall(json.dumps(order).encode() + b"\n")
            answer: dict[str, Any] = json.loads(wire.makefile().readline())
        assert "unknown" not in answer, answer
        return answer

    def well(self) -> None:
        """Every fault is gone, the roll is endless, and what hung out is taken away."""
        self.order(paper=None, cover=False, cutter=False, hot=False, silent=False, back=True, take_away=True)

    def sheets(self) -> list[dict[str, Any]]:
        file = self.folder / "prints.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
