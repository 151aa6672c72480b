"""Adapter: the receiver's estimate of the link, quicker to begin and to grow than aiortc's port of Google's.

aiortc says nothing for three seconds and then grows by 8 % a second: a narrow link drowns first, a wide one is found
after half a minute. Browsers probe instead; we begin after one second and grow by a third until the first overuse.
"""

from __future__ import annotations

from typing import Any

from aiortc.rate import AimdRateControl, BandwidthUsage

BEGIN_AFTER = 1000  # ms
LEAST_BEGIN = 600_000  # bit/s: what little is sent at first is not all that the link could carry
GROWTH = 1.33  # a second, until the first overuse


class LinkEstimate(AimdRateControl):
    """In place of ``RemoteBitrateEstimator.rate_control``."""

    def update(self, bandwidth_usage: BandwidthUsage, estimated_throughput: int | None, now_ms: int) -> int | None:
        """As aiortc's: bit/s, None as long as nothing is known."""
        began = self.first_estimated_throughput_time
        begins = began is not None and now_ms - began > BEGIN_AFTER and not self.current_bitrate_initialized
        if begins and estimated_throughput:
            self.current_bitrate = max(LEAST_BEGIN, estimated_throughput * 3 // 2)
            self.current_bitrate_initialized = True
        said: Any = super().update(bandwidth_usage, estimated_throughput, now_ms)
        return None if said is None else int(said)

    def _multiplicative_rate_increase(self, new_bitrate: int, last_ms: int, now_ms: int) -> int:
        if self.near_max or self.avg_max_bitrate_kbps is not None or last_ms is None:
            return int(super()._multiplicative_rate_increase(new_bitrate, last_ms, now_ms))
        return int((GROWTH ** (min(now_ms - last_ms, 1000) / 1000) - 1) * new_bitrate)
