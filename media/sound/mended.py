"""Adapter: where aiortc 1.16.0 and our sound meet: its receiver's buffer is our voice, its offers say what Opus may do.

Called by ``media.mend``, which looks after the version. Sound never passes aiortc's decoding thread, whose two changes
of thread and queue would add to every packet what the loudspeaker needs at once (docs/decisions/0090).
"""

from __future__ import annotations

from typing import Any

import aiortc.codecs

from media.sound.opus import VOICE_RATE
from media.sound.voice import Voice

#: RFC 7587 section 6.1: what we can take, and would like to get
OPUS_WISHES: dict[str, int | str | None] = {
    "minptime": 10,
    "useinbandfec": 1,
    "usedtx": 1,
    "stereo": 0,
    "maxaveragebitrate": VOICE_RATE,
}
_BUFFER = "_RTCRtpReceiver__jitter_buffer"  # mend.self_test looks for it in the receiver's source
_codecs: Any = aiortc.codecs


def lacks() -> list[str]:
    """What aiortc lacks of what is used here; empty when all is there."""
    return [] if any(c.mimeType == "audio/opus" for c in _codecs.CODECS["audio"]) else ["codecs.CODECS opus"]


def apply() -> None:
    """Say in every offer and answer what our Opus can do (again is harmless)."""
    for codec in _codecs.CODECS["audio"]:
        if codec.mimeType == "audio/opus":
            codec.parameters = dict(OPUS_WISHES)


def voice_of(peer: Any, track: Any) -> Voice:
    """The voice that a received track's packets go to; raises LookupError for a track that is no sound of ``peer``."""
    for transceiver in peer.getTransceivers():
        if transceiver.receiver.track is track:
            voice = getattr(transceiver.receiver, _BUFFER)
            if isinstance(voice, Voice):
                return voice
    raise LookupError("this track has no voice")


def wishes(sdp: str) -> tuple[int, bool]:
    """What the other end asks of our Opus: bits a second at most, and whether pauses may be left out (RFC 7587)."""
    lines = sdp.splitlines()
    opus = next((line[9:].split(" ", 1)[0] for line in lines if line[:9] == "a=rtpmap:" and " opus/48000" in line), "")
    given = next((line.split(" ", 1)[1] for line in lines if line.startswith(f"a=fmtp:{opus} ")), "")
    wanted = dict(part.strip().split("=", 1) for part in given.split(";") if "=" in part)
    rate = wanted.get("maxaveragebitrate", "")
    return int(rate) if rate.isdigit() else VOICE_RATE, wanted.get("usedtx") == "1"
