"""A book of forty accounts on a clock that the test moves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from billing.embedded.book import Book
from billing.embedded.schema import open_book
from billing.embedded.seeding import seeded_book


@dataclass
class HandClock:
    """A clock moved by hand."""

    moment: datetime = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)

    def now(self) -> datetime:
        """Where the hand stands."""
        return self.moment


@pytest.fixture
def clock() -> HandClock:
    """Noon in the Urals on 21 November 2026."""
    return HandClock()


@pytest.fixture
def path(tmp_path: Path, clock: HandClock) -> Path:
    """A freshly seeded book."""
    return seeded_book(tmp_path, 1, 40, clock.now())


@pytest.fixture
def book(path: Path, clock: HandClock) -> Iterator[Book]:
    """The open book."""
    connection = open_book(path)
    yield Book(connection, clock)
    connection.close()
