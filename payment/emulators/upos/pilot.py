"""Adapter: one run of the emulated ``sb_pilot``: a card, the bank, its own ledger, and what it leaves behind.

Orders, one JSON object a line, each used by one run (``op`` names the runs it is for, default payments):
``code`` answer with this number; ``fault`` one of ``FAULTS``; ``seconds`` wait so long with the card (before the bank
moves money), ``after`` so long after it; ``exit`` the exit code; ``card`` a word of ``CARDS``.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ground.disk import RealDisk
from payment.emulators.bank import BankBook, Movement
from payment.emulators.cards import CARDS

TERMINAL = "10203040"
FAULTS = frozenset("crash_before crash_after no_e half_e contradiction other_terminal leak".split())
_MOSCOW = timedelta(hours=3)
_TEXTS = {
    0: "ОДОБРЕНО",
    99: "НЕТ СВЯЗИ С ПИНПАДОМ",
    2000: "ОПЕРАЦИЯ ПРЕРВАНА КЛИЕНТОМ",
    2002: "ИСТЕКЛО ВРЕМЯ ОЖИДАНИЯ",
    4119: "НЕТ СВЯЗИ С БАНКОМ",
    4134: "ТРЕБУЕТСЯ СВЕРКА ИТОГОВ",
    4451: "НЕДОСТАТОЧНО СРЕДСТВ",
}


class Pilot:
    """The program in its directory. It talks to nobody but the pin-pad (an order) and the bank (a book)."""

    def __init__(self, folder: Path, encoding: str) -> None:
        self._folder, self._encoding = folder, encoding
        self._bank = BankBook(RealDisk(folder / "bank"))
        self._order: dict[str, Any] = {}

    def run(self, operation: str, arguments: list[str]) -> int:
        """One operation; the exit code."""
        self._order = self._take_order(operation)
        self._note(event="begun", op=operation, arguments=arguments)
        if self._order.get("fault") == "crash_before":
            os._exit(139)
        time.sleep(float(self._order.get("seconds", 0)))
        code = int(self._order.get("code", 0))
        if code == 0 and operation in ("1", "3", "8") and self._day_is_too_long():
            code = 4134
        if code:
            return self._leave(code)
        if operation == "1":
            return self._pay(int(arguments[0]))
        if operation in ("3", "8"):
            return self._give_back(operation, int(arguments[0]), arguments[3])
        if operation in ("7", "9"):
            return self._report(close=operation == "7")
        return self._leave(0)  # 26, 47 2, 36: it is there

    def _pay(self, minor: int) -> int:
        card = CARDS[self._order.get("card", "mir")]
        moved = self._bank.move(
            datetime.now(UTC), "payment", minor, "RUB", terminal=TERMINAL, card=card.masked, scheme=card.scheme
        )
        return self._moved("1", "Оплата", moved, card.number)

    def _give_back(self, operation: str, minor: int, rrn: str) -> int:
        paid = self._bank.find(rrn)
        if paid is None or not 0 < minor <= self._bank.net(rrn):
            return self._leave(4401)
        moved = self._bank.move(
            datetime.now(UTC), "reversal" if operation == "8" else "refund", -minor, "RUB",
            terminal=TERMINAL, card=paid.card, scheme=paid.scheme, original=rrn,
        )  # fmt: skip
        return self._moved(operation, "Отмена" if operation == "8" else "Возврат", moved, "")

    def _moved(self, operation: str, word: str, moved: Movement, number: str) -> int:
        self._note(event="ended", op=operation, charged=moved.minor, rrn=moved.rrn, word=word)
        time.sleep(float(self._order.get("after", 0)))
        if self._order.get("fault") == "crash_after":
            os._exit(139)
        card = number if self._order.get("fault") == "leak" else moved.card
        local = datetime.fromisoformat(moved.at) + _MOSCOW
        terminal = "99999999" if self._order.get("fault") == "other_terminal" else TERMINAL
        lines = [
            card, "12/29", moved.approval, f"{len(self._bank.movements):04d}", moved.scheme, "0", terminal,
            f"{local:%Y%m%d%H%M%S}", moved.rrn, "3B6F0C2A9E", "", "", moved.merchant,
        ]  # fmt: skip
        slip = [
            "     Энергосбыт (эмулятор)", f"{local:%d.%m.%y}        {local:%H:%M}   ЧЕК {lines[3]}",
            f"         {word}", f"Терминал: {TERMINAL}", f"Карта: {card}", f"Сумма: {_major(moved.minor)} Руб",
            "         ОДОБРЕНО", f"RRN: {moved.rrn}",
        ]  # fmt: skip
        return self._leave(0, lines, slip)

    def _report(self, *, close: bool) -> int:
        """X report, or the day's end. What is counted is what this terminal did since the last one."""
        lines = self._ledger()
        last = max((place for place, line in enumerate(lines) if line["event"] == "closed"), default=-1)
        open_lines = [line for line in lines[last + 1 :] if line.get("charged")]
        slip = ["     СВЕРКА ИТОГОВ" if close else "     КОНТРОЛЬНАЯ ЛЕНТА", f"Терминал: {TERMINAL}"]
        for word in ("Оплата", "Отмена", "Возврат"):
            sums = [abs(line["charged"]) for line in open_lines if line["word"] == word]
            if sums:
                slip.append(f"{word:12}{len(sums):5}{_major(sum(sums)):>14}")
        if close:
            self._note(event="closed")
            slip.append("     ИТОГИ СОВПАЛИ")
        return self._leave(0, [], slip)

    def _leave(self, code: int, lines: list[str] | None = None, slip: list[str] | None = None) -> int:
        fault = self._order.get("fault")
        text = "".join(f"{line}\n" for line in [f"{code},{_TEXTS.get(code, 'ОТКАЗ')}", *(lines or [])])
        data = text.encode(self._encoding)
        if fault == "half_e":
            data = data[: len(data) // 2]
        if fault != "no_e":
            (self._folder / "e").write_bytes(data)
        if slip:
            (self._folder / "p").write_bytes("".join(f"{line}\r\n" for line in slip).encode(self._encoding))
        if fault not in ("no_e", "half_e"):
            print(f"return:{2000 if fault == 'contradiction' else code}", flush=True)
        return int(self._order.get("exit", 0))

    def _day_is_too_long(self) -> bool:
        """An order ``{"day": "too long"}`` says so, until the next op 7."""
        file = self._folder / "day"
        if self._order.get("day") == "too long":
            file.touch()
        last = [line for line in self._ledger() if line["event"] == "closed"]
        if file.exists() and last and last[-1]["at"] > datetime.fromtimestamp(file.stat().st_mtime, UTC).isoformat():
            file.unlink()
        return file.exists()

    def _take_order(self, operation: str) -> dict[str, Any]:
        try:
            with (self._folder / "orders.jsonl").open("r+") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                orders = [json.loads(line) for line in file]
                mine = next((order for order in orders if order.get("op", "1") == operation), None)
                if mine is None:
                    return {}
                orders.remove(mine)
                file.seek(0)
                file.truncate()
                file.writelines(json.dumps(order) + "\n" for order in orders)
                return dict(mine)
        except FileNotFoundError:
            return {}

    def _ledger(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self._folder / "ledger.jsonl").read_text().splitlines()]

    def _note(self, **line: Any) -> None:
        with (self._folder / "ledger.jsonl").open("a") as file:
            file.write(json.dumps({**line, "at": datetime.now(UTC).isoformat()}, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())


def _major(minor: int) -> str:
    return f"{abs(minor) // 100}.{abs(minor) % 100:02d}"
