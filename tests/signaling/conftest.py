"""Fixtures of the server's tests: one server and one billing system for all tests of a file that do not stop it."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.signaling.client import PATIENCE_S, ROOT, ServerProcess, environment


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def billing_file(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Path]:
    """A running embedded billing system; the file that says where it is."""
    folder = tmp_path_factory.mktemp("billing")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "billing.embedded", "--folder", str(folder), "--accounts", "20"),
        cwd=ROOT,
        env=environment(),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE_S):
        line = await process.stdout.readline()
    assert line.startswith(b"ready "), line
    assert json.loads((folder / "billing.json").read_text())["url"]
    yield folder / "billing.json"
    process.terminate()
    await process.wait()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory, billing_file: Path) -> AsyncIterator[ServerProcess]:
    """A server with billing behind it, shared by the tests of a file."""
    folder = tmp_path_factory.mktemp("server") / "data"
    async with ServerProcess(folder, f"--billing-file={billing_file}") as running:
        yield running
