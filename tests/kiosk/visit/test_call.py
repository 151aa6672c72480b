"""kiosk/visit/call.py: what of a conversation goes to the person and to the server; the engine is played here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from kiosk.ipc import Equipped, KioskFace, Prepare, Tell
from kiosk.visit import call as visit_call
from kiosk.visit.call import Call
from media import messages as m
from signaling.protocol.commands import SessionMedia
from signaling.protocol.values import IceServer, Message, PageShape, Peer, SessionView

SESSION = "0190a0b0-0000-7000-8000-000000000001"
VIEW = SessionView(
    session_id=SESSION,
    ticket_id="0190a0b0-0000-7000-8000-000000000002",
    ticket_number="A-1",
    visit_id=None,
    you="kiosk",
    offerer=True,
    peer=Peer(role="operator", name="Anna", public_key="k"),
    place="Riga",
    started_at=datetime(2026, 11, 22, tzinfo=UTC),
)


class Engine:
    """Says nothing by itself; what it is told is kept."""

    remote = local = None

    def __init__(self, hear: Callable[[m.Event], None]) -> None:
        self.hear = hear
        self.told: list[m.Command] = []
        self.restarts = 0

    def send(self, command: m.Command) -> None:
        self.told.append(command)

    async def restart(self) -> None:
        self.restarts += 1

    async def close(self) -> None:
        pass


class Window:
    """Keeps what it is to show."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.states: list[str] = []
        self.missing: list[tuple[str, ...]] = []

    def set_rings(self, remote: Any, local: Any) -> None:
        pass

    def first_sound(self) -> None:
        pass

    def connection(self, word: str) -> None:
        self.words.append(word)

    def is_missing(self, missing: tuple[str, ...]) -> None:
        self.missing.append(missing)


async def begun(monkeypatch: pytest.MonkeyPatch, *, warm: bool = True) -> tuple[Call, Engine, Window, list[Message]]:
    engines: list[Engine] = []

    async def start(hear: Callable[[m.Event], None], rings: Any, *, spare: bool) -> Engine:
        assert spare
        engines.append(Engine(hear))
        return engines[-1]

    monkeypatch.setattr(visit_call.MediaProcess, "start", start)
    window, sent = Window(), list[Message]()
    told = Prepare(face=KioskFace(company="c", kiosk_name="k", place="p"))
    call = Call(sent.append, window, lambda _session, state: window.states.append(state), window.is_missing, told)
    if not warm:
        monkeypatch.setattr(visit_call, "ENGINE_AFTER_S", 0.01)
        await call.start()
        return call, engines[0], window, sent
    call.warm()
    await call.start()
    call.join(VIEW)
    return call, engines[0], window, sent


def second(**figures: Any) -> m.Quality:
    fine: dict[str, Any] = {
        "session_id": SESSION, "fps_in": 30.0, "fps_out": 30.0, "loss": 0.0, "rtt_ms": 30.0, "jitter_ms": 1.0,
        "kbps_in": 900.0, "kbps_out": 900.0, "decoded": 50, "concealed": 0, "frames_dropped": 0,
    }  # fmt: skip
    return m.Quality(**(fine | figures))


