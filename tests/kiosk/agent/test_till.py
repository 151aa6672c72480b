"""The till between a real cashier at an emulated terminal, the visit in view, and the server's book."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ground.clock import SystemClock
from ground.disk import RealDisk
from ground.ids import new_id
from ground.simulated_disk import SimulatedDisk
from kiosk.agent.shown_purchase import reference_of
from kiosk.agent.till import Till
from kiosk.ipc import Bill, PurchaseShown, StartPurchase, TerminalActive
from payment import events as e
from payment.events import entry_from_dict
from payment.journal import NAME, Journal
from signaling.client.link import LinkDown
from signaling.protocol.commands import Command, PurchaseRecord
from signaling.protocol.errors import ErrorCode, ProtocolError
from signaling.protocol.events import PurchaseFiscalised, PurchasePosted, PurchaseRefund
from signaling.protocol.frames import MAX_FRAME
from signaling.protocol.replies import PurchaseRecorded, Reply
from signaling.protocol.values import FiscalDocument, Message, Sum
from tests.payment.emulated import EmulatedTerminal, emulated_terminal
from tests.payment.purchases import mismatch
from tests.payment.upos_place import UposPlace

DOCUMENT = FiscalDocument(
    kind="sell",
    number=7,
    storage="9999078900012345",
    sign="123",
    at="20261121T1503",
    total=Sum(minor=128450, currency="RUB"),
    qr="t=20261121T1503&s=1284.50&fn=9999078900012345&i=7&fp=123&n=1",
)


class MoodyDisk(RealDisk):
    """A disk that takes nothing while it is ``full``."""

    full = False

    def open_append(self, name: str) -> Any:
        """As always, but for the mood."""
        file, disk = super().open_append(name), self

        class File:
            sync, close = file.sync, file.close

            def append(self, data: bytes) -> None:
                disk.mood()
                file.append(data)

        return File()

    def replace(self, name: str, data: bytes) -> None:
        """As always, but for the mood."""
        self.mood()
        super().replace(name, data)

    def mood(self) -> None:
        """Raises OSError while full."""
        if self.full:
            raise OSError(28, "No space left on device")


class Counter:
    """Where a till stands: what the customer is told, and a server that takes entries in order."""

    def __init__(self, folder: Path, profile: Path | None) -> None:
        self.told: list[Message] = []
        self.book: dict[str, list[int]] = {}
        self.server_away = False
        self.changes = 0
        self._changed = asyncio.Event()
        self.disk = MoodyDisk(folder / "payment")
        self.till = Till(self.disk, profile, "kiosk-1", SystemClock(), self._ask, self._tell, self._note)

    def _tell(self, message: Message) -> None:
        self.told.append(message)
        self._changed.set()

    def _note(self) -> None:
        self.changes += 1
        self._changed.set()

    async def _ask(self, command: Command) -> Reply:
        assert isinstance(command, PurchaseRecord)
        if self.server_away:
            raise LinkDown("away")
        if len(command.entries) > 500 or len(command.model_dump_json().encode()) > MAX_FRAME:  # as the server does
            raise ProtocolError(ErrorCode.MALFORMED, "1 to 500 entries")
        known = self.book.setdefault(command.purchase_id, [])
        for value in command.entries:
            entry = entry_from_dict(value)
            if entry.seq <= len(known):
                continue
            if entry.seq != len(known) + 1:
                raise ProtocolError(ErrorCode.JOURNAL_GAP, str(len(known) + 1))
            known.append(entry.seq)
        self._changed.set()
        return PurchaseRecorded(purchase_id=command.purchase_id, seq=len(known))

    def start(self) -> str:
        """A customer pays 1284.50; returns the purchase's id."""
        purchase_id = new_id()
        amount = Sum(minor=128450, currency="RUB")
        bill = Bill(supplier="", account="7400124417", service="x", amount=amount, fee=Sum(minor=0, currency="RUB"))
        self.till.start(StartPurchase(purchase_id=purchase_id, bills=(bill,), amount=amount, purpose="x"))
        return purchase_id

    def phases(self) -> list[str]:
        """The phases shown so far."""
        return [message.phase for message in self.told if isinstance(message, PurchaseShown)]

    def shown(self) -> PurchaseShown:
        """What is on the screen."""
        return [message for message in self.told if isinstance(message, PurchaseShown)][-1]

    async def until(self, condition: Callable[[], bool], seconds: float = 20) -> None:
        """Wait for something that is said here; raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while not condition():
                self._changed.clear()
                await self._changed.wait()


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with emulated_terminal(tmp_path_factory.mktemp("terminal")) as emulated:
        yield emulated


@pytest.fixture
async def counter(tmp_path: Path, terminal: EmulatedTerminal) -> AsyncIterator[Counter]:
    counter = Counter(tmp_path, terminal.folder / "terminal.json")
    await counter.till.open()
    yield counter
    await counter.till.close()


async def _tap(counter: Counter, terminal: EmulatedTerminal, card: str) -> None:
    async with asyncio.timeout(10):
        while not (await asyncio.to_thread(terminal.order, card=card))["taken"]:
            await asyncio.sleep(0.02)


async def _approved(counter: Counter, terminal: EmulatedTerminal) -> str:
    """A customer pays and the bank agrees; returns the purchase's id."""
    purchase_id = counter.start()
    await _tap(counter, terminal, "tap")
    await counter.until(lambda: "approved" in counter.phases())
    return purchase_id


