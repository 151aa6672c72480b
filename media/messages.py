"""Port: what a window says to its media engine and what the engine answers, one JSON line each.

Commands are imperatives, events are in the past tense. ``signaling`` does not know these messages: the
window carries a ``LocalDescription`` to the other end through its own link after signing it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

Role = Annotated[str, Field(pattern=r"^[a-z_]{1,32}$")]
RingName = Literal["remote", "local"]
DeviceKind = Literal["camera", "microphone", "loudspeaker"]
Codec = Literal["VP8", "H264"]
Listening = Literal["loudspeaker", "headset", "raw"]


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class DeviceChoice(_Message):
    """Which device to use.

    ``device``: ``name`` is an index, a name as ``media.devices`` lists it, or empty for the system's default.
    ``file``: ``path`` is a video or WAV file, looped (for a loudspeaker: the WAV to write).
    ``generated``: a drawn picture with a time code, or a 440 Hz tone; ``label`` is written on the picture (ASCII).
    ``none``: a picture without a camera, silence, or no loudspeaker.
    ``page`` and ``screen`` are for Share: a picture at ``path``; the X server ``name``, empty for Windows' desktop.
    """

    kind: Literal["device", "file", "generated", "none", "page", "screen"] = "device"
    name: str = ""
    path: str = ""
    label: str = ""


class SignedDescription(_Message):
    """A session description with the proof that its DTLS key belongs to the peer.

    ``fingerprint`` is the hex with colons, upper case, after ``a=fingerprint:sha-256`` (``AA:BB:...``);
    ``signature`` is over ``ground.signing.description_text(session_id, role of the sender, fingerprint, nonce)``.
    """

    kind: Literal["offer", "answer"]
    sdp: Annotated[str, Field(max_length=65_536)]
    fingerprint: str
    nonce: str
    signature: str


class IceServer(_Message):
    """A STUN or TURN server (RFC 8489, RFC 8656)."""

    urls: list[str]
    username: str = ""
    credential: str = ""
    authority: str = ""  # PEM: whom alone to trust for turns:; empty: the system's own


# --- commands -----------------------------------------------------------------------------------------------


class Open(_Message):
    """Start camera, microphone and loudspeaker; again with other choices to change devices, also in a call.

    ``listening`` says what is done to the microphone's sound: at a ``loudspeaker`` echo is taken out, noise lowered and
    loudness evened; with a ``headset`` the last two; ``raw``: nothing (measurements).
    """

    type: Literal["open"] = "open"
    camera: DeviceChoice = DeviceChoice()
    microphone: DeviceChoice = DeviceChoice()
    loudspeaker: DeviceChoice = DeviceChoice()
    listening: Listening = "loudspeaker"
    width: int = Field(default=1280, ge=160, le=1920, multiple_of=2)
    height: int = Field(default=720, ge=90, le=1080, multiple_of=2)
    fps: int = Field(default=30, ge=1, le=60)


class Join(_Message):
    """Take part in a session. Said again for the same session it makes a fresh connection (reconnect).

    ``codecs`` of pictures, the preferred one first; H264 is left out where OpenH264 is not installed.
    """

    type: Literal["join"] = "join"
    session_id: str
    role: Role
    offerer: bool
    peer_public_key: str
    peer_role: Role
    ice_servers: list[IceServer] = []
    codecs: list[Codec] = ["VP8"]


class RemoteDescription(_Message):
    """The other end's description; an offer in a running session replaces the connection."""

    type: Literal["remote_description"] = "remote_description"
    session_id: str
    description: SignedDescription


class Leave(_Message):
    """End our part in a session."""

    type: Literal["leave"] = "leave"
    session_id: str


class Mute(_Message):
    """Send silence, or a picture that shows a crossed-out camera."""

    type: Literal["mute"] = "mute"
    audio: bool
    video: bool


class Still(_Message):
    """The card terminal is active (or no longer): no camera picture leaves the source; answered by StillShown."""

    type: Literal["still"] = "still"
    on: bool


class Share(_Message):
    """Send a page (``DeviceChoice`` of kind ``page``) or a screen instead of the camera; None: the camera again.

    Text is kept sharp before it is kept moving. What cannot be read is told by Problem ``media.share``.
    """

    type: Literal["share"] = "share"
    what: DeviceChoice | None = None


class Cue(_Message):
    """Play ``assets/sounds/NAME.wav`` on the loudspeaker; ``volume`` 0..1."""

    type: Literal["cue"] = "cue"
    name: Annotated[str, Field(pattern=r"^[a-z_]{1,32}$")]
    volume: float = Field(default=1.0, ge=0.0, le=1.0)


class CheckSound(_Message):
    """Play a soft chirp of a second and listen for it with the microphone; answered by SoundChecked. Not in a call."""

    type: Literal["check_sound"] = "check_sound"
    volume: float = Field(default=0.15, gt=0.0, le=1.0)


class Size(_Message):
    """The size in pixels at which the window shows a ring's pictures; they keep their shape inside it."""

    type: Literal["size"] = "size"
    ring: RingName
    width: int = Field(ge=16, le=3840)
    height: int = Field(ge=16, le=2160)


class Close(_Message):
    """Leave everything and end the process."""

    type: Literal["close"] = "close"


Command = Annotated[
    Open | Join | RemoteDescription | Leave | Mute | Still | Share | Cue | CheckSound | Size | Close,
    Field(discriminator="type"),
]
COMMANDS: TypeAdapter[Command] = TypeAdapter(Command)

# --- events -------------------------------------------------------------------------------------------------

