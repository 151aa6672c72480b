"""Adapter: what conversations were like, for Prometheus: aggregated over both ends and all calls, nobody named."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Histogram

_ROUND_TRIP = (0.02, 0.05, 0.1, 0.2, 0.4, 0.9, 2.0)
_LOST = (0.001, 0.01, 0.03, 0.06, 0.1, 0.2)
_SOUND = ("decoded", "fec", "concealed")
_SECONDS = {"weak": "weak_s", "bad": "bad_s"}
_LIMITS = {"link": "link_limited_s", "cpu": "cpu_limited_s"}
_CORES = (0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0, 1.5)
_RATES = (100, 200, 400, 800, 1200, 1800, 2500)


class CallMetrics:
    """Counted once for each end of a conversation, when it is over."""

    def __init__(self, registry: CollectorRegistry) -> None:
        end = ["end"]
        self._seconds = Counter(
            "infomat_call_seconds", "Conversation by how good it was", ["end", "word"], registry=registry
        )
        self._sound = Counter(
            "infomat_call_sound", "20 ms of sound by how they came about", ["end", "how"], registry=registry
        )
        self._freezes = Counter("infomat_call_freezes", "Pictures that stood still", end, registry=registry)
        self._breaks = Counter("infomat_call_breaks", "Connections lost and mended", end, registry=registry)
        self._round_trip = Histogram(
            "infomat_call_round_trip_seconds", "Mean of a call", end, buckets=_ROUND_TRIP, registry=registry
        )
        self._lost = Histogram("infomat_call_lost", "Mean share of packets", end, buckets=_LOST, registry=registry)
        self._limited = Counter(
            "infomat_call_limited_seconds", "With a smaller picture, by why", ["end", "why"], registry=registry
        )
        self._cores = Histogram("infomat_call_cpu", "Mean cores of the engine", end, buckets=_CORES, registry=registry)
        self._rate = Histogram("infomat_call_sent_kbps", "Mean of a call", end, buckets=_RATES, registry=registry)

    def measured(self, end: str, figures: Mapping[str, float]) -> None:
        """The figures of a whole call at one end (``SessionMedia.figures``); what is not told counts nothing."""

        def told(name: str) -> float:
            return max(0.0, figures.get(name, 0.0))

        for word, name in _SECONDS.items():
            self._seconds.labels(end, word).inc(told(name))
        self._seconds.labels(end, "good").inc(max(0.0, told("seconds") - sum(told(one) for one in _SECONDS.values())))
        for how in _SOUND:
            self._sound.labels(end, how).inc(told(how))
        for why, name in _LIMITS.items():
            self._limited.labels(end, why).inc(told(name))
        self._freezes.labels(end).inc(told("freezes"))
        self._breaks.labels(end).inc(told("breaks"))
        if told("rtt_ms"):
            self._round_trip.labels(end).observe(told("rtt_ms") / 1000)
        for name, histogram in (("cpu", self._cores), ("kbps_out", self._rate)):
            if name in figures:
                histogram.labels(end).observe(told(name))
        if "loss" in figures:
            self._lost.labels(end).observe(told("loss"))
