"""Adapter: the emulated fiscal register as a process of the chaos run, and the way to it, on which answers get lost.

The server's driver and the register are the product's; ``requests`` between them is this wire. A driver blocks, so what
comes late comes after it has given up.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from unittest import mock
from urllib.parse import urlsplit
from uuid import UUID

import requests

from benchmarks.chaos.life import Killed, Life, MortalDisk, present_life
from ground.simulated_disk import SimulatedDisk
from payment.atol_online import AtolOnline
from payment.emulators.fiscal.ledger import NAME
from payment.emulators.fiscal.register import BASE, GROUP, LOGIN, PASSWORD, Answer, Register
from payment.fiscal import FiscalSupplier, FiscalTerms

if TYPE_CHECKING:
    from benchmarks.chaos.world import World

_TERMS = FiscalTerms(
    inn="7801000000",
    email="kassa@example.org",
    address="Невский пр., 1",
    phones=("+78120000000",),
    suppliers={"elektro": FiscalSupplier("Электро", "7802000000", ("+78120000001",))},
)
#: What the register itself does now and then with one question (``payment/emulators/fiscal/register.py``).
_MOODS = [f"sell:{how}" for how in ("refuse", "fail", "34", "busy", "expired")]
_MOODS += [f"report:{how}" for how in ("wait", "wait", "500", "34", "expired")]
_FAULTS = ("away", "answer lost", "answer lost", "late", "late", "twice", "twice")


class RegisterProcess:
    """One life after another over the same ledger. ``duty`` False: the agent of this run has no fiscal duty."""

    def __init__(self, world: World, *, duty: bool) -> None:
        self._world, self.duty = world, duty
        self.disk = SimulatedDisk(seed=world.seed + 3)
        self.life = Life("register", lambda life: False)
        self.life.alive = False
        self._ids = 0

    def start(self) -> None:
        """Up again, with what is in its ledger."""
        self.disk.open_append(NAME).sync()
        life = Life("register", lambda life: False)
        disk = MortalDisk(self.disk, life, lambda: None, lambda data: False)
        self._register = Register(disk, self._new_id, self._world.true_clock.now)
        life.fate = self._world.fate
        self.life = life

    def die(self) -> None:
        """What it was doing ends where it is."""
        self.life.end()

    def driver(self) -> tuple[AtolOnline, FiscalTerms] | None:
        """The driver of a server that has just been started."""
        if not self.duty:
            return None
        url = f"https://register{BASE}"
        return AtolOnline(_TERMS, url=url, group=GROUP, login=LOGIN, password=PASSWORD), _TERMS

    def laid(self) -> Any:
        """Meanwhile the driver's ``requests`` is this wire."""
        return mock.patch("payment.atol_online.requests", _Requests(self))

    def held(self) -> list[dict[str, Any]]:
        """The ledger."""
        return [json.loads(line) for line in (self.disk.read(NAME) or b"").rpartition(b"\n")[0].splitlines()]

    def heal(self) -> None:
        """It is in no mood any more."""
        self._register.orders.clear()

    def ask(self, url: str, body: dict[str, Any] | None, headers: dict[str, str]) -> Answer:
        """One question of the server's. Raises requests' exceptions, and Killed when the server dies of it."""
        world, server = self._world, present_life()
        server.step()
        fault = world.chance.choice(_FAULTS) if world.dangerous and world.chance.random() < 0.3 else ""
        if not self.life.alive or fault == "away":
            raise requests.ConnectionError
        if world.dangerous and world.chance.random() < 0.12:
            self._register.orders.append(world.chance.choice(_MOODS))
        told = json.loads(json.dumps(body), parse_float=Decimal) if body else {}
        if world.without == "idempotency:document" and "external_id" in told:
            told["external_id"] = f"{told['external_id']}-{world.number()}"
        question = (urlsplit(url).path, headers.get("Token"), told)
        if fault == "late":
            world.loop.call_later(world.chance.choice([0.5, 2.0, 30.0]), self._done_late, question)
            raise requests.ReadTimeout
        try:
            answer = self._done(question)
            answer = self._done(question) if fault == "twice" else answer
        except Killed:
            if not server.alive:
                raise
            raise requests.ConnectionError from None
        if fault == "answer lost":
            raise requests.ReadTimeout
        server.step()
        return answer

    def _done(self, question: tuple[str, str | None, Any]) -> Answer:
        self.life.step()
        answer, _ = self._register.answer(*question)
        self.life.step()
        return answer

    def _done_late(self, question: tuple[str, str | None, Any]) -> None:
        if self.life.alive:
            self.life.call(self._done, question)

    def _new_id(self) -> str:
        self._ids += 1
        return str(UUID(int=self._ids))


class _Requests:
    """``requests`` as ``payment.atol_online`` knows it."""

    def __init__(self, process: RegisterProcess) -> None:
        self._process = process

    def __getattr__(self, name: str) -> Any:
        return getattr(requests, name)

    def request(self, method: str, url: str, *, json: Any, headers: dict[str, str], timeout: Any) -> Any:
        """One exchange."""
        status, body = self._process.ask(url, json, headers)
        return mock.Mock(status_code=status, json=lambda: body)
