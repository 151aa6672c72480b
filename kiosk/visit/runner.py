"""Adapter: performs the journey's effects and feeds back what came of them. It decides nothing.

One runner a visit process: between the agent's pipe, the media engine and the window.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from ground.clock import Clock
from ground.ids import new_id
from ground.logs import bind_contextvars, get_logger
from kiosk import ipc
from kiosk.journey import Journey, JourneyError, Settings, fresh, resumed, step, view
from kiosk.journey import effects as do
from kiosk.journey import events as e
from kiosk.visit.call import Call
from kiosk.visit.visit_clock import VisitClock
from signaling.protocol import events as s
from signaling.protocol import replies as r
from signaling.protocol.commands import JourneyReport
from signaling.protocol.journey import Intent, JourneyView, KioskDevice
from signaling.protocol.values import Language, Message

log = get_logger()

#: A visit is known before anything is reported of it; a call connects, and is covered, while its screen is drawn.
_BEFORE_THE_SCREEN = (do.BeginVisit, do.Still, do.JoinMedia)


class Window(Protocol):
    """What the runner needs of the window (``kiosk.visit.window.VisitWindow``)."""

    def reveal(self, then: Callable[[], None]) -> None:
        """Be the visible window; call ``then`` after the first frame."""
        ...

    def show_view(self, view: JourneyView) -> None:
        """Show this."""
        ...

    def show_world(self, line: s.LineTold | None, online: bool, payments_offered: bool, called: str) -> None:
        """The world around changed."""
        ...

    async def serve_probe(self, path: Path) -> Any:
        """Let a visitor script see what is where."""
        ...


class Runner:
    """The one owner of the journey. ``send`` speaks to the agent."""

    def __init__(
        self,
        send: Callable[[Message], None],
        window: Window,
        call: Call,
        settings: Settings,
        clock: Clock,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._send, self._window, self._call = send, window, call
        self._settings, self._clock = settings, VisitClock(clock, monotonic)
        self._journey: Journey | None = None
        self._world = e.WorldChanged(online=False, payments_offered=False)
        self._asked: dict[str, int] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._shown_number = -1
        self._revealed_once = False
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def journey(self) -> Journey | None:
        """The journey, once the window is shown."""
        return self._journey

    # --- what comes in ---

    def intent(self, intent: Intent) -> None:
        """The customer touched something. When the visit is over it is the next person, whose window is coming."""
        if self._journey is not None and self._journey.ended:
            self._send(ipc.Touched(intent=intent))
            return
        self.feed(e.Wanted(intent, fresh_id=new_id()))

    def hear(self, message: Message) -> None:
        """The agent said something."""
        match message:
            case ipc.Show():
                self._show(message)
            case ipc.Answer():
                self._answered(message)
            case ipc.Told(event=event):
                self._told(event)
            case ipc.Caught(snapshot=snapshot):
                self.feed(e.Caught(snapshot.tickets, snapshot.session, snapshot.line))
            case ipc.World():
                self._world = e.WorldChanged(
                    message.online,
                    message.payments_offered,
                    message.in_service,
                    message.line,
                    message.printer,
                    message.keeps,
                )
                self._window.show_world(message.line, message.online, message.payments_offered, message.called)
                self.feed(self._world)
            case ipc.Touched(intent=intent):
                self.feed(e.Wanted(intent, fresh_id=new_id()))
            case ipc.CardPresented(uid=uid):
                self.feed(e.CardPresented(uid))
            case ipc.PurchaseShown():
                self.feed(
                    e.PurchaseShown(
                        message.purchase_id,
                        message.phase,
                        message.phrase,
                        message.can_cancel,
                        message.final,
                        message.amount,
                        message.reference,
                        message.document,
                    )
                )
            case ipc.SlipShown(about=about, state=state):
                self.feed(e.SlipShown(about, state))
            case ipc.TerminalActive(active=active):
                self.feed(e.TerminalActive(active))

    def media_is(self, session_id: str, state: str) -> None:
        """The engine told how the connection is."""
        known = {"connecting", "live", "reconnecting", "lost"}
        if state in known:
            self.feed(e.MediaChanged(session_id, state))  # type: ignore[arg-type]

    def devices_are(self, missing: tuple[KioskDevice, ...]) -> None:
        """The engine told which of our devices do not work."""
        self.feed(e.DevicesChanged(missing))

    def feed(self, event: e.JourneyEvent) -> None:
        """One step of the journey, and what it asks for. What does not belong to the screen is logged, not done."""
        if self._journey is None or self._journey.ended:
            return
        if not self._journey.begun:
            self._clock.begin()
        try:
            self._journey, effects = step(self._journey, event, self._clock.now())
        except JourneyError as error:
            log.info("not on this screen", visit=self._journey.visit_id, code=error.code, reason=str(error))
            return
        for effect in effects:
            if isinstance(effect, _BEFORE_THE_SCREEN):
                self._perform(self._journey, effect)
        self._show_view(self._journey)
        for effect in effects:
            if not isinstance(effect, _BEFORE_THE_SCREEN):
                self._perform(self._journey, effect)

    async def close(self) -> None:
        """Stop what runs."""
        if self._timer is not None:
            self._timer.cancel()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # --- what is shown ---

    def _show(self, message: ipc.Show) -> None:
        self._clock.begin()
        now = self._clock.now()
        if message.resume is not None:
            self._journey = resumed(message.visit_id, message.resume, self._settings, now)
        else:
            self._journey = fresh(message.visit_id, self._settings, now)
        bind_contextvars(visit=message.visit_id)
        self._call.listen(self_test=message.self_test, sound_check=message.sound_check)
        self._show_view(self._journey)
        self.feed(self._world)
        self.feed(e.TimePassed())  # a visit taken up again has its quiet time to watch
        self._window.reveal(lambda: self._revealed(message.visit_id))

    def _revealed(self, visit_id: str) -> None:
        """The first frame is on the screen; said once, however often the window says so."""
        if not self._revealed_once:
            self._revealed_once = True
            self._send(ipc.Shown(visit_id=visit_id, at=self._clock.now()))

    def _show_view(self, journey: Journey) -> None:
        if journey.ended:  # nothing of the visit stays on the glass while the next window comes
            self._window.show_view(view(fresh(journey.visit_id, self._settings, self._clock.now())))
            return
        if journey.number == self._shown_number:
            return
        self._shown_number = journey.number
        shown = view(journey)
        self._window.show_view(shown)
        if journey.begun:
            self._send(ipc.Tell(command=JourneyReport(view=_reported(shown))))

    # --- what goes out ---

    def _perform(self, journey: Journey, effect: do.Effect) -> None:
        match effect:
            case do.BeginVisit(language=language):
                self._send(ipc.Began(visit_id=journey.visit_id, language=language))
            case do.AskServer(number=number, command=command):
                ask_id = new_id()
                self._asked[ask_id] = number
                self._send(ipc.Ask(ask_id=ask_id, command=command))
            case do.TellServer(command=command):
                self._send(ipc.Tell(command=command))
            case do.StartPurchase():
                self._do(self._start_purchase(effect, journey.language))
            case do.CancelPurchase(purchase_id=purchase_id):
                self._send(ipc.CancelPurchase(purchase_id=purchase_id))
            case do.WarmMedia():
                self._call.warm()
            case do.JoinMedia(session=session):
                self._call.join(session)
            case do.LeaveMedia(session_id=session_id):
                self._call.leave(session_id)
            case do.MuteMedia(microphone_on=on):
                self._call.mute(microphone_on=on)
            case do.ShowPage(page=page):
                self._call.page_shown(page)
            case do.Still(on=on):
                self._call.still(on)
            case do.Cue(name=name):
                self._call.cue(name, self._clock.now())
            case do.WakeAt(at=at):
                self._wake(at)
            case do.EndVisit(outcome=outcome):
                self._call.end()
                self._send(ipc.Ended(visit_id=journey.visit_id, outcome=outcome))

    async def _start_purchase(self, effect: do.StartPurchase, language: Language) -> None:
        """Nobody watches a PIN being typed: the picture is covered before the terminal asks for a card."""
        await self._call.covered()
        bills = tuple(
            ipc.Bill(
                supplier=bill.supplier,
                account=bill.account,
                service="+".join(bill.services),
                amount=bill.due,
                fee=bill.fee,
                supplier_name=bill.supplier_name,
                supplier_phone=bill.supplier_phone,
                account_masked=bill.account_masked,
            )
            for bill in effect.bills
        )
        self._send(
            ipc.StartPurchase(
                purchase_id=effect.purchase_id,
                bills=bills,
                amount=effect.amount,
                purpose=effect.purpose,
                language=language,
            )
        )

    def _answered(self, message: ipc.Answer) -> None:
        number = self._asked.pop(message.ask_id, None)
        if number is None:
            return
        match message.reply:
            case r.AccountFound(account=account):
                self.feed(e.AccountFound(number, account))
            case r.ReadingAnswer() as answer:
                self.feed(e.ReadingAnswered(number, answer))
            case r.TicketTaken(ticket=ticket):
                self.feed(e.TicketTaken(number, ticket))
            case r.Done() if self._waits_for_call_back(number):
                self.feed(e.CallBackKept(number))
            case _:
                self.feed(e.Refused(number, message.error or "server.internal"))

    def _waits_for_call_back(self, number: int) -> bool:
        pending = () if self._journey is None else self._journey.pending
        return any(waited.number == number and waited.about == "call_back" for waited in pending)

    def _told(self, event: s.Event) -> None:
        match event:
            case s.TicketChanged(ticket=ticket):
                self.feed(e.TicketChanged(ticket))
            case s.SessionStarted(session=session):
                self.feed(e.SessionStarted(session))
            case s.SessionRestart(session=session):
                self.feed(e.SessionRestarted(session))
            case s.SessionEnded(session_id=session_id, reason=reason):
                self.feed(e.SessionEnded(session_id, reason))
            case s.SessionShown(session_id=session_id, page=page):
                self.feed(e.PageShown(session_id, page))
            case s.SessionDescribed(session_id=session_id, description=description):
                self._call.described(session_id, description)
            case s.IntentCame(intent=intent, operator_name=name):
                self.feed(e.Wanted(intent, origin="operator", operator_name=name, fresh_id=new_id()))

    def _wake(self, at: datetime | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if at is not None:
            delay = max(0.0, (at - self._clock.now()).total_seconds())
            self._timer = asyncio.get_running_loop().call_later(delay, self._woken, at)

    def _woken(self, at: datetime) -> None:
        """Qt's timers come up to a twentieth too early: then the rest is waited for too, or nobody would ever look."""
        if self._clock.now() < at:
            self._wake(at)
        else:
            self._timer = None
            self.feed(e.TimePassed())

    def _do(self, work: Coroutine[Any, Any, None] | Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _reported(shown: JourneyView) -> JourneyView:
    """What others see of the screen: a phone number leaves the kiosk only when the person hands it in, a code never."""
    update: dict[str, Any] = {"typed_number": ""}
    if shown.call_back is not None:
        update["call_back"] = shown.call_back.model_copy(update={"typed": "", "masked": ""})
    if shown.ticket is not None:
        update["ticket"] = shown.ticket.model_copy(update={"code": ""})
    if any(each.code for each in shown.references):
        update["references"] = tuple(each.model_copy(update={"code": ""}) for each in shown.references)
    return shown.model_copy(update=update)
