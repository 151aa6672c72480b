"""media/descriptions.py"""

from __future__ import annotations

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection

from ground import signing
from media.descriptions import DescriptionError, fingerprint_of, is_trusted
from media.messages import SignedDescription

KEY = signing.SigningKey()
OTHER = ":".join(["AB"] * 32)


async def offer() -> str:
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    peer.addTransceiver("audio")
    peer.addTransceiver("video")
    await peer.setLocalDescription(await peer.createOffer())
    sdp = str(peer.localDescription.sdp)
    await peer.close()
    return sdp


def describe(sdp: str, fingerprint: str) -> SignedDescription:
    text = signing.description_text("s", "kiosk", fingerprint, "n")
    return SignedDescription(kind="offer", sdp=sdp, fingerprint=fingerprint, nonce="n", signature=KEY.sign(text))


def lines_of(sdp: str, mark: str) -> list[str]:
    return [line for line in sdp.splitlines() if line.startswith(mark)]


async def test_the_one_fingerprint_of_all_sections_is_found_and_trusted() -> None:
    sdp = await offer()
    fingerprint = fingerprint_of(sdp)
    assert lines_of(sdp, "a=fingerprint:sha-256")[0] == f"a=fingerprint:sha-256 {fingerprint}"
    assert is_trusted(describe(sdp, fingerprint), "s", "kiosk", KEY.public)
    assert is_trusted(describe(sdp, fingerprint.lower()), "s", "kiosk", KEY.public)


@pytest.mark.parametrize("section", [0, 1])
async def test_one_section_with_another_fingerprint_is_enough_to_refuse(section: int) -> None:
    sdp = await offer()
    fingerprint = fingerprint_of(sdp)
    head, *sections = sdp.split("m=")
    sections[section] = sections[section].replace(
        f"a=fingerprint:sha-256 {fingerprint}", f"a=fingerprint:sha-256 {OTHER}"
    )
    assert not is_trusted(describe("m=".join([head, *sections]), fingerprint), "s", "kiosk", KEY.public)


async def test_a_second_fingerprint_beside_the_signed_one_is_refused() -> None:
    sdp = await offer()
    fingerprint = fingerprint_of(sdp)
    line = f"a=fingerprint:sha-256 {fingerprint}"
    assert not is_trusted(
        describe(sdp.replace(line, f"{line}\r\na=fingerprint:sha-256 {OTHER}"), fingerprint), "s", "kiosk", KEY.public
    )


async def test_a_section_that_only_names_another_digest_is_refused() -> None:
    sdp = await offer()
    fingerprint = fingerprint_of(sdp)
    head, audio, video = sdp.split("m=")
    video = "\r\n".join(line for line in video.splitlines() if "fingerprint:sha-256" not in line) + "\r\n"
    assert not is_trusted(describe("m=".join([head, audio, video]), fingerprint), "s", "kiosk", KEY.public)


async def test_another_session_role_nonce_or_key_is_refused() -> None:
    sdp = await offer()
    good = describe(sdp, fingerprint_of(sdp))
    assert not is_trusted(good, "t", "kiosk", KEY.public)
    assert not is_trusted(good, "s", "operator", KEY.public)
    assert not is_trusted(good.model_copy(update={"nonce": "m"}), "s", "kiosk", KEY.public)
    assert not is_trusted(good, "s", "kiosk", signing.SigningKey().public)


@pytest.mark.parametrize("sdp", ["", "hello", "v=0\r\n", "m=audio 9 UDP/TLS/RTP/SAVPF 96\r\n", "a=fingerprint:x\r\n"])
def test_what_is_no_description_is_an_error_with_a_name(sdp: str) -> None:
    with pytest.raises(DescriptionError):
        fingerprint_of(sdp)
    assert not is_trusted(describe(sdp, OTHER), "s", "kiosk", KEY.public)
