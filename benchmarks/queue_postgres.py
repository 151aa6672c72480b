"""Wiring: what a team would otherwise pick: a table of tickets in PostgreSQL, claimed by FOR UPDATE SKIP LOCKED.

A cluster of its own in a folder, as an unprivileged user, over a Unix socket, with the settings it comes with
(fsync and synchronous_commit on). pgbench sends prepared statements, each a transaction, the fewest round trips there
are. The index fits the order: within a topic, a language and a class the one who came first is first, so a claim looks
at the heads of the rows an operator serves, as our dispatcher does, and sorts those by gathered priority.

``work``: the same life of a ticket as ours has, each step durable before the next, with its row of the log and the
states of ticket and operator: taken; the talk before is over and the next customer is offered; accepted.
``claim``: one transaction that claims, logs and adds a ticket: less than any queue has to do, the most favourable
reading. Evidence: ``postgres-KIND-N-ROUND.log``: pgbench's log of every script run by N connections (client, number,
microseconds, script, epoch s, microseconds of it); ``postgres-KIND-N-ROUND-claimed.txt``: how many were offered.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random

from benchmarks import queue_disk
from benchmarks.queue_day import CLASSES, LANGUAGES, TOPICS, skills, spoken

CONNECTIONS = (1, 8, 32)

_SCHEMA = """
CREATE TABLE operators (
    id int PRIMARY KEY, topics text[] NOT NULL, languages text[] NOT NULL, state text NOT NULL DEFAULT 'break',
    ticket_id bigint, since timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE tickets (
    id bigserial PRIMARY KEY, topic text NOT NULL, language text NOT NULL, rate float8 NOT NULL,
    arrived timestamptz NOT NULL DEFAULT clock_timestamp(), state text NOT NULL DEFAULT 'waiting', operator_id int,
    changed timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX waiting ON tickets (topic, language, rate, arrived, id) WHERE state = 'waiting';
CREATE TABLE events (
    id bigserial PRIMARY KEY, kind text NOT NULL, ticket_id bigint NOT NULL, operator_id int,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
"""
_DICE = """\\set operator random(1, {operators})
\\set topic random(0, {topics})
\\set roll random(1, 100)
"""
_CLAIMED = """heads AS MATERIALIZED (
    SELECT head.id, head.arrived, class.rate FROM operators o
    CROSS JOIN LATERAL unnest(o.topics) AS known(topic)
    CROSS JOIN LATERAL unnest(o.languages) AS spoken(language)
    CROSS JOIN (VALUES {rates}) AS class(rate)
    CROSS JOIN LATERAL (
        SELECT w.id, w.arrived FROM tickets w
        WHERE w.state = 'waiting' AND w.topic = known.topic AND w.language = spoken.language AND w.rate = class.rate
        ORDER BY w.arrived, w.id LIMIT 1
    ) AS head
    WHERE o.id = :operator
), claimed AS (
    UPDATE tickets SET state = 'offered', operator_id = :operator, changed = clock_timestamp()
    WHERE id = (
        SELECT free.id FROM (
            SELECT id FROM heads ORDER BY rate * extract(epoch FROM clock_timestamp() - arrived) DESC, arrived, id
        ) AS next CROSS JOIN LATERAL (
            SELECT w.id FROM tickets w WHERE w.id = next.id AND w.state = 'waiting' FOR UPDATE SKIP LOCKED
        ) AS free LIMIT 1
    ) RETURNING id
)"""
_TAKEN = """INSERT INTO tickets (topic, language, rate) VALUES (
        'topic-' || lpad((:topic)::text, 2, '0'),
        CASE WHEN :roll <= 70 THEN 'ru' WHEN :roll <= 90 THEN 'lv' ELSE 'en' END,
        CASE WHEN :roll % 20 = 0 THEN 3.0 WHEN :roll % 20 <= 2 THEN 2.0 WHEN :roll % 20 <= 5 THEN 1.5 ELSE 1.0 END
    )"""
#: The script of one round, in which one customer is assigned.
_SCRIPTS = {
    "work": _DICE
    + """WITH taken AS ({taken} RETURNING id)
INSERT INTO events (kind, ticket_id) SELECT 'taken', id FROM taken;
WITH ended AS (
    UPDATE tickets SET state = 'closed', changed = clock_timestamp() WHERE id = :before RETURNING id
), {claimed}, logged AS (
    INSERT INTO events (kind, ticket_id, operator_id)
    SELECT 'ended', id, (:operator)::int FROM ended UNION ALL SELECT 'offered', id, (:operator)::int FROM claimed
), rings AS (
    UPDATE operators SET state = 'offered', ticket_id = (SELECT id FROM claimed), since = clock_timestamp()
    WHERE id = :operator
)
SELECT coalesce((SELECT id FROM claimed), 0) AS before \\gset
WITH accepted AS (
    UPDATE tickets SET state = 'connected', changed = clock_timestamp() WHERE id = :before RETURNING id
), busy AS (
    UPDATE operators SET state = 'busy', since = clock_timestamp() WHERE id = :operator
)
INSERT INTO events (kind, ticket_id, operator_id) SELECT 'accepted', id, :operator FROM accepted;
""",
    "claim": _DICE
    + """WITH {claimed}, logged AS (
    INSERT INTO events (kind, ticket_id, operator_id) SELECT 'offered', id, :operator FROM claimed
)
{taken};
""",
}
KINDS = tuple(_SCRIPTS)


class Side:
    """PostgreSQL's side of the comparison, in a folder beside ours."""

    def __init__(self, place: Path, out: Path, operators: int, waiting: int) -> None:
        self._place, self._home = place, place / "postgres"
        self._user = "postgres" if os.geteuid() == 0 else None
        place.chmod(0o755)
        self._home.mkdir()
        if self._user is not None:
            shutil.chown(self._home, self._user)
        (out / "postgres-load.sql").write_text(_SCHEMA + "\n".join(_fill(operators, waiting)))
        rates = ", ".join(f"({slope}::float8)" for slope, _ in CLASSES.values())
        for kind, script in _SCRIPTS.items():
            parts = {"claimed": _CLAIMED.format(rates=rates), "taken": _TAKEN}
            text = script.format(operators=operators, topics=len(TOPICS) - 1, **parts)
            (out / f"postgres-{kind}.sql").write_text(text)
        for file in out.glob("postgres-*.sql"):
            shutil.copy(file, place / file.name)
            (place / file.name).chmod(0o644)
        _create(self._home, self._user)

    def measure(self, number: int, seconds: int, out: Path, kinds: tuple[str, ...] = KINDS) -> None:
        """A round: each number of connections on a fresh line, evidence into the folder."""
        os.sync()  # what the other side left to be written is not written now
        with _running(self._home, self._user) as settings:
            (out / "postgres-settings.txt").write_text(settings)
            for kind in kinds:
                for connections in CONNECTIONS:
                    _round(
                        self._user, self._home, self._place, out / f"postgres-{kind}-{connections}-{number}",
                        kind, connections, seconds,
                    )  # fmt: skip


def _round(
    user: str | None, home: Path, place: Path, evidence: Path, kind: str, connections: int, seconds: int
) -> None:
    name = f"{kind}{connections}"
    _run(user, home, "createdb", "-h", str(home), name)
    _run(user, home, "psql", "-q", "-v", "ON_ERROR_STOP=1", "-h", str(home), "-f",
         str(place / "postgres-load.sql"), name)  # fmt: skip
    _run(user, home, "vacuumdb", "-q", "--analyze", "-h", str(home), name)
    _run(
        user, home, "pgbench", "-n", "-M", "prepared", "-h", str(home), "-f", str(place / f"postgres-{kind}.sql"),
        "-D", "before=0", "-c", str(connections), "-j", str(min(connections, os.cpu_count() or 1)), "-T", str(seconds),
        "--log", "--log-prefix", str(home / name), name,
    )  # fmt: skip
    counted = "SELECT count(*) FROM events WHERE kind = 'offered'"
    count = _run(user, home, "psql", "-At", "-h", str(home), "-c", counted, name)
    evidence.with_name(f"{evidence.name}-claimed.txt").write_text(count)
    logs = sorted(home.glob(f"{name}.*"))
    evidence.with_name(f"{evidence.name}.log").write_text("".join(one.read_text() for one in logs))
    for one in logs:
        one.unlink()
    _run(user, home, "dropdb", "-h", str(home), name)


@contextmanager
def cluster(home: Path, user: str | None) -> Iterator[str]:
    """A running cluster; what it says of its version and of what makes it durable."""
    _create(home, user)
    with _running(home, user) as settings:
        yield settings


def _create(home: Path, user: str | None) -> None:
    _run(user, home, "initdb", "-D", str(home / "data"), "-A", "trust", "-E", "UTF8", "--locale=C")


@contextmanager
def _running(home: Path, user: str | None) -> Iterator[str]:
    data = home / "data"
    _run(
        user, home, "pg_ctl", "-D", str(data), "-w", "-l", str(home / "server.txt"),
        "-o", f"-c listen_addresses='' -c unix_socket_directories='{home}'", "start",
    )  # fmt: skip
    try:
        shares = _same_share(int((data / "postmaster.pid").read_text().split()[0]))
        asked = "SELECT version(); SHOW fsync; SHOW synchronous_commit; SHOW wal_sync_method; SHOW shared_buffers"
        yield _run(user, home, "psql", "-At", "-h", str(home), "-c", asked, "postgres") + shares
    finally:
        _run(user, home, "pg_ctl", "-D", str(data), "-m", "fast", "-w", "stop")


def _same_share(server: int) -> str:
    """Give the server, which has begun a session of its own, our share of the processor; what both have.

    A niceness counts among the processes of a session alone where Linux shares by sessions (autogroup).
    """
    nice = (
        f"niceness: ours {os.getpriority(os.PRIO_PROCESS, 0)}, the server's {os.getpriority(os.PRIO_PROCESS, server)}"
    )
    ours = _session_niceness("self")
    if ours is None:
        return f"{nice}\n"
    with suppress(OSError):  # only who may raise a share can; then the text shows the difference
        Path(f"/proc/{server}/autogroup").write_text(ours)
    return f"{nice}; of the session: ours {ours}, the server's {_session_niceness(str(server))}\n"


def _session_niceness(process: str) -> str | None:
    """The niceness of a process's session; None where Linux does not share by sessions.

    The file is there but empty for a process of no session of its own, as in some containers.
    """
    with suppress(OSError):
        said = Path(f"/proc/{process}/autogroup").read_text().split()
        return said[-1] if said else None
    return None


def _run(user: str | None, home: Path, program: str, *args: str) -> str:
    """The output of a program of PostgreSQL 15, or else of the newest there is."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda one: int(one.parent.name))
    folder = next((one for one in found if one.parent.name == "15"), found[-1] if found else None)
    if folder is None:
        raise SystemExit("PostgreSQL is not installed: apt-get install postgresql")
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(home)}
    environment |= {name: os.environ[name] for name in queue_disk.SETS if name in os.environ}
    done = subprocess.run(
        [str(folder / program), *args], user=user, group=user, extra_groups=[] if user else None, cwd=home,
        env=environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"{program} failed: {done.stderr.strip()}")
    return done.stdout


def _fill(operators: int, waiting: int) -> Iterator[str]:
    chance = Random(1)
    yield "COPY operators (id, topics, languages) FROM STDIN;"
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
