"""Rules: which STUN and TURN servers an end of a conversation is given, with a credential of its own that expires.

The credential is coturn's ``use-auth-secret`` (draft-uberti-behave-turn-rest-00): the user name is the Unix time at
which it expires, a colon and the client's identity; the password is base64(HMAC-SHA1(secret, user name)). A client
refreshes its allocation with the same credential, so it must outlive the longest conversation.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from signaling.protocol.values import IceServer

STAYS_VALID = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Relays:
    """The servers of this house. Without a secret no TURN server is given."""

    stun_urls: tuple[str, ...] = ()
    turn_urls: tuple[str, ...] = ()
    secret: str = field(default="", repr=False)
    authority: str = field(default="", repr=False)  # PEM

    def given_to(self, identity: str, now: datetime) -> tuple[IceServer, ...]:
        """What a session's view carries for this client."""
        servers = (IceServer(urls=self.stun_urls),) if self.stun_urls else ()
        if not self.turn_urls or not self.secret:
            return servers
        username = f"{int((now + STAYS_VALID).timestamp())}:{identity}"
        key = hmac.new(self.secret.encode(), username.encode(), hashlib.sha1)
        credential = base64.b64encode(key.digest()).decode()
        names = {"username": username, "credential": credential, "authority": self.authority or None}
        return (*servers, IceServer(urls=self.turn_urls, **names))
