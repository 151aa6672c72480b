"""Rules: how an ESC/POS printer is, from its answers to DLE EOT 1 to 4 and GS r 1 (payments.md 3.1)."""

from __future__ import annotations

from collections.abc import Mapping

from kiosk.devices.printer import PrinterState

QUESTIONS = (1, 2, 3, 4)
#: After everything before it is printed, tell how the paper is (GS r 1): its answer is what "printed" rests on.
CONFIRM = b"\x1dr\x01"
#: Throw away what is not printed, now: DLE DC4 fn 8 for newer models, DLE ENQ 2 for one that has stopped.
FORGET = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08\x10\x05\x02"


def question(number: int) -> bytes:
    """DLE EOT n: answered at once, whatever is being printed."""
    return bytes((0x10, 0x04, number))


def is_told_at_once(answer: int) -> bool:
    """Whether a byte is an answer to DLE EOT: its fixed bits are 0..1..1. ."""
    return answer & 0x93 == 0x12


def is_confirmation(answer: int) -> bool:
    """Whether a byte is an answer to GS r: bits 4 and 7 are 0."""
    return answer & 0x90 == 0


def state_of(answers: Mapping[int, int]) -> PrinterState:
    """The state from the answers there are, by question. A fault it tells of counts; silence is never "well"."""
    known = {number: answer for number, answer in answers.items() if is_told_at_once(answer)}
    line, cause, fault, paper = (known.get(number, 0) for number in QUESTIONS)
    if cause & 0x04:
        return PrinterState.COVER_OPEN
    if fault & 0x08:
        return PrinterState.CUTTER
    if paper & 0x60 or cause & 0x20:
        return PrinterState.NO_PAPER
    if fault & 0x60 or cause & 0x40:
        return PrinterState.BROKEN
    if set(known) != set(QUESTIONS):
        return PrinterState.SILENT
    if line & 0x08:
        return PrinterState.BROKEN
    return PrinterState.PAPER_LOW if paper & 0x0C else PrinterState.READY


def confirmed_state(answer: int) -> PrinterState:
    """What GS r says of the paper, once the document is out."""
    if answer & 0x0C:
        return PrinterState.NO_PAPER
    return PrinterState.PAPER_LOW if answer & 0x03 else PrinterState.READY
