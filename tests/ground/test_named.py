"""A driver of somebody else's package, by the name that a configuration gives it, in each place that takes one."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from billing.drivers import billing_of
from ground.named import named
from payment.drivers import terminal_of

PACKAGE = """
class Ours:
    def __init__(self, *told): self.told = told
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """As if it were installed."""
    (tmp_path / "a_house_of_its_own.py").write_text(PACKAGE)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "a_house_of_its_own", raising=False)
    return tmp_path


@pytest.mark.parametrize(
    "name", ["nexus", "os", "no_such_package:Driver", "a_house_of_its_own:Theirs", "a b:c", ":x", "os:", "../x:y", ""]
)
def test_what_there_is_not_is_said_in_a_sentence(package: Path, name: str) -> None:
    with pytest.raises(ValueError, match="driver"):
        named(name)


def test_a_billing_system_and_a_terminal_get_what_the_file_says_of_them(package: Path) -> None:
    told = {"driver": "a_house_of_its_own:Ours", "host": "10.0.0.9"}
    assert billing_of(told, package).told == (told, package)  # type: ignore[attr-defined]
    profile = package / "terminal.json"
    profile.write_text(json.dumps(told))
    terminal = terminal_of(profile, sale_id="kiosk-1")
    assert terminal.told == (told, package, "kiosk-1")  # type: ignore[attr-defined]


def test_what_the_page_for_integrators_names_is_there() -> None:
    root = Path(__file__).resolve().parents[2]
    named_there = set(re.findall(r"`((?:\w+/)+\w+\.py)`", (root / "docs" / "integrating.md").read_text()))
    assert len(named_there) > 8
    assert {one for one in named_there if not (root / one).exists()} == set()
