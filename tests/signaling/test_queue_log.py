"""How a step of the queue stands in the log, and what is no step."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from equeue import events as ev
from equeue.errors import MalformedEvent
from equeue.proof import Chain
from signaling.server.queue_log import KIND, chained_entry, logged_step, ticket_proof
from signaling.server.queue_runner import new_dispatcher

EVENT = ev.TicketTaken("t-1", "payment", "walk_in", "ru", 'Мыс "Юг"', "k-1")
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def test_a_step_is_read_again_as_it_was_written_and_the_chain_has_gone_on() -> None:
    chain = Chain("0" * 64)
    entry = chained_entry(chain, EVENT, NOW, new_dispatcher().step(EVENT, NOW))
    read = logged_step(entry.body)
    assert entry.kind == KIND
    assert ev.from_json(read.event) == EVENT
    assert read.event == ev.to_json(EVENT)
    assert (read.head, chain.number) == (chain.head, 1)
    assert read.told is not None
    assert ticket_proof(chain.head) == chain.head[:12]


def test_the_same_moment_said_in_another_zone_gives_the_same_chain() -> None:
    heads = []
    for zone in (UTC, timezone(timedelta(hours=5))):
        chain = Chain("0" * 64)
        chained_entry(chain, EVENT, NOW.astimezone(zone), [])
        heads.append(chain.head)
    assert heads[0] == heads[1]


def test_a_bare_event_of_the_first_releases_says_nothing_of_what_was_told() -> None:
    read = logged_step(ev.to_json(EVENT))
    assert (read.event, read.told, read.head) == (ev.to_json(EVENT), None, None)


@pytest.mark.parametrize("body", ["", "[]", "nonsense", '{"event":{}}', '{"event":1,"told":"","head":""}'])
def test_what_is_no_step_is_refused(body: str) -> None:
    with pytest.raises(MalformedEvent):
        logged_step(body)
