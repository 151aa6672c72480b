"""A real console process against a real server process, with a kiosk that speaks the protocol."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import psutil
import pytest

from signaling.protocol import Role
from signaling.protocol import commands as c
from signaling.protocol.values import SessionView
from signaling.server.administration import add_staff
from tests.operator_console.desk_process import Desk, desk
from tests.operator_console.kiosk_engine import KioskEngine
from tests.operator_console.worlds import journey
from tests.signaling import visit
from tests.signaling.client import PASSWORD, Client, ServerProcess


async def _staff(server: ServerProcess, name: str, role: Role = Role.OPERATOR) -> None:
    await asyncio.to_thread(add_staff, server.config, name, name.title(), role.value, PASSWORD)


async def test_an_operator_signs_in_takes_a_call_by_a_key_and_wraps_it_up(tmp_path: Path) -> None:
    """The whole round of one customer, by keyboard and mouse."""
    async with ServerProcess(tmp_path / "server") as server, desk(server, tmp_path) as console:
        kiosk = await server.kiosk(place="Miass, Lenina 28")
        await _staff(server, "olga")
        await console.start("olga")
        await console.sign_in("wrong password")
        seen = await console.finger.wait(lambda seen: seen.item("sign_in.problem") is not None, "a refusal in words")
        assert "пароль" in (seen.item("sign_in.problem") or {})["text"]
        await console.finger.press("Tab")
        await console.sign_in()
        await console.scene("break")
        await console.finger.press("F3")
        await console.scene("ready")

        visit_id = await visit.begin(kiosk)
        await visit.take(kiosk, visit_id)
        seen = await console.scene("offered")
        assert "Miass, Lenina 28" in seen.texts()
        await console.finger.press("Return")
        started = await kiosk.event("session.started")
        await console.scene("talking")
        assert started.session.peer.name == "Olga"

        await kiosk.ask(c.JourneyReport(view=journey(3, visit_id=visit_id)))
        await console.finger.wait(lambda seen: (seen.item("call.help") or {}).get("enabled"), "a way to help")
        await console.finger.press("F7")
        assert (await kiosk.event("journey.intent_came")).intent.type == "ask_permission"
        await kiosk.ask(c.JourneyReport(view=journey(4, visit_id=visit_id, permission="granted")))
        await console.finger.wait(lambda seen: seen.item("propose.value"), "the field that may be filled in")
        await console.finger.press("F7")
        await console.finger.type("012790")
        await console.finger.press("Return")
        intent = (await kiosk.event("journey.intent_came")).intent
        assert (intent.field, intent.value) == ("reading.T2", "012790")

        await console.finger.into("note.text")
        await console.finger.type("agreed to check the meter")
        await console.until(note_saved=True)
        await console.finger.press("F12")
        ended = await kiosk.event("session.ended")
        assert ended.reason == "operator"
        await console.scene("wrap_up")
        seen = await console.finger.see()
        assert not (seen.item("wrap_up.finish") or {})["enabled"]
        await console.finger.press("ctrl+1")
        await console.finger.wait(lambda seen: (seen.item("wrap_up.finish") or {}).get("enabled"), "the way on")
        await console.finger.press("F9")
        await console.scene("ready")


@pytest.mark.timeout(240)
async def test_what_was_typed_survives_kill_9_of_the_console_and_a_dead_server(tmp_path: Path) -> None:
    """Typed while the server is away, then both are gone: the note is there again and reaches the server."""
    async with ServerProcess(tmp_path / "server") as server, desk(server, tmp_path) as console:
        kiosk = await server.kiosk()
        await _staff(server, "olga")
        await _in_a_call(console, kiosk)
        await server.end(signal.SIGKILL)
        await console.until(online=False)
        await console.scene("talking")
        await console.finger.type("typed while nobody listened")
        await console.finger.wait(lambda seen: bool(list((tmp_path / "drafts").glob("*.json"))), "a draft on the disk")
        text = "typed while nobody listened"
        await console.finger.wait(lambda _: text in _drafts(tmp_path), "the last letter on the disk")
        await console.kill()
        await server.start()
        await console.start("olga")
        await console.sign_in()
        seen = await console.scene("talking", "wrap_up", "break", "ready")
        await console.finger.wait(lambda _: not _drafts(tmp_path) or seen.item("note.text") is not None, "the note")
        saved = await console.until(note_saved=True)
        assert (saved.item("note.text") or {})["text"] == text
        assert saved.state["session"] is not None


@pytest.mark.timeout(240)
async def test_a_call_is_seen_heard_and_outlives_the_engine_and_the_server(tmp_path: Path) -> None:
    """Two real engines, descriptions signed by the keys the server named; ours is killed, then the server."""
    async with ServerProcess(tmp_path / "server") as server, desk(server, tmp_path) as console:
        kiosk = await server.kiosk()
        await _staff(server, "olga")
        async with KioskEngine(kiosk) as engine:
            session = await _in_a_call(console, kiosk)
            await engine.join(session)
            await console.finger.wait(lambda seen: seen.state.get("remote_frames", 0) > 5, "the customer's picture", 40)
            await console.until(media="live", sound_heard=True)
            await console.finger.press("F4")
            await console.finger.wait(lambda seen: "Без звука" in seen.texts(), "a muted microphone")
            shown = (await console.finger.see()).state["remote_frames"]
            await _kill_engine(console)
            restart = await kiosk.event("session.restart")
            await engine.join(restart.session)
            await console.finger.wait(
                lambda seen: seen.state["remote_frames"] > shown + 5, "a new engine's pictures", 60
            )
            assert "Без звука" in (await console.finger.see()).texts(), "the new engine is as silent as the old one"

            await console.finger.press("ctrl+h")
            await kiosk.event("ticket.changed", lambda one: one.ticket.stage == "hold")
            await console.finger.wait(lambda seen: "Клиент ждёт" in seen.texts(), "the server's word for it")
            await server.end(signal.SIGKILL)
            seen = await console.until(online=False, media="live")
            assert "Клиент ждёт" in (seen.item("hold.text") or {})["text"]
            assert "разговор продолжается" in (seen.item("strip.text") or {})["text"]
            shown = seen.state["remote_frames"]
            await console.finger.wait(lambda seen: seen.state["remote_frames"] > shown + 5, "pictures without a server")
            await server.start()
            seen = await console.until(online=True, media="live")
            assert seen.state["session"] == session.session_id
            assert seen.state["scene"] == "talking"
            assert seen.item("hold.text") is not None, "the server still says so"
            await console.finger.press("ctrl+h")
            await console.finger.wait(lambda seen: "В разговоре" in seen.texts(), "back in the conversation")


async def test_a_supervisor_sees_who_talks_and_what_everybody_does(tmp_path: Path) -> None:
    """The floor of a supervisor, live."""
    async with ServerProcess(tmp_path / "server") as server, desk(server, tmp_path) as console:
        kiosk, operator = await server.kiosk(place="Troitsk"), await server.staff("anna")
        await _staff(server, "vera", Role.SUPERVISOR)
        await console.start("vera")
        await console.sign_in()
        await console.scene("break")
        await visit.call(kiosk, operator)
        await console.finger.press("F6")
        seen = await console.finger.wait(lambda seen: "Troitsk" in seen.texts(), "the live conversation")
        assert "Anna" in seen.texts()
        assert seen.state["scene"] == "floor"


async def _in_a_call(console: Desk, kiosk: Client) -> SessionView:
    await console.start("olga")
    await console.sign_in()
    await console.scene("break")
    await console.finger.press("F3")
    await console.scene("ready")
    visit_id = await visit.begin(kiosk)
    await visit.take(kiosk, visit_id)
    await console.scene("offered")
    await console.finger.press("F1")
    session: SessionView = (await kiosk.event("session.started")).session
    await console.scene("talking")
    await kiosk.ask(c.SessionMedia(session_id=session.session_id, state="connecting"))
    return session


async def _kill_engine(console: Desk) -> None:
    assert console.running is not None
    (engine,) = psutil.Process(console.running.pid).children()
    engine.kill()
    await console.until(media="reconnecting")


def _drafts(folder: Path) -> str:
    return "".join(path.read_text() for path in (folder / "drafts").glob("*.json"))


async def test_a_supervisor_lets_somebody_go_ahead_and_the_line_and_its_log_say_so(tmp_path: Path) -> None:
    """A real console, a real line: chosen with the mouse, with a reason, and told back as moved."""
    async with ServerProcess(tmp_path / "server") as server, desk(server, tmp_path) as console:
        kiosks = [await server.kiosk(place=place) for place in ("Miass", "Troitsk")]
        for kiosk in kiosks:
            await visit.take(kiosk, await visit.begin(kiosk))
        await server.staff("anna")  # on a break: somebody could take them
        await _staff(server, "boss", Role.SUPERVISOR)
        await console.start("boss")
        await console.sign_in()
        await console.scene("break")
        await console.finger.press("F6")
        await console.scene("floor")
        await console.finger.touch("floor.sheet.queue")
        seen = await console.finger.wait(lambda seen: seen.item("queue.line.1"), "the second in the line")
        second = (seen.item("queue.line.1") or {})["text"]
        assert "Troitsk" in second
        await console.finger.touch("queue.line.1")
        await console.finger.wait(lambda seen: seen.item("queue.move.amount.10"), "how much")
        await console.finger.touch("queue.move.amount.10")
        await console.finger.touch("queue.move.reason.our_mistake")
        await console.finger.wait(lambda seen: (seen.item("queue.move.go") or {}).get("enabled"), "a way to do it")
        await console.finger.touch("queue.move.go")
        seen = await console.finger.wait(
            lambda seen: "Troitsk" in (seen.item("queue.line.0") or {}).get("text", ""), "the line in its new order"
        )
        assert "место изменено" in (seen.item("queue.line.0") or {})["text"]
        await console.finger.touch("queue.centres.0")
        await console.finger.wait(lambda seen: seen.item("queue.weigh.amount.200"), "what weight")
        await console.finger.touch("queue.weigh.amount.200")
        await console.finger.touch("queue.weigh.reason.crowd")
        await console.finger.wait(lambda seen: (seen.item("queue.weigh.go") or {}).get("enabled"), "a way to do it")
        await console.finger.touch("queue.weigh.go")
        await console.finger.wait(
            lambda seen: "200" in (seen.item("queue.centres.0") or {}).get("text", ""), "the centre's new weight"
        )
        for kiosk in kiosks:
            await kiosk.leave()
