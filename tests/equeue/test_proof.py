"""A log that follows from the rules holds; every planted fault is found, and its place is named."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date

import pytest

from equeue import Settings, events
from equeue.proof import Chain, Entry, _hash, day_text, first_head, printed, verify
from tests.equeue.days import Day


@pytest.fixture(scope="module")
def day() -> Day:
    """A day of some hundred events."""
    return Day(11, misses_allowed=2, wrapup_s=20).run(400)


def chained_again(entries: list[Entry], settings: Settings) -> list[Entry]:
    """What somebody with all the rights would do after a change: make the whole chain anew."""
    chain = Chain(first_head(settings))
    return [_link(chain, entry) for entry in entries]


def _link(chain: Chain, entry: Entry) -> Entry:
    number = chain.number + 1
    head = _hash(chain.head, str(number), entry.at, entry.event, entry.told)
    chain.number, chain.head = number, head
    return Entry(number, entry.at, entry.event, entry.told, head)


def test_a_day_that_followed_the_rules_holds(day: Day) -> None:
    verdict = verify(day.entries, day.settings, {7: day.entries[6].head, 90: printed(day.entries[89].head)})
    assert verdict.fault is None
    assert verdict.events == len(day.entries) > 400
    assert verdict.head == day.chain.head
    assert verdict.assignments > 100


def test_a_changed_a_dropped_a_reordered_and_a_doubled_entry_are_found_where_they_are() -> None:
    chance, found, day = random.Random(5), 0, Day(12, misses_allowed=2, wrapup_s=20).run(100)
    for _ in range(20):
        at = chance.randrange(1, len(day.entries) - 1)
        one = day.entries[at]
        changed = replace(one, told="0" * 64)
        moved = replace(one, at=day.entries[at - 1].at.replace("2026", "2025"))
        for planted in (
            [*day.entries[:at], changed, *day.entries[at + 1 :]],
            [*day.entries[:at], moved, *day.entries[at + 1 :]],
            [*day.entries[:at], *day.entries[at + 1 :]],
            [*day.entries[:at], day.entries[at + 1], one, *day.entries[at + 2 :]],
            [*day.entries[: at + 1], one, *day.entries[at + 1 :]],
        ):
            verdict = verify(planted, day.settings)
            assert verdict.fault is not None
            assert verdict.fault.number in (at + 1, at + 2)
            found += 1
    assert found == 100


def test_a_cut_log_is_found_by_a_head_on_a_ticket(day: Day) -> None:
    verdict = verify(day.entries[:300], day.settings, {350: printed(day.entries[349].head)})
    assert verdict.fault is not None
    assert (verdict.fault.number, verdict.fault.kind) == (301, "missing")


def test_a_friend_given_a_higher_class_afterwards_is_found_even_in_a_chain_made_anew() -> None:
    day = Day(1)
    day.take("early")
    day.wait(10)
    day.take("friend")
    day.wait(60)
    day.desk("olga")
    forged = replace(day.entries[1], event=day.entries[1].event.replace('"walk_in"', '"special_need"'))
    entries = chained_again([day.entries[0], forged, *day.entries[2:]], day.settings)
    by_replay = verify(entries, day.settings)
    assert by_replay.fault is not None
    assert (by_replay.fault.number, by_replay.fault.kind) == (len(entries), "unfair")
    by_ticket = verify(entries, day.settings, {2: printed(day.entries[1].head)})
    assert by_ticket.fault is not None
    assert (by_ticket.fault.number, by_ticket.fault.kind) == (2, "foreign")


def test_an_assignment_against_the_rules_is_named_unfair(day: Day) -> None:
    at = next(at for at, one in enumerate(day.entries) if "OfferAccepted" in one.event and at > 50)
    forged = replace(day.entries[at], told="f" * 64)
    entries = chained_again([*day.entries[:at], forged, *day.entries[at + 1 :]], day.settings)
    verdict = verify(entries, day.settings)
    assert verdict.fault is not None
    assert (verdict.fault.number, verdict.fault.kind) == (at + 1, "unfair")


def test_an_impossible_and_an_unreadable_event_are_named(day: Day) -> None:
    impossible = events.to_json(events.OfferAccepted("nobody's", "o1"))
    for text, at, kind in (
        (impossible, None, "refused"),
        ("{}", None, "malformed"),
        (impossible, "yesterday", "malformed"),
        (events.to_json(events.OperatorConnectionLost("o1")), "9999-12-31T23:59:59+00:00", "malformed"),
        (events.to_json(events.TimePassed()), "2026-11-02T09:00:00", "malformed"),
    ):
        forged = replace(day.entries[20], event=text, at=at or day.entries[20].at)
        entries = chained_again([*day.entries[:20], forged], day.settings)
        verdict = verify(entries, day.settings)
        assert verdict.fault is not None
        assert (verdict.fault.number, verdict.fault.kind) == (21, kind)


def test_other_settings_at_the_beginning_do_not_fit_the_chain(day: Day) -> None:
    verdict = verify(day.entries, Settings())
    assert verdict.fault is not None
    assert verdict.fault.number == 1


def test_a_chain_goes_on_after_a_restart(day: Day) -> None:
    last, entry = day.entries[98], day.entries[99]
    queue = Day(0, misses_allowed=2, wrapup_s=20).queue
    for one in day.log[:99]:
        queue.step(one[1], one[0])
    now, event = day.log[99]
    assert Chain(last.head, last.number).add(event, now, queue.step(event, now)) == entry


def test_what_is_printed_and_what_is_signed() -> None:
    head = first_head(Settings())
    assert printed(head).replace("-", "").lower() == head[:16]
    assert len(printed(head)) == 19
    assert day_text(date(2026, 11, 2), 5, head) == f"infomat queue day v1\n2026-11-02\n5\n{head}"
