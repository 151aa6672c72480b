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

FORGET = 1 / 200  # a measured contact counts for about the next 200


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


def wait_band(ahead: float, operators: int, mean_s: float, patience_s: float = 0) -> WaitBand:
    """The band for somebody with ``ahead`` customers before them and ``operators`` (at least 1) at work."""
    rate, give_up = operators / mean_s, (1 / patience_s if patience_s else 0.0)
    if not give_up:
        shape, scale = ahead + 1, 1 / rate
    else:
        rates = [rate + i * give_up for i in range(int(ahead) + 1)]
        mean = sum(1 / one for one in rates)
        variance = sum(1 / one**2 for one in rates)
        shape, scale = mean**2 / variance, variance / mean
    return WaitBand(scale * gamma_quantile(0.5, shape), scale * gamma_quantile(0.9, shape))


def gamma_quantile(share: float, shape: float) -> float:
    """x with P(Gamma(shape, 1) <= x) = share, to about nine digits; five beyond shape 200 (Wilson, Hilferty 1931)."""
    if shape > 200:
        ninth = 1 / (9 * shape)
        return float(shape * (1 - ninth + NormalDist().inv_cdf(share) * math.sqrt(ninth)) ** 3)
    low, high = 0.0, shape + 10 * math.sqrt(shape) + 10
    for _ in range(60):
        middle = (low + high) / 2
        if gamma_share(shape, middle) < share:
            low = middle
        else:
            high = middle
    return (low + high) / 2


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
