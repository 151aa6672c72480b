"""Wiring: ``infomat kiosk --try-printer``: one page on the configured printer, and what the printer says of it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from kiosk.agent.config import KioskConfig
from kiosk.devices.escpos.driver import EscPosPrinter
from kiosk.devices.escpos.model import UnknownModel, model_of
from kiosk.devices.printers import printer_of
from kiosk.slips.place import Place
from kiosk.slips.trial_page import trial_page


async def _no_terminal(*_: object) -> None:
    return None


async def _no_status() -> str:
    return ""


def try_printer(folder: Path) -> int:
    """Print the page; 0 when the printer has confirmed it. Raises NotEnrolled."""
    config = KioskConfig.load(folder)
    choice = config.printer
    printer = printer_of(choice, _no_terminal, _no_status)
    if not isinstance(printer, EscPosPrinter):
        print('kiosk.toml names no printer of its own: [printer] driver = "escpos"')
        return 2
    try:
        model = model_of(choice.model, choice.columns, choice.tables, choice.cut)
    except UnknownModel as error:
        print(error)
        return 2
    place = Place(config.company, config.kiosk_name, config.place, config.phone)
    outcome = asyncio.run(printer.print(trial_page(place, model.columns, model.tables)))
    print(f"{outcome.verdict}: the printer is {outcome.state}")
    return 0 if outcome.verdict == "printed" else 1
