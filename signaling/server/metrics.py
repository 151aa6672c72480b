"""Adapter: figures for Prometheus."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.registry import Collector

from signaling.server.call_metrics import CallMetrics

_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """One registry per server. Gauges ask when they are read."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._commands = Counter(
            "infomat_commands", "Commands by type and outcome", ["type", "outcome"], registry=self._registry
        )
        self._seconds = Histogram(
            "infomat_command_seconds", "From the frame to its durable answer", buckets=_SECONDS, registry=self._registry
        )
        self._commits = Histogram(
            "infomat_log_commit_seconds", "One transaction of the log", buckets=_SECONDS, registry=self._registry
        )
        self._refused = Counter("infomat_frames_refused", "Frames without a command", ["code"], registry=self._registry)
        self.calls = CallMetrics(self._registry)
        self._connections = Gauge("infomat_connections", "Linked clients", ["role"], registry=self._registry)

    def served(self, kind: str, outcome: str, seconds: float) -> None:
        """A command was answered."""
        self._commands.labels(kind, outcome).inc()
        self._seconds.observe(seconds)

    def refused(self, code: str) -> None:
        """A frame could not be read."""
        self._refused.labels(code).inc()

    def committed(self, seconds: float) -> None:
        """A transaction of the log took this long."""
        self._commits.observe(seconds)

    def watch(self, name: str, meaning: str, figure: Callable[[], float]) -> None:
        """A gauge that is asked when it is read."""
        Gauge(f"infomat_{name}", meaning, registry=self._registry).set_function(figure)

    def watch_connections(self, role: str, figure: Callable[[], float]) -> None:
        """Linked clients of a role."""
        self._connections.labels(role).set_function(figure)

    def add(self, collector: Collector) -> None:
        """Figures that somebody else collects when they are read."""
        self._registry.register(collector)

    def text(self) -> bytes:
        """Everything in Prometheus' text format."""
        return generate_latest(self._registry)
