"""The line against a plain sorted list of everybody."""

import pickle
import random
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equeue import events
from equeue import line as line_module
from equeue.line import Line, Reach
from equeue.row import BLOCK, Place, Requirement, Row
from tests.equeue.playbook import MORNING, Play

NEEDS = (
    Requirement("heat", "ru", ""), Requirement("power", "ru", ""), Requirement("power", "lv", "gas"),
    Requirement("water", "ru", "", 0),
)  # fmt: skip
RATES = (500, 1000, 1500, 3000)


def in_order(people: list[tuple[Requirement, int, Place]], now: int) -> list[str]:
    """The rule, word for word: most priority first, then earliest arrival."""
    return [place[2] for _, rate, place in sorted(people, key=lambda one: (-one[1] * (now - one[2][0]), one[2]))]


def waits_at_one_desk(customers: int) -> dict[str, float]:
    """Mean waits, in mean talks, of two classes that gather priority 3 : 1 at one desk (0.3 and 0.5 a talk)."""
    play, chance, talk_s = Play(slopes={"fast": 3.0, "slow": 1.0}, wrapup_s=0), random.Random(2), 100
    play.desk("olga")
    next_arrival, next_end, waits = MORNING, None, {"fast": [0.0], "slow": [0.0]}
    for number in range(customers):
        next_arrival += timedelta(seconds=chance.expovariate(0.8 / talk_s))
        while next_end is not None and next_end <= next_arrival:
            play.now = next_end
            play.do(events.SessionEnded(play.queue.operator("olga").ticket_id or "", "customer"))
            next_end = None
            if (called := play.queue.operator("olga").ticket_id) is not None:
                next_end = accept(play, called, waits, chance.expovariate(1 / talk_s))
        play.now = next_arrival
        play.take(f"t{number}", priority="fast" if chance.random() < 0.375 else "slow")
        if next_end is None:
            next_end = accept(play, f"t{number}", waits, chance.expovariate(1 / talk_s))
    return {key: sum(all_waits) / len(all_waits) / talk_s for key, all_waits in waits.items()}


def accept(play: Play, called: str, waits: dict[str, list[float]], talk_s: float) -> datetime:
    """Take the customer, note how long they waited, and tell when the talk ends."""
    play.accept(called, "olga")
    ticket = play.queue.ticket(called)
    waits[ticket.priority].append((play.now - ticket.arrived).total_seconds())
    return play.now + timedelta(seconds=talk_s)


def test_mean_waits_agree_with_kleinrock() -> None:
    """features.md 6: M/M/1, 0.3 and 0.5, slopes 3 : 1, wait 2.333 and 5.000 mean talks."""
    waits = waits_at_one_desk(20_000)
    assert waits["fast"] == pytest.approx(2.333, rel=0.12)
    assert waits["slow"] == pytest.approx(5.0, rel=0.12)


def test_a_long_row_stays_sorted_through_thousands_of_comings_and_goings() -> None:
    chance, row, model = random.Random(7), Row(NEEDS[0], 1000, []), []
    for order in range(6000):
        place = (chance.randrange(10_000), order, f"t{order}")
        row.add(place)
        model.append(place)
        if order % 3 == 0:
            row.remove(model.pop(chance.randrange(len(model))))
    model.sort()
    assert len(model) > 3 * BLOCK
    assert list(row) == model
    assert row.first == model[0]
    for index in range(0, len(model), 97):
        assert row.count_before(model[index]) == index
    for place in model:
        row.remove(place)
    assert row.length == 0
    assert list(row) == []


@given(
    st.lists(st.tuples(st.sampled_from(NEEDS), st.sampled_from(RATES), st.integers(0, 50)), max_size=40),
    st.integers(50, 200),
)
def test_order_head_and_count_ahead_agree_with_the_rule(people: list[tuple[Requirement, int, int]], now: int) -> None:
    """asterisk #1691: joining at position 1 froze the longest waiting; here any order of joining will do."""
    line, given_people = Line(), []
    for order, (need, rate, arrival) in enumerate(people):
        place = (arrival, order, f"t{order}")
        line.add(need, rate, place)
        given_people.append((need, rate, place))
    expected = in_order(given_people, now)
    assert line.in_order(now) == expected
    for _, rate, place in given_people:
        assert sum(line.ahead(rate, place, now).values()) == expected.index(place[2])
    excluded = set(expected[::3])
    for wanted in (NEEDS[:1], NEEDS[1:], NEEDS[2:], NEEDS):
        allowed = [p[2] for n, _, p in given_people if n in wanted and p[2] not in excluded]
        first = next((one for one in expected if one in allowed), None)
        assert line.best(wanted.__contains__, now, excluded.__contains__) == first
        known = {one.service for one in wanted if one.level}  # who needs no skill is found without one
        assert line.best(wanted.__contains__, now, excluded.__contains__, known) == first
    for need, rate, place in given_people:
        line.remove(need, rate, place)
    assert line.length == 0
    assert line.best(lambda need: True, now, lambda one: False) is None


@given(
    st.lists(st.tuples(st.sampled_from(NEEDS), st.sampled_from(RATES), st.integers(0, 50), st.booleans()), max_size=60),
    st.sets(st.sampled_from(NEEDS)),
)
def test_the_heads_one_operator_serves_give_the_first_of_all_they_serve_whoever_came_and_went(
    people: list[tuple[Requirement, int, int, bool]], served: set[Requirement]
) -> None:
    """With no empty row kept longer than it must be, so that rows are forgotten and made again."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(line_module, "_EMPTY_ROWS", 0)
        line, reach, standing = Line(), Reach(), list[tuple[Requirement, int, tuple[int, int, str]]]()
        skills = sorted({need.service for need in served})
        for order, (need, rate, arrival, stays) in enumerate(people):
            standing.append((need, rate, (arrival, order, f"t{order}")))
            line.add(*standing[-1])
            if not stays:
                line.remove(*standing.pop(arrival % len(standing)))
            expected = line.best(lambda one: one in served, 60, lambda _: False)
            assert line.first_for(reach, lambda one: one in served, skills, 60) == expected
            assert line.first_for(Reach(), lambda one: one in served, None, 60) == expected
        kept, again = pickle.loads(pickle.dumps((line, reach)))  # as a start point keeps it, with the empty rows
        expected = line.best(lambda one: one in served, 60, lambda _: False)
        assert kept.first_for(again, lambda one: one in served, skills, 60) == expected
