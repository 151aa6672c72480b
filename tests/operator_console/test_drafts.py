"""Notes on the local disk outlive the process that typed them."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ground.disk import RealDisk
from operator_console.drafts import Drafts
from tests.signaling.client import ROOT

_TYPIST = """
import asyncio, sys
from pathlib import Path
from operator_console.drafts import Drafts

async def main():
    drafts = Drafts(Path(sys.argv[1]))
    text = ""
    for letter in "the meter hums at night":
        text += letter
        drafts.keep("s1", text)
        await drafts.settled()
        print(text, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


def test_every_letter_that_was_settled_survives_kill_9(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'queue'}"}
    command = [sys.executable, "-c", _TYPIST, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as typist:
        assert typist.stdout is not None
        last = ""
        for line in typist.stdout:
            last = line.rstrip("\n")
            if last.endswith("hums"):
                break
        typist.send_signal(signal.SIGKILL)
        last = (last, *typist.stdout.read().splitlines())[-1] if typist.stdout else last
    ((session_id, text),) = Drafts(tmp_path).found()
    assert session_id == "s1"
    assert text.startswith("the meter hums")
    assert text.startswith(last) or last.startswith(text)


async def test_the_latest_text_wins_and_a_dropped_one_is_gone(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path)
    for text in ("a", "ab", "abc"):
        drafts.keep("s1", text)
    drafts.keep("s2", "other")
    await drafts.settled()
    assert sorted(Drafts(tmp_path).found()) == [("s1", "abc"), ("s2", "other")]
    drafts.drop("s1")
    drafts.keep("s2", "")
    await drafts.settled()
    assert Drafts(tmp_path).found() == ()


async def test_a_damaged_draft_is_left_alone_and_hides_no_other(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path)
    drafts.keep("s1", "good")
    await drafts.settled()
    (tmp_path / "s0.note.json").write_text("{torn")
    assert Drafts(tmp_path).found() == (("s1", "good"),)
    assert (tmp_path / "s0.note.json").exists()


async def test_only_its_owner_can_read_a_draft(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path / "drafts")
    drafts.keep("s1", "personal")
    await asyncio.wait_for(drafts.settled(), 5)
    (file,) = (tmp_path / "drafts").glob("*.json")
    assert file.stat().st_mode & 0o077 == 0


async def test_a_colleagues_draft_on_the_same_computer_is_left_to_them(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path)
    drafts.keep("s1", "of olga", "olga")
    drafts.keep("s2", "of anna", "anna")
    await drafts.settled()
    (tmp_path / "s3.note.json").write_text('{"session_id": "s3", "text": "of an older release"}')
    assert set(drafts.found("anna")) == {("s2", "of anna"), ("s3", "of an older release")}


async def test_what_the_disk_did_not_take_is_said_and_written_when_it_does_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[bool] = []
    drafts, real = Drafts(tmp_path, told.append), RealDisk.replace

    def full(disk: RealDisk, name: str, data: bytes) -> None:
        raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr(RealDisk, "replace", full)
    monkeypatch.setattr("operator_console.drafts._AGAIN_S", 0.01)
    drafts.keep("s1", "a")
    drafts.keep("s2", "other")
    await asyncio.wait_for(drafts.settled(), 5)
    assert (told, drafts.found()) == ([False], ())
    monkeypatch.setattr(RealDisk, "replace", real)
    async with asyncio.timeout(5):
        while sorted(drafts.found()) != [("s1", "a"), ("s2", "other")]:
            await asyncio.sleep(0.01)
    await drafts.settled()
    assert told == [False, True]
