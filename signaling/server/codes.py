"""Rules: what people have in their hands: the key in a door's QR code, a ticket's code, a booked visit's number.

All of it is made of the server's secret. So nothing of it is kept anywhere, and the log, which anybody may read to
prove the queue, holds not even a hash of a code that is only four digits long and could be tried out.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass, field

_KEY_LETTERS = 16  # 80 bits: whoever has it stood at the door
_CODES, _NUMBERS = 10_000, 1_000


@dataclass(frozen=True, slots=True)
class Codes:
    """Makes them, always the same for the same secret."""

    secret: bytes = field(default=b"", repr=False)

    def door_key(self, kiosk_id: str) -> str:
        """What the QR code on this kiosk's door holds."""
        return base64.b32encode(self._made("door", kiosk_id)).decode()[:_KEY_LETTERS].lower()

    def of_ticket(self, ticket_id: str) -> str:
        """Four digits that only the person with this ticket is shown."""
        return f"{int.from_bytes(self._made('code', ticket_id)[:8]) % _CODES:04d}"

    def booking_number(self, ticket_id: str) -> str:
        """Three digits by which a booked visit is known before it has a number of the line."""
        return f"{int.from_bytes(self._made('booking', ticket_id)[:8]) % _NUMBERS:03d}"

    def fits(self, ticket_id: str, code: str) -> bool:
        """Whether this is the ticket's code; how long it takes says nothing."""
        return hmac.compare_digest(self.of_ticket(ticket_id), code)

    def _made(self, use: str, text: str) -> bytes:
        return hmac.new(self.secret, f"{use}:{text}".encode(), hashlib.sha256).digest()
