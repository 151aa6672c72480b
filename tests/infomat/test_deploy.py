"""deploy/ and docs/operations.md: units that systemd takes, commands that exist, a proxy that lets the door through."""

from __future__ import annotations

import asyncio
import http.client
import re
import shlex
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import typer.main
from typer.testing import CliRunner

from infomat.cli import app
from signaling.protocol.commands import HealthReport
from signaling.protocol.examples import EXAMPLES
from signaling.server.config import ServerConfig
from tests.media.networks import certificate
from tests.signaling.client import ServerProcess

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted([*(DEPLOY / "systemd").glob("*.service"), *(DEPLOY / "systemd").glob("*.timer")])
PROGRAM = "/opt/infomat/bin/infomat"
needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd")
needs_nginx = pytest.mark.skipif(shutil.which("nginx") is None, reason="no nginx (nginx-light)")


def joined(text: str) -> str:
    return re.sub(r"\\\n\s*#?\s*", " ", text)


def settings(unit: Path, name: str) -> list[str]:
    return re.findall(rf"^{name}=(.*)$", joined(unit.read_text()), re.MULTILINE)


def commands() -> list[tuple[str, list[str]]]:
    """Every call of our program that an installer is told: in units, in configurations' comments, in the manual."""
    found = []
    for path in [*DEPLOY.rglob("*"), ROOT / "docs" / "operations.md"]:
        if not path.is_file():
            continue
        for line in joined(path.read_text()).splitlines():
            said = re.match(r"(?:ExecStart=|#\s*(?:runuser .*-- )?)?(?:\S*/)?infomat (.*)$", line.strip())
            if said:
                words = shlex.split(said[1], comments=True)
                found.append((f"{path.name}: {said[1][:40]}", [word for word in words if word not in ("...", "[...]")]))
    return found


class Unknown(Exception):
    """Our command line has no such command or option."""


def parse(words: list[str]) -> None:
    """Raise Unknown unless our command line takes these words."""
    if words[0] == "console":  # it has a parser of its own, behind Qt
        known = re.findall(r'"(--[a-z]+)"', (ROOT / "operator_console" / "app.py").read_text())
        if unknown := {word for word in words if word.startswith("--")} - set(known):
            raise Unknown(unknown)
        return
    command: Any = typer.main.get_command(app)
    while hasattr(command, "commands"):
        if command.invoke_without_command and (not words or words[0].startswith("-")):
            break
        name, *words = words
        if name not in command.commands:
            raise Unknown(name)
        command = command.commands[name]
    try:
        command.make_context(command.name, list(words))
    except Exception as error:  # typer brings its own copy of click's UsageError
        raise Unknown(error) from error


@pytest.mark.parametrize("words", [pytest.param(words, id=name) for name, words in commands()])
def test_what_an_installer_is_told_to_run_exists(words: list[str]) -> None:
    parse(words)


def test_a_command_that_does_not_exist_would_be_found() -> None:
    assert len(commands()) > 15
    for words in (["server", "--fast"], ["dance"], ["queue", "why", "--now"]):
        with pytest.raises(Unknown):
            parse(words)


@needs_systemd
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_takes_the_units(unit: Path, tmp_path: Path) -> None:
    for one in UNITS:  # they name each other; programs that are not installed here are stood in for
        text = one.read_text().replace(PROGRAM, sys.executable)
        text = text if Path("/usr/bin/Xorg").exists() else text.replace("/usr/bin/Xorg", sys.executable)
        (tmp_path / one.name).write_text(text)
    told = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / unit.name)],
        capture_output=True,
        text=True,
        check=False,
    )
    mine = [line for line in (told.stdout + told.stderr).splitlines() if "infomat" in line or unit.name in line]
    assert (told.returncode, mine) == (0, [])


@needs_systemd
@pytest.mark.parametrize(
    ("name", "most"), [("infomat-server", 20), ("infomat-kiosk", 30), ("infomat-verify", 20), ("infomat-backup", 20)]
)
def test_services_see_little_of_their_host(name: str, most: int) -> None:
    unit = str(DEPLOY / "systemd" / f"{name}.service")
    command = ["systemd-analyze", "security", "--offline=true", f"--threshold={most}", unit]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout.splitlines()[-1]


def test_what_must_survive_a_payment_and_a_crash_is_in_the_units() -> None:
    kiosk, server, display = (DEPLOY / "systemd" / f"infomat-{name}.service" for name in ("kiosk", "server", "display"))
    assert settings(kiosk, "KillMode") == ["process"]
    assert settings(kiosk, "LimitNICE") == ["-10"]
    assert settings(kiosk, "LimitRTPRIO") == ["1"]  # sound in real time
    for unit in (kiosk, server, display):
        assert settings(unit, "Restart") == ["always"]
        assert settings(unit, "StartLimitIntervalSec") == ["0"]
    for unit in (kiosk, server):
        assert settings(unit, "Type") == ["notify"]
        assert int(settings(unit, "WatchdogSec")[0]) >= 10
    assert settings(server, "TimeoutStartSec") == ["infinity"]  # it may have the whole log to read before it is ready
    folders = {word for unit in (kiosk, server) for word in settings(unit, "ExecStart")[0].split() if "/var/" in word}
    assert folders == {f"/var/lib/{settings(unit, 'StateDirectory')[0]}" for unit in (kiosk, server)}
    authority = f"XAUTHORITY=/run/{settings(display, 'RuntimeDirectory')[0]}/authority"
    assert authority in settings(kiosk, "Environment")[0]
    assert "%t/infomat-display/authority" in settings(display, "ExecStart")[0]


