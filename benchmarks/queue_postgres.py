"""Wiring: what a team would otherwise pick: a table of tickets in PostgreSQL, claimed by FOR UPDATE SKIP LOCKED.

A cluster of its own in a folder, as an unprivileged user, over a Unix socket, with the settings it comes with
(fsync and synchronous_commit on). pgbench sends one prepared statement a transaction, the fewest round trips there
are: claim the first of those this operator can serve, by priority gathered with waiting; add the row of the log;
add a new ticket, so that the line stays as long. ``postgres-N.log``: pgbench's log of every transaction with N
connections (client, number, microseconds, script, epoch s, microseconds of it).
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from benchmarks.queue_day import CLASSES, LANGUAGES, TOPICS, skills, spoken

CONNECTIONS = (1, 8, 32)

_SCHEMA = """
CREATE TABLE operators (id int PRIMARY KEY, topics text[] NOT NULL, languages text[] NOT NULL);
CREATE TABLE tickets (
    id bigserial PRIMARY KEY, topic text NOT NULL, language text NOT NULL, rate float8 NOT NULL,
    arrived timestamptz NOT NULL DEFAULT clock_timestamp(), state text NOT NULL DEFAULT 'waiting', operator_id int
);
CREATE INDEX waiting ON tickets (topic) WHERE state = 'waiting';
CREATE TABLE assignments (
    id bigserial PRIMARY KEY, ticket_id bigint NOT NULL, operator_id int NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
"""
_CLAIM = """\\set operator random(1, {operators})
\\set topic random(0, {topics})
\\set roll random(1, 100)
WITH claimed AS (
    UPDATE tickets SET state = 'called', operator_id = :operator
    WHERE id = (
        SELECT id FROM tickets
        WHERE state = 'waiting'
            AND topic = ANY ((SELECT topics FROM operators WHERE id = :operator)::text[])
            AND language = ANY ((SELECT languages FROM operators WHERE id = :operator)::text[])
        ORDER BY rate * extract(epoch FROM clock_timestamp() - arrived) DESC, arrived, id
        LIMIT 1 FOR UPDATE SKIP LOCKED
    ) RETURNING id
), logged AS (
    INSERT INTO assignments (ticket_id, operator_id) SELECT id, :operator FROM claimed
)
INSERT INTO tickets (topic, language, rate) VALUES (
    'topic-' || lpad((:topic)::text, 2, '0'),
    CASE WHEN :roll <= 70 THEN 'ru' WHEN :roll <= 90 THEN 'lv' ELSE 'en' END,
    CASE WHEN :roll % 20 = 0 THEN 3.0 WHEN :roll % 20 <= 2 THEN 2.0 WHEN :roll % 20 <= 5 THEN 1.5 ELSE 1.0 END
);
"""


def measure(place: Path, out: Path, operators: int, waiting: int, seconds: int) -> None:
    """One run for each number of connections, each on a fresh line, evidence into ``out``."""
    user = "postgres" if os.geteuid() == 0 else None
    place.chmod(0o755)
    home = place / "postgres"
    home.mkdir()
    if user is not None:
        shutil.chown(home, user)
    (out / "postgres-load.sql").write_text(_SCHEMA + "\n".join(_fill(operators, waiting)))
    claim = out / "postgres-claim.sql"
    claim.write_text(_CLAIM.format(operators=operators, topics=len(TOPICS) - 1))
    for file in ("postgres-load.sql", "postgres-claim.sql"):
        shutil.copy(out / file, place / file)
        (place / file).chmod(0o644)
    with _cluster(home, user) as settings:
        (out / "postgres-settings.txt").write_text(settings)
        for connections in CONNECTIONS:
            name = f"line{connections}"
            _run(user, home, "createdb", "-h", str(home), name)
            _run(user, home, "psql", "-q", "-v", "ON_ERROR_STOP=1", "-h", str(home), "-f",
                 str(place / "postgres-load.sql"), name)  # fmt: skip
            _run(user, home, "vacuumdb", "-q", "--analyze", "-h", str(home), name)
            prefix = f"tx{connections}"
            _run(
                user, home, "pgbench", "-n", "-M", "prepared", "-h", str(home), "-f", str(place / "postgres-claim.sql"),
                "-c", str(connections), "-j", str(min(connections, os.cpu_count() or 1)), "-T", str(seconds),
                "--log", "--log-prefix", str(home / prefix), name,
            )  # fmt: skip
            count = _run(user, home, "psql", "-At", "-h", str(home), "-c", "SELECT count(*) FROM assignments", name)
            (out / f"postgres-{connections}-claimed.txt").write_text(count)
            logs = sorted(home.glob(f"{prefix}.*"))
            (out / f"postgres-{connections}.log").write_text("".join(one.read_text() for one in logs))


@contextmanager
def _cluster(home: Path, user: str | None) -> Iterator[str]:
    """A running cluster; what it says of its version and of what makes it durable."""
    data = home / "data"
    _run(user, home, "initdb", "-D", str(data), "-A", "trust", "-E", "UTF8", "--locale=C")
    _run(
        user, home, "pg_ctl", "-D", str(data), "-w", "-l", str(home / "server.txt"),
        "-o", f"-c listen_addresses='' -c unix_socket_directories='{home}'", "start",
    )  # fmt: skip
    try:
        asked = "SELECT version(); SHOW fsync; SHOW synchronous_commit; SHOW wal_sync_method; SHOW shared_buffers"
        yield _run(user, home, "psql", "-At", "-h", str(home), "-c", asked, "postgres")
    finally:
        _run(user, home, "pg_ctl", "-D", str(data), "-m", "fast", "-w", "stop")


def _run(user: str | None, home: Path, program: str, *args: str) -> str:
    """The output of a program of PostgreSQL 15, or else of the newest there is."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda one: int(one.parent.name))
    folder = next((one for one in found if one.parent.name == "15"), found[-1] if found else None)
    if folder is None:
        raise SystemExit("PostgreSQL is not installed: apt-get install postgresql")
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(home)}
    done = subprocess.run(
        [str(folder / program), *args], user=user, group=user, extra_groups=[] if user else None, cwd=home,
        env=environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"{program} failed: {done.stderr.strip()}")
    return done.stdout


def _fill(operators: int, waiting: int) -> Iterator[str]:
    chance = Random(1)
    yield "COPY operators FROM STDIN;"
    for number in range(1, operators + 1):
        known = skills(chance)
        topics = TOPICS if known == ("*",) else known
        yield f"{number}\t{{{','.join(topics)}}}\t{{{','.join(spoken(chance))}}}"
    yield "\\."
    slopes, shares = [slope for slope, _ in CLASSES.values()], [share for _, share in CLASSES.values()]
    yield "CREATE TEMP TABLE come (topic text, language text, rate float8, ago float8);"
    yield "COPY come FROM STDIN;"
    for _ in range(waiting):
        language, rate = chance.choices(LANGUAGES, (70, 20, 10))[0], chance.choices(slopes, shares)[0]
        yield f"{chance.choice(TOPICS)}\t{language}\t{rate}\t{chance.uniform(300, 900)}"
    yield "\\."
    yield "INSERT INTO tickets (topic, language, rate, arrived)"
    yield "    SELECT topic, language, rate, now() - ago * interval '1 second' FROM come ORDER BY ago DESC;"
