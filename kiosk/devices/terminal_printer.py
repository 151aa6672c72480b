"""Adapter: the card terminal's own printer, by nexo Print: the same documents as plain lines.

The terminal answers when the paper is out (``ResponseMode`` PrintEnd). A code is left out: its text is of no use to
people, and what it proves stands beside it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from kiosk.devices.printer import Outcome, PrinterState
from kiosk.slips.paper import Document, as_lines

COLUMNS = 32

#: PrinterStatus of a Diagnosis (nexo Retailer); one that says nothing has no printer.
_STATES = {
    "OK": PrinterState.READY,
    "PaperLow": PrinterState.PAPER_LOW,
    "NoPaper": PrinterState.NO_PAPER,
    "PaperJam": PrinterState.BROKEN,
    "OutOfOrder": PrinterState.BROKEN,
}


class TerminalPrinter:
    """A ``Printer``. ``print_lines`` is None when the terminal cannot be asked now; ``status`` its PrinterStatus."""

    def __init__(
        self,
        print_lines: Callable[[Sequence[str]], Awaitable[bool | None]],
        status: Callable[[], Awaitable[str]],
        columns: int = COLUMNS,
    ) -> None:
        self._print_lines, self._status, self._columns = print_lines, status, columns

    async def print(self, document: Document) -> Outcome:
        """One document; a terminal that did not say "done" is asked how it is."""
        done = await self._print_lines(as_lines(document, self._columns))
        state = await self.status()
        if done:
            return Outcome("printed", state)
        if done is None or not state.may_print:
            return Outcome("not_printed", state, begun=done is not None)
        return Outcome("unsure", state)

    async def status(self) -> PrinterState:
        """What the terminal says of its printer."""
        return _STATES.get(await self._status(), PrinterState.UNREACHABLE)
