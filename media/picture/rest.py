"""Rules: how seldom a page is sent that stands still: what is sharp already costs nobody's link nor battery.

A picture a second remains: whoever lost the last packet of the one before hears of it then, and a path that died is
seen. Times in seconds of any one clock.
"""

from __future__ import annotations

from dataclasses import dataclass

KEEP_ALIVE = 1.0  # seconds between two pictures of what rests
SHARPENS = 10.0  # seconds after which a page is as sharp as it will become, whatever its coder says
_EARLY = 0.05  # seconds a picture may be early for its second


@dataclass(slots=True)
class Rest:
    """When the page last changed, and when a picture of it was last sent."""

    changed_at: float = float("-inf")
    sent_at: float = float("-inf")

    def wants(self, *, changed: bool, sharp: bool, now: float) -> bool:
        """Whether to code this picture; it counts as sent then. ``changed`` also when all must be sent anew."""
        if changed:
            self.changed_at = now
        rests = not changed and (sharp or now - self.changed_at >= SHARPENS)
        if rests and now - self.sent_at < KEEP_ALIVE - _EARLY:
            return False
        self.sent_at = now
        return True
