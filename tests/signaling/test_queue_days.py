"""Daily signatures, and every kind of forgery found: raw, with the chain made anew, or with everything made anew."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from equeue.dispatcher import Dispatcher
from equeue.errors import QueueError
from equeue.events import SettingsChanged, from_json
from equeue.proof import Chain, first_head
from ground.signing import SigningKey
from signaling.server.database import open_database
from signaling.server.day_signer import DAYS_FILE, DaySigner, signed_days, signing_key
from signaling.server.event_log import GENESIS, Change, Entry, chained
from signaling.server.queue_days import DAY_KIND, day_body, read_day, sign_day
from signaling.server.queue_evidence import evidence, export
from signaling.server.queue_log import KIND, chained_entry, logged_step
from signaling.server.queue_proof import Evidence, Row, Verdict, verify
from signaling.server.queue_runner import DEFAULT_SETTINGS
from signaling.server.sql_event_log import SqlEventLog
from tests.signaling import recorded_day

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
ZEROS = "0" * 64


@dataclass(frozen=True)
class Kept:
    """A server's folder after three days, and its log as evidence that can be copied and forged."""

    folder: Path
    whole: Evidence
    key: str


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """Three days, each signed when it was over, and the morning of the fourth."""
    folder = tmp_path_factory.mktemp("server")
    recorded_day.prepared(folder)
    engine = open_database(f"sqlite:///{folder / 'infomat.db'}")
    day = recorded_day.Day(engine, 3)
    signer = DaySigner(
        folder, day.front.chain, recorded_day.BEGIN, None, lambda change: written(SqlEventLog(engine), change)
    )
    asyncio.run(changed_settings(day))
    for _ in range(3):
        asyncio.run(go_on(day, 25))
        day.now += timedelta(days=1)
        assert signer.look(day.now) is not None
    asyncio.run(go_on(day, 10))
    engine.dispose()
    with evidence(str(folder)) as found:
        whole = replace(found, rows=list(found.rows), tickets=list(found.tickets), taken=set)
    return Kept(folder, whole, signing_key(folder).public)


async def changed_settings(day: recorded_day.Day) -> None:
    """The queue follows other settings than it began with."""
    day.line = recorded_day.line_of(day.engine)
    writer = asyncio.create_task(day.line.run())
    other = replace(DEFAULT_SETTINGS, wrapup_s=30).to_toml()
    day.submit(lambda change: day.queue.feed(change, SettingsChanged(other)))
    await day.line.emptied()
    writer.cancel()


async def go_on(day: recorded_day.Day, turns: int) -> None:
    """More of the day; the line belongs to one loop."""
    day.line = recorded_day.line_of(day.engine)
    await day.run(turns)


def written(log: SqlEventLog, change: Change) -> None:
    """What the commit line does."""
    log.append([change])
    for afterwards in change.afterwards:
        afterwards()


def judged(kept: Kept, forged: Evidence) -> Verdict:
    """With the copy of the days that somebody kept, and the key the company published."""
    return verify(replace(forged, days=kept.whole.days), DEFAULT_SETTINGS, key=kept.key)


def test_a_log_of_signed_days_holds_in_the_folder_and_as_an_export(kept: Kept, tmp_path: Path) -> None:
    with evidence(str(kept.folder)) as found:
        verdict = verify(found, DEFAULT_SETTINGS, key=kept.key)
    assert (verdict.fault, verdict.days, verdict.keys) == (None, 3, (kept.key,))
    export(str(kept.folder), tmp_path / "log.jsonl")
    with evidence(str(tmp_path / "log.jsonl")) as found:
        assert verify(found, DEFAULT_SETTINGS, key=kept.key) == verdict
    assert [one.day for one in kept.whole.days] == ["2026-11-02", "2026-11-03", "2026-11-04"]


def test_a_day_is_signed_once_when_it_is_over_and_again_only_after_the_next(tmp_path: Path) -> None:
    chain, written_down = Chain(first_head(DEFAULT_SETTINGS)), list[Change]()
    signer = DaySigner(tmp_path, chain, NOON, None, written_down.append)
    assert signer.look(NOON + timedelta(days=1)) is None  # nothing has happened yet
    chain.number = 7
    assert signer.look(NOON) is None
    first = signer.look(NOON + timedelta(days=1))
    assert first is not None
    assert (first.day, first.number) == ("2026-11-02", 7)
    assert first.holds(signing_key(tmp_path).public)
    assert signer.look(NOON + timedelta(days=1, hours=1)) is None
    assert signed_days(tmp_path / DAYS_FILE) == []  # not before it is durable in the log
    written_down[0].afterwards[0]()
    assert signed_days(tmp_path / DAYS_FILE) == [first]
    (tmp_path / DAYS_FILE).unlink()  # lost, or not written before the power failed
    again = DaySigner(tmp_path, chain, NOON, written_down[0].entries[0].body, written_down.append)
    assert signed_days(tmp_path / DAYS_FILE) == [first]
    assert again.look(NOON + timedelta(days=1, hours=2)) is None
    with (tmp_path / DAYS_FILE).open("a") as torn:
        torn.write('{"day":"2026-11-0')
    last = again.look(NOON + timedelta(days=9))
    assert last is not None
    assert last.day == "2026-11-10"
    written_down[1].afterwards[0]()
    assert signed_days(tmp_path / DAYS_FILE) == [first, last]