async def test_a_payment_is_shown_phase_by_phase_and_recorded_entry_by_entry(
    counter: Counter, terminal: EmulatedTerminal
) -> None:
    assert counter.till.offered
    purchase_id = counter.start()
    await counter.until(lambda: TerminalActive(active=True) in counter.told)
    await _tap(counter, terminal, "tap")
    await counter.until(lambda: "approved" in counter.phases())
    shown = counter.shown()
    assert shown.reference == reference_of(purchase_id)
    assert shown.final
    await counter.until(lambda: TerminalActive(active=False) in counter.told)
    await counter.until(lambda: len(counter.book.get(purchase_id, [])) >= 3)
    counter.till.posted(PurchasePosted(purchase_id=purchase_id, reference="B-1"))
    await counter.until(lambda: counter.phases()[-1] == "posted")
    assert (shown := counter.shown()).phrase == "payment.posted", "nothing more is promised without a fiscal duty"
    assert shown.document is None


async def test_a_fiscal_document_is_shown_when_it_exists_once_and_not_before_the_posting(
    counter: Counter, terminal: EmulatedTerminal
) -> None:
    purchase_id = await _approved(counter, terminal)
    told = PurchaseFiscalised(purchase_id=purchase_id, document_id=purchase_id, document=DOCUMENT)
    counter.till.ordered(told)  # too early: the server says it again when the journal knows of the posting
    assert counter.shown().document is None
    counter.till.posted(PurchasePosted(purchase_id=purchase_id, reference="B-1", document=True))
    assert counter.shown().phrase == "payment.posted_document"
    counter.till.ordered(told)
    counter.till.ordered(told)
    assert (counter.shown().phrase, counter.shown().document) == ("payment.fiscalised", DOCUMENT)
    await counter.until(lambda: len(counter.book[purchase_id]) >= 5)
    assert len(counter.book[purchase_id]) == 5, "begun, asked, charged, posted, fiscalised: told twice is written once"


async def test_money_ordered_back_goes_back_once_when_the_terminal_is_free(
    counter: Counter, terminal: EmulatedTerminal
) -> None:
    purchase_id = await _approved(counter, terminal)
    counter.till.posted(PurchasePosted(purchase_id=purchase_id, reference="B-1"))
    await counter.until(lambda: counter.phases()[-1] == "posted")
    other = counter.start()  # the next customer is at the keys
    order = PurchaseRefund(purchase_id=purchase_id, refund_id="r1", amount=Sum(minor=20000, currency="RUB"))
    counter.till.ordered(order)
    counter.till.ordered(order)
    assert len(counter.book[purchase_id]) < 5
    await _tap(counter, terminal, "decline")
    await counter.until(lambda: len(counter.book[purchase_id]) >= 6)  # ordered, part_refunded
    counter.till.ordered(order)
    lines = [json.loads(line) for line in (terminal.folder / "ledger.jsonl").read_text().splitlines()]
    assert [line["charged"] for line in lines if line.get("outcome") == "reversed"] == [-20000]
    assert other != purchase_id


