"""media/devices.py"""

from __future__ import annotations

import sys
import types
from pathlib import Path
from typing import Any

import pytest

from media import devices
from media.messages import DeviceChoice


def listing(folder: Path, nodes: dict[str, tuple[str, str]]) -> Path:
    for name, (index, title) in nodes.items():
        (folder / name).mkdir()
        (folder / name / "index").write_text(f"{index}\n")
        (folder / name / "name").write_text(f"{title}\n")
    return folder


def test_each_camera_is_listed_once_by_its_picture_node(tmp_path: Path) -> None:
    nodes = {"video10": ("0", "Desk"), "video0": ("0", "Face"), "video1": ("1", "Face"), "video11": ("1", "Desk")}
    found = devices._linux_cameras(listing(tmp_path, nodes))
    assert [(d.title, d.choice.name, d.is_default) for d in found] == [
        ("Face", "/dev/video0", True),
        ("Desk", "/dev/video10", False),
    ]


def test_no_cameras_are_an_empty_list(tmp_path: Path) -> None:
    assert devices._linux_cameras(tmp_path / "absent") == []


def test_sound_devices_are_listed_by_what_they_can(monkeypatch: pytest.MonkeyPatch) -> None:
    library: Any = types.ModuleType("sounddevice")
    library.PortAudioError = RuntimeError
    library.query_devices = lambda: [
        {"name": "Headset", "index": 0, "max_input_channels": 1, "max_output_channels": 2},
        {"name": "Wall speaker", "index": 1, "max_input_channels": 0, "max_output_channels": 2},
    ]
    library.default = types.SimpleNamespace(device=(0, 1))
    monkeypatch.setitem(sys.modules, "sounddevice", library)
    assert [(d.title, d.is_default) for d in devices.microphones()] == [("Headset", True)]
    assert [(d.title, d.is_default) for d in devices.loudspeakers()] == [("Headset", False), ("Wall speaker", True)]
    assert devices.loudspeakers()[1].choice == DeviceChoice(kind="device", name="1")
