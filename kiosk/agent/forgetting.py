"""Adapter: a process that forgets: what it frees is overwritten, so that nothing of a person outlives the visit.

Python keeps what was freed as it was until somebody needs the place, and the agent lives for weeks. With glibc's own
allocator under Python, without its caches, ``free`` overwrites (mallopt(3), M_PERTURB). It must be said before start.
"""

from __future__ import annotations

import os
import sys

#: For the agent only: a visit ends with its process, and what draws needs the speed.
FORGETTING = {
    "PYTHONMALLOC": "malloc",
    "GLIBC_TUNABLES": "glibc.malloc.tcache_count=0:glibc.malloc.perturb=165",
}


def begin_forgetting() -> None:
    """Become the same process, with the same arguments, that forgets; does nothing in one that does so already."""
    if sys.platform == "linux" and any(os.environ.get(name) != value for name, value in FORGETTING.items()):
        os.execve(sys.executable, sys.orig_argv, {**os.environ, **FORGETTING})