async def test_the_alarms_ask_for_figures_that_there_are(tmp_path: Path) -> None:
    rules = (DEPLOY / "alarms" / "infomat.rules.yml").read_text()
    asked = re.findall(r"expr: ?(.*?), *\n? *(?:for|labels):", rules, re.DOTALL)
    asked_for = set(re.findall(r"\b(infomat_[a-z_]+)", " ".join(asked)))
    async with ServerProcess(tmp_path / "data") as server:
        kiosk = await server.kiosk()
        await kiosk.ask(EXAMPLES[HealthReport].model_copy(update={"printer": "low"}))
        told = (await server.get("/metrics"))[1].decode()
    there = set(re.findall(r"^(infomat_[a-z_]+)", told, re.MULTILINE))
    assert len(asked_for) > 9
    assert asked_for - there == set()


@pytest.mark.skipif(shutil.which("systemd-sysusers") is None, reason="no systemd")
def test_the_users_of_the_units_are_made() -> None:
    file = DEPLOY / "systemd" / "infomat.sysusers.conf"
    told = subprocess.run(["systemd-sysusers", "--dry-run", str(file)], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    made = set(re.findall(r"^u (\S+)", file.read_text(), re.MULTILINE))
    assert {user for unit in UNITS for user in settings(unit, "User")} == made


@needs_nginx
async def test_the_proxy_lets_the_door_through_and_nothing_else(tmp_path: Path) -> None:
    async with ServerProcess(tmp_path / "data") as server:
        port, plain = two_free_ports()
        config = proxy_config(tmp_path, server, port)
        config.write_text(config.read_text().replace("listen 80;", f"listen 127.0.0.1:{plain};"))
        tried = await asyncio.to_thread(
            subprocess.run, ["nginx", "-t", "-c", str(config)], capture_output=True, text=True, check=False
        )
        assert tried.returncode == 0, tried.stderr
        nginx = await asyncio.create_subprocess_exec(
            "nginx", "-c", str(config), "-g", "daemon off;", stderr=asyncio.subprocess.DEVNULL
        )
        try:
            async with asyncio.timeout(20):
                while (answered := await asyncio.to_thread(asked, tmp_path, port, "/door/door.css")) == 0:
                    await asyncio.sleep(0.05)
            assert answered == 200
            for path in ("/metrics", "/healthz", "/ws", "/api/enrol", "/"):
                assert await asyncio.to_thread(asked, tmp_path, port, path) == 404
            for path in ("/api/callbacks/4711", "/api/bookings/814"):
                assert await asyncio.to_thread(asked, tmp_path, port, path) == 401
            assert await asyncio.to_thread(typed, plain, "/door/xyz") == "https://localhost/door/xyz"
            assert await asyncio.to_thread(asked, tmp_path, port, "/api/door/nobody") == 404
        finally:
            nginx.terminate()
            await nginx.wait()


def proxy_config(folder: Path, server: ServerProcess, port: int) -> Path:
    certificate(folder, "127.0.0.1")
    text = (DEPLOY / "proxy" / "nginx.conf").read_text()
    for what, by in (
        ("server_name EXAMPLE", "server_name localhost"),
        ("/etc/infomat/public-certificate.pem", f'"{folder / "turn-certificate.pem"}"'),
        ("/etc/infomat/public-key.pem", f'"{folder / "turn-key.pem"}"'),
        ("/etc/infomat/ca.pem", f'"{ServerConfig(server.folder).data_folder / "ca.pem"}"'),
        ("office.example", "localhost"),
        ("127.0.0.1:8443", f"127.0.0.1:{server.port}"),
        ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
    ):
        assert what in text
        text = text.replace(what, by)
    kept = "".join(
        f'{name}_temp_path "{folder / name}";\n' for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    config = folder / "nginx.conf"
    config.write_text(
        f'pid "{folder / "nginx.pid"}";\nerror_log "{folder / "error.log"}";\nuser root;\nworker_processes 1;\n'
        f"events {{ worker_connections 64; }}\nhttp {{\n{kept}{text}}}\n"
    )
    return config


def two_free_ports() -> tuple[int, int]:
    """Two ports: asked for one after the other they may be the same."""
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1]), int(other.getsockname()[1])


def asked(folder: Path, port: int, path: str) -> int:
    """The status of an answer; 0 while nobody listens."""
    import ssl

    trusted = ssl.create_default_context(cafile=str(folder / "turn-certificate.pem"))
    try:
        with urllib.request.urlopen(f"https://127.0.0.1:{port}{path}", context=trusted, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def typed(port: int, path: str) -> str:
    """Where a browser is sent that was given the address without https://."""
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        link.request("GET", path, headers={"Host": "localhost"})
        return link.getresponse().headers["location"]
    finally:
        link.close()


def test_what_the_server_is_told_of_calls_reaches_it(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[ServerConfig] = []
    monkeypatch.setattr("signaling.server.app.serve", lambda config: given.append(config) or 0)
    for words in ([], ["--codec", "H264", "--codec", "VP8", "--turn-ca", "/etc/infomat/turn-ca.pem"]):
        assert CliRunner().invoke(app, ["server", "--folder", "/tmp/none", *words]).exit_code == 0
    assert [one.codecs for one in given] == [("VP8",), ("H264", "VP8")]
    assert given[1].turn_ca_file == Path("/etc/infomat/turn-ca.pem")
    assert CliRunner().invoke(app, ["server", "--codec", "HEVC"]).exit_code == 2