async def test_a_declined_card_needs_no_reference(counter: Counter, terminal: EmulatedTerminal) -> None:
    counter.start()
    await _tap(counter, terminal, "decline")
    await counter.until(lambda: "declined" in counter.phases())
    shown = counter.shown()
    assert (shown.final, shown.reference) == (True, None)
    assert shown.phrase.startswith("payment.declined.")


async def test_a_second_purchase_is_refused_as_not_sent_while_the_first_runs(
    counter: Counter, terminal: EmulatedTerminal
) -> None:
    first = counter.start()
    assert not counter.till.offered
    second = counter.start()
    refused = counter.shown()
    assert (refused.purchase_id, refused.phase, refused.final) == (second, "not_sent", True)
    counter.till.cancel(first)
    await counter.until(lambda: counter.till.offered)


async def test_entries_wait_for_the_server_and_all_arrive_when_it_is_back(
    counter: Counter, terminal: EmulatedTerminal
) -> None:
    counter.server_away = True
    purchase_id = await _approved(counter, terminal)
    assert purchase_id not in counter.book
    counter.server_away = False
    counter.till.link_is_back()
    await counter.until(lambda: len(counter.book.get(purchase_id, [])) >= 3)


async def test_a_long_life_without_a_link_arrives_in_pieces(tmp_path: Path, terminal: EmulatedTerminal) -> None:
    fast = SimulatedDisk()
    journal = Journal(fast)
    journal.open()
    play = mismatch()
    for number in range(300):
        play.feed(e.Woken(f"REV{number}"))
        play.feed(e.ReversalNotSent("OSError" * 50))
    play.feed(e.Woken("REV"))
    play.feed(e.Reversed())
    name = new_id()
    for entry in play.entries:
        journal.write(replace(entry, purchase_id=name))
    RealDisk(tmp_path / "payment").replace(NAME, fast.read(NAME) or b"")
    counter = Counter(tmp_path, terminal.folder / "terminal.json")
    await counter.till.open()
    counter.till.link_is_back()
    await counter.until(lambda: counter.book.get(name) == [entry.seq for entry in play.entries])
    await counter.till.close()


async def test_a_payment_open_at_a_crash_is_resolved_before_the_next_is_offered(
    tmp_path: Path, terminal: EmulatedTerminal
) -> None:
    before = Counter(tmp_path, terminal.folder / "terminal.json")
    await before.till.open()
    purchase_id = before.start()
    await _tap(before, terminal, "tap")
    await before.till.close()
    after = Counter(tmp_path, terminal.folder / "terminal.json")
    await after.till.open()
    try:
        await after.until(lambda: after.till.offered, 30)
        again: list[Message] = []
        after.till._shown = purchase_id
        after.till.show_again(again.append)
        assert isinstance(again[0], PurchaseShown)
        assert again[0].final
    finally:
        await after.till.close()


async def test_a_full_disk_stops_the_payments_and_they_begin_anew_by_themselves_when_there_is_room(
    counter: Counter, terminal: EmulatedTerminal
) -> None:
    counter.server_away = True  # so that the terminal's answer is what comes next to the disk
    purchase_id = counter.start()
    await counter.until(lambda: TerminalActive(active=True) in counter.told)
    counter.till._pause_s, counter.disk.full = 0.05, True
    await _tap(counter, terminal, "tap")
    async with asyncio.timeout(10):
        while counter.till._cashier is not None:
            await asyncio.sleep(0.02)
    assert not counter.till.offered
    assert "approved" not in counter.phases(), "what is not on disk was not told"
    assert TerminalActive(active=False) not in counter.told, "nobody knows whether the keys are free"
    counter.start()
    assert counter.phases()[-1] == "not_sent"
    counter.till._shown = purchase_id
    counter.till.posted(PurchasePosted(purchase_id=purchase_id, reference="B-7"))

    counter.disk.full = counter.server_away = False
    await counter.until(lambda: counter.till.offered, 60)
    assert "approved" in counter.phases()
    await counter.until(lambda: len(counter.book.get(purchase_id, [])) >= 3)


