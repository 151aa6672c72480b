"""A document in place of the operator's picture, over the wire: its own kiosk hears of it, also after a gap."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from ground.ids import new_id
from signaling.protocol import commands as c
from signaling.protocol.errors import ErrorCode
from signaling.protocol.values import PageShape
from signaling.server import tables as t
from signaling.server.database import open_database
from tests.signaling import visit as v
from tests.signaling.client import Refused, ServerProcess


@pytest.mark.asyncio(loop_scope="module")
async def test_a_page_is_told_to_its_kiosk_kept_over_a_gap_and_audited(shared: ServerProcess) -> None:
    kiosk, anna, olga = await shared.kiosk(), await shared.staff(f"anna {new_id()}"), await shared.staff()
    _, session = await v.call(kiosk, anna)
    page = PageShape(width=764, height=1080)
    show = c.SessionShow(session_id=session.session_id, page=page)
    with pytest.raises(Refused) as no:
        await olga.ask(show)
    assert no.value.code in (ErrorCode.NOT_ALLOWED, ErrorCode.SESSION_UNKNOWN)
    await anna.ask(show)
    await anna.ask(show.model_copy())
    told = await kiosk.event("session.shown")
    assert (told.session_id, told.page) == (session.session_id, page)
    await kiosk.leave()
    kiosk.seen = None
    await kiosk.again()
    assert kiosk.snapshot.session.page == page
    await anna.ask(c.SessionShow(session_id=session.session_id))
    assert (await kiosk.event("session.shown")).page is None
    await anna.ask(c.SessionEnd(session_id=session.session_id))
    with pytest.raises(Refused):
        await anna.ask(show)
    engine = open_database(f"sqlite:///{shared.folder / 'infomat.db'}")
    with engine.connect() as connection:
        acts = [row.act for row in connection.execute(select(t.audit.c.act).where(t.audit.c.act.like("session.show%")))]
    engine.dispose()
    assert acts == ["session.show", "session.show_end"]
    for client in (kiosk, anna, olga):
        await client.leave()
