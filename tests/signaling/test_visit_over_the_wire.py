"""A whole visit over real TLS websockets to a real server process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ground.signing import description_text, signature_holds
from signaling.protocol import commands as c
from tests.signaling import visit as v
from tests.signaling.client import ServerProcess


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    async with ServerProcess(tmp_path / "data") as running:
        yield running


async def test_a_customer_and_an_operator_meet_talk_and_part(server: ServerProcess) -> None:
    kiosk, operator = await server.kiosk(), await server.staff()
    assert operator.snapshot.operator.status == "break"
    visit_id = await v.begin(kiosk)
    ticket = await v.take(kiosk, visit_id)
    assert ticket.number.startswith("B-")
    assert ticket.state == "waiting"

    await v.available(operator)
    offer = (await operator.event("offer.made")).offer
    assert (offer.ticket_id, offer.number, offer.place) == (ticket.ticket_id, ticket.number, "Miass")
    session = (await operator.ask(c.OfferAccept(ticket_id=ticket.ticket_id))).session
    assert (session.you, session.offerer, session.peer.public_key) == ("operator", False, kiosk.key.public)
    started = (await kiosk.event("session.started")).session
    assert (started.you, started.offerer, started.peer.name) == ("kiosk", True, "Anna")
    assert started.peer.public_key == operator.key.public

    await v.describe(kiosk, session.session_id, "offer")
    told = (await operator.event("session.described")).description
    text = description_text(session.session_id, "kiosk", told.fingerprint, told.nonce)
    assert signature_holds(session.peer.public_key, text, told.signature)
    await v.describe(operator, session.session_id, "answer")
    assert (await kiosk.event("session.described")).description.kind == "answer"

    await kiosk.ask(c.SessionEnd(session_id=session.session_id))
    assert (await operator.event("session.ended")).reason == "customer"
    assert (await operator.event("operator.changed")).operator.status == "wrap_up"
    await kiosk.ask(c.RatingGive(session_id=session.session_id, stars=5))
    await operator.ask(c.NoteSave(session_id=session.session_id, text="explained the bill"))
    await operator.ask(c.WrapUpFinish(session_id=session.session_id, result="resolved"))
    me = (await operator.event("operator.changed")).operator
    assert (me.status, me.served_today, me.mean_rating) == ("available", 1, 5.0)
    await kiosk.ask(c.VisitEnd(visit_id=visit_id, outcome="finished"))
