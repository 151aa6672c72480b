"""The emulated fiscal register in its own process, and the agent's terms for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import requests

from ground.disk import RealDisk
from payment.atol_online import AtolOnline
from payment.drivers import register_of
from payment.emulators.fiscal.ledger import NAME, Held, Ledger
from payment.emulators.fiscal.register import LOGIN, PASSWORD
from payment.fiscal import FiscalSupplier, FiscalTerms
from payment.terms import PaymentTerms
from tests.payment.emulated import ROOT

TERMS = FiscalTerms(
    inn="7801000000",
    email="kassa@example.org",
    address="Невский пр., 1",
    phones=("+78120000000",),
    suppliers={
        "elektro": FiscalSupplier("Электро", "7802000000", ("+78120000001",)),
        "teplo": FiscalSupplier("Тепло", "7803000000", ("+78120000002",), method="advance"),
    },
    services={"electricity": "Электроэнергия"},
)


class EmulatedRegister:
    """A process that may be ended and started again on the same port and ledger."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._port = folder, "0"
        self.start()

    def start(self) -> None:
        words = [sys.executable, "-m", "payment.emulators.fiscal", "--folder", str(self.folder), "--port", self._port]
        self._process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()
        self._port = self.url.rpartition(":")[2].partition("/")[0]

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def wait_dead(self) -> None:
        self._process.wait(10)

    def order(self, *orders: str) -> None:
        requests.post(self.url.replace("/possystem/v5", "/orders"), json=list(orders), timeout=5).raise_for_status()

    def driver(self, answer_seconds: float = 20.0) -> AtolOnline:
        return AtolOnline(
            TERMS,
            url=self.url,
            group="infomat-kiosks",
            login=LOGIN,
            password=PASSWORD,
            connect_seconds=2,
            answer_seconds=answer_seconds,
        )

    def driver_of_profile(self) -> object:
        profile = {"driver": "atol_online", "url": self.url, "group": "g", "login": LOGIN, "password_file": "password"}
        return register_of(PaymentTerms(fiscal=TERMS, register=profile), self.folder)

    def held(self) -> list[Held]:
        assert (self.folder / NAME).exists()
        return Ledger(RealDisk(self.folder)).held

    def close(self) -> None:
        self._process.kill()
        self._process.wait(10)
        assert self._process.stdout is not None
        self._process.stdout.close()
