"""The referee of starts counts what the evidence holds, and refuses evidence that is not whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.referee import starts

STARTS = "round,what,ms\n0,started,1000\n0,touchable,3400\n0,picture,3300\n0,touched,4000\n0,answered,4090.4\n"
CHANGES = "round,what,ms\n0,finished,100\n0,gone,180\n0,attract,150\n1,finished,900\n1,attract,1010\n1,gone,990\n"


def evidence(folder: Path, changes: str = CHANGES) -> Path:
    """One start and two changes, on a machine with something else to do."""
    (folder / "starts.csv").write_text(STARTS)
    (folder / "changes.csv").write_text(changes)
    (folder / "load.csv").write_text("round,load\n0,1.234\n")
    return folder


def test_a_start_ends_with_a_touchable_picture_and_a_change_with_the_old_process_gone(tmp_path: Path) -> None:
    found = starts.figures(evidence(tmp_path))
    assert (found["starts"], found["changes"]) == (1, 2)
    assert (found["start_to_first_picture_p50_ms"], found["start_to_interactive_p50_ms"]) == (2300, 2400)
    assert found["touch_to_menu_max_ms"] == 90
    assert (found["change_p50_ms"], found["change_max_ms"]) == (80, 110)
    assert found["load_max"] == 1.23


@pytest.mark.parametrize(
    ("more", "error"), [("2,finished,2000\n2,attract,2100\n", KeyError), ("1,gone,991\n", ValueError)]
)
def test_a_change_that_lacks_something_or_tells_it_twice_is_not_passed_over(
    tmp_path: Path, more: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        starts.figures(evidence(tmp_path, CHANGES + more))
