"""Adapter: what must be known of slips after a crash, on disk until it is not needed any more: ``slips.json``.

It is written before the first byte of a slip goes to the printer, and again when its fate is known. Of a person it
holds what stands on the slip (accounts masked); when nothing is open it is empty.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from pydantic import TypeAdapter, ValidationError

from ground.disk import Disk
from ground.logs import get_logger
from kiosk.slips.payment_slip import PaidBill
from kiosk.slips.spool import Restarted, SlipPage, step
from signaling.protocol.values import Language

log = get_logger()

_FILE = "slips.json"


@dataclass
class Matter:
    """One purchase, in the words its slips need, and its slips by key."""

    purchase_id: str
    language: Language
    begun_at: datetime
    bills: tuple[PaidBill, ...]
    slips: dict[str, SlipPage] = field(default_factory=dict)


_BOOK: TypeAdapter[list[Matter]] = TypeAdapter(list[Matter])


class SlipBook:
    """The open matters. ``keep`` is durable on return."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._written = b""
        self.matters: dict[str, Matter] = {}

    def open(self) -> None:
        """What an earlier run left, its slips as after a restart. What cannot be read is not printed again."""
        self._written = self._disk.read(_FILE) or b""
        try:
            found = _BOOK.validate_json(self._written) if self._written else []
        except ValidationError:
            log.warning("the book of slips cannot be read", reason="malformed")
            found = []
        for matter in found:
            matter.slips = {key: step(page, Restarted()) for key, page in matter.slips.items()}
            self.matters[matter.purchase_id] = matter

    def keep(self) -> None:
        """Write what is open, if that is news. Raises OSError."""
        told = _BOOK.dump_json(list(self.matters.values())) if self.matters else b""
        if told != self._written:
            self._disk.replace(_FILE, told)
            self._written = told
