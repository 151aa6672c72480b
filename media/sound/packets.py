"""Rules: what an Opus packet says of itself without being decoded (RFC 6716 sections 3.1 and 4.2.3 to 4.2.5)."""

from __future__ import annotations

RATE = 48_000
_SILK = (480, 960, 1920, 2880)  # samples of a frame by the two low bits of the configuration
_CELT = (120, 240, 480, 960)
_SHORTEST = 2  # bytes of a packet that says no more than that a pause begins or goes on


def duration(packet: bytes) -> int:
    """Samples (48 kHz) the packet stands for; 0 for what is no Opus packet."""
    if not packet:
        return 0
    frames = _frames(packet)
    return frames * _frame(packet[0]) if frames * _frame(packet[0]) <= 5760 else 0


def begins_pause(packet: bytes) -> bool:
    """Whether the sender says with it that it will be silent (discontinuous transmission)."""
    return len(packet) <= _SHORTEST


def corrects(packet: bytes) -> bool:
    """Whether it carries a copy of the sound before it (in-band forward error correction, "LBRR").

    Only packets of one mono or stereo frame up to 20 ms are looked into, which is what every voice client sends.
    """
    if len(packet) <= _SHORTEST or packet[0] & 0x80 or packet[0] & 0x03:  # CELT only, or several frames
        return False
    if _frame(packet[0]) > 960:
        return False
    # first of the SILK header: for each channel a flag for each 20 ms frame (voice activity), then the LBRR flag
    mid = bool(packet[1] & 0x40)
    return mid or bool(packet[0] & 0x04 and packet[1] & 0x10)


def speaks(packet: bytes) -> bool:
    """Whether somebody speaks in it, of the packets whose copies ``corrects`` can see: those without are noise.

    The flag of voice activity is the first bit of the SILK header.
    """
    return len(packet) > _SHORTEST and not packet[0] & 0x83 and _frame(packet[0]) <= 960 and bool(packet[1] & 0x80)


def _frame(toc: int) -> int:
    configuration = toc >> 3
    if configuration < 12:
        return _SILK[configuration & 3]
    if configuration < 16:
        return _SILK[configuration & 1]
    return _CELT[configuration & 3]


def _frames(packet: bytes) -> int:
    code = packet[0] & 3
    if code < 3:
        return 1 if code == 0 else 2
    return packet[1] & 0x3F if len(packet) > 1 else 0
