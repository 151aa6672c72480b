"""Notes on the local disk outlive the process that typed them."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

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
