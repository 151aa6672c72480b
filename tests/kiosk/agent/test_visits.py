"""Who keeps a screen in front of people: the change of visits, crashes, hangs, and what is wiped."""

from __future__ import annotations

import os
import signal

import pytest

from ground.disk import RealDisk
from kiosk.agent import visits
from kiosk.ipc import CardPresented
from signaling.protocol.commands import SessionEnd, TicketTake, VisitBegin, VisitEnd
from signaling.protocol.events import SessionStarted
from tests.kiosk.agent.place import Place
from tests.kiosk.journey.people import session


async def test_a_finished_visit_is_followed_by_the_spare_and_its_process_and_files_are_gone(place: Place) -> None:
    await place.open()
    await place.begun()
    first, second = place.agent.visits.processes[:2]
    pid, visit_id = first.pid, place.agent.visits.visit_id
    assert (first.folder / "personal.txt").exists()
    place.agent.visits.tell(CardPresented(uid="FINISH"))
    await place.until(lambda: bool(place.agent.visits.changes) and place.agent.visits.spare_is_ready)
    assert place.agent.visits.processes[0] is second
    assert not first.folder.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid or 0), 0)
    assert place.agent.visits.changes[0] < 1.0
    await place.desk.until(lambda desk: bool(desk.of(VisitEnd)))
    assert place.desk.of(VisitEnd) == [VisitEnd(visit_id=str(visit_id), outcome="finished")]
    assert place.agent.visits.visit_id != visit_id
    assert [told for told, _ in place.diary("touched")] == [second.pid], "the touch of the next person was lost"


async def test_a_crashed_visit_goes_on_in_the_spare_with_its_id_its_view_and_its_ticket(place: Place) -> None:
    await place.open()
    await place.begun()
    visit_id = place.agent.visits.visit_id
    place.agent.visits.tell(CardPresented(uid="CRASH"))
    await place.until(lambda: len(place.diary("show")) == 2 and bool(place.diary("caught")))
    (_, first), (pid, second) = place.diary("show")
    assert first["visit_id"] == second["visit_id"] == visit_id
    assert second["resume"]["language"] == "lv"
    caught = [message for told, message in place.diary("caught") if told == pid]
    assert len(caught[-1]["snapshot"]["tickets"]) == 1
    assert place.desk.of(VisitEnd) == []
    assert len(place.desk.of(VisitBegin)) == 1


async def test_a_call_is_handed_to_the_process_that_follows_a_crash(place: Place) -> None:
    await place.open()
    await place.begun()
    (take,) = place.desk.of(TicketTake)
    assert isinstance(take, TicketTake)
    call = session(take.ticket_id).model_copy(update={"visit_id": place.agent.visits.visit_id})
    await place.desk.tell(SessionStarted(session=call))
    await place.until(lambda: bool(place.diary("told")))
    place.agent.visits.tell(CardPresented(uid="CRASH"))
    await place.until(lambda: len(place.diary("show")) == 2)
    pid = place.diary("show")[1][0]
    await place.until(lambda: any(told == pid for told, _ in place.diary("caught")))
    caught = [message for told, message in place.diary("caught") if told == pid]
    assert caught[0]["snapshot"]["session"]["session_id"] == "s-1"


async def test_a_call_for_a_visit_that_is_over_is_ended(place: Place) -> None:
    await place.open()
    await place.begun()
    call = session("t-old", "s-old").model_copy(update={"visit_id": "an-earlier-visit"})
    await place.desk.tell(SessionStarted(session=call))
    await place.desk.until(lambda desk: desk.of(SessionEnd) == [SessionEnd(session_id="s-old")])


async def test_a_visit_that_breaks_every_process_is_given_up(place: Place) -> None:
    await place.open()
    await place.begun()
    visit_id = place.agent.visits.visit_id
    for shows in (1, 2, 3):
        await place.until(lambda shows=shows: len(place.diary("show")) >= shows and place.agent.visits.spare_is_ready)
        place.agent.visits.tell(CardPresented(uid="CRASH"))
    await place.desk.until(lambda desk: bool(desk.of(VisitEnd)))
    assert place.desk.of(VisitEnd) == [VisitEnd(visit_id=str(visit_id), outcome="crashed")]


async def test_a_window_that_paints_nothing_new_is_replaced(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visits, "HUNG_AFTER", 1.0)
    await place.open()
    await place.begun()
    frozen = place.agent.visits.processes[0]
    os.kill(int(frozen.pid or 0), signal.SIGSTOP)
    await place.until(lambda: len(place.diary("show")) == 2)
    await place.until(lambda: frozen.pid is None and not frozen.folder.exists())
    assert place.diary("show")[1][1]["visit_id"] == place.diary("show")[0][1]["visit_id"]


async def test_an_agent_that_starts_again_ends_the_visit_that_was_open_and_wipes_what_lay_there(place: Place) -> None:
    old = place.folder / "visits" / "7"
    old.mkdir(parents=True)
    (old / "personal.txt").write_text("the account of somebody")
    RealDisk(place.folder / "agent").replace("visit", b"v-old")
    await place.open()
    await place.desk.until(lambda desk: bool(desk.of(VisitEnd)))
    assert place.desk.of(VisitEnd)[0] == VisitEnd(visit_id="v-old", outcome="crashed")
    assert not (old / "personal.txt").exists()


async def test_stopping_ends_every_process(place: Place) -> None:
    await place.open()
    await place.begun()
    pids = [int(process.pid or 0) for process in place.agent.visits.processes]
    place.agent.stop()
    await place._running
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
