"""Rules: an ESC/POS printer: bytes in, paper and answers out (Epson's ESC/POS command reference).

Real-time commands (DLE ...) are obeyed when they arrive, everything else when its turn comes: a printer that has
stopped keeps what it was sent, and prints it when it can go on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

#: Code tables by number, of the makes that differ (ESC t n). Nothing is printed by a number that is not here.
TABLES: Mapping[str, Mapping[int, str]] = {
    "epson": {
        0: "cp437", 2: "cp850", 3: "cp860", 4: "cp863", 5: "cp865", 13: "cp857", 14: "cp737", 16: "cp1252",
        17: "cp866", 18: "cp852", 19: "cp858", 33: "cp775", 34: "cp855", 45: "cp1250", 46: "cp1251", 51: "cp1257",
    },
    "rongta": {0: "cp437", 6: "cp1251", 7: "cp866", 18: "cp852", 25: "cp1257", 28: "cp855", 31: "cp775"},
    "nettle": {25: "cp1257", 52: "cp437", 54: "cp852", 59: "cp866", 60: "cp855", 73: "cp1251", 95: "cp775"},
}  # fmt: skip

#: Bytes a command has after its two letters; commands with a length of their own are read one by one below.
_FIXED: Mapping[bytes, int] = {
    b"\x1b@": 0, b"\x1bt": 1, b"\x1b!": 1, b"\x1bE": 1, b"\x1bG": 1, b"\x1b-": 1, b"\x1ba": 1, b"\x1bd": 1,
    b"\x1bJ": 1, b"\x1bM": 1, b"\x1b2": 0, b"\x1b3": 1, b"\x1bR": 1, b"\x1b{": 1, b"\x1bV": 1, b"\x1b ": 1,
    b"\x1b$": 2, b"\x1bp": 3, b"\x1d!": 1, b"\x1dB": 1, b"\x1db": 1, b"\x1dr": 1, b"\x1da": 1, b"\x1dL": 2,
    b"\x1dW": 2, b"\x1dh": 1, b"\x1dw": 1, b"\x1dH": 1,
}  # fmt: skip
_RULE_OF_NONE = 0x12  # fixed bits of an answer to DLE EOT


@dataclass(frozen=True, slots=True)
class Style:
    """How letters are printed now."""

    bold: bool = False
    width: int = 1
    height: int = 1
    align: str = "left"
    underline: bool = False


@dataclass
class Sheet:
    """Paper up to a cut, or up to where the roll ended: rows of text, codes and pictures, from the top."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    cut: str = ""
    whole: bool = True
    unknown: list[str] = field(default_factory=list)  # bytes that are no command of this printer

    @property
    def text(self) -> str:
        """The rows of text, one a line."""
        return "\n".join("".join(part["text"] for part in row["parts"]) for row in self.rows if "parts" in row)

    @property
    def codes(self) -> list[str]:
        """What the QR codes say."""
        return [row["code"] for row in self.rows if "code" in row]


