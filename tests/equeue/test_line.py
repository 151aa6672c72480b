"""The line against a plain sorted list of everybody."""

import random

from hypothesis import given
from hypothesis import strategies as st

from equeue import line as line_module
from equeue.line import Line, Place, Requirement, Row

NEEDS = (Requirement("heat", "ru", ""), Requirement("power", "ru", ""), Requirement("power", "lv", "gas"))
RATES = (500, 1000, 1500, 3000)


def in_order(people: list[tuple[Requirement, int, Place]], now: int) -> list[str]:
    """The rule, word for word: most priority first, then earliest arrival."""
    return [place[2] for _, rate, place in sorted(people, key=lambda one: (-one[1] * (now - one[2][0]), one[2]))]


@given(
    st.lists(st.tuples(st.sampled_from(NEEDS), st.sampled_from(RATES), st.integers(0, 50)), max_size=40),
    st.integers(50, 200),
)
def test_order_head_and_count_ahead_agree_with_the_rule(people: list[tuple[Requirement, int, int]], now: int) -> None:
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
    for wanted in (NEEDS[:1], NEEDS[1:], NEEDS):
        allowed = [p[2] for n, _, p in given_people if n in wanted and p[2] not in excluded]
        first = next((one for one in expected if one in allowed), None)
        assert line.best(wanted.__contains__, now, excluded.__contains__) == first
    for need, rate, place in given_people:
        line.remove(need, rate, place)
    assert line.length == 0
    assert line.best(lambda need: True, now, lambda one: False) is None


def test_a_long_row_stays_sorted_through_thousands_of_comings_and_goings() -> None:
    chance, row, model = random.Random(7), Row(), []
    for order in range(6000):
        place = (chance.randrange(10_000), order, f"t{order}")
        row.add(place)
        model.append(place)
        if order % 3 == 0:
            row.remove(model.pop(chance.randrange(len(model))))
    model.sort()
    assert len(model) > 3 * line_module.BLOCK
    assert list(row) == model
    assert row.first() == model[0]
    for index in range(0, len(model), 97):
        assert row.count_before(model[index]) == index
    for place in model:
        row.remove(place)
    assert row.length == 0
    assert list(row) == []
