"""What a run of the tests says about the conformance cases of payments.md 7: read from JUnit's XML alone."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree


def cases(results: Path) -> dict[str, dict[str, int]]:
    """Case -> how many tests passed, failed, were skipped. A test may prove several cases."""
    told: dict[str, dict[str, int]] = {}
    for test in ElementTree.parse(results).getroot().iter("testcase"):
        if test.find("failure") is not None or test.find("error") is not None:
            outcome = "failed"
        else:
            outcome = "skipped" if test.find("skipped") is not None else "passed"
        for mark in test.iter("property"):
            if mark.get("name") == "conformance":
                counts = told.setdefault(mark.get("value", ""), {"passed": 0, "failed": 0, "skipped": 0})
                counts[outcome] += 1
    return told


def verdict(counts: dict[str, int] | None) -> str:
    """One word: a case without a test, or with one that was skipped, is not proved."""
    if counts and counts["failed"]:
        return "FAILED"
    if not counts or not counts["passed"]:
        return "not run"
    return "partly run" if counts["skipped"] else "passed"
