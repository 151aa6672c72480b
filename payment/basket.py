"""Rules: what one card payment pays: lines of several suppliers and services, each with the agent's fee.

103-FZ: the fee is shown before paying, also when it is nothing. A line is the smallest thing that is posted,
refused or returned: it is never split.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ground.money import Money
from payment.errors import BasketWrong

MOST_LINES = 20
MOST_MINOR = 2_000_000_000  # twenty millions: no card pays so much, and every table and terminal can hold it


@dataclass(frozen=True, slots=True)
class Line:
    """``amount`` reaches the supplier's account, ``fee`` is the agent's. ``number`` counts from 1 in a purchase.

    ``account_ref`` is billing's own reference, never logged; ``supplier`` its code, "" for the only one there is.
    """

    number: int
    supplier: str
    account_ref: str
    service: str
    amount: Money
    fee: Money

    @property
    def total(self) -> Money:
        """What the card is charged for this line."""
        return self.amount + self.fee


@dataclass(frozen=True, slots=True)
class FeeTerms:
    """The agent's fee for one supplier: hundredths of a percent of the amount, within two bounds, minor units."""

    basis_points: int = 0
    at_least: int = 0
    at_most: int | None = None

    def of(self, amount: Money) -> Money:
        """The fee for an amount, rounded down: a doubt is in the customer's favour."""
        minor = max(amount.minor * self.basis_points // 10_000, self.at_least)
        return Money(minor if self.at_most is None else min(minor, self.at_most), amount.currency)


def total(lines: Iterable[Line]) -> Money:
    """What the card is charged for these lines; raises BasketWrong for none or for several currencies."""
    sums = [line.total for line in lines]
    if not sums or len({one.currency for one in sums}) != 1:
        raise BasketWrong("lines of one currency, at least one")
    return Money(sum(one.minor for one in sums), sums[0].currency)


def checked(lines: Sequence[Line]) -> tuple[Line, ...]:
    """The same lines, when they make a basket: numbered 1, 2, ... each more than nothing, no account's service twice,
    together not more than a card can pay.

    Raises BasketWrong.
    """
    if not 1 <= len(lines) <= MOST_LINES or [line.number for line in lines] != list(range(1, len(lines) + 1)):
        raise BasketWrong(f"1 to {MOST_LINES} lines, numbered from 1")
    if any(line.amount.minor <= 0 or line.fee.minor < 0 for line in lines):
        raise BasketWrong("a line pays more than nothing, its fee is not below nothing")
    if len({(line.supplier, line.account_ref, line.service) for line in lines}) != len(lines):
        raise BasketWrong("the same bill twice")
    if total(lines).minor > MOST_MINOR:
        raise BasketWrong("more than a card can pay")
    return tuple(lines)
