"""Adapter: whether a session description may be trusted: signed by the peer, and about the key that was signed."""

from __future__ import annotations

from aiortc.rtcdtlstransport import RTCDtlsParameters
from aiortc.sdp import SessionDescription

from ground import signing
from media.errors import MediaError
from media.messages import SignedDescription

ALGORITHM = "sha-256"


class DescriptionError(MediaError):
    """The text is not a session description, or has no fingerprint."""

    code = "media.description"


def fingerprint_of(sdp: str) -> str:
    """The one sha-256 fingerprint of every part of a description (RFC 8122), as ``AA:BB:...``, upper case.

    Every media section is looked at as aiortc will see it, because a section's own fingerprint counts for it;
    raises DescriptionError when one has none, or two differ.
    """
    try:
        media = SessionDescription.parse(sdp).media
        found = {tuple(_fingerprints(section.dtls)) for section in media}
    except (ValueError, AttributeError, IndexError, KeyError, AssertionError, TypeError) as error:
        raise DescriptionError(f"not a session description: {error}") from error
    if len(found) != 1 or len(set(next(iter(found)))) != 1:
        raise DescriptionError("not one fingerprint for all parts")
    return next(iter(found))[0]


def _fingerprints(dtls: RTCDtlsParameters | None) -> list[str]:
    given = [] if dtls is None else dtls.fingerprints
    return [f.value.upper() for f in given if f.algorithm.lower() == ALGORITHM]


def is_trusted(description: SignedDescription, session_id: str, peer_role: str, peer_public_key: str) -> bool:
    """Whether the peer signed this description's key for this session in this role."""
    text = signing.description_text(session_id, peer_role, description.fingerprint, description.nonce)
    if not signing.signature_holds(peer_public_key, text, description.signature):
        return False
    try:
        return fingerprint_of(description.sdp).upper() == description.fingerprint.upper()
    except DescriptionError:
        return False
