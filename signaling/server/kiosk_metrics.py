"""Adapter: how the kiosks' parts are, for Prometheus: what each told of itself last, while it is linked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from signaling.server.front_office import Kiosk

PARTS = ("terminal", "card_reader", "camera", "microphone", "loudspeaker", "sound_check", "engine", "printer")
_WORKS = {"ok": 1.0, "busy": 1.0, "low": 1.0, "out": 0.0}


class KioskMetrics(Collector):
    """``infomat_kiosk_part_ok{kiosk,name,part}``: 1 works, 0 does not; what nobody has tried yet has no line.

    ``infomat_kiosk_paper_low{kiosk,name}``: 1 when the slip printer's roll ends soon.
    """

    def __init__(self, kiosks: Iterable[Kiosk]) -> None:
        self._kiosks = kiosks

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Asked when the figures are read."""
        family = GaugeMetricFamily(
            "infomat_kiosk_part_ok", "1: this part of a linked kiosk works", labels=["kiosk", "name", "part"]
        )
        paper = GaugeMetricFamily(
            "infomat_kiosk_paper_low", "1: a linked kiosk's slip printer needs paper", labels=["kiosk", "name"]
        )
        for kiosk in self._kiosks:
            if kiosk.health is None or not kiosk.linked:
                continue
            for part in PARTS:
                works = _WORKS.get(getattr(kiosk.health, part))
                if works is not None:
                    family.add_metric([kiosk.id, kiosk.name, part], works)
            if kiosk.health.printer in ("ok", "low"):
                paper.add_metric([kiosk.id, kiosk.name], float(kiosk.health.printer == "low"))
        yield family
        yield paper
