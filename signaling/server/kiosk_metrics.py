"""Adapter: how the kiosks' parts are, for Prometheus: what each told of itself last, while it is linked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from signaling.server.front_office import Kiosk

PARTS = ("terminal", "card_reader", "camera", "microphone", "loudspeaker", "engine")
_WORKS = {"ok": 1.0, "busy": 1.0, "out": 0.0}


class KioskMetrics(Collector):
    """``infomat_kiosk_part_ok{kiosk,name,part}``: 1 works, 0 does not; what nobody has tried yet has no line."""

    def __init__(self, kiosks: Iterable[Kiosk]) -> None:
        self._kiosks = kiosks

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Asked when the figures are read."""
        family = GaugeMetricFamily(
            "infomat_kiosk_part_ok", "1: this part of a linked kiosk works", labels=["kiosk", "name", "part"]
        )
        for kiosk in self._kiosks:
            if kiosk.health is None or not kiosk.linked:
                continue
            for part in PARTS:
                works = _WORKS.get(getattr(kiosk.health, part))
                if works is not None:
                    family.add_metric([kiosk.id, kiosk.name, part], works)
        yield family
