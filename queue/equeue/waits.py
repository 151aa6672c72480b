"""Rules: how long a customer will still wait, as a band, never as a point (features.md 5).

With j customers ahead and c operators who are all busy for 1/mu seconds a contact, the wait is the time of j+1
departures: a sum of exponentials with rates c*mu + i*theta (theta: how fast waiting customers give up). For
theta = 0 that is Gamma(j+1, c*mu); else a gamma of the same mean and variance stands for it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import NamedTuple

#: so many departures are added one by one
_ONE_BY_ONE = 30
FORGET = 1 / 200  # a measured contact counts for about the next 200
_NORMAL = NormalDist()


class WaitBand(NamedTuple):
    """Half wait less than the first, nine in ten less than the second; seconds."""

    p50_seconds: float
    p90_seconds: float


@dataclass(slots=True)
class HandlingTime:
    """Mean of talk and wrap-up, in seconds: a prior worth ``weight`` contacts, then what is measured."""

    mean_s: float
    weight: float

    def measured(self, seconds: float) -> None:
        """One contact took this long."""
        self.weight = min(self.weight + 1, 1 / FORGET)
        self.mean_s += (seconds - self.mean_s) / self.weight


def wait_band(ahead: float, operators: int, mean_s: float, give_up: float = 0.0, overtaking: float = 0.0) -> WaitBand:
    """The band for somebody before whom ``ahead`` customers will be called, by ``operators`` (at least 1) at work.

    ``give_up``: how many of those who wait leave in a second, each; ``overtaking``: customers who will still come and
    go before them, in customers for each that is served (below 1). Each of those adds to the time in which more come,
    as in a busy period, whose variance is (1 + r) / (1 - r)^2 times that of the same time without them; a gamma is
    no likeness of it where that is more than an exponential's.
    """
    mean, variance = departures(ahead, operators / mean_s, give_up)
    variance = min(variance * (1 + overtaking) / (1 - overtaking) ** 2, mean**2)
    shape, scale = mean**2 / variance, variance / mean
    return WaitBand(scale * gamma_quantile(0.5, shape), scale * gamma_quantile(0.9, shape))


def departures(ahead: float, rate: float, give_up: float) -> tuple[float, float]:
    """Mean and variance, in seconds, of the time until ``ahead`` + 1 have gone: called at ``rate``, or given up."""
    if not give_up:
        return (ahead + 1) / rate, (ahead + 1) / rate**2
    mean = variance = 0.0
    whole = int(min(ahead, _ONE_BY_ONE)) + 1
    for i in range(whole):
        mean += 1 / (rate + i * give_up)
        variance += 1 / (rate + i * give_up) ** 2
    rest = ahead + 1 - whole
    if rest > 0:  # the sum as an integral
        begin, end = rate + (whole - 0.5) * give_up, rate + (whole - 0.5 + rest) * give_up
        mean += math.log(end / begin) / give_up
        variance += (1 / begin - 1 / end) / give_up
    return mean, variance


def gamma_quantile(share: float, shape: float) -> float:
    """x with P(Gamma(shape, 1) <= x) = share, to about nine digits; five beyond shape 200 (Wilson, Hilferty 1931).

    From their x on by Newton's steps, halved where one leads out of what is known to hold the answer.
    """
    ninth = 1 / (9 * shape)
    x = float(shape * max(1 - ninth + _NORMAL.inv_cdf(share) * math.sqrt(ninth), 0.1) ** 3)
    if shape > 200:
        return x
    low, high = 0.0, max(x, shape + 10 * math.sqrt(shape) + 10)
    for _ in range(60):
        over = gamma_share(shape, x) - share
        low, high = (low, x) if over > 0 else (x, high)
        density = math.exp((shape - 1) * math.log(x) - x - math.lgamma(shape))
        better = x - over / density if density else low
        if not low < better < high:
            better = (low + high) / 2
        if abs(better - x) <= 1e-11 * x:
            return better
        x = better
    return x


def gamma_share(shape: float, x: float) -> float:
    """P(Gamma(shape, 1) <= x): the regularised lower incomplete gamma function.

    The series for x < shape + 1 and the continued fraction beyond (Abramowitz & Stegun 6.5.29, 6.5.31).
    """
    if x <= 0:
        return 0.0
    front = math.exp(shape * math.log(x) - x - math.lgamma(shape))
    if x < shape + 1:
        term = total = 1 / shape
        count = shape
        while term > total * 1e-13:
            count += 1
            term *= x / count
            total += term
        return front * total
    b = x + 1 - shape
    c, d = 1e300, 1 / b
    fraction = d
    for i in range(1, 1000):
        a = -i * (i - shape)
        b += 2
        d = 1 / (a * d + b)
        c = b + a / c
        fraction *= c * d
        if abs(c * d - 1) < 1e-13:
            break
    return 1 - front * fraction
