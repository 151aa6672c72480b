"""Wiring: ``--install FOLDER``, or one run of the program as the driver starts it: ``OP [KOPECKS [0 QSELECT RRN]]``."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path

from payment.emulators.upos.pilot import TERMINAL, Pilot

_ROOT = Path(__file__).parents[3]


def install(folder: Path, encoding: str = "koi8-r") -> None:
    """A directory of the bank's program."""
    folder.mkdir(parents=True, exist_ok=True)
    script = folder / "sb_pilot"
    path = f"PYTHONPATH='{_ROOT}'"
    script.write_text(f"#!/bin/sh\n{path} exec '{sys.executable}' -m payment.emulators.upos {encoding} \"$@\"\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    (folder / "pinpad.ini").write_text("comport=99\nshowscreens=0\nprinterfile=p\n")
    profile = {"driver": "upos", "folder": ".", "terminal_id": TERMINAL, "encoding": encoding}
    (folder / "upos.json").write_text(json.dumps(profile, indent=1))


def main(words: list[str]) -> None:
    """Exit code 0 whatever happened, as on Linux, unless an order says otherwise."""
    if words[:1] == ["--install"]:
        install(Path(words[1]), *words[2:])
        return
    encoding, operation, *rest = words
    sys.exit(Pilot(Path.cwd(), encoding).run(operation, rest))


if __name__ == "__main__":
    main(sys.argv[1:])
