"""Wiring: ``infomat kiosk --try-printer``: one page on the configured printer, and what the printer says of it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from kiosk.agent.config import KioskConfig
from kiosk.devices.escpos.model import UnknownModel
from kiosk.devices.printers import escpos_model, escpos_of
from kiosk.slips.place import Place
from kiosk.slips.trial_page import trial_page


def try_printer(folder: Path) -> int:
    """Print the page; 0 when the printer has confirmed it. Raises NotEnrolled."""
    config = KioskConfig.load(folder)
    choice = config.printer
    if choice.driver != "escpos":
        print('kiosk.toml names no printer of its own: [printer] driver = "escpos"')
        return 2
    try:
        model = escpos_model(choice)
    except UnknownModel as error:
        print(error)
        return 2
    place = Place(config.company, config.kiosk_name, config.place, config.phone)
    page = trial_page(place, model.columns, model.tables)
    outcome = asyncio.run(escpos_of(choice, lambda: model).print(page))
    print(f"{outcome.verdict}: the printer is {outcome.state}")
    return 0 if outcome.verdict == "printed" else 1
