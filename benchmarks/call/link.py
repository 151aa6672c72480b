"""Adapter: a bad link between two network namespaces, in user space, for kernels without ``tc netem``.

    python -m benchmarks.call.link FIRST SECOND --delay 40 --loss 3 --burst 2 --rate 500 --queue 40

joins them by two TUN devices named wan0 (10.77.0.1 in the first, 10.77.0.2 in the second) and passes packets with,
each way: a delay and jitter in ms (Gaussian), a loss in percent in bursts of the mean length ``--burst``
(Gilbert-Elliott), a rate in kbit/s with a drop-tail queue in packets. Chance is seeded: each run drops alike.
Prints ``ready``; ``SIGUSR1`` cuts the link, ``SIGUSR2`` joins it again; at SIGTERM counts go out as JSON. Needs root.
"""

from __future__ import annotations

import argparse
import collections
import fcntl
import heapq
import json
import os
import random
import select
import signal
import struct
import subprocess
import time

from benchmarks.call.namespaces import inside

_TUNSETIFF, _IFF_TUN, _IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
ADDRESSES = ("10.77.0.1", "10.77.0.2")


class OneWay:
    """One direction of the link: decides when, and whether, a packet comes out."""

    def __init__(self, args: argparse.Namespace, seed: int) -> None:
        self.delay, self.jitter = args.delay / 1e3, args.jitter / 1e3
        self.rate, self.limit = args.rate * 1e3, args.queue
        loss = args.loss / 100
        self.leave_bad = 1 / max(args.burst, 1)
        self.enter_bad = loss * self.leave_bad / (1 - loss) if loss else 0.0
        self.random = random.Random(seed)
        self.bad = self.cut = False
        self.waiting: list[tuple[float, int, bytes]] = []
        self.unsent: collections.deque[float] = collections.deque()  # when each packet in the queue gets onto the line
        self.line_free_at = 0.0
        self.seen = self.dropped = 0

    def put(self, packet: bytes, now: float) -> None:
        """A packet came in at ``now`` (seconds)."""
        self.seen += 1
        p = self.random.random()
        self.bad = p >= self.leave_bad if self.bad else p < self.enter_bad
        while self.unsent and self.unsent[0] <= now:
            self.unsent.popleft()
        if self.cut or self.bad or len(self.unsent) >= self.limit:
            self.dropped += 1
            return
        sent_at = now
        if self.rate:  # the queue is what waits for the line, not what is under way
            self.line_free_at = sent_at = max(self.line_free_at, now) + len(packet) * 8 / self.rate
            self.unsent.append(sent_at)
        wait = self.random.gauss(self.delay, self.jitter) if self.jitter else self.delay
        heapq.heappush(self.waiting, (sent_at + max(0.0, wait), self.seen, packet))

    def due(self, now: float) -> list[bytes]:
        """The packets that come out by ``now``."""
        out = []
        while self.waiting and self.waiting[0][0] <= now:
            out.append(heapq.heappop(self.waiting)[2])
        return out


def _open_tun(namespace: str, address: str, peer: str) -> int:
    """Make wan0 inside a namespace; its file descriptor works from outside too."""
    with inside(namespace):
        tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(tun, _TUNSETIFF, struct.pack("16sH22s", b"wan0", _IFF_TUN | _IFF_NO_PI, b""))
        for command in (f"addr add {address} peer {peer} dev wan0", "link set wan0 up mtu 1500"):
            subprocess.run(["ip", *command.split()], check=True)
    return tun


def _pass_on(ways: dict[int, tuple[OneWay, int]], stopped: list[int]) -> None:
    poll = select.poll()
    for tun in ways:
        poll.register(tun, select.POLLIN)
    while not stopped:
        now = time.monotonic()
        next_due = min([way.waiting[0][0] for way, _ in ways.values() if way.waiting] or [now + 0.05])
        for tun, _ in poll.poll(max(0.0, (next_due - now) * 1e3)):
            for _ in range(64):
                try:
                    ways[tun][0].put(os.read(tun, 2048), time.monotonic())
                except BlockingIOError:
                    break
        now = time.monotonic()
        for way, out in ways.values():
            for packet in way.due(now):
                try:
                    os.write(out, packet)
                except OSError:
                    way.dropped += 1


def main() -> None:
    """Be the link until SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("first")
    parser.add_argument("second")
    for name, default in (("delay", 0), ("jitter", 0), ("loss", 0), ("burst", 1), ("rate", 0), ("queue", 100)):
        parser.add_argument(f"--{name}", type=float, default=default)
    args = parser.parse_args()
    first = _open_tun(args.first, ADDRESSES[0], ADDRESSES[1])
    second = _open_tun(args.second, ADDRESSES[1], ADDRESSES[0])
    there, back = OneWay(args, 1), OneWay(args, 2)
    stopped: list[int] = []

    def cut(value: bool) -> None:
        there.cut = back.cut = value

    signal.signal(signal.SIGUSR1, lambda *_: cut(True))
    signal.signal(signal.SIGUSR2, lambda *_: cut(False))
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(1))
    print("ready", flush=True)
    _pass_on({first: (there, second), second: (back, first)}, stopped)
    print(json.dumps({"seen": [there.seen, back.seen], "dropped": [there.dropped, back.dropped]}), flush=True)


if __name__ == "__main__":
    main()
