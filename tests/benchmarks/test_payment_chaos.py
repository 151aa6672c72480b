"""The chaos run in small, and that it would find what it is there to find."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.chaos.mutations import faults
from benchmarks.payment_chaos import measure
from payment import events as e
from payment.moves import MOVES, State


def test_whatever_dies_every_charge_is_posted_once_and_nobody_is_told_otherwise(tmp_path: Path) -> None:
    figures = measure(tmp_path, range(501, 531))
    assert faults(figures) == ""
    assert figures["charged"] == figures["banked"] == figures["posted"] > 0
    assert figures["approved"] >= 50
    assert all(times > 5 for times in figures["kills"].values()), figures["kills"]


def test_the_same_seed_gives_the_same_run(tmp_path: Path) -> None:
    assert measure(tmp_path / "one", range(7, 9)) == measure(tmp_path / "two", range(7, 9))


@pytest.mark.parametrize("without", ["fdatasync:append", "idempotency:posting"])
def test_a_sync_or_a_key_that_is_left_out_is_found(tmp_path: Path, without: str) -> None:
    assert faults(measure(tmp_path, range(1, 16), without))


def test_a_row_of_the_table_that_is_left_out_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(MOVES, (State.UNKNOWN, e.Restarted))
    assert faults(measure(tmp_path, range(1, 9)))
