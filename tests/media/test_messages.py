"""media/messages.py"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, get_args

import pytest
from pydantic import BaseModel, ValidationError

from media import messages as m

SIGNED = m.SignedDescription(kind="offer", sdp="v=0", fingerprint="AA", nonce="n", signature="s")
NOW = datetime(2026, 11, 21, 23, 0, tzinfo=UTC)
COMMANDS: list[Any] = [
    m.Open(camera=m.DeviceChoice(kind="generated", label="a"), width=640, height=360),
    m.Join(session_id="s", role="kiosk", offerer=True, peer_public_key="k", peer_role="operator"),
    m.RemoteDescription(session_id="s", description=SIGNED),
    m.Leave(session_id="s"),
    m.Mute(audio=True, video=False),
    m.Still(on=True),
    m.Share(what=m.DeviceChoice(kind="page", path="invoice.png")),
    m.Cue(name="touch", volume=0.5),
    m.CheckSound(volume=0.1),
    m.Size(ring="remote", width=100, height=100),
    m.Close(),
]
EVENTS: list[Any] = [
    m.Ready(pid=1, ms=2),
    m.Rehearsed(ok=False, ms=10_000, problem="only one audio arrived"),
    m.Opened(),
    m.LocalDescription(session_id="s", kind="offer", sdp="v=0", fingerprint="AA", nonce="n"),
    m.State(session_id="s", state="live"),
    m.FirstFrame(session_id="s", at=NOW, ms=1),
    m.FirstSound(session_id="s", at=NOW, ms=1),
    m.Level(mic=-20.0, speaker=-96.0),
    m.Quality(
        session_id="s",
        fps_in=30.0,
        fps_out=30.0,
        loss=0.0,
        rtt_ms=None,
        jitter_ms=1.0,
        kbps_in=1.0,
        kbps_out=1.0,
        decoded=50,
        concealed=0,
        frames_dropped=0,
    ),
    m.DeviceLost(kind="camera"),
    m.DeviceBack(kind="camera"),
    m.SoundChecked(verdict="heard", gain_db=-12.5, delay_ms=61.0),
    m.StillShown(on=True),
    m.Problem(code="media.failed"),
    m.EngineDied(exit_code=-9),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: c.type)
def test_each_command_comes_back_as_it_was_said(command: Any) -> None:
    assert m.COMMANDS.validate_json(command.model_dump_json()) == command


@pytest.mark.parametrize("event", EVENTS, ids=lambda e: e.type)
def test_each_event_comes_back_as_it_was_told(event: Any) -> None:
    assert m.EVENTS.validate_json(event.model_dump_json()) == event


def test_no_message_is_left_out_above() -> None:
    for union, examples in ((m.Command, COMMANDS), (m.Event, EVENTS)):
        kinds: set[type[BaseModel]] = set(get_args(get_args(union)[0]))
        assert kinds == {type(example) for example in examples}


@pytest.mark.parametrize(
    "line",
    [
        '{"type":"cue","name":"../../etc/passwd"}',
        '{"type":"open","width":641,"height":360}',
        '{"type":"open","width":99999}',
        '{"type":"size","ring":"other","width":100,"height":100}',
        '{"type":"remote_description","session_id":"s","description":{"kind":"offer"}}',
        '{"type":"state"}',
        "[]",
    ],
)
def test_what_is_no_command_is_refused(line: str) -> None:
    with pytest.raises(ValidationError):
        m.COMMANDS.validate_json(line)


def test_a_description_of_a_megabyte_is_refused() -> None:
    with pytest.raises(ValidationError):
        m.SignedDescription(kind="offer", sdp="v" * 1_000_000, fingerprint="AA", nonce="n", signature="s")
