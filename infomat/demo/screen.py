"""Adapter: a screen where there is none (Xvfb and a window manager), and pictures of it."""

from __future__ import annotations

import asyncio
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import mss
import mss.tools
from PIL import Image

from ground.errors import InfomatError
from infomat.demo.processes import Processes

#: The kiosk's portrait screen and, beside it, the operator's; the card terminal stands below the console.
KIOSK = (0, 0, 1080, 1920)
CONSOLE = (1080, 0, 1920, 1080)
TERMINAL = (1160, 1120, 480, 760)
WHOLE = (3000, 1920)

#: What the window manager does: no frames, and each desk window in its place (the kiosk places itself).
_RULES = f"""<?xml version="1.0"?>
<openbox_config xmlns="http://openbox.org/3.4/rc"><theme><keepBorder>no</keepBorder></theme><applications>
<application class="*"><decor>no</decor></application>
<application class="*console*"><position force="yes"><x>{CONSOLE[0]}</x><y>{CONSOLE[1]}</y></position></application>
<application title="*эмулятор*"><position force="yes"><x>{TERMINAL[0]}</x><y>{TERMINAL[1]}</y></position></application>
</applications></openbox_config>
"""


class NoScreen(InfomatError):
    """A virtual screen could not be started."""

    code = "demo.screen"


@dataclass(frozen=True)
class Screen:
    """An X display."""

    display: str

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to open windows there, on machines without a graphics card."""
        return {
            "DISPLAY": self.display,
            "QT_QPA_PLATFORM": "xcb",
            "QT_QUICK_BACKEND": "software",
            "QT_SCALE_FACTOR": "1",
            "XDG_SESSION_TYPE": "x11",
        }


async def virtual_screen(processes: Processes, size: tuple[int, int] = WHOLE) -> Screen:
    """Start Xvfb on a free display number, and openbox on it. Raises NoScreen."""
    for needed in ("Xvfb", "openbox", "xdotool"):
        if shutil.which(needed) is None:
            raise NoScreen(f"{needed} is not installed: run ./dev demo, which installs it.")
    read_end, write_end = os.pipe()
    os.set_inheritable(write_end, True)
    process = await asyncio.create_subprocess_exec(
        "Xvfb", "-displayfd", str(write_end), "-screen", "0", f"{size[0]}x{size[1]}x24",
        "-nolisten", "tcp", "-dpi", "96",
        pass_fds=(write_end,), stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    os.close(write_end)
    processes.adopt("screen", process)
    # Xvfb writes the number and the end of the line one after the other, and dies if nobody reads the second.
    with os.fdopen(read_end, "rb") as said:
        number = await asyncio.wait_for(asyncio.to_thread(said.readline), 20)
    if not number.strip():
        raise NoScreen("Xvfb did not start: is /tmp writable?")
    screen = Screen(f":{number.decode().strip()}")
    rules = processes.logs / "openbox.xml"
    rules.write_text(_RULES)
    await processes.start(
        "window-manager", "openbox", "--sm-disable", "--config-file", str(rules), ready=None,
        environment=screen.environment,
    )  # fmt: skip
    return screen


def picture(screen: Screen, area: tuple[int, int, int, int], file: Path, scale: float = 1.0) -> None:
    """Save what is visible in ``area`` (x, y, width, height) as PNG."""
    x, y, width, height = area
    with mss.MSS(display=screen.display) as camera:
        shot = camera.grab({"left": x, "top": y, "width": width, "height": height})
    image = Image.frombytes("RGB", shot.size, shot.bgra, "raw", "BGRX")
    if scale != 1.0:
        image = image.resize((int(width * scale), int(height * scale)), Image.Resampling.LANCZOS)
    file.parent.mkdir(parents=True, exist_ok=True)
    image.save(file, optimize=True)
