"""Purchases brought to a state by real steps, for the tests of the rules."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

from ground.money import Money
from payment import effects as do
from payment import events as e
from payment.answers import PoiTransaction, Slip
from payment.basket import Line, total
from payment.events import Event
from payment.purchase import Purchase, begin, step

START = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
BILL = Money(128450, "RUB")
POI, SALE = "P400Plus-275039202", "kiosk-1"
SLIP = Slip(BILL, PoiTransaction("BV0q1", "2026-11-21T12:00:01.000Z"), "mc", "9999", "123456", ("Total",))
BASKET = tuple(
    Line(number, supplier, account, service, Money(minor, "RUB"), Money(minor // 100, "RUB"))
    for number, supplier, account, service, minor in (
        (1, "elektro", "light", "electricity", 10_000),
        (2, "teplo", "warmth", "heat", 20_000),
        (3, "teplo", "water", "hot_water", 30_000),
    )
)
BASKET_SLIP = Slip(total(BASKET), SLIP.poi_transaction)
OTHER_SLIP = Slip(Money(100, "RUB"), PoiTransaction("BV0q2", "2026-11-21T12:00:01.000Z"))


def bill(amount: Money = BILL, account: str = "account-1") -> tuple[Line, ...]:
    """A basket of one line without a fee."""
    return (Line(1, "", account, "electricity", amount, Money(0, amount.currency)),)


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


class Play:
    """One purchase under test: ``feed`` an event at a second, look at ``purchase`` and ``effects``."""

    def __init__(self, *events: Event, basket: tuple[Line, ...] = ()) -> None:
        self._ids = count(1)
        begun = e.Begun(total(basket) if basket else BILL, "account-1", "heat", POI, basket)
        self.purchase, self.effects = begin("p1", begun, START)
        self.entries = self._entries()
        self.at = 0.0
        for event in events:
            self.feed(event)

    def fresh(self) -> str:
        return f"ID{next(self._ids)}"

    def feed(self, event: Event, at: float | None = None) -> list[do.Effect]:
        self.at = self.at if at is None else at
        self.purchase, self.effects = step(self.purchase, event, self.now)
        self.entries += self._entries()
        return self.effects

    @property
    def now(self) -> datetime:
        return START + seconds(self.at)

    def effect(self, kind: type[do.Effect]) -> do.Effect:
        return next(effect for effect in self.effects if isinstance(effect, kind))

    def kinds(self) -> list[str]:
        """The effects without journal and replication."""
        return [type(x).__name__ for x in self.effects if not isinstance(x, do.WriteJournal | do.Replicate)]

    def _entries(self) -> list[e.Entry]:
        return [effect.entry for effect in self.effects if isinstance(effect, do.WriteJournal)]


def asked() -> Play:
    """AUTHORISING: the payment request ``PAY1`` is at the terminal since second 0."""
    return Play(e.PaymentAsked("PAY1"))


def unknown() -> Play:
    return Play(e.PaymentAsked("PAY1"), e.AnswerLost("reset"))


def busy() -> Play:
    return Play(e.PaymentAsked("PAY1"), e.TerminalBusy("ASK1"))


def verifying() -> Play:
    return Play(e.PaymentAsked("PAY1"), e.HostInDoubt("ASK1", "UnreachableHost"))


def parked() -> Play:
    play = unknown()
    play.feed(e.TooLong(), at=301)
    return play


def approved() -> Play:
    return Play(e.PaymentAsked("PAY1"), e.Charged(SLIP))


def mismatch() -> Play:
    return Play(e.PaymentAsked("PAY1"), e.ChargedOtherAmount(OTHER_SLIP))


def reversing() -> Play:
    return Play(e.PaymentAsked("PAY1"), e.ChargedOtherAmount(OTHER_SLIP), e.Woken("REV1"))


def reversal_parked() -> Play:
    play = reversing()
    play.feed(e.ReversalLost("reset"))
    play.feed(e.TooLong(), at=301)
    return play


def created() -> Play:
    return Play()


def not_sent() -> Play:
    return Play(e.PaymentAsked("PAY1"), e.NotSent("TimeoutError"))


def as_purchase(play: Play) -> Purchase:
    return play.purchase
