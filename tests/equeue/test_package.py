"""The package as a whole: pure, and small enough to read."""

import ast
from pathlib import Path

import pytest

import equeue

FILES = sorted(Path(equeue.__file__).parent.glob("*.py"))
PURE = {
    "__future__", "ast", "bisect", "collections", "dataclasses", "datetime", "enum", "equeue", "ground",
    "functools", "hashlib", "heapq", "itertools", "json", "math", "operator", "statistics", "tomllib", "types",
    "typing",
}  # fmt: skip


def imports(tree: ast.AST) -> set[str]:
    """Top names of everything imported."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {one.name.split(".")[0] for one in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").split(".")[0])
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda one: one.stem)
def test_a_file_is_rules_and_knows_no_clock_no_chance_no_network_and_no_disk(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert (ast.get_docstring(tree) or "").startswith("Rules: ")
    assert imports(tree) <= PURE
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    assert not [one for one in calls if isinstance(one, ast.Attribute) and one.attr in ("now", "utcnow", "today")]
    assert not [one for one in calls if isinstance(one, ast.Name) and one.id in ("open", "print", "input")]


@pytest.mark.parametrize("path", FILES, ids=lambda one: one.stem)
def test_a_file_can_be_read_in_one_go(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 300
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 40, node.name
            if not node.name.startswith("_") and node.name not in ("kept_from", "beside"):
                assert ast.get_docstring(node), node.name
        elif isinstance(node, ast.ClassDef):
            assert ast.get_docstring(node), node.name
