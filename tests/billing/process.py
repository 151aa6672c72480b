"""The embedded billing system as its own process, for tests: start, wait for its line, kill, start again."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from billing.adapters.embedded import EmbeddedBilling


class BillingProcess:
    """One started process over a folder; a context manager that leaves nothing running. ``under`` is a command
    that starts it and becomes it."""

    def __init__(
        self, folder: Path, *, accounts: int = 40, seed: int = 1, port: int = 0, under: Sequence[str] = ()
    ) -> None:
        self.folder, self._accounts, self._seed = folder, accounts, seed
        self.port, self._under = port, under
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start (on the port of before, when there was one) and wait until it says it answers."""
        command = [*self._under, sys.executable, "-m", "billing.embedded", "--port", str(self.port)]
        command += ["--folder", str(self.folder), "--accounts", str(self._accounts), "--seed", str(self._seed)]
        if self._process is not None and self._process.stdout is not None:
            self._process.stdout.close()
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line.startswith("ready "), f"it said {line!r}"
        self.port = int(json.loads(line.removeprefix("ready "))["port"])

    def kill(self) -> None:
        """``kill -9`` and wait until it is gone."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def end(self, signal: int) -> int:
        """Send a signal, wait for the end, give the exit code."""
        assert self._process is not None
        assert self._process.stdout is not None
        self._process.send_signal(signal)
        code = self._process.wait(timeout=30)
        self._process.stdout.close()
        return code

    def driver(self, **settings: float) -> EmbeddedBilling:
        """A driver that knows this process's token."""
        token = (self.folder / "token").read_text()
        return EmbeddedBilling(f"http://127.0.0.1:{self.port}", token, **settings)  # type: ignore[arg-type]

    def __enter__(self) -> BillingProcess:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            if self._process.poll() is None:
                self._process.terminate()
                self._process.wait(timeout=30)
            assert self._process.stdout is not None
            self._process.stdout.close()
