"""The conformance table counts what ran: what failed, was skipped or never ran is not called passed."""

from __future__ import annotations

from pathlib import Path

from benchmarks.referee.conformance import cases, verdict

_XML = """<testsuites><testsuite>
<testcase name="a"><properties><property name="conformance" value="9"/><property name="conformance" value="10"/>
</properties></testcase>
<testcase name="b"><properties><property name="conformance" value="9"/></properties><failure/></testcase>
<testcase name="c"><properties><property name="conformance" value="7"/></properties><skipped/></testcase>
<testcase name="d"><properties><property name="conformance" value="10"/></properties><skipped/></testcase>
<testcase name="e"/>
</testsuite></testsuites>"""


def test_a_case_is_what_its_tests_were(tmp_path: Path) -> None:
    (tmp_path / "results.xml").write_text(_XML)
    told = cases(tmp_path / "results.xml")
    assert told["9"] == {"passed": 1, "failed": 1, "skipped": 0}
    verdicts = {case: verdict(told.get(case)) for case in ("1", "7", "9", "10")}
    assert verdicts == {"1": "not run", "7": "not run", "9": "FAILED", "10": "partly run"}
    assert verdict({"passed": 2, "failed": 0, "skipped": 0}) == "passed"


def test_a_case_that_failed_everywhere_is_not_called_not_run() -> None:
    assert verdict({"passed": 0, "failed": 3, "skipped": 0}) == "FAILED"
