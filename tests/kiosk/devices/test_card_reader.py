"""The card reader against the real pcscd and the virtual reader of vsmartcard, and the card that is played to it."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from kiosk.devices import card_reader
from kiosk.devices.card_reader import CardReader, usable
from kiosk.devices.emulators.card import ATR, answer

_PORT = 35963  # of vpcd's first slot; there is one per machine, hence the lock
_SOCKET = Path("/run/pcscd/pcscd.comm")


class Pcscd:
    """The daemon; started here when none runs, ended only when it was started here."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it takes questions; raises RuntimeError with what it says when it does not.

        A busy machine may need long for it, which is not what a reader is looked at for.
        """
        _SOCKET.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile() as said:
            process = self._process = subprocess.Popen(["pcscd", "--foreground"], stdout=said, stderr=said)
            until = time.monotonic() + 60
            while not _listens():
                if process.poll() is not None or time.monotonic() > until:
                    said.seek(0)
                    raise RuntimeError(f"pcscd does not start ({process.poll()}): {said.read().decode()}")
                time.sleep(0.02)

    def stop(self) -> None:
        """End it, as a restart of the service does."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(10)
            self._process = None
        with contextlib.suppress(FileNotFoundError):
            _SOCKET.unlink()

    @property
    def ours(self) -> bool:
        """Whether it may be ended here."""
        return self._process is not None


@pytest.fixture
def pcscd() -> Iterator[Pcscd]:
    """The only test module that uses the machine's smart card service; one at a time."""
    with (Path(tempfile.gettempdir()) / "infomat-pcscd.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        daemon = Pcscd()
        if not _listens():
            daemon.start()
        yield daemon
        daemon.stop()


def _listens() -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(_SOCKET))
        except OSError:
            return False
        return True


class Hall:
    """A reader that is being looked at, and a customer with a card in a process of its own."""

    def __init__(self) -> None:
        self.cards: list[str] = []
        self.states: list[str] = []
        self.reader = CardReader(self.cards.append, lambda: self.states.append(self.reader.state), retry_s=0.2)
        self._looking: asyncio.Task[None] | None = None
        self._card: asyncio.subprocess.Process | None = None

    async def open(self, uid: str) -> None:
        """Look, and start the card's process."""
        self._looking = asyncio.create_task(self.reader.run())
        await self.until(lambda: self.reader.state == "ok")
        self._card = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "kiosk.devices.emulators.card", "--uid", uid, "--port", str(_PORT)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        )
        await self._heard("ready")

    async def customer(self, *words: str) -> None:
        """What the customer does with the card, no faster than the reader looks (every 0.4 s)."""
        assert self._card is not None
        assert self._card.stdin is not None
        for word in words:
            self._card.stdin.write(f"{word}\n".encode())
            await self._heard("done")
            if word in ("insert", "remove"):
                await self.until(lambda word=word: self.reader.card_lies is (word == "insert"))

    async def until(self, condition: Callable[[], bool], seconds: float = 15) -> None:
        """Wait; raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while not condition():
                await asyncio.sleep(0.01)

    async def close(self) -> None:
        """End both."""
        self.reader.stop()
        if self._looking is not None:
            await self._looking
        if self._card is not None:
            self._card.kill()
            await self._card.wait()

    async def _heard(self, word: str) -> None:
        assert self._card is not None
        assert self._card.stdout is not None
        line = await asyncio.wait_for(self._card.stdout.readline(), 15)
        assert line.decode().startswith(word), line


@pytest.fixture
async def hall() -> AsyncIterator[Hall]:
    hall = Hall()
    yield hall
    await hall.close()


async def test_a_card_that_is_laid_down_is_read_each_time_and_survives_a_restart_of_the_service(
    pcscd: Pcscd, hall: Hall
) -> None:
    await hall.open("04A1B2C3D4E5F6")
    await hall.customer("insert")
    await hall.until(lambda: hall.cards == ["04A1B2C3D4E5F6"])
    await hall.customer("remove", "uid 1122AABB", "insert")
    await hall.until(lambda: hall.cards == ["04A1B2C3D4E5F6", "1122AABB"])
    await hall.customer("remove", "uid 08123456", "insert", "remove", "uid 55667788", "insert")
    await hall.until(lambda: hall.cards[-1] == "55667788")
    assert hall.cards == ["04A1B2C3D4E5F6", "1122AABB", "55667788"], "a random number was taken for somebody"
    if pcscd.ours:
        pcscd.stop()
        await hall.until(lambda: hall.reader.state == "out")
        pcscd.start()
        await hall.until(lambda: hall.reader.state == "ok")
        await hall.customer("uid 04000000000001", "insert")
        await hall.until(lambda: hall.cards[-1] == "04000000000001")


async def test_a_reader_where_nothing_happens_is_waited_for_not_asked_without_end(pcscd: Pcscd, hall: Hall) -> None:
    looks = 0
    changes = card_reader._changes

    def counted(context: int, seen: dict[str, int]) -> list[tuple[str, int]]:
        nonlocal looks
        looks += 1
        return changes(context, seen)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(card_reader, "_changes", counted)
        await hall.open("04A1B2C3D4E5F6")
        first, began = looks, time.monotonic()
        await hall.until(lambda: looks >= first + 3)
        seconds = time.monotonic() - began
        assert seconds > 0.5, f"{looks - first} looks within {seconds:.2f} s at an empty reader"


@pytest.mark.parametrize(
    ("uid", "good"),
    [("04A1B2C3D4E5F6", True), ("11223344", True), ("08A1B2C3", False), ("08A1B2C3D4E5F6", True), ("0011", False)],
)
def test_only_a_number_that_stays_the_same_names_a_customer(uid: str, good: bool) -> None:
    assert usable(bytes.fromhex(uid)) is good


def test_the_played_card_answers_as_a_storage_card_does() -> None:
    uid = bytes.fromhex("04A1B2C3D4E5F6")
    assert answer(uid, b"\x04") == ATR
    assert answer(uid, b"\x01") is None
    assert answer(uid, bytes.fromhex("FFCA000000")) == uid + b"\x90\x00"
    assert answer(uid, bytes.fromhex("00A4040000")) == b"\x6d\x00"
    check = 0
    for byte in ATR[1:]:
        check ^= byte
    assert check == 0, "the last byte of an ATR makes the exclusive or of all but the first nought (ISO/IEC 7816-3)"


async def test_a_service_that_stays_away_is_told_once_and_not_at_each_try(monkeypatch: pytest.MonkeyPatch) -> None:
    tries = 0

    def refused() -> int:
        nonlocal tries
        tries += 1
        raise card_reader.PcscLost("no service")

    monkeypatch.setattr(card_reader, "_establish", refused)
    reader = CardReader(lambda _uid: None, retry_s=0.001)
    with capture_logs() as told:
        running = asyncio.create_task(reader.run())
        async with asyncio.timeout(10):
            while tries < 5:
                await asyncio.sleep(0.001)
        reader.stop()
        await running
    assert [line["event"] for line in told] == ["card reader away"]