CallState = Literal["connecting", "live", "reconnecting", "lost", "closed", "refused"]


class Ready(_Message):
    """The engine is loaded and its self-test passed; ``ms`` since its process began."""

    type: Literal["ready"] = "ready"
    pid: int
    ms: int


class Rehearsed(_Message):
    """Before the first call the engine made one with itself: coders, encryption and network of this machine work.

    ``ms`` from its beginning to the first sound and picture at both ends; ``problem`` is for engineers.
    """

    type: Literal["rehearsed"] = "rehearsed"
    ok: bool
    ms: int
    problem: str = ""


class Opened(_Message):
    """Camera, microphone and loudspeaker were tried; a missing one was told by DeviceLost before."""

    type: Literal["opened"] = "opened"


class LocalDescription(_Message):
    """Our description, for the window to sign and send to the other end."""

    type: Literal["local_description"] = "local_description"
    session_id: str
    kind: Literal["offer", "answer"]
    sdp: str
    fingerprint: str
    nonce: str


class State(_Message):
    """How a session's connection is. ``reason`` is a stable code, empty when there is nothing to explain."""

    type: Literal["state"] = "state"
    session_id: str
    state: CallState
    reason: str = ""


class FirstFrame(_Message):
    """The first picture of the other end was decoded; ``ms`` since Join."""

    type: Literal["first_frame"] = "first_frame"
    session_id: str
    at: datetime
    ms: int


class FirstSound(_Message):
    """The first sound of the other end was decoded; ``ms`` since Join."""

    type: Literal["first_sound"] = "first_sound"
    session_id: str
    at: datetime
    ms: int


class Level(_Message):
    """Loudness of the last 200 ms in dBFS (-96 is silence)."""

    type: Literal["level"] = "level"
    mic: float
    speaker: float


class Quality(_Message):
    """Figures of the last second of a session."""

    type: Literal["quality"] = "quality"
    session_id: str
    fps_in: float
    fps_out: float
    loss: float = Field(description="share of incoming packets lost, 0..1")
    rtt_ms: float | None
    jitter_ms: float
    kbps_in: float
    kbps_out: float
    decoded: int = Field(description="20 ms of sound played from their own packet")
    fec: int = Field(default=0, description="20 ms of sound played from the copy in the packet after a lost one")
    concealed: int = Field(description="20 ms of sound made up because no packet came in time")
    silence: int = Field(default=0, description="20 ms of sound that the other end left out as silent")
    buffer_ms: float = Field(default=0.0, description="how long sound waits before it is played, to even out the link")
    sound_loss: float = Field(default=0.0, description="share of incoming sound packets lost, 0..1")
    frames_dropped: int = Field(description="pictures never shown because a newer one was there")
    freezes: int = Field(default=0, description="times the other end's picture stood still (W3C webrtc-stats)")
    frozen_s: float = Field(default=0.0, description="seconds it stood still")
    width: int = Field(default=0, description="of the picture that we send")
    height: int = 0
    limit: Literal["none", "link", "cpu"] = Field(default="none", description="what keeps our picture smaller")
    cpu: float = Field(default=0.0, description="processor time of the engine, 1 is a whole core")
    way: str = Field(default="", description="kinds of the two candidates in use, e.g. host>relay")
    codec: str = Field(default="", description="of the picture that we send: VP8 or H264")
    keyframes: int = Field(default=0, description="whole pictures that we sent")
    asked_again: int = Field(default=0, description="packets of pictures that we asked for again")
    loss_out: float | None = Field(default=None, description="share of our sound that the other end missed, 0..1")


class DeviceLost(_Message):
    """A device is missing or went away; the call goes on without it and it is tried again."""

    type: Literal["device_lost"] = "device_lost"
    kind: DeviceKind
    reason: str = ""


class DeviceBack(_Message):
    """A device that was lost works again; ``instead``: it does not, and the system's own has taken its place."""

    type: Literal["device_back"] = "device_back"
    kind: DeviceKind
    instead: bool = False


class SoundChecked(_Message):
    """Whether the loudspeaker was heard by the microphone.

    ``unheard``: it was not; ``deaf``: the microphone gives nothing at all; ``noisy``: too loud a place to tell;
    ``untried``: there is a call, or one of both is missing or no device. ``gain_db`` from what is played to what is
    heard (a loudspeaker that grows weak is seen by it), ``delay_ms`` between both; 0 when nothing was heard.
    """

    type: Literal["sound_checked"] = "sound_checked"
    verdict: Literal["heard", "unheard", "deaf", "noisy", "untried"]
    gain_db: float = 0.0
    delay_ms: float = 0.0


class StillShown(_Message):
    """From now on every picture that leaves is the still (or the camera again)."""

    type: Literal["still_shown"] = "still_shown"
    on: bool


class Problem(_Message):
    """A command could not be done; ``code`` is stable, ``text`` is for engineers."""

    type: Literal["problem"] = "problem"
    code: str
    text: str = ""
    session_id: str | None = None


class EngineDied(_Message):
    """Said by the client, not by the engine: its process ended without being asked to."""

    type: Literal["engine_died"] = "engine_died"
    exit_code: int


Event = Annotated[
    Ready
    | Rehearsed
    | Opened
    | LocalDescription
    | State
    | FirstFrame
    | FirstSound
    | Level
    | Quality
    | DeviceLost
    | DeviceBack
    | SoundChecked
    | StillShown
    | Problem
    | EngineDied,
    Field(discriminator="type"),
]
EVENTS: TypeAdapter[Event] = TypeAdapter(Event)
