"""Adapter: as many connections as the machine allows, also for a server started by hand."""

from __future__ import annotations

import resource

#: as deploy/systemd gives it
_MOST = 65_536


def as_many_as_allowed() -> int:
    """Raise this process's limit of open files, a connection each; what it is now.

    A shell gives 1,024, and leaves it to programs to ask for more: so many idle connections would shut everybody out.
    """
    now, allowed = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST if allowed == resource.RLIM_INFINITY else min(_MOST, allowed)
    if now == resource.RLIM_INFINITY or now >= wanted:
        return now
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, allowed))
    return wanted
