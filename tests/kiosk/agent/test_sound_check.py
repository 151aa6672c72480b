"""kiosk/agent/sound_check.py: once a day, in the hours in which it may be heard, again while it fails."""

from __future__ import annotations

from datetime import UTC, datetime

from kiosk.agent.sound_check import SoundCheck


def at(day: int, hour: int) -> datetime:
    return datetime(2026, 11, day, hour, 30, tzinfo=UTC)


def test_it_is_due_once_a_day_and_never_at_night() -> None:
    check = SoundCheck(0.15, 8, 20)
    assert check.due(at(22, 7), "unknown") == 0
    assert check.due(at(22, 8), "unknown") == 0.15
    assert check.due(at(22, 9), "ok") == 0
    assert check.due(at(22, 20), "out") == 0
    assert check.due(at(23, 19), "ok") == 0.15


def test_what_was_not_heard_is_tried_again_and_no_volume_is_never() -> None:
    check = SoundCheck(0.15, 8, 20)
    assert [check.due(at(22, hour), "out") for hour in (8, 9)] == [0.15, 0.15]
    assert SoundCheck(0.0, 0, 24).due(at(22, 12), "unknown") == 0
