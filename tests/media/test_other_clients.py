"""A stock GStreamer client (webrtcbin, RSA certificate) in a call with our engine: picture and sound both ways."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiortc.rtcdtlstransport import SRTP_PROFILES, RTCCertificate
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from OpenSSL import SSL

from ground import signing
from media import mend
from media.descriptions import fingerprint_of
from media.messages import (
    Codec,
    DeviceChoice,
    FirstFrame,
    FirstSound,
    LocalDescription,
    RemoteDescription,
    SignedDescription,
)
from tests.media.two_engines import SESSION, End

PYTHON = "/usr/bin/python3"  # GStreamer's bindings are the system's
NEEDED = (
    "import gi; gi.require_version('GstWebRTC', '1.0'); gi.require_version('Gst', '1.0');"
    "from gi.repository import Gst, GstWebRTC; Gst.init(None);"
    "missing = [n for n in ('webrtcbin', 'nicesrc', 'dtlsenc', 'srtpenc', 'vp8enc', 'vp8dec', 'opusenc', 'rtpvp8pay',"
    " 'audiotestsrc', 'decodebin',"
    " 'openh264enc', 'openh264dec', 'rtph264pay', 'h264parse') if not"
    " Gst.ElementFactory.find(n)]; assert not missing, missing"
)


def lacking() -> str:
    """Why there is no GStreamer to call; empty when there is."""
    try:
        tried = subprocess.run([PYTHON, "-c", NEEDED], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return tried.stderr.strip().rpartition("\n")[2] if tried.returncode else ""


@pytest.mark.slow
@pytest.mark.parametrize("codec", ["VP8", "H264"])
async def test_gstreamer_sees_and_hears_our_engine_and_is_seen_and_heard(codec: Codec) -> None:
    if why := await asyncio.to_thread(lacking):
        pytest.skip(f"no GStreamer with webrtcbin for {PYTHON}: {why}")
    ours, key = End("kiosk"), signing.SigningKey()
    await ours.start()
    program = Path(__file__).with_name("webrtcbin.py")
    theirs = await asyncio.create_subprocess_exec(
        PYTHON, str(program), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=2**20
    )
    assert theirs.stdin is not None
    assert theirs.stdout is not None
    try:
        ours.open(microphone=DeviceChoice(kind="generated"))
        stranger = End("operator")
        stranger.key = key
        ours.peer = stranger
        ours.silent = True  # what it says goes to GStreamer by our hand
        assert "ready" in json.loads(await theirs.stdout.readline())  # an offer waits for its answer a few seconds only
        ours.join(offerer=True, codecs=[codec])
        said = await ours.until(LocalDescription)
        assert f" {codec}/90000" in said.sdp
        theirs.stdin.write(json.dumps({"offer": said.sdp}).encode() + b"\n")
        await theirs.stdin.drain()
        counts = {"pictures": 0, "sounds": 0}
        async with asyncio.timeout(60):
            while counts["pictures"] < 20 or counts["sounds"] < 20:
                told = json.loads(await theirs.stdout.readline())
                if "answer" in told:
                    fingerprint, nonce = fingerprint_of(told["answer"]), "00" * 16
                    text = signing.description_text(SESSION, "operator", fingerprint, nonce)
                    described = SignedDescription(
                        kind="answer", sdp=told["answer"], fingerprint=fingerprint, nonce=nonce,
                        signature=key.sign(text),
                    )  # fmt: skip
                    ours.engine.send(RemoteDescription(session_id=SESSION, description=described))
                else:
                    counts = told
        await ours.until(FirstFrame)
        await ours.until(FirstSound)
    finally:
        theirs.stdin.close()
        await ours.engine.close()
        if theirs.returncode is None:
            theirs.kill()
        await theirs.wait()


def test_a_handshake_as_the_client_of_a_server_with_an_rsa_certificate() -> None:
    mend.apply()
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "stock")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1)).sign(key, hashes.SHA256())
    )  # fmt: skip
    theirs = SSL.Context(SSL.DTLS_METHOD)
    theirs.use_certificate(certificate)
    theirs.use_privatekey(key)
    client = SSL.Connection(RTCCertificate.generateCertificate()._create_ssl_context(SRTP_PROFILES))
    server = SSL.Connection(theirs)
    client.set_connect_state()
    server.set_accept_state()
    done: set[SSL.Connection] = set()
    for _ in range(12):
        for one, other in ((client, server), (server, client)):
            with contextlib.suppress(SSL.WantReadError):
                one.do_handshake()
                done.add(one)
            with contextlib.suppress(SSL.WantReadError):
                other.bio_write(one.bio_read(65_536))
    assert done == {client, server}
    assert "RSA" in (client.get_cipher_name() or "")
