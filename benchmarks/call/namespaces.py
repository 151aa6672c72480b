"""Adapter: network namespaces of Linux, made for one run. Needs root and iproute2."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import subprocess
from collections.abc import Iterator

_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


@contextlib.contextmanager
def namespaces(*names: str) -> Iterator[None]:
    """Namespaces with nothing but a loopback, deleted at the end with every device in them."""
    made = []
    try:
        for name in names:
            subprocess.run(["ip", "netns", "add", name], check=True)
            made.append(name)
            subprocess.run(["ip", "-n", name, "link", "set", "lo", "up"], check=True)
        yield
    finally:
        for name in made:
            subprocess.run(["ip", "netns", "delete", name], check=False)


@contextlib.contextmanager
def inside(name: str) -> Iterator[None]:
    """This thread is in the namespace: sockets it opens and processes it starts belong there, and stay there.

    Raises OSError without the rights. Nothing else may open a socket in this thread meanwhile: no ``await`` inside
    that lets other work run, except at the start of a process.
    """
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open(f"/var/run/netns/{name}", os.O_RDONLY)
    try:
        _enter(there)
        yield
    finally:
        _enter(home)
        os.close(home)
        os.close(there)


def interfaces(name: str) -> list[str]:
    """The names of a namespace's network interfaces."""
    told = subprocess.run(["ip", "-n", name, "-o", "link"], check=True, capture_output=True, text=True).stdout
    return [line.split(":")[1].strip().split("@")[0] for line in told.splitlines()]


def bytes_sent(name: str, interface: str = "wan0") -> int:
    """What a namespace's interface has sent so far."""
    told = subprocess.run(["ip", "-n", name, "-j", "-s", "link", "show", interface], check=True, capture_output=True)
    return int(json.loads(told.stdout)[0]["stats64"]["tx"]["bytes"])


def _enter(namespace: int) -> None:
    if _libc.setns(namespace, _CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "cannot enter a network namespace: run as root")
