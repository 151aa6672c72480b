"""Money back by a desk, over real connections: found, asked, agreed by another person, told to the kiosk, audited."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import select, update

from ground.ids import new_id
from payment import events as e
from payment.answers import PoiTransaction, Slip
from signaling.protocol import commands as c
from signaling.protocol import purchasing as p
from signaling.protocol.errors import ErrorCode
from signaling.protocol.values import Role
from signaling.server import tables as t
from signaling.server.database import open_database
from signaling.server.records import Records
from tests.signaling import visit as v
from tests.signaling.client import PATIENCE_S, Client, Refused, ServerProcess

pytestmark = pytest.mark.asyncio(loop_scope="module")
ACCOUNT, OTHER_ACCOUNT = "7402015830", "7401004417"


@pytest_asyncio.fixture(loop_scope="module")
async def people(shared: ServerProcess) -> AsyncIterator[tuple[Client, Client, Client]]:
    """A kiosk, an operator, a supervisor."""
    kiosk = await shared.kiosk(f"K-{new_id()[-4:]}")
    anna = await shared.staff(f"anna {new_id()}")
    olga = await shared.staff(f"olga {new_id()}", Role.SUPERVISOR)
    yield kiosk, anna, olga
    for client in (kiosk, anna, olga):
        await client.leave()


async def paid(kiosk: Client, minor: int, account: str = ACCOUNT) -> str:
    purchase_id = new_id()
    await kiosk.ask(c.PurchaseRecord(purchase_id=purchase_id, entries=v.journal(purchase_id, account, minor)))
    return purchase_id


async def posted(kiosk: Client, purchase_id: str) -> None:
    told = await kiosk.event("purchase.posted", lambda one: one.purchase_id == purchase_id)
    await v.say(kiosk, purchase_id, 4, e.Posted(told.reference))


async def debt(kiosk: Client, account: str = ACCOUNT) -> int:
    visit_id = await v.begin(kiosk)
    found = await kiosk.ask(c.AccountFind(visit_id=visit_id, number=account))
    return int(found.account.debt.minor)


async def refused(client: Client, command: Any) -> ErrorCode:
    with pytest.raises(Refused) as no:
        await client.ask(command)
    return no.value.code


def reference(purchase_id: str) -> str:
    return f"{purchase_id[-8:-4]}-{purchase_id[-4:]}".upper()


async def test_a_refund_above_the_limit_is_agreed_by_another_person_and_leaves_the_account_first(
    shared: ServerProcess, people: tuple[Client, Client, Client]
) -> None:
    kiosk, anna, olga = people
    before = await debt(kiosk)
    purchase_id = await paid(kiosk, 310_000)
    await posted(kiosk, purchase_id)
    (card,) = (await anna.ask(p.PurchaseFind(reference=reference(purchase_id)))).cards
    assert (card.acts, card.lines[0].state, card.lines[0].account_masked) == (("refund",), "posted", "••••• 5830")
    refund_id = new_id()
    order = p.RefundAsk(refund_id=refund_id, purchase_id=purchase_id, lines=(1,), reason="paid twice")
    (card,) = (await anna.ask(order)).cards
    assert (card.refunds[0].state, card.refunds[0].mine, card.why) == ("asked", True, "second_person")
    await olga.event("purchase.tasks_changed")
    decide = p.RefundDecide(refund_id=refund_id, purchase_id=purchase_id, agreed=True)
    assert await refused(anna, decide) is ErrorCode.NOT_ALLOWED
    (task,) = [one for one in (await olga.ask(p.PurchaseTasks())).cards if one.purchase_id == purchase_id]
    assert task.acts == ("decide",)
    await olga.ask(decide)
    told = await kiosk.event("purchase.refund", lambda one: one.refund_id == refund_id)
    assert told.amount.minor == 310_000
    assert await debt(kiosk) == before  # off the account before the card gets anything
    await kiosk.leave()
    kiosk.seen = None
    await kiosk.again()
    assert [one.refund_id for one in kiosk.snapshot.refunds] == [refund_id]  # until its journal knows
    amount = e.Money(310_000, "RUB")
    await v.say(kiosk, purchase_id, 5, e.ReversalOrdered("REV1", "MerchantCancel", refund_id, amount), e.Refunded())
    (card,) = (await anna.ask(p.PurchaseFind(reference=reference(purchase_id)))).cards
    assert (card.state, card.lines[0].state, card.refunds[0].state) == ("refunded", "refunded", "done")
    assert card.acts == ()
    assert [kind for _, kind in card.life][-2:] == ["reversal_ordered", "refunded"]
    engine = open_database(f"sqlite:///{shared.folder / 'infomat.db'}")
    with engine.connect() as connection:
        acts = [row.act for row in connection.execute(select(t.audit).where(t.audit.c.act.like("refund.%")))]
    engine.dispose()
    assert acts == ["refund.ask", "refund.agree"]


async def test_a_small_refund_needs_no_second_person_and_nobody_agrees_with_themselves(
    people: tuple[Client, Client, Client],
) -> None:
    kiosk, _, olga = people
    purchase_id = await paid(kiosk, 1_000)
    await posted(kiosk, purchase_id)
    refund_id = new_id()
    order = p.RefundAsk(refund_id=refund_id, purchase_id=purchase_id, lines=(1,), reason="a mistake")
    await olga.ask(order)
    assert (await olga.ask(order)).cards[0].refunds[0].refund_id == refund_id  # asked twice, one order
    await kiosk.event("purchase.refund", lambda one: one.refund_id == refund_id)
    again = order.model_copy(update={"refund_id": new_id()})
    assert await refused(olga, again) is ErrorCode.ILLEGAL_MOVE
    big = await paid(kiosk, 400_000)
    await posted(kiosk, big)
    mine = p.RefundAsk(refund_id=new_id(), purchase_id=big, lines=(1,), reason="a mistake")
    await olga.ask(mine)
    decide = p.RefundDecide(refund_id=mine.refund_id, purchase_id=big, agreed=True)
    assert await refused(olga, decide) is ErrorCode.NOT_ALLOWED


async def test_a_payment_of_a_kiosk_gone_for_good_is_ended_by_the_banks_word_and_posted_once(
    shared: ServerProcess, people: tuple[Client, Client, Client]
) -> None:
    kiosk, anna, olga = people
    before, purchase_id = await debt(kiosk, OTHER_ACCOUNT), new_id()
    begun = e.Begun(e.Money(3_000, "RUB"), OTHER_ACCOUNT, "electricity", "POI-1")
    await v.say(kiosk, purchase_id, 1, begun, e.PaymentAsked("S1"), e.AnswerLost("reset"), days_ago=2)
    await enrolled_long_ago(shared, kiosk)
    end = p.PurchaseClarify(purchase_id=purchase_id, charged=True, note="bank file of Friday", kiosk_gone=True)
    assert await refused(olga, end) is ErrorCode.ILLEGAL_MOVE, "it is here, and may still answer"
    await kiosk.leave()
    (card,) = (await olga.ask(p.PurchaseFind(reference=reference(purchase_id)))).cards
    assert (card.why, card.acts, card.kiosk_here) == ("kiosk_away", ("clarify",), False)
    assert await refused(anna, end) is ErrorCode.NOT_ALLOWED
    records = Records(open_database(f"sqlite:///{shared.folder / 'infomat.db'}"))
    assert purchase_id in records.purchases_waiting(datetime.now(UTC) + timedelta(days=1))
    await olga.ask(end)
    await kiosk.again()
    await kiosk_says_charged_too(kiosk, purchase_id, 3_000)
    assert await debt(kiosk, OTHER_ACCOUNT) == before - 3_000, "once"
    with records._engine.connect() as connection:
        acts = [row.act for row in connection.execute(select(t.audit).where(t.audit.c.act.like("purchase.end%")))]
    assert acts == ["purchase.end_without_kiosk"]


async def enrolled_long_ago(shared: ServerProcess, kiosk: Client) -> None:
    """The kiosk of this test did not come into the house today."""
    engine = open_database(f"sqlite:///{shared.folder / 'infomat.db'}")
    with engine.begin() as connection:
        long_ago = {"enrolled_at": datetime.now(UTC) - timedelta(days=30)}
        connection.execute(update(t.kiosks).where(t.kiosks.c.id == kiosk.identity).values(long_ago))
    engine.dispose()
    await kiosk.leave()
    await kiosk.again()


async def test_what_only_a_machine_knew_that_was_replaced_is_ended_by_the_banks_word(
    shared: ServerProcess, people: tuple[Client, Client, Client]
) -> None:
    kiosk, _, olga = people
    before, purchase_id = await debt(kiosk, OTHER_ACCOUNT), new_id()
    begun = e.Begun(e.Money(4_000, "RUB"), OTHER_ACCOUNT, "electricity", "POI-1")
    await v.say(kiosk, purchase_id, 1, begun, e.PaymentAsked("S1"), e.AnswerLost("reset"), e.TooLong(), days_ago=2)
    await kiosk.leave()
    fresh = await shared.kiosk("K-new", instead_of=kiosk.identity)
    assert fresh.identity == kiosk.identity
    (card,) = (await olga.ask(p.PurchaseFind(reference=reference(purchase_id)))).cards
    assert (card.why, card.acts, card.kiosk_here) == ("kiosk_away", ("clarify",), True), "it has an empty journal"
    end = p.PurchaseClarify(purchase_id=purchase_id, charged=True, note="bank file of Friday", kiosk_gone=True)
    await olga.ask(end)
    async with asyncio.timeout(PATIENCE_S):
        while await debt(fresh, OTHER_ACCOUNT) != before - 4_000:
            await asyncio.sleep(0.05)
    await fresh.leave()


async def kiosk_says_charged_too(kiosk: Client, purchase_id: str, minor: int) -> None:
    slip = Slip(e.Money(minor, "RUB"), PoiTransaction(new_id()[:8], datetime.now(UTC).isoformat()))
    await v.say(kiosk, purchase_id, 4, e.Charged(slip))
    told = await kiosk.event("purchase.posted", lambda one: one.purchase_id == purchase_id)
    await v.say(kiosk, purchase_id, 5, e.Posted(told.reference))


async def test_what_billing_refuses_for_good_is_a_task_that_a_supervisor_settles(
    people: tuple[Client, Client, Client],
) -> None:
    kiosk, anna, olga = people
    purchase_id = await paid(kiosk, 5_000, account="0000000000")
    await olga.event("purchase.tasks_changed")
    (task,) = [one for one in (await olga.ask(p.PurchaseTasks())).cards if one.purchase_id == purchase_id]
    assert (task.why, task.lines[0].reason) == ("refused", "billing.account_unknown")
    assert set(task.acts) == {"refund", "post_again", "by_hand"}
    settle = p.LineSettle(purchase_id=purchase_id, line=1, how="by_hand", note="the supplier posted it")
    assert await refused(anna, settle) is ErrorCode.NOT_ALLOWED
    await olga.ask(settle)
    await kiosk.event("purchase.posted", lambda one: one.purchase_id == purchase_id)
    assert all(one.purchase_id != purchase_id for one in (await olga.ask(p.PurchaseTasks())).cards)


async def test_a_parked_payment_is_clarified_by_a_desk_and_told_to_its_kiosk(
    people: tuple[Client, Client, Client],
) -> None:
    kiosk, _, olga = people
    purchase_id = new_id()
    entries = v.journal(purchase_id, ACCOUNT)[:2]
    await kiosk.ask(c.PurchaseRecord(purchase_id=purchase_id, entries=entries))
    await v.say(kiosk, purchase_id, 3, e.AnswerLost("reset"), e.TooLong())
    (task,) = [one for one in (await olga.ask(p.PurchaseTasks())).cards if one.purchase_id == purchase_id]
    assert (task.why, task.acts) == ("parked", ("clarify",))
    await olga.ask(p.PurchaseClarify(purchase_id=purchase_id, charged=True, note="bank file"))
    told = await kiosk.event("purchase.clarified", lambda one: one.purchase_id == purchase_id)
    assert (told.charged, told.note) == (True, "bank file")
    await v.say(kiosk, purchase_id, 5, e.Clarified("bank file"))
    await kiosk.event("purchase.posted", lambda one: one.purchase_id == purchase_id)


async def test_a_reference_that_leads_nowhere_is_said_so(people: tuple[Client, Client, Client]) -> None:
    _, anna, _ = people
    for strange in ("FFFF-FFFF", "hello", ""):
        assert await refused(anna, p.PurchaseFind(reference=strange)) is ErrorCode.PURCHASE_UNKNOWN
