"""Wiring: the printer that ``kiosk.toml`` names in its section ``printer``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from kiosk.devices.escpos.driver import EscPosPrinter
from kiosk.devices.escpos.model import Model, model_of
from kiosk.devices.escpos.wires import open_wire
from kiosk.devices.printer import Printer
from kiosk.devices.terminal_printer import COLUMNS, TerminalPrinter


class PrinterChoice(BaseModel):
    """Which printer, and what it may print; see docs/operations.md."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    driver: Literal["none", "escpos", "terminal"] = "none"
    address: str = Field(
        default="", description="escpos: tcp://HOST:9100, or a device's path", pattern=r"^(tcp://|/|$)"
    )
    baud: int = Field(default=19200, description="of a serial line")
    model: str = Field(default="TM-T88V", description="escpos: the model's name in python-escpos' database")
    columns: Annotated[int, Field(ge=24, le=64)] | None = Field(
        default=None, description="32 on 58 mm paper, 42 or 48 on 80 mm; empty: as the model's data say"
    )
    tables: Mapping[str, Annotated[int, Field(ge=0, le=255)]] = Field(
        default={}, description="numbers of code tables (CP866, CP1251, CP775, CP1257...) that differ from the model's"
    )
    cut: Literal["full", "partial", "none"] | None = None
    tickets: bool = Field(default=True, description="print the number in the line")
    needed_to_pay: bool = Field(default=False, description="without paper no card payment is offered")

    @model_validator(mode="after")
    def _has_its_address(self) -> PrinterChoice:
        if self.driver == "escpos" and not self.address:
            raise ValueError("an escpos printer needs its address")
        if self.driver == "none" and self.needed_to_pay:
            raise ValueError("needed_to_pay needs a printer")
        return self


def escpos_model(choice: PrinterChoice) -> Model:
    """The model of the ESC/POS printer that is chosen. Blocks; raises UnknownModel."""
    return model_of(choice.model, choice.columns, choice.tables, choice.cut)


def escpos_of(choice: PrinterChoice, model: Callable[[], Model]) -> EscPosPrinter:
    """The driver of the ESC/POS printer that is chosen; ``model`` is asked for with each document."""
    return EscPosPrinter(partial(open_wire, choice.address, choice.baud), model)


def printer_of(
    choice: PrinterChoice,
    print_lines: Callable[[Sequence[str]], Awaitable[bool | None]],
    terminal_status: Callable[[], Awaitable[str]],
) -> Printer | None:
    """The driver; ``print_lines`` and ``terminal_status`` are the card terminal's. None: no printer."""
    match choice.driver:
        case "escpos":
            return escpos_of(choice, partial(escpos_model, choice))
        case "terminal":
            return TerminalPrinter(print_lines, terminal_status, choice.columns or COLUMNS)
        case "none":
            return None
