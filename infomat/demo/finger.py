"""Adapter: a person's finger and eyes. Looks where things are, and gives real input events to the screen."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ground.errors import InfomatError
from ground.probe import look
from infomat.demo.screen import Screen

_LOOK_S = 0.5


class NotSeen(InfomatError):
    """What the visitor looked for did not appear in time; the text lists what is visible."""

    code = "demo.not_seen"


@dataclass(frozen=True)
class Seen:
    """What a window shows at one moment."""

    pid: int
    state: dict[str, Any]
    items: tuple[dict[str, Any], ...]

    def item(self, name: str) -> dict[str, Any] | None:
        """The visible item of that name."""
        return next((i for i in self.items if i["name"] == name), None)

    def texts(self) -> str:
        """Everything that can be read, one line an item."""
        return "\n".join(str(i.get("text", "")) for i in self.items if i.get("text"))


class Finger:
    """Looks at one window through its probe and touches it through the X server (XTEST)."""

    def __init__(self, screen: Screen, probe: Path) -> None:
        self._environment = {**os.environ, **screen.environment}
        self._probe = probe
        self._last = ("", 0.0)

    async def see(self) -> Seen:
        """What is visible now."""
        seen = await look(self._probe)
        return Seen(seen["pid"], seen.get("state", {}), tuple(seen.get("items", ())))

    async def wait(self, condition: Callable[[Seen], bool], what: str, seconds: float = 20) -> Seen:
        """Until ``condition`` holds; raises NotSeen."""
        end = time.monotonic() + seconds
        seen: Seen | None = None
        while time.monotonic() < end:
            try:
                seen = await self.see()
            except OSError:
                seen = None
            if seen is not None and condition(seen):
                return seen
            await asyncio.sleep(0.02)
        visible = "nothing" if seen is None else f"{_brief(seen.state)} {sorted(i['name'] for i in seen.items)}"
        raise NotSeen(f"waited {seconds:.0f} s for {what}; visible: {visible}")

    async def touch(self, name: str, seconds: float = 20) -> float:
        """Touch the item of that name when it is there and enabled; returns the moment (monotonic seconds)."""
        if self._last[0].split(".")[0] != name.split(".")[0]:  # the screen may change under the finger: look first
            await asyncio.sleep(max(0.0, self._last[1] + _LOOK_S - time.monotonic()))
        place = await self._place(name, seconds)
        while (again := await self._place(name, seconds)) != place:  # a person waits until things stand still
            place = again
        x, y, width, height = place
        x, y = int(x + width / 2), int(y + height / 2)
        moment = time.monotonic()
        self._last = (name, moment)
        await self._xdotool("mousemove", str(x), str(y), "click", "1")
        return moment

    async def into(self, name: str, seconds: float = 20) -> None:
        """Touch a field of the console and see the caret in it; once more when it was just moving under the finger."""

        def there(seen: Seen) -> bool:
            return bool((seen.item(name) or {}).get("focus"))

        await self.touch(name, seconds)
        with contextlib.suppress(NotSeen):
            await self.wait(there, f"the caret in {name}", 4)
            return
        await self.touch(name, seconds)
        await self.wait(there, f"the caret in {name}", seconds)

    async def _place(self, name: str, seconds: float) -> tuple[int, int, int, int]:
        seen = await self.wait(
            lambda s: (i := s.item(name)) is not None and i.get("enabled", True) and i["w"] > 0, name, seconds
        )
        await asyncio.sleep(0.06)
        item = seen.item(name)
        assert item is not None
        return item["x"], item["y"], item["w"], item["h"]

    async def type(self, text: str) -> None:
        """Type on the keyboard, into what has the focus."""
        await self._xdotool("type", "--delay", "15", text)

    async def press(self, key: str) -> float:
        """Press one key (X keysym name); returns the moment."""
        moment = time.monotonic()
        await self._xdotool("key", key)
        return moment

    async def _xdotool(self, *args: str) -> None:
        process = await asyncio.create_subprocess_exec(
            "xdotool", *args, env=self._environment, stdout=asyncio.subprocess.DEVNULL
        )
        if await process.wait():
            raise NotSeen(f"xdotool {args[0]} failed on {self._environment['DISPLAY']}")


def _brief(state: dict[str, Any]) -> dict[str, Any]:
    """What says where somebody is, without what they typed."""
    words = ("step", "status", "number", "notice", "scene", "media", "offer", "payment", "call", "online")
    return {word: state[word] for word in words if state.get(word) is not None}