def test_what_failed_for_a_moment_is_signed_and_kept_by_the_next_look(tmp_path: Path) -> None:
    chain, submitted, next_day = Chain(ZEROS), list[Change](), NOON + timedelta(days=1)
    chain.number, broken = 7, True

    def submit(change: Change) -> None:
        if broken:
            raise OSError("no room")
        submitted.append(change)

    signer = DaySigner(tmp_path, chain, NOON, None, submit)
    with pytest.raises(OSError, match="no room"):
        signer.look(next_day)
    broken = False
    signed = signer.look(next_day)
    assert signed is not None
    (tmp_path / DAYS_FILE).mkdir()  # a place that cannot be written
    with pytest.raises(OSError, match="directory"):
        submitted[0].afterwards[0]()
    (tmp_path / DAYS_FILE).rmdir()
    assert signer.look(next_day) is None
    assert signed_days(tmp_path / DAYS_FILE) == [signed]


def test_the_secret_key_can_be_read_by_its_owner_alone(tmp_path: Path) -> None:
    assert signing_key(tmp_path).public == signing_key(tmp_path).public
    assert [one.stat().st_mode & 0o077 for one in tmp_path.iterdir()] == [0]


def test_a_log_written_wholly_anew_is_found_by_yesterdays_signature_alone(kept: Kept) -> None:
    rows = list(kept.whole.rows)
    place = next(n for n, row in enumerate(rows) if '"type":"TicketTaken"' in row.body)
    forged = all_anew(Evidence(rows[:place] + rows[place + 1 :]), SigningKey())
    by_itself = verify(forged, DEFAULT_SETTINGS)
    assert by_itself.fault is None  # nothing in it is wrong, but the key is another
    assert by_itself.keys != (kept.key,)
    assert verify(forged, DEFAULT_SETTINGS, key=kept.key).fault is not None
    assert judged(kept, forged).fault is not None


def test_a_log_cut_back_with_its_tickets_is_found_by_the_days_before(kept: Kept) -> None:
    rows = list(kept.whole.rows)
    second = [n for n, row in enumerate(rows) if row.kind == DAY_KIND][1]
    cut = all_anew(Evidence(rows[: second - 3]), SigningKey())
    verdict = verify(replace(cut, days=kept.whole.days[1:2]), DEFAULT_SETTINGS)
    assert verdict.fault is not None
    assert verdict.fault.kind == "missing"
    assert "2026-11-03" in verdict.fault.sentence


# Forgers.


def changed(rows: list[Row], at: int, chance: Random) -> list[Row]:
    """One sign of one field."""
    name = chance.choice(("at", "kind", "body", "previous", "hash"))
    text = getattr(rows[at], name)
    place = chance.randrange(len(text))
    other = chance.choice([one for one in "0123456789abcdefxyz" if one != text[place]])
    return [*rows[:at], replace(rows[at], **{name: text[:place] + other + text[place + 1 :]}), *rows[at + 1 :]]


def dropped(rows: list[Row], at: int, _chance: Random) -> list[Row]:
    """One entry gone."""
    return rows[:at] + rows[at + 1 :]


def reordered(rows: list[Row], at: int, chance: Random) -> list[Row]:
    """Two entries of the queue in each other's place."""
    other = chance.choice([n for n, row in enumerate(rows) if row.kind == KIND and n != at])
    found = list(rows)
    found[at], found[other] = rows[other], rows[at]
    return found


def duplicated(rows: list[Row], at: int, chance: Random) -> list[Row]:
    """One entry twice."""
    last_signed = max(n for n, row in enumerate(rows) if row.kind == DAY_KIND)
    other = chance.randrange(at, max(at, last_signed) + 1)
    return [*rows[:other], rows[at], *rows[other:]]


def cut(rows: list[Row], at: int, _chance: Random) -> list[Row]:
    """The end gone."""
    return rows[:at]


def other_setting(rows: list[Row], _at: int, chance: Random) -> list[Row]:
    """Another figure in the settings the queue followed."""
    place = next(n for n, row in enumerate(rows) if '"type":"SettingsChanged"' in row.body)
    seconds = chance.choice([one for one in range(10, 90) if one != 30])
    body = rows[place].body.replace("wrapup_s = 30", f"wrapup_s = {seconds}")
    assert body != rows[place].body
    return [*rows[:place], replace(rows[place], body=body), *rows[place + 1 :]]


