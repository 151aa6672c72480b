"""Adapter: puts our sender of pictures in aiortc's place, when aiortc is the one it was written for (media/mend.py)."""

from __future__ import annotations

import inspect
from typing import Any

import aiortc.rtcpeerconnection
import aiortc.rtcrtpsender

from media.picture import sender

_connection: Any = aiortc.rtcpeerconnection
_STOCK_SENDER = aiortc.rtcrtpsender.RTCRtpSender


def lacking() -> list[str]:
    """What this aiortc has not where we expect it."""
    source = inspect.getsource(_STOCK_SENDER)
    missing = [f"RTCRtpSender.__{name}" for name in sender.PRIVATE if f"self.__{name}" not in source]
    methods = ("_run_rtp", "_retransmit", "_send_keyframe", "_handle_rtcp_packet", "send")
    missing += [f"RTCRtpSender.{name}" for name in methods if not hasattr(_STOCK_SENDER, name)]
    if not hasattr(_connection, "RTCRtpSender"):
        missing.append("rtcpeerconnection.RTCRtpSender")
    return missing


def apply() -> None:
    """Put it in place; again is harmless."""
    _connection.RTCRtpSender = sender.PictureSender
