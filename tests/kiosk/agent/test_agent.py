"""What the agent owns: commands that must arrive, answers, signatures, health; with the server away and back."""

from __future__ import annotations

import asyncio

import pytest

from ground.signing import description_text, signature_holds
from kiosk import ipc
from kiosk.agent import post
from kiosk.agent.agent import AgentBroken
from kiosk.agent.outbox import NAME
from signaling.protocol import commands as c
from signaling.protocol import events as s
from signaling.protocol import journey as i
from signaling.protocol.errors import ErrorCode
from signaling.protocol.journey import JourneyView, Step
from signaling.protocol.values import SessionView
from tests.kiosk.agent.place import Place
from tests.kiosk.journey.people import session


def _reading(visit_id: str) -> c.ReadingSubmit:
    return c.ReadingSubmit(visit_id=visit_id, account="7400124417", meter_id="M-1", values={"T1": 30160})


async def test_a_reading_typed_while_the_server_was_away_arrives_when_it_is_back(place: Place) -> None:
    await place.open()
    await place.begun()
    visit_id = str(place.agent.visits.visit_id)
    await place.desk.go_away()
    await place.until(lambda: not place.agent.link.online)
    place.agent.heard(ipc.Tell(command=_reading(visit_id)))
    kept = (place.folder / "agent" / NAME).read_text()
    assert "reading.submit" in kept
    await place.desk.start()
    await place.desk.until(lambda desk: bool(desk.of(c.ReadingSubmit)), 40)
    await place.until(lambda: (place.folder / "agent" / NAME).read_text() == "")


