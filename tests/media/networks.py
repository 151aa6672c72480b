"""Networks for tests: namespaces joined by cables, a TURN server inside, and what a firewall lets through.

Needs root, iproute2, iptables and coturn: ``WHY_NOT`` says what is missing, for a test that is skipped then.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ctypes
import hashlib
import hmac
import ipaddress
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

ROOT = Path(__file__).resolve().parents[2]
SECRET = "of the test"
RELAY, SECOND = "10.78.1.1", "10.78.2.1"
CLONE_NEWNET = 0x40000000


def _why_not() -> str:
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        return "network namespaces need root"
    missing = [tool for tool in ("ip", "iptables", "turnserver") if shutil.which(tool) is None]
    if missing:
        return f"{', '.join(missing)} not installed"
    name = f"try{os.getpid()}"
    tried = (
        f"ip netns add {name}",
        f"{entering(name)} ip link set lo up",
        f"{entering(name)} sysctl -qw net.ipv4.ip_forward=0",
        f"{entering(name)} iptables -A OUTPUT -p udp -j DROP",
        f"ip netns del {name}",
    )
    for command in tried:
        done = subprocess.run(command.split(), capture_output=True, text=True, check=False)
        if done.returncode:
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)
            return f"no network namespaces here: {command}: {done.stderr.strip()}"
    return ""


def entering(name: str) -> str:
    """What runs a command in a namespace. ``ip netns exec`` would also mount, which a chroot may not."""
    return f"nsenter --net=/run/netns/{name}"


WHY_NOT = _why_not()


def run(command: str) -> None:
    subprocess.run(command.split(), check=True, capture_output=True)


def output(command: str) -> str:
    return subprocess.run(command.split(), check=True, capture_output=True, text=True).stdout


class Networks:
    """A kiosk's and an operator's network that meet at a host with a relay, which forwards nothing itself."""

    def __init__(self) -> None:
        tag = f"{os.getpid() % 10_000}"
        self.kiosk, self.operator, self.middle = f"k{tag}", f"o{tag}", f"m{tag}"
        self.authorities: dict[str, str] = {}  # of the relays, by address: PEM

    def __enter__(self) -> Networks:
        for name in (self.kiosk, self.operator, self.middle):
            run(f"ip netns add {name}")
            run(f"{entering(name)} ip link set lo up")
        self.cable(self.kiosk, "wan0", 1)
        self.cable(self.operator, "wan0", 2)
        run(f"{entering(self.middle)} sysctl -qw net.ipv4.ip_forward=0")
        return self

    def __exit__(self, *_: object) -> None:
        for name in (self.kiosk, self.operator, self.middle):
            run(f"ip netns del {name}")
        if not any(Path("/run/netns").iterdir()):  # the mount that ``ip netns add`` leaves behind keeps a chroot busy
            subprocess.run(["umount", "/run/netns"], capture_output=True, check=False)

    def cable(self, name: str, device: str, net: int, *, metric: int = 100) -> None:
        """A cable from a namespace to the middle, with addresses 10.78.NET.2 and .1 and a default route."""
        run(f"{entering(self.middle)} ip link add v{net} type veth peer name {device} netns {name}")
        run(f"{entering(self.middle)} ip addr add 10.78.{net}.1/24 dev v{net}")
        run(f"{entering(self.middle)} ip link set v{net} up")
        run(f"{entering(name)} ip addr add 10.78.{net}.2/24 dev {device}")
        run(f"{entering(name)} ip link set {device} up")
        run(f"{entering(name)} ip route add default via 10.78.{net}.1 metric {metric}")

    def forward(self) -> None:
        """Let the middle be a router."""
        run(f"{entering(self.middle)} sysctl -qw net.ipv4.ip_forward=1")

    @contextlib.contextmanager
    def blocked(self, name: str, *rules: str, chain: str = "OUTPUT") -> Iterator[None]:
        """A firewall in a namespace that silently drops what fits a rule, e.g. ``-p udp``."""
        for rule in rules:
            run(f"{entering(name)} iptables -A {chain} {rule} -j DROP")
        try:
            yield
        finally:
            for rule in rules:
                run(f"{entering(name)} iptables -D {chain} {rule} -j DROP")

    def ports(self, name: str) -> list[str]:
        """The UDP ports that are open in a namespace."""
        lines = output(f"{entering(name)} ss -Hulna").splitlines()
        return sorted({line.split()[3].rpartition(":")[2] for line in lines})

    def credentials(self, identity: str, seconds: int = 3600) -> dict[str, str]:
        """As signaling/server/relays.py makes them, made again here."""
        username = f"{int(time.time()) + seconds}:{identity}"
        said = hmac.new(SECRET.encode(), username.encode(), hashlib.sha1).digest()
        return {"username": username, "credential": base64.b64encode(said).decode()}

    @contextlib.asynccontextmanager
    async def relay(self, folder: Path, address: str = RELAY) -> AsyncIterator[asyncio.subprocess.Process]:
        """coturn with the configuration of deploy/, filled in; its process, which may be killed."""
        certificate(folder, address)
        self.authorities[address] = (folder / "turn-certificate.pem").read_text()
        text = (ROOT / "deploy/turn/turnserver.conf").read_text()
        text = text.replace("EXAMPLE.ADDRESS", address).replace(
            "static-auth-secret=EXAMPLE", f"static-auth-secret={SECRET}"
        )
        text = text.replace("#allowed-peer-ip", "allowed-peer-ip").replace("/etc/infomat", str(folder))
        text = text.replace("log-file=syslog", f"log-file={folder / 'turn.log'}")
        lines = [line for line in text.splitlines() if not line.startswith("proc-")]
        (folder / "turnserver.conf").write_text("\n".join(lines))
        process = await asyncio.create_subprocess_exec(
            *entering(self.middle).split(), "turnserver", "-c", str(folder / "turnserver.conf"),
            "--pidfile", str(folder / "turn.pid"), "--db", str(folder / "turn.sqlite"),
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            await self._listens(address)
            yield process
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()

    async def _listens(self, address: str) -> None:
        ends = time.monotonic() + 20
        while time.monotonic() < ends:
            shown = await asyncio.to_thread(output, f"{entering(self.middle)} ss -Htln")
            if f"{address}:443" in shown:
                return
            await asyncio.sleep(0.02)
        raise AssertionError("coturn does not listen")


def certificate(folder: Path, address: str = RELAY) -> None:
    """An authority and the relay's certificate."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "relay")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    (folder / "turn-certificate.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "turn-key.pem").write_bytes(key.private_bytes(*plain))


