"""Adapter for tests: a PostgreSQL of one's own."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchmarks import queue_postgres


@contextmanager
def cluster() -> Iterator[str]:
    """The URL of a database with nothing in it; skips the test where there is no PostgreSQL."""
    if not list(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        pytest.skip("PostgreSQL is not installed: ./dev bench brings it")
    user = "postgres" if os.geteuid() == 0 else None
    place = Path(tempfile.mkdtemp(prefix="infomat-pg-"))  # a socket's path is short
    place.chmod(0o755)
    home = place / "home"
    home.mkdir()
    if user is not None:
        shutil.chown(home, user)
    with queue_postgres.cluster(home, user):
        yield f"postgresql+psycopg://{user or os.environ.get('USER', '')}@/postgres?host={home}"
    shutil.rmtree(place)