async def test_a_reading_billing_could_not_take_yet_is_tried_again_under_a_new_id(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(post, "TRY_AGAIN_S", 0.1)
    await place.open()
    await place.begun()
    place.desk.refuse["reading.submit"] = ErrorCode.BILLING_UNAVAILABLE
    place.agent.heard(ipc.Tell(command=_reading(str(place.agent.visits.visit_id))))
    await place.desk.until(lambda desk: len(desk.of(c.ReadingSubmit)) >= 2)
    del place.desk.refuse["reading.submit"]
    await place.until(lambda: place.agent.outbox.waiting == ())


async def test_a_full_disk_hinders_no_visit_and_is_told_to_the_window(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(post, "TRY_AGAIN_S", 0.1)
    place.disk.full = True
    await place.open()
    await place.begun()
    visit_id = str(place.agent.visits.visit_id)
    assert [told.visit_id for told in place.desk.of(c.VisitBegin) if isinstance(told, c.VisitBegin)] == [visit_id]
    await place.until(lambda: not place.diary("world")[-1][1]["keeps"])
    await place.desk.go_away()
    await place.until(lambda: not place.agent.link.online)
    place.agent.heard(ipc.Tell(command=_reading(visit_id)))
    place.disk.full = False
    await place.until(lambda: place.diary("world")[-1][1]["keeps"])
    assert "reading.submit" in (place.folder / "agent" / NAME).read_text()
    await place.desk.start()
    await place.desk.until(lambda desk: bool(desk.of(c.ReadingSubmit)), 40)


async def test_a_refusal_for_good_is_not_repeated(place: Place) -> None:
    await place.open()
    await place.begun()
    place.desk.refuse["rating.give"] = ErrorCode.SESSION_UNKNOWN
    place.agent.heard(ipc.Tell(command=c.RatingGive(session_id="s-1", stars=5)))
    await place.until(lambda: place.agent.outbox.waiting == ())
    assert len(place.desk.of(c.RatingGive)) == 1


async def test_a_question_without_a_server_is_answered_with_link_down(place: Place) -> None:
    await place.open()
    await place.begun()
    await place.desk.go_away()
    await place.until(lambda: not place.agent.link.online)
    find = c.AccountFind(visit_id=str(place.agent.visits.visit_id), number="740")
    place.agent.heard(ipc.Ask(ask_id="ask-1", command=find))
    await place.until(lambda: any(told["ask_id"] == "ask-1" for _, told in place.diary("answer")))
    assert [told["error"] for _, told in place.diary("answer") if told["ask_id"] == "ask-1"] == ["link.down"]
    await place.until(lambda: not place.diary("world")[-1][1]["online"])


async def test_a_refused_question_carries_its_code(place: Place) -> None:
    await place.open()
    await place.begun()
    find = c.AccountFind(visit_id=str(place.agent.visits.visit_id), number="999")
    place.agent.heard(ipc.Ask(ask_id="ask-2", command=find))
    await place.until(lambda: any(told["ask_id"] == "ask-2" for _, told in place.diary("answer")))
    assert [told["error"] for _, told in place.diary("answer") if told["ask_id"] == "ask-2"] == ["account.unknown"]


async def test_descriptions_go_out_signed_with_the_kiosks_key(place: Place) -> None:
    await place.open()
    await place.begun()
    nonce = "n" * 16
    place.agent.heard(ipc.Describe(session_id="s-1", kind="offer", sdp="v=0", fingerprint="AA:BB", nonce=nonce))
    await place.desk.until(lambda desk: bool(desk.of(c.SessionDescribe)))
    (told,) = place.desk.of(c.SessionDescribe)
    assert isinstance(told, c.SessionDescribe)
    text = description_text("s-1", "kiosk", "AA:BB", nonce)
    assert signature_holds(place.key.public, text, told.description.signature)


async def test_of_many_views_the_newest_arrives(place: Place) -> None:
    await place.open()
    await place.begun()
    visit_id = str(place.agent.visits.visit_id)
    for number in range(2, 60):
        view = JourneyView(visit_id=visit_id, number=number, step=Step.MENU, language="lv")
        place.agent.heard(ipc.Tell(command=c.JourneyReport(view=view)))
    await place.desk.until(
        lambda desk: any(isinstance(told, c.JourneyReport) and told.view.number == 59 for told in desk.told)
    )
    assert len(place.desk.of(c.JourneyReport)) < 10


async def test_a_server_that_was_started_anew_is_told_the_screen_and_the_media_again(place: Place) -> None:
    await place.open()
    await place.begun()
    place.agent.heard(ipc.Tell(command=c.SessionMedia(session_id="s-1", state="live")))
    await place.desk.until(lambda desk: bool(desk.of(c.SessionMedia)) and bool(desk.of(c.JourneyReport)))
    await place.desk.go_away()
    await place.until(lambda: not place.agent.link.online)
    place.desk.told.clear()
    await place.desk.start()
    await place.desk.until(lambda desk: bool(desk.of(c.SessionMedia)) and bool(desk.of(c.JourneyReport)), 40)
    assert place.desk.of(c.SessionMedia) == [c.SessionMedia(session_id="s-1", state="live")]


async def test_health_is_told_with_the_frames_the_window_painted(place: Place) -> None:
    await place.open()
    await place.desk.until(lambda desk: bool(desk.of(c.HealthReport)))
    (first, *_) = place.desk.of(c.HealthReport)
    assert isinstance(first, c.HealthReport)
    assert (first.terminal, first.card_reader, first.camera) == ("out", "out", "unknown")
    await place.until(lambda: bool(place.diary("show")))
    assert place.diary("show")[0][1]["self_test"], "the first window tries the devices"
    place.agent.heard(ipc.Equipped(camera="out", engine="ok"))
    place.agent.heard(ipc.Equipped(engine="ok"))
    await place.desk.until(lambda desk: bool([one for one in desk.of(c.HealthReport) if one.engine == "ok"]))
    assert place.desk.of(c.HealthReport)[-1].camera == "out", "a new window knows nothing yet, and takes nothing back"


async def test_a_kiosk_that_is_not_let_in_says_that_it_serves_nobody(place: Place) -> None:
    place.desk.let_in = False
    await place.open()
    await place.until(lambda: any(not world["in_service"] for _, world in place.diary("world")))


async def test_the_line_is_told_to_the_window_and_to_the_spare(place: Place) -> None:
    await place.open()
    await place.begun()
    await place.desk.tell(s.LineTold(waiting=2, operators=3, wait=None))

    def told() -> set[int]:
        return {pid for pid, world in place.diary("world") if world["line"] and world["line"]["waiting"] == 2}

    await place.until(lambda: len(told()) == 2)


async def test_an_intent_for_another_visit_reaches_nobody(place: Place) -> None:
    await place.open()
    await place.begun()
    intent = i.AskPermission()
    for visit_id in ("another", str(place.agent.visits.visit_id)):
        await place.desk.tell(s.IntentCame(session_id="s-1", visit_id=visit_id, operator_name="Марина", intent=intent))
    await place.until(lambda: bool(place.diary("told")))
    assert [told["event"]["visit_id"] for _, told in place.diary("told")] == [place.agent.visits.visit_id]


async def test_after_the_visit_nothing_of_it_is_left_in_the_agent(place: Place) -> None:
    await place.open()
    await place.begun()
    call: SessionView = session("t-1").model_copy(update={"visit_id": place.agent.visits.visit_id})
    await place.desk.tell(s.SessionStarted(session=call))
    await place.until(lambda: place.agent._session is not None)
    place.agent.visits.tell(ipc.CardPresented(uid="FINISH"))
    await place.until(lambda: bool(place.agent.visits.changes))
    assert place.agent._session is None
    assert place.agent.visits._last_view is None or place.agent.visits._last_view.visit_id != call.visit_id
    assert call.session_id not in (place.folder / "agent" / NAME).read_text()


async def test_an_agent_whose_link_breaks_for_good_ends_so_that_it_is_started_anew(place: Place) -> None:
    await place.open()

    async def stumbles() -> None:
        raise KeyError("ours")

    place.agent._do_always(stumbles())
    running, place._running = place._running, asyncio.create_task(asyncio.sleep(0))
    with pytest.raises(AgentBroken, match="KeyError"):
        async with asyncio.timeout(20):
            await running
