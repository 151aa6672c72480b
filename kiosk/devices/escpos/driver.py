"""Adapter: an ESC/POS printer. A document counts as printed when the printer has said so, after its cut.

One way for each request: printers on the network serve one client at a time and forget who has gone.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable

from ground.logs import get_logger
from kiosk.devices.escpos import status
from kiosk.devices.escpos.job import job
from kiosk.devices.escpos.model import Model
from kiosk.devices.escpos.wires import Wire, WireClogged
from kiosk.devices.printer import Outcome, PrinterState
from kiosk.slips.paper import Document

log = get_logger()

_ANSWER_S = 1.0  # for each question
_TAKES_S = 5.0  # the longest a printer may take no bytes
_CHUNK = 512


class EscPosPrinter:
    """A ``Printer``. ``open_wire`` may raise OSError; ``within`` seconds it prints, or says what hinders it."""

    def __init__(
        self, open_wire: Callable[[], Wire], model: Callable[[], Model], *, within: float = 20.0,
        answer_s: float = _ANSWER_S,
    ) -> None:  # fmt: skip
        self._open_wire, self._model, self._within, self._answer_s = open_wire, model, within, answer_s

    async def print(self, document: Document) -> Outcome:
        """One document."""
        return await asyncio.to_thread(self._print, document)

    async def status(self) -> PrinterState:
        """How it is."""
        return await asyncio.to_thread(self._status)

    def _status(self) -> PrinterState:
        try:
            with contextlib.closing(self._open_wire()) as wire:
                return self._asked(wire)
        except OSError:
            return PrinterState.UNREACHABLE

    def _print(self, document: Document) -> Outcome:
        data = job(document, self._model()) + status.CONFIRM
        sent = False
        try:
            with contextlib.closing(self._open_wire()) as wire:
                state = self._asked(wire)
                if not state.may_print:
                    return Outcome("not_printed", state, begun=False)
                sent = True
                return self._sent(wire, data, silent=state is PrinterState.SILENT)
        except OSError as error:
            log.warning("the printer is gone", error=type(error).__name__)
            return Outcome("not_printed", PrinterState.UNREACHABLE, begun=sent)

    def _sent(self, wire: Wire, data: bytes, *, silent: bool) -> Outcome:
        """Hand the bytes over and wait for the word that they are on paper."""
        try:
            for at in range(0, len(data), _CHUNK):
                wire.write(data[at : at + _CHUNK], _TAKES_S)
        except WireClogged:
            return self._stopped(wire, self._asked(wire))
        if silent:
            return Outcome("unsure", PrinterState.SILENT)
        ends = time.monotonic() + self._within
        state = PrinterState.SILENT
        try:
            while time.monotonic() < ends:
                confirmed = next((one for one in wire.read(self._answer_s) if status.is_confirmation(one)), None)
                if confirmed is not None:
                    return Outcome("printed", status.confirmed_state(confirmed))
                state, confirmed = self._asked_besides(wire)
                if confirmed is not None:
                    return Outcome("printed", status.confirmed_state(confirmed))
                if not state.may_print:
                    return self._stopped(wire, state)
        except OSError:  # gone with the bytes: what hangs out, if anything, is not whole for certain
            return Outcome("not_printed", PrinterState.UNREACHABLE)
        return Outcome("unsure", state)

    def _stopped(self, wire: Wire, state: PrinterState) -> Outcome:
        """It will not finish: what it holds must not come out for the next person."""
        with contextlib.suppress(OSError):
            wire.write(status.FORGET, self._answer_s)
        return Outcome("not_printed", state)

    def _asked(self, wire: Wire) -> PrinterState:
        return self._asked_besides(wire)[0]

    def _asked_besides(self, wire: Wire) -> tuple[PrinterState, int | None]:
        """Its state, and the confirmation should it come between the answers."""
        answers: dict[int, int] = {}
        confirmed = None
        for number in status.QUESTIONS:
            wire.write(status.question(number), self._answer_s)
            for one in wire.read(self._answer_s):
                if status.is_told_at_once(one):
                    answers[number] = one
                elif status.is_confirmation(one):
                    confirmed = one
            if number == status.QUESTIONS[0] and not answers and confirmed is None:
                break  # it answers nothing: three more seconds would not make it speak
        return status.state_of(answers), confirmed
