"""Adapter: one WebRTC connection (aiortc) of a session: our tracks out, theirs to screen and loudspeaker."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from typing import Any, Literal

from aiortc import RTCConfiguration, RTCIceServer, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from aiortc.rtcconfiguration import RTCBundlePolicy
from aiortc.rtcrtpsender import RTCRtpSender

from media.engine.figures import Counts, Freezes
from media.engine.paths import PathConnection
from media.engine.relays import LentServer
from media.messages import Codec, IceServer
from media.picture.encoders import VP8, can_code
from media.picture.sender import PictureSender
from media.sound import mended
from media.sound.voice import Voice
from media.topology import Studio

CLOSE_WITHIN = 2.0  # seconds; a dead path answers nothing


class Connection:
    """A peer connection.

    ``first`` is called with "audio" and "video" when the first of each was decoded, ``gone`` when the other end has
    closed it or no path was found, ``back`` when packets come again after a silence.
    """

    def __init__(
        self,
        studio: Studio,
        ice_servers: list[IceServer],
        first: Callable[[str], None],
        gone: Callable[[], None],
        back: Callable[[], None] = lambda: None,
        codecs: Sequence[Codec] = ("VP8",),
    ) -> None:
        #: MIME types of pictures in the order of preference, those that can be coded here
        self._kinds = [kind for kind in (f"video/{name}".lower() for name in codecs) if can_code(kind)] or [VP8]
        self._studio, self._first, self._gone, self._back = studio, first, gone, back
        self._pictures, self._voice = studio.picture_track(), studio.voice_track()
        self._incoming: dict[str, Any] = {}
        self._heard: Voice | None = None
        self._freezes = Freezes()
        self._readers: list[asyncio.Task[None]] = []
        servers: list[RTCIceServer] = [
            LentServer(s.urls, s.username or None, s.credential or None, authority=s.authority) for s in ice_servers
        ]
        self._peer = RTCPeerConnection(RTCConfiguration(iceServers=servers, bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
        self._peer.on("track", self._on_track)
        self._peer.on("connectionstatechange", self._on_state)

    async def offer(self) -> str:
        """Our offer, with all candidates."""
        self._add("audio", "video")
        await self._peer.setLocalDescription(await self._peer.createOffer())
        return str(self._peer.localDescription.sdp)

    async def answer(self, sdp: str) -> str:
        """Take an offer in; our answer, with all candidates."""
        self._add(*[line[2:].split(" ", 1)[0] for line in sdp.splitlines() if line.startswith("m=")])
        await self._take("offer", sdp)
        await self._peer.setLocalDescription(await self._peer.createAnswer())
        return str(self._peer.localDescription.sdp)

    async def accept(self, sdp: str) -> None:
        """Take the answer to our offer in."""
        await self._take("answer", sdp)

    @property
    def awaits_answer(self) -> bool:
        """Whether an offer of ours is open."""
        return bool(self._peer.signalingState == "have-local-offer")

    @property
    def established(self) -> bool:
        """Whether media can be on its way: a path was found and the handshake is over."""
        return bool(self._peer.connectionState == "connected")

    async def counts(self) -> Counts:
        """All counters as they are now."""
        found = Counts.of(
            (await self._peer.getStats()).values(),
            frames_out=self._pictures.sent,
            frames_in=self._decoded("video"),
            frames_dropped=getattr(self._incoming.get("video"), "dropped", 0),
            freezes=self._freezes.count,
            frozen=self._freezes.seconds(time.monotonic()),
            cpu=time.process_time(),
            way=self.way,
            asked_again=self._asked_again(),
            **self._sending(),
            **({} if self._heard is None else self._heard.counts()),
        )
        self._care(found.loss_out)
        return found

    async def find_paths(self) -> None:
        """Look for another way for the packets; what is sent and heard goes on."""
        if (path := self._path()) is not None:
            await path.find_paths()

    @property
    def way(self) -> str:
        """Kinds of the two candidates in use, as ``host>relay``; empty while there is no path."""
        path = self._path()
        return "" if path is None else path.way

    def _care(self, lost: float | None) -> None:
        """Pictures tell of the link what a voice cannot that goes twice, and so is whole."""
        losses, room = [] if lost is None else [lost], None
        if (sender := self._pictures_sender()) is not None:
            room = sender.room
            losses += [] if sender.lost is None else [sender.lost]
        if losses:
            self._voice.reported(max(losses), room)

    def _sending(self) -> dict[str, Any]:
        if (sender := self._pictures_sender()) is None:
            return {}
        now = sender.sending
        return {
            "width": now.width, "height": now.height, "limit": now.limit, "codec": now.codec,
            "keyframes": now.keyframes,
        }  # fmt: skip

    def _pictures_sender(self) -> PictureSender | None:
        return next((one for one in self._peer.getSenders() if isinstance(one, PictureSender)), None)

    def _asked_again(self) -> int:
        askings = (getattr(t.receiver, "asking", None) for t in self._peer.getTransceivers())
        return sum(asking.asked for asking in askings if asking is not None)

    def hush(self) -> None:
        """Play nothing more, at once: another connection does."""
        self._peer.remove_all_listeners()
        for reader in self._readers:
            reader.cancel()

    async def close(self) -> None:
        """End it; the other end is told by DTLS."""
        self.hush()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_WITHIN):
                await self._peer.close()
        for track in (self._voice, self._pictures):
            track.stop()

    def _path(self) -> PathConnection | None:
        transceivers = self._peer.getTransceivers()
        path = transceivers[0].receiver.transport.transport._connection if transceivers else None
        return path if isinstance(path, PathConnection) else None

    def _returned(self) -> None:
        """What the other end missed cannot be shown without a keyframe: ours goes before it asks for one."""
        for sender in self._peer.getSenders():
            if sender.kind == "video":
                sender._send_keyframe()
        self._back()

    async def _take(self, kind: Literal["offer", "answer"], sdp: str) -> None:
        self._voice.follow(sdp)
        if (sender := self._pictures_sender()) is not None:
            sender.told = sdp
        await self._peer.setRemoteDescription(RTCSessionDescription(sdp=sdp, type=kind))

    def _add(self, *kinds: str) -> None:
        """Our tracks, before any description is taken in, so that an answer too offers nothing but what we want.

        In the order of the offer: aiortc bundles into the connection of its own first track, the other end into
        that of the offer's first section, and they must be the same. Only the codecs we are tuned for are named;
        every WebRTC client has Opus and VP8 (RFC 7742, RFC 7874).
        """
        tracks = {"audio": self._voice, "video": self._pictures}
        for kind in kinds:
            if kind in tracks:
                self._peer.addTrack(tracks.pop(kind))
        for transceiver in self._peer.getTransceivers():
            wanted = ["audio/opus"] if transceiver.kind == "audio" else [*self._kinds, "video/rtx"]
            known = RTCRtpSender.getCapabilities(transceiver.kind).codecs
            # of H.264's profiles the constrained one (42e0) before the plain baseline (4200)
            known.sort(key=lambda codec: str(codec.parameters.get("profile-level-id", "")), reverse=True)
            transceiver.setCodecPreferences([c for kind in wanted for c in known if c.mimeType.lower() == kind])
        if (sender := self._pictures_sender()) is not None:
            sender.prepare(self._kinds[0])
        if (path := self._path()) is not None:
            path.on_return = self._returned

    def _decoded(self, kind: str) -> int:
        return int(getattr(self._incoming.get(kind), "decoded", 0))

    def _on_track(self, track: Any) -> None:
        self._incoming[track.kind] = track
        read = self._show if track.kind == "video" else self._hear
        self._readers.append(asyncio.create_task(read(track), name=f"remote {track.kind}"))

    def _on_state(self) -> None:
        if self._peer.connectionState in ("closed", "failed"):
            self._gone()

    async def _show(self, track: Any) -> None:
        with contextlib.suppress(MediaStreamError):
            while True:
                frame = await track.recv()
                if track.decoded == 1:
                    self._first("video")
                self._freezes.shown(time.monotonic(), frame.time)
                await self._studio.show(frame, time.monotonic())

    async def _hear(self, track: Any) -> None:
        """Its packets go to a voice that the loudspeaker asks; of the track itself nothing but its end is read."""
        loop = asyncio.get_running_loop()
        voice = self._heard = mended.voice_of(self._peer, track)
        voice.on_first = lambda: loop.call_soon_threadsafe(self._first, "audio")
        self._studio.hear(voice)
        try:
            with contextlib.suppress(MediaStreamError):
                while True:
                    await track.recv()
        finally:
            self._studio.hush(voice)
