"""The runner performs effects in their order and feeds back what came of them; it decides nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ground.ids import new_id
from kiosk import ipc
from kiosk.journey import Settings
from kiosk.journey import events as e
from kiosk.visit.call import Call, choice
from kiosk.visit.runner import Runner
from media import messages as m
from signaling.protocol import commands as c
from signaling.protocol import events as s
from signaling.protocol import journey as i
from signaling.protocol import replies as r
from signaling.protocol.events import LineTold
from signaling.protocol.journey import JourneyView, Step
from signaling.protocol.values import Description, PageShape
from tests.kiosk.journey.people import account, session, ticket


class Clock:
    """A clock that stands still, until somebody puts it right. ``passed`` seconds have gone by in truth."""

    def __init__(self) -> None:
        self.wrong = timedelta()
        self.passed = 0.0

    def now(self) -> datetime:
        """The machine's time."""
        return datetime(2026, 11, 21, 10, 0, tzinfo=UTC) + timedelta(seconds=self.passed) + self.wrong


class Window:
    """A window that keeps what it was shown."""

    def __init__(self) -> None:
        self.views: list[JourneyView] = []
        self.world: tuple[Any, ...] = ()
        self.rings: tuple[Any, Any] = (None, None)
        self.then: Callable[[], None] = lambda: None

    def reveal(self, then: Callable[[], None]) -> None:
        """Keeps what to do after the first frame."""
        self.then = then

    def show_view(self, view: JourneyView) -> None:
        """Keeps the view."""
        self.views.append(view)

    def show_world(self, line: LineTold | None, online: bool, payments_offered: bool, called: str) -> None:
        """Keeps the world."""
        self.world = (line, online, payments_offered)

    def connection(self, word: str) -> None:
        pass

    def set_rings(self, remote: Any, local: Any) -> None:
        """Keeps the rings."""
        self.rings = (remote, local)

    async def serve_probe(self, path: Path) -> None:
        """Not used here."""


class Engine:
    """A media engine that keeps what it was told."""

    remote, local = "remote ring", "local ring"

    def __init__(self) -> None:
        self.told: list[m.Command] = []
        self.restarts = 0

    def send(self, command: m.Command) -> None:
        """Keeps the command."""
        self.told.append(command)

    async def restart(self) -> None:
        """Counts."""
        self.restarts += 1

    async def close(self) -> None:
        """Nothing to end."""


class Visit:
    """A runner with everything around it made of paper."""

    def __init__(self) -> None:
        self.sent: list[ipc.Message] = []
        self.window, self.engine = Window(), Engine()
        self.states: list[tuple[str, str]] = []
        face = ipc.KioskFace(company="Infomat", kiosk_name="Терминал № 41", place="Миасс")
        prepare = ipc.Prepare(face=face, loudspeaker="default")
        self.call = Call(self.sent.append, self.window, self._state, lambda _missing: None, prepare)
        self.call._engine = self.engine  # type: ignore[assignment]
        self.clock = Clock()
        self.runner = Runner(
            self.sent.append, self.window, self.call, Settings(), self.clock, lambda: self.clock.passed
        )
        self.runner.hear(ipc.World(online=True, payments_offered=True))
        self.runner.hear(ipc.Show(visit_id="v-1"))

    def _state(self, session_id: str, state: str) -> None:
        self.states.append((session_id, state))
        self.runner.media_is(session_id, state)

    def of(self, kind: type) -> list[Any]:
        """Messages of a kind sent to the agent."""
        return [message for message in self.sent if isinstance(message, kind)]

    def commands(self, kind: type) -> list[Any]:
        """Commands told or asked."""
        return [
            message.command
            for message in self.sent
            if isinstance(message, ipc.Ask | ipc.Tell) and isinstance(message.command, kind)
        ]

    def found(self) -> None:
        """Go to payment as a known person."""
        self.runner.intent(i.Touch())
        self.runner.intent(i.OpenService(service="payment"))
        self.runner.intent(i.Key(key="7"))
        self.runner.intent(i.Confirm())
        (ask,) = self.of(ipc.Ask)
        self.runner.hear(ipc.Answer(ask_id=ask.ask_id, reply=r.AccountFound(account=account())))

    def called(self) -> None:
        """Take a ticket and be called."""
        self.runner.intent(i.Touch())
        self.runner.intent(i.OpenService(service="talk"))
        self.runner.intent(i.Talk(topic="other"))
        ask = self.of(ipc.Ask)[-1]
        self.runner.hear(ipc.Answer(ask_id=ask.ask_id, reply=r.TicketTaken(ticket=ticket(ask.command.ticket_id))))
        self.runner.hear(ipc.Told(event=s.SessionStarted(session=session(ask.command.ticket_id))))

    @property
    def step(self) -> Step:
        """The step last shown."""
        return self.window.views[-1].step


