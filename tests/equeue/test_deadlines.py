"""What happens by itself, in order."""

from datetime import timedelta

from equeue.deadlines import Deadlines, Kind
from tests.equeue.playbook import MORNING


def test_deadlines_come_in_order_of_time_and_then_of_adding_and_only_while_they_are_meant() -> None:
    gone: set[str] = set()
    deadlines = Deadlines(lambda one: one.key not in gone)
    for key, seconds in (("c", 30), ("a", 10), ("b", 10), ("d", 40)):
        deadlines.add(MORNING + timedelta(seconds=seconds), Kind.OFFER, key)
    assert deadlines.next() == MORNING + timedelta(seconds=10)
    assert deadlines.pop_due(MORNING + timedelta(seconds=9)) is None
    gone.add("a")
    gone.add("c")
    later = MORNING + timedelta(seconds=40)
    found = []
    while (due := deadlines.pop_due(later)) is not None:
        found.append(due.key)
    assert found == ["b", "d"]
    assert deadlines.next() is None
