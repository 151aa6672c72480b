"""Rules: the daily signature over the head of the queue's proof: what stood in the log at the end of a day stays there.

Who cuts or rewrites a log leaves the chains whole; the signatures of the days before, kept somewhere else, tell.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date

from equeue.proof import day_text
from ground.signing import SigningKey, signature_holds
from signaling.server.event_log import canonical

#: The kind of these entries in the server's log.
DAY_KIND = "queue.day"


@dataclass(frozen=True, slots=True)
class SignedDay:
    """At the end of ``day`` (UTC) the proof had ``number`` steps and this head. Key and signature are base64."""

    day: str
    number: int
    head: str
    key: str
    signature: str

    def holds(self, key: str | None = None) -> bool:
        """Whether the owner of the key signed just this; ``key``: the one that is trusted."""
        try:
            text = day_text(date.fromisoformat(self.day), self.number, self.head)
        except ValueError:
            return False
        return key in (None, self.key) and signature_holds(self.key, text, self.signature)


def sign_day(key: SigningKey, day: date, number: int, head: str) -> SignedDay:
    """The signature of a day that is over."""
    return SignedDay(day.isoformat(), number, head, key.public, key.sign(day_text(day, number, head)))


def day_body(signed: SignedDay) -> str:
    """The body of its entry, and its line in the file of days."""
    return canonical(asdict(signed))


def read_day(body: str) -> SignedDay | None:
    """What ``day_body`` wrote; None for anything else."""
    try:
        plain = json.loads(body)
        texts = [str(plain[name]) for name in ("day", "head", "key", "signature")]
        return SignedDay(texts[0], int(plain["number"]), *texts[1:])
    except (ValueError, KeyError, TypeError):
        return None