def other_signature(rows: list[Row], _at: int, chance: Random) -> list[Row]:
    """A day with another day, number, head or signature."""
    place = chance.choice([n for n, row in enumerate(rows) if row.kind == DAY_KIND])
    signed = read_day(rows[place].body)
    assert signed is not None
    forged = chance.choice(
        (
            replace(signed, day=(date.fromisoformat(signed.day) - timedelta(days=9)).isoformat()),
            replace(signed, number=signed.number + chance.choice((-1, 1))),
            replace(signed, head=ZEROS),
            replace(signed, signature=SigningKey().sign("anything")),
        )
    )
    return [*rows[:place], replace(rows[place], body=day_body(forged)), *rows[place + 1 :]]


def forged_day(rows: list[Row], at: int, _chance: Random) -> list[Row]:
    """A day that was signed by somebody else, over something else."""
    body = day_body(sign_day(SigningKey(), date(2026, 11, 2), at, ZEROS))
    return [*rows[:at], Row(at, rows[at].at, DAY_KIND, body, "", ""), *rows[at:]]


FORGERIES = (changed, dropped, reordered, duplicated, cut, other_setting, other_signature, forged_day)


def chain_anew(rows: list[Row]) -> list[Row]:
    """The chain over the whole log made again."""
    found, previous = list[Row](), GENESIS
    for number, row in enumerate(rows, 1):
        hashed = chained(previous, number, datetime.fromisoformat(row.at), Entry(row.kind, row.body))
        found.append(replace(row, number=number, previous=previous, hash=hashed))
        previous = hashed
    return found


def all_anew(forged: Evidence, key: SigningKey) -> Evidence:
    """Everything made again as the rules make it: what each step told, both chains, the days, tickets, the end."""
    queue, chain = Dispatcher(DEFAULT_SETTINGS), Chain(first_head(DEFAULT_SETTINGS))
    rows, last = list[Row](), datetime.min.replace(tzinfo=UTC)
    for row in forged.rows:
        last, body = max(last, datetime.fromisoformat(row.at)), row.body
        if row.kind == KIND:
            event = from_json(logged_step(row.body).event)
            try:
                body = chained_entry(chain, event, last, queue.step(event, last)).body
            except QueueError:
                continue  # what cannot happen any more is left out
        elif row.kind == DAY_KIND and (signed := read_day(row.body)) is not None:
            body = day_body(sign_day(key, date.fromisoformat(signed.day), chain.number, chain.head))
        rows.append(replace(row, at=last.isoformat(timespec="microseconds"), body=body))
    rows = chain_anew(rows)
    return Evidence(rows, end=(len(rows), rows[-1].hash if rows else GENESIS))


def plant(kept: Kept, seed: int) -> tuple[str, Evidence] | None:
    """A forged log; None: this forgery came out the same as the original."""
    chance = Random(seed)
    forge, effort = chance.choice(FORGERIES), chance.choice(("raw", "chain anew", "all anew"))
    rows = list(kept.whole.rows)
    last_signed = max(n for n, row in enumerate(rows) if row.kind == DAY_KIND)
    at = chance.choice([n for n, row in enumerate(rows) if row.kind == KIND and (n < last_signed or effort == "raw")])
    try:
        forged = replace(kept.whole, rows=forge(rows, at, chance), days=())
        if effort != "raw":
            forged = replace(forged, rows=chain_anew(list(forged.rows)))
        if effort == "all anew":
            forged = all_anew(forged, SigningKey() if chance.random() < 0.5 else signing_key(kept.folder))
    except (ValueError, QueueError):
        return None  # a forger could not read it himself
    same = effort != "raw" and [said(row) for row in forged.rows] == [said(row) for row in rows]
    return None if same else (f"{forge.__name__}, {effort}", forged)


def said(row: Row) -> tuple[object, ...]:
    """What an entry says: a T between date and time or another sign is no difference."""
    return datetime.fromisoformat(row.at), row.kind, row.body


def test_every_planted_fault_is_found(kept: Kept) -> None:
    planted, found, missed = Counter[str](), 0, list[tuple[int, str]]()
    for seed in range(250):
        forgery = plant(kept, seed)
        if forgery is None:
            continue
        planted[forgery[0]] += 1
        if judged(kept, forgery[1]).fault is not None:
            found += 1
        else:
            missed.append((seed, forgery[0]))
    print(f"{planted.total()} faults planted, {found} found: {dict(planted)}")
    assert not missed
    assert planted.total() > 200
    assert len(planted) >= 20