async def test_shown_is_said_once_after_the_first_frame() -> None:
    visit = Visit()
    assert visit.of(ipc.Shown) == []
    visit.window.then()
    visit.window.then()
    assert [shown.visit_id for shown in visit.of(ipc.Shown)] == ["v-1"]


async def test_the_visit_is_begun_before_anything_is_reported_of_it() -> None:
    visit = Visit()
    visit.runner.intent(i.Touch())
    kinds = [type(message) for message in visit.sent if isinstance(message, ipc.Began | ipc.Tell)]
    assert kinds == [ipc.Began, ipc.Tell]
    assert visit.commands(c.JourneyReport)[0].view.step is Step.MENU


async def test_nothing_is_reported_of_a_screen_nobody_touched() -> None:
    assert Visit().commands(c.JourneyReport) == []


async def test_an_answer_goes_to_the_question_it_belongs_to() -> None:
    visit = Visit()
    visit.found()
    assert visit.step is Step.PAYMENT
    visit.runner.hear(ipc.Answer(ask_id=new_id(), error="account.unknown"))
    assert visit.step is Step.PAYMENT


async def test_an_answer_without_reply_or_code_is_our_own_failure() -> None:
    visit = Visit()
    visit.runner.intent(i.Touch())
    visit.runner.intent(i.OpenService(service="readings"))
    visit.runner.intent(i.Key(key="7"))
    visit.runner.intent(i.Confirm())
    visit.runner.hear(ipc.Answer(ask_id=visit.of(ipc.Ask)[0].ask_id, reply=r.Done()))
    assert visit.window.views[-1].notice is not None
    assert visit.window.views[-1].notice.phrase == "error.server.internal"


async def test_a_phone_number_leaves_the_kiosk_only_when_it_is_handed_in() -> None:
    visit = Visit()
    visit.runner.intent(i.Touch())
    visit.runner.intent(i.OpenService(service="talk"))
    visit.runner.intent(i.Talk(topic="other"))
    taken = visit.of(ipc.Ask)[-1]
    visit.runner.hear(ipc.Answer(ask_id=taken.ask_id, reply=r.TicketTaken(ticket=ticket(taken.command.ticket_id))))
    visit.runner.intent(i.CallMeBack())
    for digit in "9123456789":
        visit.runner.intent(i.Key(key=digit))
    shown = visit.window.views[-1].call_back
    assert shown is not None
    assert shown.typed == "9123456789"
    assert not any("91234" in message.model_dump_json() for message in visit.sent)
    visit.runner.intent(i.Confirm())
    asked = visit.of(ipc.Ask)[-1]
    assert asked.command.phone == "+79123456789"
    visit.runner.hear(ipc.Answer(ask_id=asked.ask_id, reply=r.Done()))
    assert visit.window.views[-1].step is Step.CALL_BACK_DONE
    told = [report.view.model_dump_json() for report in visit.commands(c.JourneyReport)]
    assert not any("91234" in view or "67\u00a089" in view for view in told)


async def test_a_purchase_starts_at_once_when_nobody_watches() -> None:
    visit = Visit()
    visit.found()
    visit.runner.intent(i.Pay())
    await asyncio.sleep(0)
    (start,) = visit.of(ipc.StartPurchase)
    assert start.amount.minor == 128450


async def test_in_a_call_the_picture_is_covered_before_the_terminal_is_asked_for_a_card() -> None:
    visit = Visit()
    visit.found()
    visit.called()
    visit.runner.intent(i.OpenService(service="payment"))
    visit.runner.intent(i.Pay())
    await asyncio.sleep(0)
    assert m.Still(on=True) in visit.engine.told
    assert visit.of(ipc.StartPurchase) == []
    visit.call._on_media(m.StillShown(on=True))
    async with asyncio.timeout(1):
        while not visit.of(ipc.StartPurchase):
            await asyncio.sleep(0)


