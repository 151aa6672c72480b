"""Adapter: a disk whose syncs take longer, the same for whoever is started meanwhile: ours and PostgreSQL's server.

What a group commit is worth hangs on what a sync costs: a server's disk with a battery answers in 0.1 to 0.3 ms, a
usual SSD in 0.5 to 3, a hard disk in 8. The kernel's own delaying device needs rights few machines give; so a library
of a few lines, loaded before the C library, does the real ``fdatasync`` or ``fsync`` and then waits.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

#: what `slower_syncs` sets, and a program started with an environment of its own must be given
SETS = ("LD_PRELOAD", "SYNC_TAKES_LONGER_US")

_SOURCE = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
static int longer(int file, const char *name) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    const char *said = getenv("SYNC_TAKES_LONGER_US");
    long us = said ? atol(said) : 0;
    struct timespec more = {us / 1000000, us % 1000000 * 1000};
    int done = real(file);
    nanosleep(&more, NULL);
    return done;
}
int fdatasync(int file) { return longer(file, "fdatasync"); }
int fsync(int file) { return longer(file, "fsync"); }
"""


def can_be_slower() -> bool:
    """Whether there is a compiler for the library."""
    return shutil.which("gcc") is not None


@contextmanager
def slower_syncs(folder: Path, milliseconds: float) -> Iterator[None]:
    """Whoever is started meanwhile waits so much longer for each sync. The folder must be readable for all of them.

    Raises:
        subprocess.CalledProcessError: the compiler failed.
    """
    source, library = folder / "slower.c", folder / "slower.so"
    if not library.exists():
        source.write_text(_SOURCE)
        subprocess.run(["gcc", "-O2", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
        library.chmod(0o755)
    before = {name: os.environ.get(name) for name in SETS}
    os.environ |= dict(zip(SETS, (str(library), str(round(milliseconds * 1000))), strict=True))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
