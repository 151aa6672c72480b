"""The dispatcher under any sequence of events, over a crash, and with events that are refused."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import settings as hypothesis_settings

from equeue import Dispatcher, Settings, events
from equeue.dispatcher import _ON_EVENT
from equeue.proof import Chain
from tests.equeue.any_sequence import AnySequence
from tests.equeue.days import Day
from tests.equeue.playbook import Play

AnySequence.TestCase.settings = hypothesis_settings(max_examples=60, stateful_step_count=50, deadline=None)
TestAnySequence = AnySequence.TestCase


def test_after_a_crash_between_any_two_events_the_queue_goes_on_as_if_nothing_had_been() -> None:
    day = Day(4, wrapup_s=20, misses_allowed=2, reserve_universals=1).run(130)
    moments = [(now, event, entry.told) for (now, event), entry in zip(day.log, day.entries, strict=True)]
    alive = Dispatcher(day.settings)
    for crash in range(len(moments)):
        restarted = Dispatcher(day.settings)
        for now, event, _ in moments[:crash]:
            restarted.step(event, now)
        assert restarted.picture() == alive.picture()
        assert restarted.next_deadline() == alive.next_deadline()
        now, event, told = moments[crash]
        answer = restarted.step(event, now)
        assert Chain("", 0).add(event, now, answer).told == told
        alive.step(event, now)
    assert alive.picture() == day.queue.picture()


def test_every_event_has_a_rule() -> None:
    assert {*_ON_EVENT, events.TimePassed} == set(events.EVENT_TYPES)


def test_a_clock_set_back_counts_as_standing_still() -> None:
    play = Play()
    play.take("t1")
    play.now -= timedelta(hours=1)
    play.take("t2")
    assert [one.id for one in play.queue.waiting()] == ["t1", "t2"]


def test_a_moment_without_its_zone_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="aware"):
        Dispatcher(Settings()).step(events.TimePassed(), datetime(2026, 11, 2))  # noqa: DTZ001