async def test_camera_and_microphone_start_with_the_ticket_and_not_before() -> None:
    visit = Visit()
    visit.runner.intent(i.Touch())
    opened = [command for command in visit.engine.told if isinstance(command, m.Open)]
    assert [(each.camera.kind, each.loudspeaker.kind) for each in opened] == [("none", "device")]
    visit.runner.intent(i.OpenService(service="talk"))
    visit.runner.intent(i.Talk(topic="other"))
    ask = visit.of(ipc.Ask)[-1]
    visit.runner.hear(ipc.Answer(ask_id=ask.ask_id, reply=r.TicketTaken(ticket=ticket(ask.command.ticket_id))))
    last = [command for command in visit.engine.told if isinstance(command, m.Open)][-1]
    assert last.camera.kind == "generated"


async def test_a_call_is_joined_described_and_left() -> None:
    visit = Visit()
    visit.called()
    (join,) = [command for command in visit.engine.told if isinstance(command, m.Join)]
    assert (join.session_id, join.peer_public_key, join.role) == ("s-1", "AAAA", "kiosk")
    assert visit.window.rings == ("remote ring", "local ring")
    local = m.LocalDescription(session_id="s-1", kind="offer", sdp="v=0", fingerprint="AA:BB", nonce="n" * 16)
    visit.call._on_media(local)
    (describe,) = visit.of(ipc.Describe)
    assert (describe.fingerprint, describe.kind) == ("AA:BB", "offer")
    answer = Description(kind="answer", sdp="v=0", fingerprint="CC", nonce="n" * 16, signature="s")
    visit.runner.hear(ipc.Told(event=s.SessionDescribed(session_id="s-1", description=answer)))
    assert isinstance(visit.engine.told[-1], m.RemoteDescription)
    visit.call._on_media(m.State(session_id="s-1", state="live"))
    assert visit.commands(c.SessionMedia)[-1].state == "live"
    visit.runner.intent(i.EndCall())
    assert m.Leave(session_id="s-1") in visit.engine.told
    assert visit.window.rings == (None, None)


async def test_a_call_connects_while_its_screen_is_drawn_and_is_covered_like_before() -> None:
    visit = Visit()
    joined_when_drawn: list[bool] = []

    def drawn(view: JourneyView) -> None:
        if view.call is not None:
            joined_when_drawn.append(any(isinstance(command, m.Join) for command in visit.engine.told))
        visit.window.views.append(view)

    visit.window.show_view = drawn  # type: ignore[method-assign]
    visit.called()
    assert joined_when_drawn[0]
    kinds = [type(command) for command in visit.engine.told if isinstance(command, m.Join | m.Still)]
    assert kinds == [m.Join, m.Still]


async def test_an_engine_that_died_is_begun_anew_in_the_same_call() -> None:
    visit = Visit()
    visit.called()
    visit.runner.intent(i.Mute(microphone_on=False))
    visit.engine.told.clear()
    visit.call._on_media(m.EngineDied(exit_code=-9))
    async with asyncio.timeout(5):
        while not any(isinstance(command, m.Join) for command in visit.engine.told):
            await asyncio.sleep(0.01)
    assert visit.engine.restarts == 1
    assert ("s-1", "reconnecting") in visit.states
    assert visit.engine.told[-1] == m.Mute(audio=True, video=False)


async def test_the_operators_intent_is_the_operators() -> None:
    visit = Visit()
    visit.called()
    came = s.IntentCame(session_id="s-1", visit_id="v-1", operator_name="Марина", intent=i.Finish())
    visit.runner.hear(ipc.Told(event=came))
    assert visit.step is Step.CALL
    visit.runner.hear(ipc.Told(event=came.model_copy(update={"intent": i.AskPermission()})))
    assert visit.window.views[-1].permission == "asked"


async def test_the_end_leaves_a_blank_screen_and_tells_the_agent() -> None:
    visit = Visit()
    visit.found()
    visit.runner.intent(i.Finish())
    visit.runner.intent(i.Finish())
    assert [ended.outcome for ended in visit.of(ipc.Ended)] == ["finished"]
    last = visit.window.views[-1]
    assert (last.step, last.account, last.references) == (Step.ATTRACT, None, ())
    shown = len(visit.window.views)
    visit.runner.intent(i.Touch())
    assert len(visit.window.views) == shown
    assert visit.sent[-1] == ipc.Touched(intent=i.Touch()), "the next person's touch goes to the next window"


