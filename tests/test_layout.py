"""The house stands as drawn: folders, who may be where, and what a new file must say."""

from __future__ import annotations

import ast
import importlib
import queue
from pathlib import Path

import pytest

from tests.order import HOUSES, LONG

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = (
    "ground", "assets", "queue/equeue", "payment", "billing", "media", "office", "signaling", "kiosk",
    "operator_console", "infomat",
)  # fmt: skip
KINDS = ("Rules:", "Port:", "Adapter:", "View:", "Wiring:", "Port and adapter:", "Rules and port:")


def sources() -> list[Path]:
    return sorted(p for package in PACKAGES for p in (ROOT / package).rglob("*.py"))


def test_the_folder_queue_does_not_hide_the_standard_library() -> None:
    assert not list((ROOT / "queue").glob("*.py"))
    assert hasattr(queue, "SimpleQueue")
    assert Path(queue.__file__ or "").parent != ROOT / "queue"


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_of_the_house_can_be_imported(package: str) -> None:
    importlib.import_module(package.removeprefix("queue/"))


def test_every_test_folder_is_a_package() -> None:
    folders = {p.parent for p in (ROOT / "tests").rglob("*.py")}
    assert sorted(str(f) for f in folders if not (f / "__init__.py").exists()) == []


def test_the_files_that_are_run_first_are_there() -> None:
    assert [file for file in (*HOUSES, *LONG) if not (ROOT / file).is_file()] == []


def test_every_module_says_in_its_first_line_which_kind_of_file_it_is() -> None:
    silent = []
    for path in sources():
        if path.name in ("__init__.py", "__main__.py") or "migrations" in path.parts:
            continue
        docstring = ast.get_docstring(ast.parse(path.read_text())) or ""
        if not docstring.startswith(KINDS):
            silent.append(str(path.relative_to(ROOT)))
    assert silent == []


def test_no_module_is_named_for_nothing() -> None:
    empty_words = {"utils", "util", "helpers", "helper", "manager", "common", "misc", "base", "impl"}
    assert [str(p) for p in sources() if p.stem in empty_words] == []


def test_no_module_has_grown_beyond_one_idea() -> None:
    long = {str(p.relative_to(ROOT)): n for p in sources() if (n := len(p.read_text().splitlines())) > 420}
    assert long == {}


def test_rules_know_no_qt_network_clock_or_chance() -> None:
    forbidden = {
        "PySide6", "websockets", "aiortc", "requests", "socket", "asyncio", "random", "time", "sqlalchemy", "starlette",
        "uvicorn", "secrets", "subprocess",
    }  # fmt: skip
    guilty = []
    for path in sources():
        tree = ast.parse(path.read_text())
        if not (ast.get_docstring(tree) or "").startswith("Rules:"):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                seeded = node.module == "random" and [alias.name for alias in node.names] == ["Random"]
                names = [] if seeded else [node.module or ""]  # a generator that is handed in is no chance of its own
            elif isinstance(node, ast.Attribute) and node.attr in ("now", "utcnow", "today"):
                names = ["time"] if isinstance(node.value, ast.Name) and node.value.id in ("datetime", "date") else []
            else:
                continue
            guilty += [f"{path.relative_to(ROOT)}: {n}" for n in names if n.split(".")[0] in forbidden]
    assert guilty == []


def test_the_license_and_the_pages_of_a_newcomer_are_there() -> None:
    for name in ("README.md", "LICENSE", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/architecture.md"):
        assert (ROOT / name).stat().st_size > 300, name
    assert "Apache License" in (ROOT / "LICENSE").read_text()