async def test_the_figures_of_the_whole_call_reach_the_server_also_when_an_engine_died(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    call, engine, window, sent = await begun(monkeypatch)
    engine.hear(m.State(session_id=SESSION, state="live"))
    for _ in range(5):
        engine.hear(second())
    engine.hear(m.EngineDied(exit_code=-9))
    await call._restarting  # type: ignore[misc]
    engine.hear(m.State(session_id=SESSION, state="connecting"))
    engine.hear(m.State(session_id=SESSION, state="live"))
    engine.hear(second(concealed=5))
    call.leave(SESSION)
    figures = [one.command for one in sent if isinstance(one, Tell) and isinstance(one.command, SessionMedia)]
    assert [(one.state, one.figures["seconds"]) for one in figures] == [("live", 5.0), ("live", 6.0)]
    assert (figures[-1].figures["concealed"], figures[-1].figures["breaks"]) == (5.0, 1.0)
    assert window.states == ["live", "reconnecting", "reconnecting", "live"]  # to the person nothing begins
    assert engine.restarts == 1
    assert sum(isinstance(one, m.Join) for one in engine.told) == 2


async def test_the_engine_is_told_the_houses_codecs_and_whom_to_trust_for_its_relays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    call, engine, _, _ = await begun(monkeypatch)
    lent = IceServer(urls=("turns:relay.example:443",), username="u", credential="c", authority="PEM")
    call.join(VIEW.model_copy(update={"codecs": ("H264", "VP8"), "ice_servers": (lent,)}))
    first, again = (one for one in engine.told if isinstance(one, m.Join))
    assert (first.codecs, first.ice_servers) == (["VP8"], [])
    assert again.codecs == ["H264", "VP8"]
    assert again.ice_servers[0].model_dump() == lent.model_dump(mode="json")


async def test_a_page_that_is_shown_is_wanted_as_large_as_it_comes_also_of_a_fresh_engine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    call, engine, _, _ = await begun(monkeypatch)
    page = PageShape(width=764, height=1080)
    call.page_shown(page)
    engine.hear(m.EngineDied(exit_code=-9))
    await call._restarting  # type: ignore[misc]
    call.page_shown(None)
    sizes = [(one.width, one.height) for one in engine.told if isinstance(one, m.Size)]
    assert sizes == [(1280, 720), (1920, 1080), (1920, 1080), (1280, 720)]


async def test_devices_are_tried_before_anybody_is_there_and_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    call, engine, _, sent = await begun(monkeypatch, warm=False)
    call.listen(self_test=True)
    engine.hear(m.Rehearsed(ok=True, ms=300))
    engine.hear(m.DeviceLost(kind="camera", reason="no such camera"))
    engine.hear(m.Opened())
    opened = [one for one in engine.told if isinstance(one, m.Open)]
    assert [one.camera.kind for one in opened] == ["generated", "none"]
    engine.hear(m.Opened())
    found = [one for one in sent if isinstance(one, Equipped)][-1]
    assert found == Equipped(camera="out", engine="ok"), "silence and no loudspeaker were wanted here"
    call.warm()
    engine.hear(m.DeviceBack(kind="camera"))
    engine.hear(m.Opened())
    assert [one for one in sent if isinstance(one, Equipped)][-1] == Equipped(camera="ok", engine="ok")


async def test_the_loudspeaker_is_tried_with_open_devices_and_what_was_heard_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    call, engine, _, sent = await begun(monkeypatch, warm=False)
    call.listen(self_test=True, sound_check=0.1)
    engine.hear(m.Opened())
    assert engine.told[-1] == m.CheckSound(volume=0.1)
    assert [one.camera.kind for one in engine.told if isinstance(one, m.Open)] == ["generated"]
    engine.hear(m.SoundChecked(verdict="unheard"))
    assert isinstance(engine.told[-1], m.Open)
    assert engine.told[-1].camera.kind == "none", "tried, and let go"
    engine.hear(m.Opened())
    assert [one.sound_check for one in sent if isinstance(one, Equipped)][-1] == "out"
    call.listen(sound_check=0.1)
    engine.hear(m.Opened())
    engine.hear(m.SoundChecked(verdict="noisy"))
    assert [one.sound_check for one in sent if isinstance(one, Equipped)][-1] == "out", "nothing was learnt"
    call.listen(sound_check=0.1)
    engine.hear(m.Opened())
    engine.hear(m.SoundChecked(verdict="heard", gain_db=-10, delay_ms=70))
    assert [one.sound_check for one in sent if isinstance(one, Equipped)][-1] == "ok"


async def test_the_person_is_told_in_a_word_and_not_each_second(monkeypatch: pytest.MonkeyPatch) -> None:
    _, engine, window, _ = await begun(monkeypatch)
    for _ in range(4):
        engine.hear(second(loss=0.1))
    assert window.words == ["good", "weak"]
    for _ in range(8):
        engine.hear(second())
    assert window.words == ["good", "weak", "good"]


async def test_a_device_lost_in_a_call_is_told_once_and_a_substitute_is_for_the_house_to_know(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, engine, window, sent = await begun(monkeypatch)

    def health() -> str:
        return [one for one in sent if isinstance(one, Equipped)][-1].microphone

    engine.hear(m.State(session_id=SESSION, state="live"))
    engine.hear(m.DeviceLost(kind="microphone", reason="it stopped"))
    engine.hear(second())
    assert (window.missing, health()) == ([(), ("microphone",)], "out")
    engine.hear(m.DeviceBack(kind="microphone", instead=True))
    assert (window.missing[2:], health()) == ([()], "out"), "people hear each other; somebody is to mend it"
    engine.hear(m.DeviceLost(kind="microphone", reason="that one too"))
    engine.hear(m.DeviceBack(kind="microphone"))
    assert (window.missing[3:], health()) == ([("microphone",), ()], "ok")
