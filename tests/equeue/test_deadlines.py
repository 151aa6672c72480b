"""What happens by itself, in order."""

from datetime import timedelta

from equeue import events
from equeue.deadlines import Deadlines, Kind
from equeue.effects import Effect
from tests.equeue.playbook import MORNING, Play


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


def test_who_asks_for_the_next_deadline_between_two_steps_changes_nothing_that_is_told_later() -> None:
    def two_offers_missed(*, asks: bool) -> list[Effect]:
        """One was offered, left and was offered again, all in one moment: the same deadline twice."""
        play = Play()
        story = [
            *(events.OperatorSignedIn(one, ("*",)) for one in "ab"),
            *(events.StatusChosen(one, "available") for one in "ab"),
            *(events.TicketTaken(one, "consultation", "walk_in", "ru", "north", f"kiosk of {one}") for one in "st"),
            events.TicketLeft("s", "gone"),
            events.TicketReturned("s"),
        ]
        for event in story:
            play.do(event)
            if asks:
                play.queue.next_deadline()
        play.now += timedelta(seconds=25)
        return play.do(events.TimePassed())

    assert two_offers_missed(asks=True) == two_offers_missed(asks=False)
