"""Wiring: a made-up day for the queue's benchmark: who works, who comes, what follows, all from one seed."""

from __future__ import annotations

from collections import deque
from random import Random

from equeue import effects as fx
from equeue import events as ev
from equeue.settings import Settings

TOPICS = tuple(f"topic-{number:02}" for number in range(50))
LANGUAGES = ("ru", "lv", "en")
#: class of priority -> its slope, and how often it comes, in percent
CLASSES = {"walk_in": (1.0, 70), "booked": (1.5, 15), "repeat_callback": (2.0, 10), "special_need": (3.0, 5)}
SETTINGS = Settings(wrapup_s=0, slopes={name: slope for name, (slope, _) in CLASSES.items()})


def an_id(kind: str, number: int) -> str:
    """An id as long as the server's."""
    return f"{kind}-{number:034}"


def skills(chance: Random) -> tuple[str, ...]:
    """One in twenty knows everything; the others two to eight topics."""
    return ("*",) if chance.random() < 0.05 else tuple(chance.sample(TOPICS, chance.randint(2, 8)))


def spoken(chance: Random) -> tuple[str, ...]:
    """Everybody speaks Russian, half of them Latvian, a third English."""
    return ("ru", *(("lv",) if chance.random() < 0.5 else ()), *(("en",) if chance.random() < 0.33 else ()))


class Day:
    """Makes events. It hears of offers and sessions, and so knows who can accept and who can end."""

    def __init__(self, operators: int, seed: int = 1) -> None:
        self.chance = Random(seed)
        self.operators = [an_id("o", number) for number in range(operators)]
        self.offered: deque[tuple[str, str]] = deque()
        self.talking: list[str] = []
        self._taken = 0

    def sign_ins(self) -> list[ev.Event]:
        """Everybody comes to work, and begins in a break."""
        return [ev.OperatorSignedIn(one, skills(self.chance), spoken(self.chance)) for one in self.operators]

    def arrival(self) -> ev.Event:
        """Somebody takes a ticket."""
        chance, number = self.chance, self._taken
        self._taken += 1
        return ev.TicketTaken(
            ticket_id=an_id("t", number),
            service=chance.choice(TOPICS),
            priority=chance.choices(list(CLASSES), [share for _, share in CLASSES.values()])[0],
            language=chance.choices(LANGUAGES, (70, 20, 10))[0],
            centre=f"centre-{number % 20}",
            kiosk_id=an_id("k", number % 93),
            case_id=an_id("c", number),
        )

    def availables(self) -> list[ev.Event]:
        """Everybody ends the break; with a line waiting, each is called at once."""
        return [ev.StatusChosen(one, "available") for one in self.operators]

    def accepted(self) -> ev.Event:
        """The oldest offer is accepted."""
        ticket, operator = self.offered.popleft()
        self.talking.append(ticket)
        return ev.OfferAccepted(ticket, operator)

    def ended(self) -> ev.Event:
        """A talk, any of them, is over."""
        index = int(self.chance.random() * len(self.talking))
        self.talking[index], self.talking[-1] = self.talking[-1], self.talking[index]
        return ev.SessionEnded(self.talking.pop(), "operator")

    def hear(self, effects: list[fx.Effect]) -> int:
        """Take note of what was told; the number of assignments in it."""
        offers = [(one.ticket_id, one.operator_id) for one in effects if isinstance(one, fx.OfferMade)]
        self.offered += offers
        return len(offers)
