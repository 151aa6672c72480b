"""A customer passed on to one colleague by name, over the wire; and what the log says of it."""

from __future__ import annotations

import asyncio

import pytest

from ground.ids import new_id
from signaling.protocol import commands as c
from signaling.protocol import queueing as q
from signaling.protocol.errors import ErrorCode
from tests.signaling import visit as v
from tests.signaling.client import Refused, ServerProcess


@pytest.mark.asyncio(loop_scope="module")
async def test_the_named_colleague_is_offered_the_customer_and_nobody_else(shared: ServerProcess) -> None:
    kiosk, anna, olga, third = (
        await shared.kiosk(),
        *[await shared.staff(f"{name} {new_id()}") for name in ("anna", "olga", "third")],
    )
    _, session = await v.call(kiosk, anna)
    await v.available(third)
    await v.available(olga)
    rows = (await anna.ask(q.ColleaguesAsk())).rows
    assert {(one.operator_id, one.free) for one in rows} >= {(olga.identity, True), (third.identity, True)}
    for to in (anna.identity, new_id()):
        with pytest.raises(Refused) as no:
            await anna.ask(q.TicketTransfer(session_id=session.session_id, operator_id=to))
        assert no.value.code is ErrorCode.ILLEGAL_MOVE
    with pytest.raises(Refused) as no:
        await anna.ask(q.TicketTransfer(session_id=session.session_id))
    assert no.value.code is ErrorCode.MALFORMED
    await anna.ask(q.TicketTransfer(session_id=session.session_id, operator_id=olga.identity))
    offer = (await olga.event("offer.made")).offer  # though the third is idle longer
    assert (offer.ticket_id, offer.service) == (session.ticket_id, "payment")
    assert not [one for one in third.events if getattr(one, "type", "") == "offer.made"]
    await olga.ask(c.OfferRefuse(ticket_id=offer.ticket_id, reason="technical"))
    assert (await third.event("offer.made")).offer.ticket_id == session.ticket_id  # whoever serves it may have it now
    await kiosk.ask(c.TicketLeave(ticket_id=session.ticket_id))
    await asyncio.gather(*(one.leave() for one in (kiosk, anna, olga, third)))