@contextlib.contextmanager
def inside(name: str) -> Iterator[None]:
    """Processes started in here live in that namespace; this one comes back."""
    libc = ctypes.CDLL(None, use_errno=True)
    home = os.open("/proc/self/ns/net", os.O_RDONLY)
    there = os.open(f"/var/run/netns/{name}", os.O_RDONLY)
    try:
        if libc.setns(there, CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")
        yield
    finally:
        libc.setns(home, CLONE_NEWNET)
        os.close(home)
        os.close(there)


class Worker:
    """A process of ours in a namespace, told and telling JSON lines."""

    def __init__(self, namespace: str, module: str, **environment: str) -> None:
        self._command = (*entering(namespace).split(), sys.executable, "-m", module)
        self._environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'queue'}", **environment}

    async def __aenter__(self) -> Worker:
        self._process = await asyncio.create_subprocess_exec(
            *self._command, cwd=ROOT, env=self._environment, stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE, limit=1 << 20,
        )  # fmt: skip
        await self.hear()
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), 5)
        if self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def tell(self, **order: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        return await self.hear()

    async def hear(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        async with asyncio.timeout(30):
            line = await self._process.stdout.readline()
        told: dict[str, Any] = json.loads(line)
        if "error" in told:
            raise AssertionError(told["error"])
        return told