class Machine:
    """``paper`` is how many rows are left (None: no end); below ``low`` it is nearly over. ``stalls``: it is slow, and
    prints nothing yet of what it takes."""

    def __init__(
        self, make: str = "epson", columns: int = 48, cut_off: Callable[[Sheet], None] = lambda _: None
    ) -> None:
        self._tables, self.columns, self._cut_off = TABLES[make], columns, cut_off
        self.paper: int | None = None
        self.low = 3
        self.cover_open = self.cutter_stuck = self.overheated = self.silent = self.stalls = False
        self._buffer = bytearray()
        self._answers = bytearray()
        self._sheet = Sheet()
        self._parts: list[dict[str, Any]] = []
        self._used = 0
        self._style, self._codec = Style(), ""
        self._stored, self._module = "", 3
        self._reset()

    @property
    def stopped(self) -> bool:
        """Whether it prints nothing now."""
        return self.paper == 0 or self.cover_open or self.cutter_stuck or self.overheated

    @property
    def waiting(self) -> int:
        """Bytes that wait to be printed."""
        return len(self._buffer)

    @property
    def asked(self) -> bool:
        """Whether they end with the question if all is on paper (GS r): then nothing of the job is still to come."""
        return self._buffer[-3:-1] == b"\x1dr"

    def receive(self, data: bytes) -> bytes:
        """Take bytes; what it answers, at once or in turn."""
        self._buffer += self._obeyed_at_once(data)
        self.go_on()
        answers, self._answers = bytes(self._answers), bytearray()
        return b"" if self.silent else answers

    def go_on(self) -> None:
        """Print what waits, as far as it can; called when a fault is gone, too."""
        while self._buffer and not self.stopped and not self.stalls:
            used = self._one(bytes(self._buffer))
            if used == 0:
                return  # half a command: the rest comes
            del self._buffer[:used]

    def new_roll(self, rows: int | None) -> None:
        """Somebody puts paper in; what hung out of the old roll is torn off. Then it goes on with what it holds."""
        if self._sheet.rows:
            self._tear(cut="", whole=False)
        self.paper = rows
        self.go_on()

    def take_away(self) -> None:
        """Somebody tears off what hangs out without a cut."""
        if self._sheet.rows or self._parts:
            self._row()
            self._tear(cut="", whole=False)

    # --- real-time commands ---

    def _obeyed_at_once(self, data: bytes) -> bytes:
        kept, at = bytearray(), 0
        while at < len(data):
            if data[at : at + 2] == b"\x10\x04" and at + 2 < len(data) and 1 <= data[at + 2] <= 4:
                self._answers.append(self._status(data[at + 2]))
                at += 3
            elif data[at : at + 3] == b"\x10\x14\x08" and data[at + 3 : at + 10] == b"\x01\x03\x14\x01\x06\x02\x08":
                self._forget()
                at += 10
            elif data[at : at + 3] in (b"\x10\x05\x01", b"\x10\x05\x02"):
                if data[at + 2] == 2:
                    self._forget()
                at += 3
            else:
                kept.append(data[at])
                at += 1
        return bytes(kept)

    def _forget(self) -> None:
        self._buffer.clear()
        self._reset()

    def _status(self, question: int) -> int:
        answer = _RULE_OF_NONE
        if question == 1:
            answer |= 0x08 * self.stopped
        elif question == 2:
            answer |= 0x04 * self.cover_open | 0x20 * (self.paper == 0) | 0x40 * (self.cutter_stuck or self.overheated)
        elif question == 3:
            answer |= 0x08 * self.cutter_stuck | 0x40 * self.overheated
        else:
            answer |= 0x60 * (self.paper == 0) | 0x0C * self._nearly_over
        return answer

    @property
    def _nearly_over(self) -> bool:
        return self.paper is not None and self.paper <= self.low

    # --- commands in their turn ---

    def _one(self, data: bytes) -> int:
        """Do the first command or letter; how many bytes it was, 0 when it is not all here."""
        first = data[0]
        if first in (0x1B, 0x1D):
            return self._command(data)
        if first == 0x0A:
            self._row()
        elif first >= 0x20:
            self._letter(data[:1].decode(self._codec, errors="replace"))
        elif first not in (0x0D, 0x00):
            self._sheet.unknown.append(f"{first:02x}")
        return 1

    def _command(self, data: bytes) -> int:
        name = data[:2]
        if len(name) < 2:
            return 0
        if name == b"\x1d(":
            return self._with_length(data, 5, int.from_bytes(data[3:5], "little"))
        if name == b"\x1dv":
            size = int.from_bytes(data[4:6], "little") * int.from_bytes(data[6:8], "little")
            return self._with_length(data, 8, size)
        if name == b"\x1dV":
            return self._cut(data)
        if name not in _FIXED:
            self._sheet.unknown.append(name.hex())
            return 2
        length = 2 + _FIXED[name]
        if len(data) < length:
            return 0
        self._obey(name, data[2:length])
        return length

    def _with_length(self, data: bytes, head: int, size: int) -> int:
        if len(data) < head or len(data) < head + size:
            return 0
        if data[1:2] == b"v":
            self._raster(data, head, size)
        elif data[2:3] == b"k":
            self._code(data[head : head + size])
        return head + size

    def _obey(self, name: bytes, n: bytes) -> None:
        style = self._style
        match name:
            case b"\x1b@":
                self._reset()
            case b"\x1bt":
                self._codec = self._tables.get(n[0], self._codec)
                if n[0] not in self._tables:
                    self._sheet.unknown.append(f"table {n[0]}")
            case b"\x1b!":
                width, height = 1 + bool(n[0] & 0x20), 1 + bool(n[0] & 0x10)
                self._style = replace(
                    style, bold=bool(n[0] & 8), width=width, height=height, underline=bool(n[0] & 0x80)
                )
            case b"\x1bE" | b"\x1bG":
                self._style = replace(style, bold=bool(n[0] & 1))
            case b"\x1b-":
                self._style = replace(style, underline=n[0] not in (0, 0x30))
            case b"\x1ba":
                self._style = replace(style, align={0: "left", 1: "center", 2: "right"}.get(n[0] & 0x0F, style.align))
            case b"\x1d!":
                self._style = replace(style, width=1 + (n[0] >> 4 & 7), height=1 + (n[0] & 7))
            case b"\x1bd":
                self._row()
                for _ in range(n[0] - 1):
                    self._row()
            case b"\x1dr":
                self._row_if_any()
                self._answers.append(0x03 * self._nearly_over | 0x0C * (self.paper == 0))
            case _:
                pass  # it has no look of its own here: line spacing, fonts, margins

    def _cut(self, data: bytes) -> int:
        if len(data) < 3:
            return 0
        with_feed = data[2] in (65, 66)
        if with_feed and len(data) < 4:
            return 0
        self._row_if_any()
        self._tear(cut="full" if data[2] in (0, 48, 65) else "partial", whole=True)
        return 4 if with_feed else 3

    def _code(self, told: bytes) -> None:
        """GS ( k cn fn ...: model 49 is a QR; 65 model, 67 module's dots, 69 correction, 80 store, 81 print."""
        if told[:1] != b"1":
            self._sheet.unknown.append(told[:2].hex())
            return
        match told[1]:
            case 67:
                self._module = told[2]
            case 80:
                self._stored = told[3:].decode("utf-8", errors="replace")
            case 81:
                self._row_if_any()
                row = {"code": self._stored, "module": self._module, "align": self._style.align}
                self._put(row, rows=4)
            case _:
                pass

    def _raster(self, data: bytes, head: int, size: int) -> None:
        across = int.from_bytes(data[4:6], "little")
        self._row_if_any()
        picture = {"raster": data[head : head + size].hex(), "bytes_across": across, "align": self._style.align}
        self._put(picture, rows=4)

    # --- paper ---

    def _letter(self, letter: str) -> None:
        if self._used + self._style.width > self.columns:
            self._row()
        self._used += self._style.width
        if self._parts and self._parts[-1]["style"] == self._style:
            self._parts[-1]["text"] += letter
        else:
            self._parts.append({"text": letter, "style": self._style})

    def _row_if_any(self) -> None:
        if self._parts:
            self._row()

    def _row(self) -> None:
        parts = [
            {"text": p["text"], "bold": p["style"].bold, "width": p["style"].width, "height": p["style"].height}
            for p in self._parts
        ]
        align = self._parts[0]["style"].align if self._parts else self._style.align
        self._parts, self._used = [], 0
        self._put({"parts": parts, "align": align})

    def _put(self, row: dict[str, Any], rows: int = 1) -> None:
        self._sheet.rows.append(row)
        if self.paper is not None:
            self.paper = max(0, self.paper - rows)

    def _tear(self, cut: str, *, whole: bool) -> None:
        self._sheet.cut, self._sheet.whole = cut, whole
        sheet, self._sheet = self._sheet, Sheet()
        self._cut_off(sheet)

    def _reset(self) -> None:
        self._style, self._codec = Style(), self._tables[min(self._tables)]
        self._parts, self._used = [], 0
        self._stored, self._module = "", 3
