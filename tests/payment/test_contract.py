"""The contract of every terminal's driver: encrypted nexo, another make of nexo in the clear, UPOS."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from payment.nexo.driver import NexoTerminal
from payment.upos.driver import UposTerminal
from tests.payment.contract import TerminalContract, Word
from tests.payment.emulated import EmulatedTerminal, emulated_terminal
from tests.payment.upos_place import UposPlace

_NEXO: dict[Word, dict[str, Any]] = {
    "approve": {"next": "approve"},
    "refuse": {"next": "decline"},
    "cancel": {"next": "cancel"},
    "wrong_pin": {"next": "wrong_pin"},
    "no_host": {"next": "unreachable_host"},
    "lose": {"next": "drop_after_body"},
}
_UPOS: dict[Word, dict[str, Any]] = {
    "approve": {},
    "refuse": {"code": 4451},
    "cancel": {"code": 2000},
    "wrong_pin": {"code": 4137},
    "no_host": {"code": 4119},
    "lose": {"fault": "crash_after"},
    "slow": {"seconds": 2.0},
}
_PLAIN = ("--plain", "--make", "westpay", "--login-required", "--path", "/terminal/nexo")
_KIOSKS = count(1)


class NexoBench:
    """An emulated terminal that speaks nexo; its process serves all tests."""

    def __init__(self, emulator: EmulatedTerminal) -> None:
        self._emulator, self._before = emulator, emulator.charged()
        self.driver = NexoTerminal(emulator.profile(sale_id=f"kiosk-{next(_KIOSKS)}"))

    async def next(self, word: Word) -> None:
        if word != "slow":  # it waits for a card by itself
            await asyncio.to_thread(lambda: self._emulator.order(**_NEXO[word]))

    async def finish_slow(self) -> None:
        async with asyncio.timeout(20):
            while not (await asyncio.to_thread(lambda: self._emulator.order(card="tap")))["taken"]:
                pass

    def away(self) -> NexoTerminal:
        return NexoTerminal(self._emulator.profile(port=1))

    def charged(self) -> int:
        return self._emulator.charged() - self._before


class UposBench:
    """A folder with the emulated bank's program."""

    def __init__(self, folder: Path) -> None:
        self._place = UposPlace(folder)
        self.driver = UposTerminal(self._place.profile())

    async def next(self, word: Word) -> None:
        self._place.order(**_UPOS[word])

    async def finish_slow(self) -> None:
        """It ends by itself after its seconds."""

    def away(self) -> UposTerminal:
        return UposTerminal(self._place.profile(program="no_such_program"))

    def charged(self) -> int:
        return self._place.charged()


@pytest.fixture(scope="module", params=[(), _PLAIN], ids=["encrypted", "in the clear"])
def emulator(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmulatedTerminal]:
    """Of both makes."""
    with emulated_terminal(tmp_path_factory.mktemp("terminal"), "--expiry", "10", *request.param) as one:
        yield one


class TestNexo(TerminalContract):
    """Terminals that speak nexo."""

    @pytest.fixture
    def bench(self, emulator: EmulatedTerminal) -> NexoBench:
        return NexoBench(emulator)


class TestUpos(TerminalContract):
    """A terminal behind the bank's own program."""

    @pytest.fixture
    def bench(self, tmp_path: Path) -> UposBench:
        return UposBench(tmp_path / "upos")
