"""Ticket numbers."""

from datetime import UTC, date, datetime, timedelta

from equeue import Settings
from equeue.numbering import Numbering, service_day

YEKATERINBURG = Settings(utc_offset_min=300, day_begins_min=240)


def test_the_service_day_begins_at_its_hour_of_local_time() -> None:
    assert service_day(datetime(2026, 11, 2, 22, 59, tzinfo=UTC), YEKATERINBURG) == date(2026, 11, 2)
    assert service_day(datetime(2026, 11, 2, 23, 0, tzinfo=UTC), YEKATERINBURG) == date(2026, 11, 3)


def test_numbers_count_by_letter_and_begin_again_each_day() -> None:
    numbers, evening, morning = (
        Numbering(),
        datetime(2026, 11, 2, 22, 0, tzinfo=UTC),
        datetime(2026, 11, 3, 4, tzinfo=UTC),
    )
    services = ("consultation", "payment", "consultation", "something new", "another new")
    given = [numbers.next(one, evening, YEKATERINBURG, ()) for one in services]
    assert given == ["A-001", "B-001", "A-002", "T-001", "T-002"]
    assert numbers.next("consultation", morning, YEKATERINBURG, ()) == "A-001"


def test_after_999_numbers_grow_longer() -> None:
    numbers, now = Numbering(), datetime(2026, 11, 2, 9, tzinfo=UTC)
    given = [numbers.next("payment", now, Settings(), ()) for _ in range(1000)]
    assert given[-2:] == ["B-999", "B-1000"]


def test_a_number_somebody_still_has_when_the_day_begins_is_given_to_nobody_else() -> None:
    numbers, now = Numbering(), datetime(2026, 11, 2, 9, tzinfo=UTC)
    held = ["B-001", "A-002", "B-003"]
    assert [numbers.next("payment", now, Settings(), held) for _ in range(3)] == ["B-002", "B-004", "B-005"]
    assert numbers.next("payment", now + timedelta(days=1), Settings(), ()) == "B-001"


def test_a_day_never_begins_twice_though_its_hour_is_moved() -> None:
    numbers, now = Numbering(), datetime(2026, 11, 2, 9, tzinfo=UTC)
    later, at_ten = Settings(day_begins_min=600), now + timedelta(hours=2)
    given = [numbers.next("payment", *when, ()) for when in ((now, Settings()), (now, later), (at_ten, later))]
    assert given == ["B-001", "B-002", "B-003"]
