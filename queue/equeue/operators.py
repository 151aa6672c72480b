"""Rules: what the queue knows about one operator, and the operators who are idle, longest first."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter

from equeue.errors import UnknownSkillLevel
from equeue.line import Reach
from equeue.operator_states import ON_DUTY, OperatorState
from equeue.row import Requirement

ANY = "*"
TOP_LEVEL = 9
#: what a channel that leaves no room for another weighs
CAPACITY = 100


@dataclass(slots=True)
class Operator:
    """One operator at work. Whoever reads it must not change it: only the floor does."""

    id: str
    skills: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    suppliers: tuple[str, ...] = ()
    channels: tuple[str, ...] = ("video",)
    state: OperatorState = OperatorState.OFFLINE
    since: datetime | None = None
    #: when the present state ends by itself: of an offer, wrap-up, or grace
    deadline: datetime | None = None
    reason: str | None = None
    #: the contact that rings, is served alone, or is written up
    ticket_id: str | None = None
    #: contacts beside each other: ticket id -> hundredths of the operator's capacity
    shared: dict[str, int] = field(default_factory=dict)
    #: the ticket for which the room beside these is kept; "": none. Not for another before this moment
    room_for: str = ""
    room_again: datetime | None = None
    #: since when nothing was to do; the longest idle is offered first
    idle_since: datetime | None = None
    next_status: str | None = None
    next_reason: str | None = None
    #: offers unanswered in a row
    misses: int = 0
    #: under GRACE: the state that goes on beneath
    beneath: OperatorState | None = None
    beneath_reason: str | None = None
    #: under MONITORING: the state to come back to, and the reason it had
    before_monitoring: OperatorState | None = None
    reason_before_monitoring: str | None = None
    #: end of the time for writing up, also under GRACE
    wrapup_deadline: datetime | None = None
    extensions: int = 0
    #: begin of the session that is served or written up
    session_since: datetime | None = None
    #: names of the skills without their levels, each once; None: everything
    known: tuple[str, ...] | None = field(default=None, repr=False, compare=False)
    _universal: bool = field(default=False, repr=False, compare=False)
    _answers: dict[Requirement, bool] = field(default_factory=dict, repr=False, compare=False)
    #: the rows of the line with those they can serve
    reach: Reach = field(default_factory=Reach, repr=False, compare=False)

    def can(
        self,
        skills: tuple[str, ...],
        languages: tuple[str, ...],
        suppliers: tuple[str, ...],
        channels: tuple[str, ...] = ("video",),
    ) -> None:
        """Take over what the operator can do from now on."""
        self.skills, self.languages, self.suppliers, self.channels = skills, languages, suppliers, channels
        names = tuple(dict.fromkeys(skill.partition(":")[0] for skill in skills))
        self._universal = ANY in names
        self.known = None if self._universal else names
        self._answers.clear()
        self.reach = Reach()

    def serves(self, need: Requirement) -> bool:
        """Whether the operator has what a ticket needs."""
        answer = self._answers.get(need)
        if answer is None:
            able = self.level(need.service) >= need.level and _has(self.languages, need.language)
            answer = self._answers[need] = (
                (need.person == self.id if need.person else able)
                and _has(self.suppliers, need.supplier)
                and _has(self.channels, need.channel)
            )
        return answer

    def level(self, service: str) -> int:
        """How well the operator knows the service, 0 (not at all) to 9; ``heat`` alone is 9, ``heat:3`` is 3."""
        found = 0
        for skill in self.skills:
            name, _, level = skill.partition(":")
            if name in (service, ANY):
                found = max(found, int(level) if level else TOP_LEVEL)
        return found

    @property
    def universal(self) -> bool:
        """Whether the operator knows something of everything: the skill ``*``, at any level."""
        return self._universal

    @property
    def load(self) -> int:
        """Hundredths of the capacity taken by contacts beside each other."""
        return sum(self.shared.values())

    @property
    def takes_more(self) -> bool:
        """Whether something may be offered beside what goes on: there is room, and no wish to stop."""
        return self.state is OperatorState.SHARING and self.next_status in (None, "available") and self.load < CAPACITY

    @property
    def own_state(self) -> OperatorState:
        """The state, or the one that goes on beneath a lost link."""
        if self.state is OperatorState.GRACE and self.beneath is not None:
            return self.beneath
        return self.state

    @property
    def on_duty(self) -> bool:
        """Whether the operator works at the line, seen or not."""
        return self.own_state in ON_DUTY


def _has(offered: tuple[str, ...], wanted: str) -> bool:
    return not wanted or ANY in offered or wanted in offered


def check_skills(skills: tuple[str, ...]) -> None:
    """Raises UnknownSkillLevel unless each is a name, or a name, a colon and a level from 1 to 9."""
    for skill in skills:
        name, colon, level = skill.partition(":")
        if not name or (colon and (len(level) != 1 or level not in "123456789")):
            raise UnknownSkillLevel(f"a skill is written heat, or heat:3 with a level from 1 to 9, not {skill!r}")


class Idle:
    """Ids of available operators, longest idle first; equally long: by id."""

    def __init__(self) -> None:
        self._order: list[tuple[datetime, str]] = []
        #: how many of them have the skill ``*``
        self.universals = 0

    def add(self, operator: Operator) -> None:
        """The operator, whose idle clock is set, can be offered tickets."""
        assert operator.idle_since is not None
        insort(self._order, (operator.idle_since, operator.id))
        self.universals += operator.universal

    def remove(self, operator: Operator) -> None:
        """The operator cannot be offered tickets any more."""
        assert operator.idle_since is not None
        index = bisect_left(self._order, (operator.idle_since, operator.id))
        assert self._order[index][1] == operator.id
        del self._order[index]
        self.universals -= operator.universal

    def __len__(self) -> int:
        return len(self._order)

    def __iter__(self) -> Iterator[str]:
        return (operator_id for _, operator_id in self._order)


class Room:
    """Ids of operators in conversations that leave room for more, the fullest first.

    The fullest first, so that chats never take the last operators from those who come to be seen (features.md 2C).
    """

    def __init__(self) -> None:
        self._order: list[tuple[int, str]] = []
        self._at: dict[str, int] = {}

    def update(self, operator: Operator) -> None:
        """The operator's load, state or wish may have changed."""
        load = self._at.pop(operator.id, None)
        if load is not None:
            del self._order[bisect_left(self._order, (-load, operator.id))]
        if operator.takes_more:
            self._at[operator.id] = operator.load
            insort(self._order, (-operator.load, operator.id))

    def __len__(self) -> int:
        return len(self._order)

    def for_weight(self, weight: int) -> Iterator[str]:
        """Those with so much room."""
        return map(itemgetter(1), self._order[bisect_left(self._order, (weight - CAPACITY, "")) :])

    def __iter__(self) -> Iterator[str]:
        return (operator_id for _, operator_id in self._order)
