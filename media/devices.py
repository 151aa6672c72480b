"""Adapter: the cameras, microphones and loudspeakers of this machine. Slow: call it by ``asyncio.to_thread``."""

from __future__ import annotations

import contextlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from media.messages import DeviceChoice, DeviceKind

_MOST_CAMERAS = 6  # indices tried where the system has no list


@dataclass(frozen=True, slots=True)
class Device:
    """A device a person can choose; ``choice`` is what Open takes."""

    kind: DeviceKind
    title: str
    choice: DeviceChoice
    is_default: bool = False


def cameras() -> list[Device]:
    """Every camera; empty when there is none."""
    if sys.platform == "linux":
        return _linux_cameras(Path("/sys/class/video4linux"))
    return _tried_cameras()


def microphones() -> list[Device]:
    """Every microphone; empty when there is none, or no PortAudio."""
    return _sound("microphone", "max_input_channels", 0)


def loudspeakers() -> list[Device]:
    """Every loudspeaker; empty when there is none, or no PortAudio."""
    return _sound("loudspeaker", "max_output_channels", 1)


def _linux_cameras(listing: Path) -> list[Device]:
    """From the kernel's list: each camera's first node (``index`` 0) gives pictures, the others metadata."""
    found: list[Device] = []
    nodes = sorted(listing.glob("video*"), key=lambda node: int(node.name.removeprefix("video")))
    for node in nodes:
        with contextlib.suppress(OSError):
            if (node / "index").read_text().strip() != "0":
                continue
            title = (node / "name").read_text().strip()
            choice = DeviceChoice(kind="device", name=f"/dev/{node.name}")
            found.append(Device("camera", title, choice, is_default=not found))
    return found


def _tried_cameras() -> list[Device]:
    os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")  # a missing index is no news
    import cv2

    found: list[Device] = []
    for index in range(_MOST_CAMERAS):
        video = cv2.VideoCapture(index)
        if video.isOpened():
            choice = DeviceChoice(kind="device", name=str(index))
            found.append(Device("camera", f"Camera {index + 1}", choice, is_default=not found))
        video.release()
    return found


def _sound(kind: DeviceKind, channels: str, place: int) -> list[Device]:
    try:
        import sounddevice
    except (ImportError, OSError):
        return []
    try:
        listed = list(sounddevice.query_devices())
        default = sounddevice.default.device[place]
    except sounddevice.PortAudioError:
        return []
    return [
        Device(kind, entry["name"], DeviceChoice(kind="device", name=str(entry["index"])), entry["index"] == default)
        for entry in listed
        if entry[channels] > 0
    ]
