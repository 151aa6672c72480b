"""A note that is found on a computer after its conversation has gone on, or is over for days."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from signaling.protocol import commands as c
from signaling.protocol.errors import ErrorCode
from signaling.server.read_only import DATABASE
from tests.signaling import visit as v
from tests.signaling.client import Refused, ServerProcess


def _notes(server: ServerProcess) -> dict[str, str]:
    with sqlite3.connect(server.folder / DATABASE) as database:
        return dict(database.execute("SELECT session_id, text FROM notes"))


async def test_it_is_added_to_what_was_written_since_and_taken_days_later_from_its_operator_alone(
    tmp_path: Path,
) -> None:
    async with ServerProcess(tmp_path / "data") as server:
        kiosk, olga, anna = await server.kiosk(), await server.staff("olga"), await server.staff("anna")
        _, session = await v.call(kiosk, olga)
        talk = session.session_id
        await olga.ask(c.NoteSave(session_id=talk, text="meter 17"))
        await olga.ask(c.NoteSave(session_id=talk, text="meter 17 hums"))
        await olga.ask(c.NoteSave(session_id=talk, text="meter 17", left_over=True))
        assert _notes(server) == {talk: "meter 17 hums"}
        await olga.ask(c.NoteSave(session_id=talk, text="ring at five", left_over=True))
        assert _notes(server) == {talk: "meter 17 hums\nring at five"}
        await olga.ask(c.SessionEnd(session_id=talk))
        await olga.ask(c.WrapUpFinish(session_id=talk, result="call_back"))

        await server.end()
        with sqlite3.connect(server.folder / DATABASE) as database:
            for when in ("started_at", "ended_at"):
                database.execute(f"UPDATE sessions SET {when} = replace({when}, substr({when}, 1, 4), '2001')")
        await server.start()
        found = c.NoteSave(session_id=talk, text="seal broken", left_over=True)
        for who, command in ((anna, found), (olga, c.NoteSave(session_id=talk, text="over"))):
            who.seen = None
            await who.link()
            with pytest.raises(Refused) as no:
                await who.ask(command)
            assert no.value.code is ErrorCode.SESSION_UNKNOWN
        await olga.ask(found)
        assert _notes(server) == {talk: "meter 17 hums\nring at five\nseal broken"}
