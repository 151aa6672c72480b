"""A real console against a real server: a call-back from the site to its result, and a document shown in a call."""

from __future__ import annotations

import asyncio
from pathlib import Path

from ground.ids import new_id
from signaling.protocol import commands as c
from signaling.server.administration import add_source, add_staff
from tests.operator_console.desk_process import desk
from tests.operator_console.test_sharing import pdf
from tests.signaling import visit
from tests.signaling.client import PASSWORD, ServerProcess
from tests.signaling.test_elsewhere import http


async def test_a_call_back_is_called_and_written_up_and_a_document_is_shown_in_the_next_call(tmp_path: Path) -> None:
    async with ServerProcess(tmp_path / "server") as server, desk(server, tmp_path) as console:
        finger, site = console.finger, await asyncio.to_thread(add_source, server.config, "site")
        await asyncio.to_thread(add_staff, server.config, "olga", "Olga", "operator", PASSWORD)
        await console.start("olga")
        await console.sign_in()
        await console.scene("break")
        await finger.press("F2")
        await finger.touch("menu.call_backs")
        await finger.press("F3")
        await console.scene("ready")

        wish = {
            "request_id": new_id(),
            "phone": "+37120000001",
            "service": "payment",
            "language": "lv",
            "name": "Irina",
        }
        status, asked = await http(server, "POST", "/api/callbacks", wish, site)
        assert (status, asked["state"]) == (200, "talking")  # somebody is free: offered at once
        await console.scene("offered")
        await finger.press("Return")
        seen = await finger.wait(lambda seen: (seen.item("call_back.number") or {}).get("text"), "the number to call")
        assert "20000001" in "".join(char for char in seen.item("call_back.number")["text"] if char.isdigit())  # type: ignore[index]
        assert (await http(server, "GET", f"/api/callbacks/{wish['request_id']}", token=site))[1]["state"] == "talking"
        await finger.touch("call_back.reached")
        await finger.wait(lambda seen: not (seen.item("call_back.number") or {}).get("text"), "no number any more")
        await finger.press("F12")
        await console.scene("wrap_up")
        await finger.press("ctrl+1")
        await finger.press("F9")
        await console.scene("ready")
        assert (await http(server, "GET", f"/api/callbacks/{wish['request_id']}", token=site))[1]["state"] == "over"

        kiosk = await server.kiosk()
        await visit.take(kiosk, await visit.begin(kiosk))
        await console.scene("offered")
        await finger.press("Return")
        session = (await kiosk.event("session.started")).session
        await console.scene("talking")
        await finger.press("ctrl+d")
        await finger.touch("share.file")
        await finger.wait(lambda seen: seen.item("share.show"), "the panel")
        await finger.type(str(pdf(tmp_path).rename(tmp_path / "bill.pdf")))
        await finger.press("Return")
        await finger.wait(lambda seen: (seen.item("share.show") or {}).get("enabled"), "the page looked at first")
        assert not [one for one in kiosk.events if getattr(one, "type", "") == "session.shown"]
        await finger.touch("share.show")
        told = await kiosk.event("session.shown")
        assert (told.session_id, told.page.width, told.page.height) == (session.session_id, 764, 1080)
        seen = await finger.wait(lambda seen: seen.item("share.strip.text"), "the strip that says it is seen")
        assert "bill.pdf" in seen.item("share.strip.text")["text"]  # type: ignore[index]
        await finger.press("ctrl+d")
        assert (await kiosk.event("session.shown")).page is None
        await kiosk.ask(c.SessionEnd(session_id=session.session_id))
        await console.scene("wrap_up")
        await kiosk.leave()
