"""Rules: what a walk-in customer's screen shows and what moves it, as one pure machine.

``step(journey, event, now)`` gives the next journey and the effects a runner performs; ``view(journey)`` is what
is shown and what the operator sees. ``MOVES`` is the table the steps follow.
"""

from kiosk.journey.errors import IllegalMove, JourneyError, NotPermitted
from kiosk.journey.moves import MOVES
from kiosk.journey.resume import resumed
from kiosk.journey.state import Journey, Settings, fresh
from kiosk.journey.step import step
from kiosk.journey.view import view

__all__ = [
    "MOVES",
    "IllegalMove",
    "Journey",
    "JourneyError",
    "NotPermitted",
    "Settings",
    "fresh",
    "resumed",
    "step",
    "view",
]
