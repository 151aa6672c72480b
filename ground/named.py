"""Adapter: what a configuration names by its place in an installed package: the driver of a house's own system."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

_NAME = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")


def named(name: str) -> Any:
    """``package.module:attribute``, imported now; raises ValueError with a sentence when there is no such thing."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"no driver {name!r}; one of your own is named package.module:factory")
    module, _, attribute = name.partition(":")
    try:
        return getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise ValueError(f"the driver {name!r} cannot be imported ({error})") from error
