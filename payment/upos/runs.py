"""Adapter: every run of the bank's program, on disk before the program is started (``runs.jsonl``).

UPOS cannot be asked what became of a request. This journal can: a run that ended has its result here; a run that was
begun and left none was cut off, and nobody but the bank knows. ``begun`` is durable before the program exists.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from ground.disk import Disk
from payment.upos.files import Result

NAME = "runs.jsonl"
_REMEMBERED = timedelta(days=120)


@dataclass(frozen=True, slots=True)
class Run:
    """One run about money, or a closing of the day. ``minor`` and ``rrn`` are what was asked."""

    service_id: str
    category: str  # Payment, Reversal or Reconciliation
    at: str  # ISO 8601, UTC
    minor: int = 0
    rrn: str = ""
    ended: bool = False
    result: Result | None = None  # None of an ended run: it was cut off
    slip: tuple[str, ...] = ()


class Runs:
    """Append-only; a torn last line is cut off. Raises OSError when the disk fails, ValueError when damaged."""

    def __init__(self, disk: Disk, now: datetime) -> None:
        self._disk = disk
        self.runs: dict[str, Run] = {}
        data = disk.read(NAME)
        whole = (data or b"").rpartition(b"\n")[0]
        if data is not None:
            disk.truncate(NAME, len(whole) + 1 if whole else 0)
        for line in whole.splitlines():
            self._apply(json.loads(line))
        old = [run for run in self.runs.values() if now - datetime.fromisoformat(run.at) > _REMEMBERED]
        if len(old) > 100:
            self._forget(old)
        self._file = disk.open_append(NAME)

    def begin(self, run: Run) -> None:
        """Durable on return: only now may the program be started. Raises ValueError for an id that was used."""
        if run.service_id in self.runs:
            raise ValueError(f"run {run.service_id} was begun before")
        self._write({"begun": _plain(run)})

    def end(self, service_id: str, result: Result | None, slip: tuple[str, ...] = ()) -> Run:
        """Durable on return. ``result`` None: it was cut off, only the bank knows."""
        self._write({"ended": service_id, "result": asdict(result) if result else None, "slip": slip})
        return self.runs[service_id]

    def forget(self, service_id: str) -> None:
        """The program could not be started: there was no run."""
        self._write({"unstarted": service_id})

    def unfinished(self) -> Run | None:
        """The run whose end was not written yet."""
        return next((run for run in reversed(self.runs.values()) if not run.ended), None)

    def payment_of(self, rrn: str) -> Run | None:
        """The approved payment that the bank gave this number."""
        return next(
            (run for run in self.runs.values() if run.category == "Payment" and run.result and run.result.rrn == rrn),
            None,
        )

    def closed_since(self, run: Run) -> bool:
        """Whether the terminal's day was closed after this run: then a cancel becomes a refund."""
        names = list(self.runs)
        later = names[names.index(run.service_id) + 1 :]
        return any(self.runs[name].category == "Reconciliation" and self.runs[name].result for name in later)

    def _forget(self, old: list[Run]) -> None:
        for run in old:
            del self.runs[run.service_id]
        lines: list[dict[str, object]] = []
        for run in self.runs.values():
            lines.append({"begun": _plain(run)})
            if run.ended:
                result = asdict(run.result) if run.result else None
                lines.append({"ended": run.service_id, "result": result, "slip": run.slip})
        self._disk.replace(NAME, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode())

    def _write(self, line: dict[str, object]) -> None:
        self._file.append(json.dumps(line, ensure_ascii=False).encode() + b"\n")
        self._file.sync()
        self._apply(line)

    def _apply(self, line: dict[str, object]) -> None:
        match line:
            case {"begun": dict(fields)}:
                run = Run(**fields)
                self.runs[run.service_id] = run
            case {"ended": str(name), "result": result, "slip": list(slip) | tuple(slip)}:
                kept = Result(**result) if isinstance(result, dict) else None
                self.runs[name] = replace(self.runs[name], ended=True, result=kept, slip=tuple(slip))
            case {"unstarted": str(name)}:
                self.runs.pop(name)
            case _:
                raise ValueError("not a line of this journal")


def _plain(run: Run) -> dict[str, object]:
    return {name: getattr(run, name) for name in ("service_id", "category", "at", "minor", "rrn")}
