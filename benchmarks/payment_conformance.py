"""Wiring: cases 1-13, 21-23 and 33 of payments.md 7 as a table, from a run of the tests that prove them.

``--chaos-seeds N`` random fault runs judged by the referee belong to case 9 (0: leave them out, and the case is
partly run). ``--slow`` adds the tests in real time, such as an answer after 130 s. Evidence: ``results.xml``.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.referee import conformance as referee

_CASES = {
    "1": ("our requests, and the emulator's answers, survive ObjectSerializer unchanged", "npm @adyen/api-library"),
    "2": ("header, lengths, required fields, currency and language patterns", "a table of rules"),
    "3": ("our blob opens in NexoCrypto and its blob with us, Cyrillic and Latvian", "npm @adyen/api-library"),
    "4": ("key and blob of the fixed nonce, byte-exact", "the published vector"),
    "5": ("tampered blob, HMAC, nonce, key version, short HMAC: one error, nothing used", "hypothesis, NexoCrypto"),
    "6": ("inner header other than the outer: unknown", "the emulator on the wire"),
    "7": ("TerminalLocalAPI pays at the emulator: TLS, chunked, both paths, sealed and not", "npm @adyen/api-library"),
    "8": ("a certificate with another name or of another authority gets no byte", "a TLS server that counts bytes"),
    "9": ("every row of 1.5 under faults, kills and power cuts; charged = posted + open", "the emulator, chaos runs"),
    "10": ("one payment at a time, one abort, no intent while one is open", "rules, and every driver"),
    "11": ("another amount is reversed", "rules, and the emulator"),
    "12": ("an unknown event is ignored", "the emulator's own notifications"),
    "13": ("UPOS: exit 0 with a refusal, no e, half an e, KOI8-R and CP866, stale e", "a program of its own process"),
    "21": ("every slip on four makes and with few code tables reads back, no ?", "the emulated printer"),
    "22": ("a printer's answers, each fault and silence, by name", "the emulated printer on the wire"),
    "23": ("the code on the paper, native and raster, is read", "zxing-cpp on the picture of the paper"),
    "33": ("no card number in memory, files, logs; the scanner finds planted ones", "/proc/PID/mem from outside"),
}
_WHERE = ("tests/payment", "tests/kiosk/devices", "tests/scenarios/test_payment.py")


def run(out: Path, args: list[str]) -> dict[str, Any]:
    """Run the tests, read the evidence, print the table."""
    parser = argparse.ArgumentParser(prog="./dev bench payment-conformance")
    parser.add_argument("--chaos-seeds", type=int, default=1000)
    parser.add_argument("--slow", action="store_true")
    asked = parser.parse_args(args)
    results = out / "results.xml"
    results.unlink(missing_ok=True)
    marks = "conformance" if asked.slow else "conformance and not slow"
    command = [sys.executable, "-m", "pytest", "-m", marks, *_WHERE, "-n", "2", "--dist", "loadfile"]
    with (out / "pytest.log").open("w") as log:
        subprocess.run([*command, f"--junitxml={results}"], stdout=log, stderr=log, check=False)
    told = referee.cases(results) if results.exists() else {}
    chaos = _chaos(out, asked.chaos_seeds)
    nine = told.setdefault("9", {"passed": 0, "failed": 0, "skipped": 0})
    nine["skipped" if chaos is None else "passed" if chaos["holds"] else "failed"] += 1
    verdicts = {case: referee.verdict(told.get(case)) for case in _CASES}
    _show(told, verdicts)
    words = ("passed", "partly run", "not run", "FAILED")
    return {**{word: [case for case, said in verdicts.items() if said == word] for word in words}, "chaos": chaos}


def _chaos(out: Path, seeds: int) -> dict[str, Any] | None:
    """Case 9's random runs; ``holds`` when nothing was doubled, lost or wrongly called unpaid, and money moved."""
    if not seeds:
        return None
    from benchmarks.payment_chaos import measure

    figures = measure(out / "chaos", range(1, seeds + 1))
    wrong = sum(figures[name] for name in ("open", "doubled", "lost", "false_not_paid"))
    kept = {name: figures[name] for name in ("runs", "kills", "charged", "posted", "open", "doubled", "lost")}
    return {"holds": figures["charged"] == figures["posted"] > 0 and not wrong, **kept}


def _show(told: dict[str, dict[str, int]], verdicts: dict[str, str]) -> None:
    table = Table(title="Conformance (payments.md 7)")
    for column in ("case", "what", "how", "tests", "result"):
        table.add_column(column, justify="right" if column in ("case", "tests") else "left")
    for case, (what, how) in _CASES.items():
        counts = told.get(case, {})
        table.add_row(case, what, how, str(sum(counts.values())), verdicts[case])
    Console(width=160).print(table)
