"""Adapter: a document as the bytes of one printer model, made by python-escpos."""

from __future__ import annotations

from typing import Any

from kiosk.devices.escpos.letters import in_order, runs, spelled
from kiosk.devices.escpos.model import Model, library
from kiosk.slips.paper import Code, Document, Row, lay_out

_DOTS = 12  # of an ordinary letter's width (font A)
_MODULES = 57 + 8  # a code of version 10 with its white; a fiscal document's is of version 4
_QUIET = 4  # modules of white around a code (ISO/IEC 18004)


def job(document: Document, model: Model) -> bytes:
    """From the printer's reset to the cut. Blocks: the first one loads the library."""
    printer = library().Dummy(profile=model.profile)
    tables = in_order(model.tables, document.language)
    printer.hw("INIT")
    selected: int | None = None
    for row in lay_out(document, model.columns, lambda text: spelled(text, tables)):
        if isinstance(row, Code):
            _code(printer, row.text, model)
            continue
        _style(printer, row)
        for table, part in runs(row.text, tables):
            if table.number != selected:
                printer._raw(bytes((0x1B, 0x74, table.number)))  # ESC t n
                selected = table.number
            printer._raw(part)
        printer._raw(b"\n")
    printer.set_with_default()
    if model.cut == "none":
        printer._raw(b"\x1bd\x05")  # its own ln() would choose a code table, any
    else:
        printer.cut(mode="FULL" if model.cut == "full" else "PART")
    return bytes(printer.output)


def _style(printer: Any, row: Row) -> None:
    printer.set_with_default(align=row.align, bold=row.bold, custom_size=True, width=row.times, height=row.times)


def _code(printer: Any, text: str, model: Model) -> None:
    """A QR code in the middle: drawn by the printer, or by us for one that cannot."""
    printer.set_with_default(align="center")
    size = min(6, model.columns * _DOTS // _MODULES)
    if model.codes:
        printer.qr(text, ec=1, size=size, native=True)
        printer._raw(b"\n")
        return
    import qrcode

    drawn = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, box_size=size, border=_QUIET)
    drawn.add_data(text)
    printer.image(drawn.make_image().get_image(), impl="bitImageRaster")
