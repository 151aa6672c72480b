"""The journey under any order of touches and events: it never traps a person, never lies about money."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from kiosk.journey import MOVES, IllegalMove, NotPermitted, step
from kiosk.journey import events as e
from kiosk.journey.effects import EndVisit, StartPurchase
from kiosk.journey.idle import exempt
from signaling.protocol import journey as i
from signaling.protocol.commands import TicketLeave
from signaling.protocol.errors import ErrorCode
from signaling.protocol.journey import Step
from signaling.protocol.replies import ReadingAnswer
from signaling.protocol.values import Sum, TicketState
from tests.kiosk.journey.people import Visitor, account, purchase, session, ticket

_NOT_BEGUN = (Step.ATTRACT, Step.OUT_OF_SERVICE)
_UNPAID_WORDS = re.compile(r"payment\.(declined|not_sent|not_charged|reversed)")

CUSTOMER: list[i._Intent] = [
    i.Touch(),
    i.ChooseLanguage(language="lv"),
    *(i.OpenService(service=name) for name in ("menu", "readings", "payment", "talk")),
    *(i.Key(key=key) for key in ("0", "3", "9", "back", "clear")),
    i.Confirm(),
    i.Back(),
    i.Finish(),
    i.TickBill(place=0, ticked=False),
    i.TickBill(place=0, ticked=True),
    i.Pay(),
    i.CancelPayment(),
    i.Talk(topic="payment"),
    i.HaveNumber(),
    i.Pause(),
    i.LeaveLine(),
    i.CallMeBack(),
    i.EndCall(),
    i.Mute(microphone_on=False),
    i.Rate(stars=5),
    i.Rate(stars=None),
    i.SetEase(ease=i.Ease(slower=True)),
    i.Permit(granted=True),
    i.Permit(granted=False),
    i.DecideProposal(accepted=True),
    i.DecideProposal(accepted=False),
]
OPERATOR: list[i._Intent] = [
    i.AskPermission(),
    i.Propose(field="account", value="7400124417"),
    i.Propose(field="reading.T1", value="30150"),
    i.Propose(field="reading.T1", value="abc"),
    i.OpenService(service="readings"),
    i.OpenService(service="payment"),
    i.Finish(),
    i.Pay(),
]
PHASES = [
    ("connecting", False),
    ("present_card", False),
    ("processing", False),
    ("unknown", False),
    ("parked", True),
    ("approved", True),
    ("posted", True),
    ("declined", True),
    ("not_charged", True),
    ("reversing", False),
    ("reversed", True),
]


class AnyVisit(RuleBasedStateMachine):
    """A customer, an operator, a server, a terminal and a clock that do what they like."""

    def __init__(self) -> None:
        super().__init__()
        self.visitor = Visitor()
        self.sessions = 0

    def _feel(self, event: e.JourneyEvent) -> None:
        before = self.visitor.journey
        kind = type(event.intent) if isinstance(event, e.Wanted) else type(event)
        try:
            self.visitor.feel(event)
        except NotPermitted:
            assert isinstance(event, e.Wanted)
            assert event.origin == "operator" or isinstance(event.intent, i.AskPermission | i.Propose)
            assert self.visitor.journey is before
        except IllegalMove:
            assert (before.step, kind) not in MOVES, f"{kind.__name__} at {before.step}"
            assert self.visitor.journey is before

    @rule(intent=st.sampled_from(CUSTOMER), number=st.integers(0, 10**9))
    def customer(self, intent: i._Intent, number: int) -> None:
        self._feel(e.Wanted(intent, fresh_id=f"id-{number}"))

    @rule(service=st.sampled_from(["readings", "payment"]), debt=st.sampled_from([0, 128450]), meters=st.integers(0, 2))
    def goes_to_a_service_and_is_found(self, service: Any, debt: int, meters: int) -> None:
        self._feel(e.Wanted(i.OpenService(service=service)))
        if self.visitor.step is Step.IDENTIFY:
            self._feel(e.Wanted(i.Key(key="7")))
            self._feel(e.Wanted(i.Confirm()))
            if self.visitor.journey.waits_for("account"):
                self._feel(e.AccountFound(self.visitor.asked.number, account(debt=debt, meters=meters)))

    @precondition(lambda self: self.visitor.step is Step.READING)
    @rule(digits=st.sampled_from(["30150", "99", "39999", "012780", "20000"]))
    def types_a_reading(self, digits: str) -> None:
        for key in ("clear", *digits):
            self._feel(e.Wanted(i.Key(key=key)))
        self._feel(e.Wanted(i.Confirm()))

    @rule(intent=st.sampled_from(OPERATOR))
    def operator(self, intent: i._Intent) -> None:
        self._feel(e.Wanted(intent, origin="operator", operator_name="Марина"))

    @precondition(lambda self: self.visitor.journey.pending)
    @rule(pick=st.integers(0, 5), answer=st.sampled_from(["good", "doubt", "bad", "gone", "code"]))
    def server_answers(self, pick: int, answer: str) -> None:
        pending = self.visitor.journey.pending
        waited = pending[pick % len(pending)]
        if answer in ("gone", "code") or (answer == "bad" and waited.about != "reading"):
            code = "link.down" if answer == "gone" else list(ErrorCode)[pick].value
            self._feel(e.Refused(waited.number, code))
        elif waited.about == "account":
            self._feel(e.AccountFound(waited.number, account(f"74001244{pick:02}", meters=pick % 3)))
        elif waited.about == "ticket":
            assert self.visitor.journey.ticket_id is not None
            self._feel(e.TicketTaken(waited.number, ticket(self.visitor.journey.ticket_id)))
        elif waited.about == "call_back":
            self._feel(e.CallBackKept(waited.number))
        elif waited.about == "number":
            ticket_id = self.visitor.journey.ticket_id or f"returned-{waited.number}"
            self._feel(e.TicketTaken(waited.number, ticket(ticket_id)))
        else:
            self._feel(e.ReadingAnswered(waited.number, self._reading(answer)))

    @rule(number=st.integers(0, 9), kind=st.sampled_from(["account", "ticket", "reading", "call_back", "refused"]))
    def an_old_answer_comes(self, number: int, kind: str) -> None:
        if any(waited.number == number for waited in self.visitor.journey.pending):
            return
        answers: dict[str, e.JourneyEvent] = {
            "account": e.AccountFound(number, account("7400124418")),
            "ticket": e.TicketTaken(number, ticket("an-old-one")),
            "reading": e.ReadingAnswered(number, self._reading("good")),
            "call_back": e.CallBackKept(number),
            "refused": e.Refused(number, "link.down"),
        }
        before = self.visitor.journey
        self._feel(answers[kind])
        assert self.visitor.journey == before

    @staticmethod
    def _reading(answer: str) -> ReadingAnswer:
        if answer == "good":
            return ReadingAnswer(outcome="accepted", reference="R2611-M-1")
        money = Sum(minor=586_000, currency="RUB")
        if answer == "doubt":
            return ReadingAnswer(
                outcome="needs_confirmation",
                reason="reading.unusual",
                units=1674,
                money=money,
                times_usual=9,
                zone="T2",
            )
        return ReadingAnswer(outcome="refused", reason="reading.below_last", zone="T1")

    @precondition(lambda self: self.visitor.journey.ticket_id or self.visitor.journey.former_ticket)
    @rule(
        state=st.sampled_from(list(TicketState)), stage=st.sampled_from(["", "recallable", "checked_in", "elsewhere"])
    )
    def ticket_moves(self, state: TicketState, stage: str) -> None:
        ticket_id = self.visitor.journey.ticket_id or self.visitor.journey.former_ticket
        assert ticket_id is not None
        stage = "parked" if state is TicketState.PARKED else stage
        self._feel(e.TicketChanged(ticket(ticket_id, state).model_copy(update={"stage": stage})))

    @precondition(lambda self: self.visitor.journey.step is Step.HAVE_NUMBER)
    @rule(digits=st.sampled_from(["0274417", "10274417", "027"]))
    def types_number_and_code(self, digits: str) -> None:
        self.visitor.touch(i.Key(key="clear")).type(digits).touch(i.Confirm())

    @precondition(lambda self: self.visitor.journey.step is Step.CALL_BACK)
    @rule(digits=st.sampled_from(["9123456789", "89123456789", "345"]))
    def types_a_phone_number(self, digits: str) -> None:
        self.visitor.touch(i.Key(key="clear")).type(digits).touch(i.Confirm())

    @precondition(lambda self: self.visitor.journey.in_line)
    @rule()
    def is_called(self) -> None:
        self.sessions += 1
        assert self.visitor.journey.ticket_id is not None
        self._feel(e.SessionStarted(session(self.visitor.journey.ticket_id, f"s-{self.sessions}")))

    @rule(known=st.booleans(), tickets=st.booleans())
    def link_comes_back(self, known: bool, tickets: bool) -> None:
        journey = self.visitor.journey
        ticket_id = journey.ticket_id or journey.former_ticket
        self._feel(
            e.Caught(
                tickets=(ticket(ticket_id),) if tickets and ticket_id else (),
                session=session(ticket_id, f"s-{self.sessions}") if known and ticket_id else None,
            )
        )

    @rule(reason=st.sampled_from(["customer", "operator", "media_lost", "server"]))
    def call_ends(self, reason: str) -> None:
        self._feel(e.SessionEnded(f"s-{self.sessions}", reason))

    @rule(state=st.sampled_from(["connecting", "live", "reconnecting", "lost"]))
    def media_change(self, state: Any) -> None:
        self._feel(e.MediaChanged(f"s-{self.sessions}", state))

    @rule(missing=st.sets(st.sampled_from(["camera", "microphone", "loudspeaker"])))
    def devices_change(self, missing: Any) -> None:
        self._feel(e.DevicesChanged(tuple(missing)))

    @precondition(lambda self: self.visitor.journey.purchase_open)
    @rule(phase=st.sampled_from(PHASES), referenced=st.booleans())
    def purchase_moves(self, phase: tuple[str, bool], referenced: bool) -> None:
        name, final = phase
        reference = "P-1" if referenced or final else None
        self._feel(purchase(self.visitor, name, final=final, reference=reference))

    @rule(active=st.booleans())
    def terminal(self, active: bool) -> None:
        self._feel(e.TerminalActive(active))

    @rule(uid=st.just("04A1B2C3D4E5F6"))
    def card(self, uid: str) -> None:
        self._feel(e.CardPresented(uid))

    @rule(online=st.booleans(), payments=st.booleans(), service=st.sampled_from([True, True, True, False]))
    def world(self, online: bool, payments: bool, service: bool) -> None:
        self._feel(e.WorldChanged(online, payments, service))

    @rule(seconds=st.sampled_from([1, 20, 59, 75, 100]))
    def time_passes(self, seconds: int) -> None:
        held = exempt(self.visitor.journey)
        self.visitor.wait(seconds)
        assert not (held and self.visitor.journey.ended)

    @invariant()
    def finish_reaches_the_end(self) -> None:
        journey = self.visitor.journey
        if journey.ended or not journey.begun:
            return
        now = self.visitor.now
        effects: list[Any] = []
        for _ in range(6):
            if journey.paying:
                assert journey.purchase is not None
                outcome = e.PurchaseShown(
                    journey.purchase.purchase_id,
                    "parked",
                    "payment.parked",
                    False,
                    True,
                    journey.purchase.amount,
                    "P-1",
                )
                journey, _effects = step(journey, outcome, now)
            journey, effects = step(journey, e.Wanted(i.Finish()), now)
            if journey.ended:
                break
        assert journey.ended
        assert any(isinstance(effect, EndVisit) for effect in effects)

    @invariant()
    def talk_is_one_touch_away(self) -> None:
        journey = self.visitor.journey
        if journey.ended or journey.step is Step.OUT_OF_SERVICE:
            return
        after, _ = step(journey, e.Wanted(i.OpenService(service="talk"), fresh_id="id-talk"), self.visitor.now)
        assert after.step in (Step.TOPIC, Step.WAITING, Step.PARKED, Step.CALL)

    @invariant()
    def there_is_a_way_on(self) -> None:
        """Some touch other than ending it all changes what is shown."""
        journey = self.visitor.journey
        if journey.ended or journey.step is Step.OUT_OF_SERVICE:
            return
        ways = (
            step(journey, e.Wanted(intent, fresh_id="id-on"), self.visitor.now)[0]
            for intent in CUSTOMER
            if (journey.step, type(intent)) in MOVES and not isinstance(intent, i.Finish | i.SetEase | i.ChooseLanguage)
        )
        same = {"last_touch": journey.last_touch, "wake_at": None, "number": 0, "warning_left_s": None}
        assert any(replace(after, **same) != replace(journey, **same) for after in ways)

    @invariant()
    def never_says_unpaid_in_doubt(self) -> None:
        seen = self.visitor.view
        if not self.visitor.journey.purchase_open:
            return
        assert seen.payment is not None
        said = [seen.payment.phrase, seen.notice.phrase if seen.notice else ""]
        assert not any(_UNPAID_WORDS.search(words) for words in said)
        assert seen.step is not Step.PAYMENT or self.visitor.journey.purchase is not None

    @invariant()
    def never_charges_twice(self) -> None:
        """A second purchase begins only when the first is decided."""
        started = [effect.purchase_id for effect in self.visitor.all if isinstance(effect, StartPurchase)]
        if self.visitor.journey.purchase_open and started:
            assert self.visitor.journey.purchase is not None
            assert self.visitor.journey.purchase.purchase_id == started[-1]

    @invariant()
    def shows_nothing_unmasked_but_the_account(self) -> None:
        shown = self.visitor.view
        number = "7400124417"
        text = shown.model_copy(update={"account": None, "typed_account": "", "proposal": None}).model_dump_json()
        assert number not in text
        assert "04A1B2C3D4E5F6" not in text
        assert shown.typed_account == "" or shown.step is Step.IDENTIFY
        assert shown.typed_number == "" or shown.step is Step.HAVE_NUMBER

    @invariant()
    def who_goes_home_has_the_number_and_holds_no_place_here(self) -> None:
        if self.visitor.journey.step is Step.CALL_BACK_DONE:
            assert not self.visitor.journey.in_line
            assert any(each.kind == "ticket" for each in self.visitor.view.references)
            assert self.visitor.journey.typed_phone == ""

    @invariant()
    def whoever_is_to_come_back_gives_nothing_up_by_leaving(self) -> None:
        journey = self.visitor.journey
        if journey.ended or not journey.away or journey.paying or journey.leave_asked:
            return
        for _ in range(3):
            journey, effects = step(journey, e.Wanted(i.Finish()), self.visitor.now)
            assert not any(isinstance(getattr(each, "command", None), TicketLeave) for each in effects)

    @invariant()
    def the_picture_is_covered_while_the_terminal_is_in_use(self) -> None:
        seen = self.visitor.view
        if seen.call is not None:
            assert seen.call.camera_covered == self.visitor.journey.terminal_active


TestAnyVisit = AnyVisit.TestCase
TestAnyVisit.settings = settings(
    max_examples=120, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
