"""Adapter: signs each day that is over, with a key of the server's own; the signatures lie beside the log as well.

``queue-days.jsonl`` in the data folder is to be copied away (mail, a notice board): a copy finds a log that was cut or
rewritten even by somebody who has the server and its key.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path

from equeue.proof import Chain
from ground.logs import get_logger
from ground.signing import SigningKey
from signaling.server.event_log import Change, Entry
from signaling.server.queue_days import DAY_KIND, SignedDay, day_body, read_day, sign_day

log = get_logger()

DAYS_FILE = "queue-days.jsonl"
_KEY_FILE = "queue-proof-key"


def signing_key(folder: Path) -> SigningKey:
    """The key of this server's proof, made at first; a lost one is replaced, and the verifier says that it is new."""
    file = folder / _KEY_FILE
    if not file.exists():
        draft = file.with_suffix(".draft")
        draft.touch(mode=0o600)
        draft.write_text(SigningKey().seed)
        draft.replace(file)
    return SigningKey(file.read_text().strip())


def signed_days(file: Path) -> list[SignedDay]:
    """The days of a file, in its order; a torn last line is left out."""
    if not file.exists():
        return []
    return [day for line in file.read_text(errors="replace").splitlines() if (day := read_day(line)) is not None]


class DaySigner:
    """Looks whether a day is over; ``submit`` makes the signature's entry durable.

    ``begun``: the log's last moment at the start, or the start itself of an empty one; ``last``: the body of the last
    signature in the log.
    """

    def __init__(
        self, folder: Path, chain: Chain, begun: datetime, last: str | None, submit: Callable[[Change], object]
    ) -> None:
        self._file, self._key, self._chain, self._submit = folder / DAYS_FILE, signing_key(folder), chain, submit
        signed = read_day(last) if last is not None else None
        self._begun, self._last = begun.date(), date.fromisoformat(signed.day) if signed else date.min
        #: in the log, and not in the file yet: the power failed between them, or the disk was full
        self._unkept: list[SignedDay] = []
        if signed is not None and signed not in signed_days(self._file):
            with suppress(OSError):  # a full disk: the next look does it
                self._durable(signed)

    def look(self, now: datetime) -> SignedDay | None:
        """Sign yesterday (UTC) if it is not yet; after a longer rest one signature stands for all of it.

        What fails, OSError among it, is done by the next look.
        """
        self._keep()
        yesterday = now.date() - timedelta(days=1)
        if self._last >= yesterday or self._begun > yesterday or not self._chain.number:
            return None
        signed = sign_day(self._key, yesterday, self._chain.number, self._chain.head)
        change = Change(now)
        change.entries.append(Entry(DAY_KIND, day_body(signed)))
        change.afterwards.append(lambda: self._durable(signed))
        self._submit(change)
        self._last = yesterday
        return signed

    def _durable(self, signed: SignedDay) -> None:
        """It is in the log; the file beside it follows."""
        self._unkept.append(signed)
        self._keep()

    def _keep(self) -> None:
        while self._unkept:
            signed = self._unkept[0]
            with self._file.open("ab") as out:
                if out.tell() and not self._file.read_bytes().endswith(b"\n"):  # torn by a power cut or a full disk
                    out.write(b"\n")
                out.write(day_body(signed).encode() + b"\n")
                out.flush()
                os.fdatasync(out.fileno())
            del self._unkept[0]
            log.info("queue.day_signed", number=signed.number)
