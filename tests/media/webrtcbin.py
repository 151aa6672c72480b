"""A stock GStreamer client, run by the system's Python: an offer on standard input, an answer and counts on output.

Sends a test picture (VP8, or H.264 when the offer has no VP8) and an Opus tone and decodes what comes. Lines of output:
{"ready": true}, {"answer": SDP}, then each half a second {"pictures": n, "sounds": n} of what it decoded. Ends with
standard input.
"""

from __future__ import annotations

import json
import re
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstWebRTC", "1.0")
gi.require_version("GstSdp", "1.0")
from gi.repository import GLib, Gst, GstSdp, GstWebRTC  # noqa: E402

Gst.init(None)
loop = GLib.MainLoop()
print(json.dumps({"ready": True}), flush=True)
offer = json.loads(sys.stdin.readline())["offer"]
counts = {"pictures": 0, "sounds": 0}
candidates: list[tuple[int, str]] = []


def payload(codec: str) -> str:
    found = re.search(rf"a=rtpmap:(\d+) {codec}/", offer, re.IGNORECASE)
    return found[1] if found else ""


def say(**what: object) -> None:
    print(json.dumps(what), flush=True)


def order_of_media() -> list[str]:
    vp8, h264, opus = payload("VP8"), payload("H264"), payload("opus")
    coded = (
        f"vp8enc deadline=1 target-bitrate=600000 ! rtpvp8pay picture-id-mode=15-bit ! application/x-rtp,media=video,"
        f"encoding-name=VP8,payload={vp8}"
        if vp8
        else "openh264enc usage-type=camera bitrate=600000 ! video/x-h264,profile=constrained-baseline ! rtph264pay "
        "config-interval=-1 aggregate-mode=zero-latency ! application/x-rtp,media=video,encoding-name=H264,"
        f"payload={h264}"
    )
    sources = {
        "video": "videotestsrc is-live=true pattern=ball ! video/x-raw,width=640,height=360,framerate=30/1 ! "
        f"{coded} ! peer.",
        "audio": "audiotestsrc is-live=true wave=sine ! audioconvert ! audioresample ! opusenc ! rtpopuspay ! "
        f"application/x-rtp,media=audio,encoding-name=OPUS,payload={opus} ! peer.",
    }
    return [sources[kind] for kind in re.findall(r"^m=(\w+)", offer, re.MULTILINE) if kind in sources]


pipeline = Gst.parse_launch("webrtcbin name=peer bundle-policy=max-bundle " + " ".join(order_of_media()))
peer = pipeline.get_by_name("peer")


def count(kind: str):
    def seen(*_):
        counts[kind] += 1
        return Gst.PadProbeReturn.OK

    return seen


def on_pad(_, pad):
    if pad.direction != Gst.PadDirection.SRC:
        return
    decoder = Gst.ElementFactory.make("decodebin")

    def on_decoded(_, decoded):
        kind = "pictures" if decoded.get_current_caps().get_structure(0).get_name().startswith("video") else "sounds"
        sink = Gst.ElementFactory.make("fakesink")
        sink.set_property("sync", False)
        pipeline.add(sink)
        sink.sync_state_with_parent()
        decoded.add_probe(Gst.PadProbeType.BUFFER, count(kind))
        decoded.link(sink.get_static_pad("sink"))

    decoder.connect("pad-added", on_decoded)
    pipeline.add(decoder)
    decoder.sync_state_with_parent()
    pad.link(decoder.get_static_pad("sink"))


def answer_when_gathered(*_):
    if peer.get_property("ice-gathering-state") != GstWebRTC.WebRTCICEGatheringState.COMPLETE:
        return
    sections = re.split(r"(?=^m=)", peer.get_property("local-description").sdp.as_text(), flags=re.MULTILINE)
    for index, candidate in candidates:
        if candidate not in sections[index + 1]:
            sections[index + 1] += f"a={candidate}\r\n"
    say(answer="".join(sections))


def on_answer(promise, *_):
    reply = promise.get_reply()  # it owns the answer
    answer = reply.get_value("answer")
    peer.emit("set-local-description", answer, Gst.Promise.new())


def on_offer_set(*_):
    peer.emit("create-answer", None, Gst.Promise.new_with_change_func(on_answer, None, None))


def told():
    say(**counts)
    return True


def on_input(*_):
    loop.quit()
    return False


peer.connect("pad-added", on_pad)
peer.connect("on-ice-candidate", lambda _, index, candidate: candidates.append((index, candidate)))
peer.connect("notify::ice-gathering-state", answer_when_gathered)
pipeline.set_state(Gst.State.PLAYING)
_, message = GstSdp.SDPMessage.new_from_text(offer)
description = GstWebRTC.WebRTCSessionDescription.new(GstWebRTC.WebRTCSDPType.OFFER, message)
peer.emit("set-remote-description", description, Gst.Promise.new_with_change_func(on_offer_set, None, None))
GLib.timeout_add(500, told)
GLib.io_add_watch(sys.stdin, GLib.PRIORITY_DEFAULT, GLib.IOCondition.IN | GLib.IOCondition.HUP, on_input)
loop.run()
pipeline.set_state(Gst.State.NULL)