async def test_an_order_that_a_full_disk_did_not_take_is_carried_out_when_there_is_room(
    counter: Counter, terminal: EmulatedTerminal
) -> None:
    purchase_id = await _approved(counter, terminal)
    await counter.until(lambda: len(counter.book.get(purchase_id, [])) == 3)
    counter.till._pause_s, counter.disk.full = 0.05, True
    order = PurchaseRefund(purchase_id=purchase_id, refund_id="r2", amount=Sum(minor=20000, currency="RUB"))
    counter.till.ordered(order)
    await counter.until(lambda: not counter.till.offered)
    counter.disk.full = False
    await counter.until(lambda: counter.till.offered and len(counter.book[purchase_id]) == 5, 60)
    lines = [json.loads(line) for line in (terminal.folder / "ledger.jsonl").read_text().splitlines()]
    assert [line["charged"] for line in lines if line.get("outcome") == "reversed"][-1] == -20000


async def test_a_disk_that_is_full_at_the_start_lets_payments_begin_later(
    tmp_path: Path, terminal: EmulatedTerminal
) -> None:
    before = Counter(tmp_path, terminal.folder / "terminal.json")
    await before.till.open()
    before.till.cancel(before.start())
    await before.until(lambda: before.till.offered)
    await before.till.close()
    counter = Counter(tmp_path, terminal.folder / "terminal.json")
    counter.till._pause_s, counter.disk.full = 0.05, True
    await counter.till.open()
    try:
        assert not counter.till.offered
        counter.disk.full = False
        await counter.until(lambda: counter.till.offered)
    finally:
        await counter.till.close()


async def test_without_a_terminal_payments_are_not_offered_and_nothing_is_charged(tmp_path: Path) -> None:
    for profile in (None, tmp_path / "missing.json"):
        counter = Counter(tmp_path, profile)
        await counter.till.open()
        assert not counter.till.offered
        counter.start()
        assert counter.phases() == ["not_sent"]
        assert await counter.till.health() == "out"
        await counter.till.close()


async def test_health_speaks_the_words_of_the_protocol(counter: Counter, terminal: EmulatedTerminal) -> None:
    assert await counter.till.health() == "ok"
    first = counter.start()
    assert await counter.till.health() == "busy"
    counter.till.cancel(first)
    await counter.until(lambda: counter.till.offered)


async def test_a_terminal_behind_the_banks_program_pays_by_the_same_till(tmp_path: Path) -> None:
    place = UposPlace(tmp_path / "upos")
    counter = Counter(tmp_path, place.folder / "upos.json")
    await counter.till.open()
    assert await counter.till.health() == "ok"
    purchase_id = counter.start()
    await counter.until(lambda: "approved" in counter.phases())
    await counter.until(lambda: len(counter.book.get(purchase_id, ())) == 3)
    assert place.charged() == 128450
    await counter.till.close()


async def test_a_terminal_that_says_it_is_broken_is_not_offered_until_it_is_well(
    counter: Counter, terminal: EmulatedTerminal
) -> None:
    for faults, health in (["PEDOKFlag"], "out"), ([], "ok"):
        await asyncio.to_thread(lambda faults=faults: terminal.order(faults=faults))
        assert await counter.till.health() == health
        assert counter.till.offered is (health == "ok")


async def test_lines_go_to_the_terminals_own_printer_but_not_while_somebody_is_at_its_keys(
    counter: Counter, terminal: EmulatedTerminal
) -> None:
    assert await counter.till.health() == "ok"
    assert (counter.till.printer_status, counter.till.prints) == ("OK", True)
    assert await counter.till.print_lines(["Оплата принята"]) is True
    first = counter.start()
    assert await counter.till.print_lines(["not now"]) is None
    counter.till.cancel(first)
    await counter.until(lambda: counter.till.offered)
    told = await asyncio.to_thread(terminal.order, printer="NoPaper")
    assert told["printed"] == ["Оплата принята"]
    assert await counter.till.print_lines(["x"]) is False
    await counter.till.health()
    assert counter.till.printer_status == "NoPaper"
    await asyncio.to_thread(terminal.order, printer="OK")
