"""What earlier rules logged, today's rules follow: a house's log outlives every release (docs/decisions/0094).

When one of these fails, the rules are to be mended and never the log: its message says how.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from equeue import dispatcher, effects, events, session_rules
from equeue.floor import Floor
from tests.equeue.old_log import main, record
from tests.equeue.old_log_file import FOLDER, NotFollowed, OldLog, follow, read

LOGS = [read(path) for path in sorted(FOLDER.glob("*.jsonl.gz"))]


@pytest.mark.parametrize("as_server", [False, True], ids=["as verified", "as a server starts"])
@pytest.mark.parametrize("log", LOGS, ids=lambda one: one.name)
def test_an_old_log_is_followed_from_its_beginning_to_its_last_head(log: OldLog, as_server: bool) -> None:
    message = ""
    try:
        assert len(list(follow(log, as_server=as_server))) == len(log.lines)
    except NotFollowed as failure:
        message = str(failure)
    if message:  # outside of the handler: the message alone is shown, and not once more for the failure before
        pytest.fail(message, pytrace=False)


def test_every_type_of_event_and_of_effect_is_in_an_old_log() -> None:
    seen: set[type] = set()
    for log in LOGS:
        for event, told in follow(log):
            seen |= {type(event), *map(type, told)}
    missing = [one.__name__ for one in (*events.EVENT_TYPES, *effects.EFFECT_TYPES) if one not in seen]
    assert not missing, (
        f"no old log has {', '.join(missing)}: let AnySequence do it (tests/equeue/any_sequence.py), then add a log "
        "with python -m tests.equeue.old_log NEW-NAME.jsonl.gz; the others stay as they are"
    )


@pytest.fixture(scope="module")
def log() -> OldLog:
    """A short one of today."""
    return record("today.jsonl.gz", "towns", 2, 200)


def test_one_seed_gives_one_file_and_no_file_is_replaced(log: OldLog, tmp_path: Path) -> None:
    first, second = tmp_path / "today.jsonl.gz", tmp_path / "again.jsonl.gz"
    log.write(first)
    record("today.jsonl.gz", "towns", 2, 200).write(second)
    assert first.read_bytes() == second.read_bytes()
    assert read(first) == log
    with pytest.raises(FileExistsError):
        log.write(first)


def test_the_recorder_leaves_the_logs_that_are_there_alone(capsys: pytest.CaptureFixture[str]) -> None:
    before = LOGS[0], (FOLDER / LOGS[0].name).read_bytes()
    assert main([LOGS[0].name]) == 1
    assert "never replaced" in capsys.readouterr().err
    assert (read(FOLDER / LOGS[0].name), (FOLDER / LOGS[0].name).read_bytes()) == before


def test_a_rule_that_tells_the_same_in_another_order_is_found_and_named(
    log: OldLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told_otherwise(floor: Floor, event: events.SessionEnded) -> None:
        session_rules.ended(floor, event)
        floor.effects.reverse()

    monkeypatch.setitem(dispatcher._ON_EVENT, events.SessionEnded, told_otherwise)
    with pytest.raises(NotFollowed) as failure:
        list(follow(log))
    number = next(one.number for one in log.lines if '"SessionEnded"' in one.event)
    assert str(failure.value).startswith(f"today.jsonl.gz, entry {number} of 200, at 2026-11-02T")
    for words in ("SessionEnded", "tell something else", "would call them", "plain.LATER", "Do not record this log"):
        assert words in str(failure.value)


def test_what_is_refused_unreadable_or_written_otherwise_is_said_to_be_that(log: OldLog) -> None:
    first = log.lines[0]
    gone = events.to_json(events.OfferAccepted("nobody's", "olga"))
    for event, words in (
        (gone, "cannot have: UnknownTicket"),
        ('{"type":"TicketDreamt"}', "cannot have: MalformedEvent"),
        (first.event.replace(":", ": "), "has another text"),
    ):
        with pytest.raises(NotFollowed, match=words):
            list(follow(replace(log, lines=(replace(first, event=event), *log.lines[1:]))))
    with pytest.raises(NotFollowed, match="its end"):
        list(follow(replace(log, head="0" * 64)))
    for settings, words in (("no_such_rule = 1", "cannot be read any more"), ("", "They are now")):
        with pytest.raises(NotFollowed, match=words):
            list(follow(replace(log, settings=settings)))
