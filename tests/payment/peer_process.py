"""The independent client in its own process: stock ``@adyen/api-library`` on Node, installed by ``./dev test``."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from payment.nexo.profile import Key
from tests.payment.emulated import ROOT

MODULES = ROOT / ".cache" / "peer" / "node_modules"
SCRIPT = Path(__file__).parent / "peer" / "peer.cjs"


class PeerError(Exception):
    """What the library threw."""


class Peer:
    """``ask`` one job after another. Skips the test where the library could not be installed."""

    def __init__(self) -> None:
        node = shutil.which("node")
        if node is None or not (MODULES / "@adyen" / "api-library").exists():
            pytest.skip("the independent terminal client is not installed: ./dev test installs it from npm's registry")
        self._process = subprocess.Popen(
            [node, str(SCRIPT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "NODE_PATH": str(MODULES)},
        )

    def ask(self, job: str, **what: Any) -> Any:
        """Its answer. Raises PeerError."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"job": job, **what}, default=float) + "\n")
        self._process.stdin.flush()
        told = json.loads(self._process.stdout.readline())
        if "error" in told:
            raise PeerError(told["error"])
        return told["answer"]

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()


def security_key(key: Key) -> dict[str, Any]:
    """Our key in the words of the library."""
    return {
        "Passphrase": key.passphrase,
        "KeyIdentifier": key.identifier,
        "KeyVersion": key.version,
        "AdyenCryptoVersion": 1,
    }
