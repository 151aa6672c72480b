"""What holds for all tests: in which order their files run, and which conformance case a test proves."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """The long files first, when each worker is given whole files (see tests/order.py)."""
    from tests.order import LongestFirst

    return LongestFirst(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """``@pytest.mark.conformance(9, 10)`` becomes a property of the test in JUnit's XML, which ./dev bench reads."""
    for item in items:
        for mark in item.iter_markers("conformance"):
            item.user_properties += [("conformance", str(case)) for case in mark.args]
