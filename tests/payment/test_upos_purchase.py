"""A purchase at a UPOS terminal: the same rules as at any other, and what they do with an outcome nobody can tell."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ground.clock import SystemClock
from ground.disk import RealDisk
from payment.cashier import Cashier
from payment.upos.driver import UposTerminal
from tests.payment.card_numbers import card_like
from tests.payment.emulated import QUICK, until
from tests.payment.purchases import BILL, bill
from tests.payment.upos_place import UposPlace

pytestmark = pytest.mark.conformance(13)


@pytest.fixture
def place(tmp_path: Path) -> UposPlace:
    return UposPlace(tmp_path / "upos")


@pytest.fixture
async def cashier(place: UposPlace, tmp_path: Path) -> AsyncIterator[Cashier]:
    cashier = Cashier(RealDisk(tmp_path / "agent"), UposTerminal(place.profile()), SystemClock(), rhythm=QUICK)
    await cashier.open()
    yield cashier
    await cashier.close()


async def test_what_upos_cannot_tell_is_parked_at_once_and_ended_by_the_bank(
    place: UposPlace, cashier: Cashier
) -> None:
    place.order(fault="crash_after")
    cashier.begin("p1", bill(BILL), "electricity")
    parked = await until(cashier, "parked")
    assert parked.last_at is not None
    assert parked.sent_at is not None
    assert parked.last_at - parked.sent_at < QUICK.park_after
    assert not cashier.available
    assert place.begun() == 1
    assert cashier.clarified("p1", charged=True, note="registry")
    assert (await until(cashier, "approved")).amount.minor == place.charged()


async def test_the_same_rules_close_the_day_and_try_again(place: UposPlace, cashier: Cashier) -> None:
    place.order(day="too long")
    cashier.begin("p1", bill(BILL), "electricity")
    purchase = await until(cashier, "approved")
    assert purchase.busy_tries == 1
    assert place.charged() == BILL.minor


async def test_a_program_that_shows_a_whole_card_number_leaves_none_with_us(
    place: UposPlace, cashier: Cashier, tmp_path: Path
) -> None:
    place.order(fault="leak")
    cashier.begin("p1", bill(BILL), "electricity")
    await until(cashier, "approved")
    found = await asyncio.to_thread(card_like_in, tmp_path)
    assert len(found) > 5
    assert {name: numbers for name, numbers in found.items() if numbers} == {}


def card_like_in(folder: Path) -> dict[str, list[str]]:
    """What looks like a card's number in every file but the emulator's orders."""
    files = [file for file in folder.rglob("*") if file.is_file() and file.name != "orders.jsonl"]
    return {str(file): card_like(file.read_bytes().decode("latin-1")) for file in files}
