"""media/sound/attended.py with real devices: what is pulled out in a call is replaced, and taken again when it is back.

A device is a PulseAudio of its own with a null sink, which is a loudspeaker and a microphone that hears it: within one
PulseAudio whatever plays on a lost sink is moved to another by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(shutil.which("pulseaudio") is None, reason="no PulseAudio here")


class Desk:
    """A place with the ALSA devices ``wall`` and the system's own, each there or not."""

    def __init__(self, folder: Path) -> None:
        self._sockets = {name: folder / name for name in ("wall", "own")}
        names = {"wall": "wall", "own": "!default"}
        alsa = [
            f'pcm.{names[name]} {{ type pulse server "unix:{socket}" hint {{ show on description "{name}" }} }}'
            for name, socket in self._sockets.items()
        ]
        (folder / ".asoundrc").write_text("\n".join(alsa))
        places = ("HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "PULSE_RUNTIME_PATH")
        self.environment = os.environ | dict.fromkeys(places, str(folder))
        self._there: dict[str, asyncio.subprocess.Process] = {}

    async def plug_in(self, name: str) -> None:
        """From now on it is there."""
        socket = self._sockets[name]
        self._there[name] = await asyncio.create_subprocess_exec(
            "pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1",
            "-L", f"module-null-sink sink_name={name}",
            "-L", f"module-native-protocol-unix socket={socket} auth-anonymous=1",
            env=self.environment, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        async with asyncio.timeout(20):
            while not socket.exists():
                await asyncio.sleep(0.02)

    async def pull_out(self, name: str) -> None:
        """No longer."""
        served = self._there.pop(name)
        served.kill()
        await served.wait()
        self._sockets[name].unlink(missing_ok=True)

    @contextlib.asynccontextmanager
    async def room(self, name: str) -> AsyncIterator[asyncio.StreamReader]:
        """What a sound room with these devices tells after they are open; everything is gone after it."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.media.pulled_out", name,
            env=self.environment, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            assert await asyncio.wait_for(process.stdout.readline(), 20) == b"open\n"
            yield process.stdout
        finally:
            process.stdin.close()
            await process.wait()
            for there in list(self._there):
                await self.pull_out(there)


async def told(lines: asyncio.StreamReader, wanted: set[tuple[str, str, bool]]) -> None:
    """Until all of these were told, each once, and nothing else."""
    async with asyncio.timeout(20):
        while wanted:
            line = await lines.readline()
            assert line, "it ended"
            event = json.loads(line)
            wanted.remove((event["type"], event["kind"], event.get("instead", False)))


def both(event: str, *, instead: bool = False) -> set[tuple[str, str, bool]]:
    return {(event, kind, instead) for kind in ("microphone", "loudspeaker")}


async def test_the_systems_own_devices_take_the_place_of_those_pulled_out_until_they_are_back(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    await desk.plug_in("own")
    await desk.plug_in("wall")
    async with desk.room("wall") as lines:
        await desk.pull_out("wall")
        await told(lines, both("device_lost") | both("device_back", instead=True))
        await desk.plug_in("wall")
        await told(lines, both("device_back"))


async def test_without_any_other_device_there_is_silence_until_it_is_back(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    await desk.plug_in("own")
    async with desk.room("") as lines:
        await desk.pull_out("own")
        await told(lines, both("device_lost"))
        await desk.plug_in("own")
        await told(lines, both("device_back"))
