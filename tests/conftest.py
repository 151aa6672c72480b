"""Which conformance case a test proves is told to whoever reads the report (./dev bench payment-conformance)."""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """``@pytest.mark.conformance(9, 10)`` becomes a property of the test in JUnit's XML."""
    for item in items:
        for mark in item.iter_markers("conformance"):
            item.user_properties += [("conformance", str(case)) for case in mark.args]
