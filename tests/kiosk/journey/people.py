"""Values the journey's tests share: an account, a ticket, a conversation, and a visitor who touches things."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from kiosk.journey import Journey, Settings, fresh, step, view
from kiosk.journey import events as e
from kiosk.journey.effects import AskServer, Effect, TellServer
from signaling.protocol import journey as i
from signaling.protocol.journey import JourneyView, Step
from signaling.protocol.values import (
    AccountView,
    MeterView,
    Peer,
    SessionView,
    Sum,
    TicketState,
    TicketView,
    WaitBand,
    ZoneView,
)

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


def zone(name: str, last: int, low: int = 150, high: int = 190) -> ZoneView:
    """A register last read four weeks before NOW, at 3.50 a unit."""
    return ZoneView(
        zone=name,
        last_value=last,
        last_date="2026-10-23",
        usual_low=low,
        usual_high=high,
        price=Sum(minor=350, currency="RUB"),
    )


def account(number: str = "7400124417", debt: int = 128450, meters: int = 1) -> AccountView:
    """An account of two-zone meters with a debt in kopecks."""
    return AccountView(
        account=number,
        account_masked="••••• " + number[-4:],
        holder_initials="И. П.",
        supplier="elektro",
        supplier_name="Электросбыт",
        address_masked="Миасс, ул. 8 Марта",
        meters=tuple(
            MeterView(
                meter_id=f"M-{place}",
                model="Меркурий 200",
                serial_masked="••• 8812",
                unit="kWh",
                digits=6,
                zones=(zone("T1", 30_000), zone("T2", 12_611)),
            )
            for place in range(1, meters + 1)
        ),
        debt=Sum(minor=debt, currency="RUB"),
    )


def ticket(ticket_id: str, state: TicketState = TicketState.WAITING, number: str = "A-027") -> TicketView:
    """A place in the line."""
    return TicketView(
        ticket_id=ticket_id,
        number=number,
        state=state,
        ahead=2,
        operators=3,
        proof="3f2a91bc04de",
        wait=WaitBand(p50=180, p90=360),
    )


def session(ticket_id: str, session_id: str = "s-1") -> SessionView:
    """A conversation with Marina."""
    return SessionView(
        session_id=session_id,
        ticket_id=ticket_id,
        ticket_number="A-027",
        visit_id="v-1",
        you="kiosk",
        offerer=False,
        peer=Peer(role="operator", name="Марина", public_key="AAAA"),
        place="Миасс",
        started_at=NOW,
    )


class Visitor:
    """A person before the screen: every call is one event; keeps the effects of the last one and all."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.now = NOW
        self.journey: Journey = fresh("v-1", settings or Settings(), self.now)
        self.last: list[Effect] = []
        self.all: list[Effect] = []
        self._ids = 0

    def feel(self, event: e.JourneyEvent) -> Visitor:
        """One event."""
        self.journey, self.last = step(self.journey, event, self.now)
        self.all += self.last
        return self

    def touch(self, *intents: i._Intent) -> Visitor:
        """The customer's wishes, one after the other."""
        for intent in intents:
            self._ids += 1
            self.feel(e.Wanted(intent, fresh_id=f"id-{self._ids}"))
        return self

    def operator(self, intent: i._Intent) -> Visitor:
        """An operator's wish."""
        return self.feel(e.Wanted(intent, origin="operator", operator_name="Марина"))

    def wait(self, seconds: float) -> Visitor:
        """Time passes up to each moment the journey asked for, and on to the end of the wait."""
        until = self.now + timedelta(seconds=seconds)
        while self.journey.wake_at is not None and self.journey.wake_at <= until and not self.journey.ended:
            self.now = self.journey.wake_at
            self.feel(e.TimePassed())
        self.now = until
        return self

    def type(self, digits: str) -> Visitor:
        """Digits on the number pad."""
        return self.touch(*(i.Key(key=digit) for digit in digits))

    def identified(self, who: AccountView | None = None) -> Visitor:
        """Type an account number and be found; begins at IDENTIFY."""
        self.type("7400124417").touch(i.Confirm())
        return self.feel(e.AccountFound(self.asked.number, who or account()))

    def in_line(self) -> Visitor:
        """Take a ticket from wherever we are."""
        self.touch(i.OpenService(service="talk"), i.Talk(topic="other"))
        asked = self.asked
        return self.feel(e.TicketTaken(asked.number, ticket(asked.command.ticket_id)))  # type: ignore[union-attr]

    def in_call(self) -> Visitor:
        """Take a ticket and be called."""
        self.in_line()
        assert self.journey.ticket_id is not None
        return self.feel(e.SessionStarted(session(self.journey.ticket_id)))

    @property
    def asked(self) -> AskServer:
        """The last thing asked of the server."""
        return [effect for effect in self.all if isinstance(effect, AskServer)][-1]

    @property
    def told(self) -> list[object]:
        """Commands told to the server by the last event."""
        return [effect.command for effect in self.last if isinstance(effect, TellServer)]

    @property
    def step(self) -> Step:
        """The screen in view."""
        return self.journey.step

    @property
    def view(self) -> JourneyView:
        """What is shown."""
        return view(self.journey)

    @property
    def phrase(self) -> str:
        """The phrase of the notice in view, or nothing."""
        return "" if self.view.notice is None else self.view.notice.phrase


def purchase(visitor: Visitor, phase: str, *, final: bool = False, reference: str | None = None) -> e.PurchaseShown:
    """The agent says how the purchase of this visitor stands."""
    assert visitor.journey.purchase is not None
    bought = visitor.journey.purchase
    return e.PurchaseShown(
        bought.purchase_id, phase, f"payment.{phase}", phase == "present_card", final, bought.amount, reference
    )