async def test_a_touch_the_old_window_heard_begins_the_visit_in_the_new_one() -> None:
    visit = Visit()
    visit.runner.hear(ipc.Touched(intent=i.ChooseLanguage(language="lv")))
    assert (visit.step, visit.window.views[-1].language) == (Step.MENU, "lv")


async def test_a_touch_too_late_for_its_screen_does_nothing() -> None:
    visit = Visit()
    visit.runner.intent(i.Touch())
    visit.runner.intent(i.Key(key="1"))
    assert visit.step is Step.MENU


async def test_a_visit_taken_up_again_goes_on_where_it_was() -> None:
    visit = Visit()
    visit.called()
    seen = visit.window.views[-1]
    again = Visit()
    again.runner.hear(ipc.Show(visit_id="v-1", resume=seen))
    assert again.step is Step.WAITING
    snapshot = s.KioskSnapshot(tickets=(), session=session(seen.ticket.ticket_id if seen.ticket else ""))
    again.runner.hear(ipc.Caught(snapshot=snapshot))
    assert again.step is Step.CALL
    assert any(isinstance(command, m.Join) for command in again.engine.told)


async def test_a_page_shown_while_the_link_was_away_is_wanted_as_large_as_one_that_is_told() -> None:
    visit = Visit()
    visit.called()
    talk = session(visit.of(ipc.Ask)[-1].command.ticket_id)
    paged = talk.model_copy(update={"page": PageShape(width=764, height=1080)})
    visit.runner.hear(ipc.Caught(snapshot=s.KioskSnapshot(tickets=(), session=paged)))
    visit.runner.hear(ipc.Told(event=s.SessionShown(session_id=talk.session_id, page=None)))
    sizes = [(one.width, one.height) for one in visit.engine.told if isinstance(one, m.Size)]
    assert sizes == [(1280, 720), (1920, 1080), (1280, 720)]


def test_devices_are_chosen_by_the_words_of_the_configuration() -> None:
    assert choice("generated", "Терминал № 41").label == "41"
    assert choice("silence").kind == "none"
    assert choice("/dev/video2") == m.DeviceChoice(kind="device", name="/dev/video2")
    assert choice("/srv/face.mp4") == m.DeviceChoice(kind="file", path="/srv/face.mp4")
    assert choice("default") == m.DeviceChoice(kind="device")


@pytest.mark.parametrize("wrong", [timedelta(hours=1), timedelta(hours=-1)])
async def test_a_machines_clock_that_is_put_right_neither_wipes_a_visit_nor_keeps_it(wrong: timedelta) -> None:
    visit = Visit()
    visit.clock.wrong = wrong  # while nobody is there it is simply the time
    visit.runner.intent(i.Touch())
    visit.clock.wrong = -wrong
    visit.runner.feed(e.TimePassed())
    assert visit.step is Step.MENU
    assert visit.window.views[-1].idle_warning_s is None
    visit.clock.passed = 61
    visit.runner.feed(e.TimePassed())
    assert visit.window.views[-1].idle_warning_s == 29
    visit.clock.passed = 91
    visit.runner.feed(e.TimePassed())
    (ended,) = visit.of(ipc.Ended)
    assert ended.outcome == "idle"
    await visit.runner.close()


async def test_a_timer_that_comes_too_early_is_set_again(monkeypatch: pytest.MonkeyPatch) -> None:
    visit, timers = Visit(), []

    def call_later(delay: float, callback: Callable[..., None], *values: Any) -> asyncio.TimerHandle:
        timers.append((delay, callback, values))
        return asyncio.TimerHandle(0.0, callback, values, asyncio.get_running_loop())

    monkeypatch.setattr(asyncio.get_running_loop(), "call_later", call_later)
    visit.runner.intent(i.Touch())
    for passed, rest in ((57.0, 3.0), (59.9, 0.1)):  # Qt's own timers, for sixty seconds
        visit.clock.passed = passed
        _, callback, values = timers[-1]
        callback(*values)
        assert timers[-1][0] == pytest.approx(rest)
        assert visit.window.views[-1].idle_warning_s is None
    visit.clock.passed = 60.1
    _, callback, values = timers[-1]
    callback(*values)
    assert visit.window.views[-1].idle_warning_s == 30
    await visit.runner.close()
