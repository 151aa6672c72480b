"""Fiscal documents of settled purchases, with a real server, billing and register: one each, whoever dies."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import select

from ground.ids import new_id
from ground.money import Money
from payment import events as e
from payment.book import at_document
from payment.fiscal import FiscalMark, FiscalSupplier, FiscalTerms
from payment.register import Issued, Taken
from signaling.protocol import commands as c
from signaling.protocol import purchasing as p
from signaling.protocol.values import FiscalDocument, Role
from signaling.server import tables as t
from signaling.server.database import open_database
from signaling.server.fiscal_outbox import FiscalOutbox
from tests.payment.emulated_register import EmulatedRegister
from tests.payment.purchases import BASKET
from tests.payment.test_documents import settled
from tests.signaling import visit as v
from tests.signaling.client import Client, ServerProcess

pytestmark = pytest.mark.asyncio(loop_scope="module")
ACCOUNT = "7402015830"


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmulatedRegister]:
    running = EmulatedRegister(tmp_path_factory.mktemp("register"))
    yield running
    running.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(
    tmp_path_factory: pytest.TempPathFactory, billing_file: Path, register: EmulatedRegister
) -> AsyncIterator[ServerProcess]:
    folder = tmp_path_factory.mktemp("server")
    profile = json.loads((register.folder / "fiscal.json").read_text())
    fiscal = {
        "inn": "7801000000", "email": "kassa@example.org", "address": "Невский пр., 1", "phones": ["+78120000000"],
        "suppliers": {"": {"name": "Электро", "inn": "7802000000", "phones": ["+78120000001"]}},
        "register": {**profile, "password_file": str(register.folder / "password")},
    }  # fmt: skip
    terms = folder / "terms.json"
    terms.write_text(json.dumps({"agent": "A", "fiscal": fiscal}))
    words = (f"--billing-file={billing_file}", f"--payment-terms-file={terms}")
    async with ServerProcess(folder / "data", *words) as running:
        yield running


async def paid(kiosk: Client, minor: int) -> str:
    purchase_id = new_id()
    await kiosk.ask(c.PurchaseRecord(purchase_id=purchase_id, entries=v.journal(purchase_id, ACCOUNT, minor)))
    return purchase_id


async def document(server: ServerProcess, purchase_id: str, fits: Callable[[Any], bool]) -> Any:
    engine = open_database(server.config.url)
    wanted = select(t.fiscal_documents).where(t.fiscal_documents.c.id == purchase_id)
    async with asyncio.timeout(30):
        while True:
            with engine.connect() as connection:
                row = connection.execute(wanted).first()
            if row is not None and fits(row):
                engine.dispose()
                return row
            await asyncio.sleep(0.05)


async def test_one_document_when_answers_are_lost_and_the_server_and_the_register_die(
    server: ServerProcess, register: EmulatedRegister
) -> None:
    register.order("sell:die")
    kiosk = await server.kiosk(f"K-{new_id()[-4:]}")
    purchase_id = await paid(kiosk, 12_300)
    told = await kiosk.event("purchase.posted", lambda one: one.purchase_id == purchase_id)
    assert told.reference  # the posting waits for no document
    await asyncio.to_thread(register.wait_dead)
    await server.end(signal.SIGKILL)
    register.close()
    register.start()
    await server.start()
    row = await document(server, purchase_id, lambda row: row.state == "issued")
    (held,) = [one for one in register.held() if one.external_id == purchase_id]
    assert (held.kind, held.minor, held.uuid, row.mark["number"]) == ("sell", 12_300, row.uuid, held.number)


async def test_a_refund_has_a_document_of_its_own_and_the_kiosk_is_told_of_both_until_its_journal_knows(
    server: ServerProcess, register: EmulatedRegister
) -> None:
    kiosk = await server.kiosk(f"K-{new_id()[-4:]}")
    olga = await server.staff(f"olga {new_id()}", Role.SUPERVISOR)
    purchase_id, refund_id = await paid(kiosk, 2_000), new_id()
    posted = await kiosk.event("purchase.posted", lambda one: one.purchase_id == purchase_id)
    assert posted.document, "a document follows"
    await v.say(kiosk, purchase_id, 4, e.Posted(posted.reference, document=True))
    sale = await kiosk.event("purchase.fiscalised", lambda one: one.purchase_id == purchase_id)
    assert (sale.document_id, sale.document.kind, sale.document.total.minor) == (purchase_id, "sell", 2_000)
    await kiosk.leave()
    kiosk.seen = None
    await kiosk.again()
    assert [one.document_id for one in kiosk.snapshot.fiscalised] == [purchase_id]
    await v.say(kiosk, purchase_id, 5, e.Fiscalised(purchase_id, mark(sale.document)))
    await document(server, purchase_id, lambda row: row.state == "told")

    await olga.ask(p.RefundAsk(refund_id=refund_id, purchase_id=purchase_id, lines=(1,), reason="a mistake"))
    await kiosk.event("purchase.refund", lambda one: one.refund_id == refund_id)
    ordered = e.ReversalOrdered("REV1", "MerchantCancel", refund_id, Money(2_000, "RUB"))
    register.order("sell:lost", "report:500")
    await v.say(kiosk, purchase_id, 6, ordered, e.Refunded())
    back = await kiosk.event("purchase.fiscalised", lambda one: one.document_id == refund_id)
    assert (back.document.kind, back.document.total.minor, back.document.qr[-3:]) == ("sell_refund", 2_000, "n=2")
    await v.say(kiosk, purchase_id, 8, e.Fiscalised(refund_id, mark(back.document)))
    await document(server, refund_id, lambda row: row.state == "told")
    held = [(one.external_id, one.kind, one.minor) for one in register.held()]
    assert held.count((purchase_id, "sell", 2_000)) == held.count((refund_id, "sell_refund", 2_000)) == 1
    await kiosk.leave()
    kiosk.seen = None
    await kiosk.again()
    assert kiosk.snapshot.fiscalised == ()
    (card,) = (await olga.ask(p.PurchaseFind(reference=purchase_id[-8:]))).cards
    assert (card.state, [kind for _, kind in card.life][-1]) == ("refunded", "fiscalised")
    assert card.documents == (sale.document, back.document)


def mark(told: FiscalDocument) -> FiscalMark:
    return FiscalMark(told.storage, told.number, told.sign, told.at, Money(told.total.minor, "RUB"), told.kind)


async def test_what_the_register_refuses_is_a_task_and_is_tried_again_by_a_supervisor(
    server: ServerProcess, register: EmulatedRegister
) -> None:
    register.order("sell:refuse")
    kiosk = await server.kiosk(f"K-{new_id()[-4:]}")
    olga = await server.staff(f"olga {new_id()}", Role.SUPERVISOR)
    purchase_id = await paid(kiosk, 4_500)
    await document(server, purchase_id, lambda row: row.state == "refused")
    (task,) = [one for one in (await olga.ask(p.PurchaseTasks())).cards if one.purchase_id == purchase_id]
    assert (task.why, task.lines[0].state) == ("document_refused", "posted")
    assert "document" in task.acts
    (card,) = (await olga.ask(p.DocumentSettle(purchase_id=purchase_id, how="again", note="mended"))).cards
    assert card.why == ""
    await document(server, purchase_id, lambda row: row.state == "issued")
    assert [one.minor for one in register.held() if one.external_id == purchase_id] == [4_500]


class Faulty:
    """A register whose driver breaks at the first question."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def register(self, wanted: Any) -> Taken:
        self.asked.append(wanted.external_id)
        if len(self.asked) == 1:
            raise KeyError("an answer of a shape that nobody has seen yet")
        return Taken("u")

    def report(self, uuid: str, wanted: Any) -> Issued:
        return Issued(FiscalMark("9999078900012345", 7, "123", "20261121T1500", wanted.total))


async def test_an_error_of_a_driver_that_nobody_expected_is_no_end_of_the_documents() -> None:
    supplier = FiscalSupplier("Электро", "7802000000", ("+78120000001",))
    terms = FiscalTerms(
        "7801000000",
        "k@example.org",
        "Невский пр., 1",
        ("+78120000000",),
        suppliers={one.supplier: supplier for one in BASKET},
    )
    page, done, register = settled(), asyncio.Event(), Faulty()

    async def moved(_purchase: str, document_id: str, event: Any) -> None:
        nonlocal page
        page = at_document(page, document_id, event)
        if page.documents[0].state == "issued":
            done.set()

    outbox = FiscalOutbox(register, terms, lambda _purchase: page, moved)
    outbox.work("p1")
    async with asyncio.timeout(30):
        await done.wait()
    assert register.asked == ["p1", "p1"]  # the same key again
    await outbox.stop()
