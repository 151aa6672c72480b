"""Adapter: puts our sender, receiver and decoder of pictures in the place of aiortc's."""

from __future__ import annotations

import inspect
from typing import Any

import aiortc.codecs
import aiortc.codecs.h264
import aiortc.codecs.vpx
import aiortc.rtcpeerconnection
import aiortc.rtcrtpreceiver
import aiortc.rtcrtpsender
import av

from media.picture import avc, receiver, sender
from media.picture.encoders import H264, VP8

_connection: Any = aiortc.rtcpeerconnection
_receiver: Any = aiortc.rtcrtpreceiver
_STOCK_SENDER = aiortc.rtcrtpsender.RTCRtpSender
_STOCK_RECEIVER = aiortc.rtcrtpreceiver.RTCRtpReceiver


class PictureDecoder(aiortc.codecs.vpx.Vp8Decoder):
    """VP8 by FFmpeg's own decoder: two thirds of the work of libvpx's (docs/decisions/0045)."""

    def __init__(self) -> None:
        self.codec = av.CodecContext.create("vp8", "r")
        self.codec.thread_count = 1  # more threads would hold pictures back


class AvcDecoder(aiortc.codecs.h264.H264Decoder):
    """H.264 by FFmpeg's own decoder: a picture comes out when it went in."""

    def __init__(self) -> None:
        self.codec = av.CodecContext.create("h264", "r")
        self.codec.thread_count = 1
        self.codec.flags |= av.codec.context.Flags.low_delay


_DECODERS = {VP8: PictureDecoder, H264: AvcDecoder}


def offer_avc() -> None:
    """Say of H.264 what we read beyond its level; aiortc's own table is what it offers from."""
    for codec in aiortc.codecs.CODECS["video"]:
        if codec.mimeType.lower() == H264:
            codec.parameters = {**avc.OFFERED, "profile-level-id": codec.parameters["profile-level-id"]}


def lacking() -> list[str]:
    """What this aiortc has not where we expect it."""
    source = inspect.getsource(_STOCK_SENDER)
    missing = [f"RTCRtpSender.__{name}" for name in sender.PRIVATE if f"self.__{name}" not in source]
    taken = inspect.getsource(_STOCK_RECEIVER)
    missing += [f"RTCRtpReceiver.__{name}" for name in (*receiver.PRIVATE, "rtx_ssrc") if f"self.__{name}" not in taken]
    methods = ("_run_rtp", "_retransmit", "_send_keyframe", "_handle_rtcp_packet", "send")
    missing += [f"RTCRtpSender.{name}" for name in methods if not hasattr(_STOCK_SENDER, name)]
    expected = ((_connection, "RTCRtpSender"), (_connection, "RTCRtpReceiver"), (_receiver, "get_decoder"))
    if not any(codec.mimeType.lower() == H264 for codec in aiortc.codecs.CODECS["video"]):
        missing.append("aiortc.codecs.CODECS of H264")
    return missing + [f"{owner.__name__}.{name}" for owner, name in expected if not hasattr(owner, name)]


def apply() -> None:
    """Put them in place; again is harmless."""
    _connection.RTCRtpSender = sender.PictureSender
    _connection.RTCRtpReceiver = receiver.PictureReceiver
    if (others := _receiver.get_decoder).__name__ == "picture_decoder":
        return

    def picture_decoder(codec: Any) -> Any:
        ours = _DECODERS.get(codec.mimeType.lower())
        return others(codec) if ours is None else ours()

    offer_avc()
    _receiver.get_decoder = picture_decoder
