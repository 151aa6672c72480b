"""Port: a printer of slips. What it cannot do is said by values; printing is believed only when it is confirmed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Protocol

from kiosk.slips.paper import Document


class PrinterState(StrEnum):
    """What a printer says of itself, or that it says nothing."""

    READY = "ready"
    PAPER_LOW = "paper_low"  #: prints; the roll ends soon
    NO_PAPER = "no_paper"
    COVER_OPEN = "cover_open"
    CUTTER = "cutter"  #: the cutter is stuck
    BROKEN = "broken"  #: another fault it tells of: head, voltage, off line
    SILENT = "silent"  #: it takes bytes and never answers: it may print
    UNREACHABLE = "unreachable"  #: there is nobody to give bytes to

    @property
    def may_print(self) -> bool:
        """Whether a document is worth trying; a silent printer may well be an honest old one."""
        return self in (PrinterState.READY, PrinterState.PAPER_LOW, PrinterState.SILENT)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a document, and how the printer is now.

    ``printed``: the printer confirmed it. ``not_printed``: it never began, or it stopped or was gone before it could
    confirm. ``unsure``: everything was sent to a printer that says nothing. ``begun``: some of it may be on paper.
    """

    verdict: Literal["printed", "unsure", "not_printed"]
    state: PrinterState
    begun: bool = True


class Printer(Protocol):
    """One printer. Not to be asked two things at the same time."""

    async def print(self, document: Document) -> Outcome:
        """Print and cut it off; waits until it is out, or cannot be. Nothing of a failed one stays in the printer."""
        ...

    async def status(self) -> PrinterState:
        """How it is now."""
        ...
