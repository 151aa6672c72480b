"""A call's sound and picture: an engine process per window, its messages, and rings of pictures to paint.

A window (kiosk visit or console) uses three modules and nothing else of this package::

    from media.client import MediaProcess            # the engine as a child process (Port: Media, for fakes)
    from media import messages as m                  # what is said to it and what it tells
    from media.ring import Frame                     # a picture: number, width, height, pixels, taken_at, written_at

    engine = await MediaProcess.start(on_event=self.on_media, rings={"remote": (1280, 720), "local": (320, 180)})
    engine.send(m.Open(camera=m.DeviceChoice(kind="generated", label="kiosk 7")))   # pre-warm, long before a call;
    ...                                               # listening="headset" where no loudspeaker makes an echo
    ...
    # accepted: both windows say Join, the offerer's engine answers with LocalDescription
    engine.send(m.Join(session_id=session, role="kiosk", offerer=True,
                       peer_public_key=operator_key, peer_role="operator"))

    def on_media(self, event):                        # called in this loop
        match event:
            case m.LocalDescription():                # sign it, send it to the other window by the link
                text = description_text(event.session_id, "kiosk", event.fingerprint, event.nonce)   # ground.signing
                self.link.send(kind=event.kind, sdp=event.sdp, fingerprint=event.fingerprint,
                               nonce=event.nonce, signature=self.key.sign(text))
            case m.State(state="live"): ...           # connecting live reconnecting lost closed refused, with reason
            case m.EngineDied():                      # within a second; the rings stay. Then Open and Join again
                asyncio.ensure_future(engine.restart())

    # what the link brings from the other window
    engine.send(m.RemoteDescription(session_id=session, description=m.SignedDescription(
        kind="answer", sdp=..., fingerprint=..., nonce=..., signature=...)))

    # each display frame: the newest picture, or None when there is none newer than the one shown
    frame = engine.remote.latest(after=self.shown)
    if frame is not None:
        self.shown = frame.number
        image = QImage(frame.pixels, frame.width, frame.height, frame.width * 4, QImage.Format.Format_RGB32)
        # no copy: paint it before the next call of latest()

    engine.send(m.Size(ring="remote", width=960, height=540))     # the box it is shown in; shape is kept
    engine.send(m.Still(on=True))    # card terminal active; wait for StillShown(on=True) before asking for a card
    engine.send(m.Mute(audio=True, video=False))
    engine.send(m.Share(what=m.DeviceChoice(kind="page", path=page)))   # or "screen"; None: the camera
    engine.send(m.Cue(name="touch", volume=0.5))                  # touch, call, done
    engine.send(m.CheckSound(volume=0.15))                        # between calls: SoundChecked, was the chirp heard?
    engine.send(m.Leave(session_id=session))
    await engine.close()

Commands may be sent at once after ``start``: they are done when the engine is Ready, Open in one lane, Join,
RemoteDescription and Leave in another, all others at once. A broken path is mended by the engine: it looks for
another after a second, and after two the offerer's makes a fresh offer, which goes the same way; State says what a
person should know. Join said again for the session makes the same happen. What plays is kept until the fresh
connection does. A lost camera, microphone or loudspeaker (DeviceLost, DeviceBack) ends nothing. With ``spare=True``
an engine that dies in a call is replaced at once by ``restart``. ``media.estimate`` sums Quality up in a word.
``media.devices`` lists what can be chosen. Measured figures: ``./dev bench call``.
"""
