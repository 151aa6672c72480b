"""Adapter: a contactless customer card for the virtual PC/SC reader of vsmartcard (vpcd).

``python -m kiosk.devices.emulators.card --uid 04A1B2C3D4E5F6 [--port 35963]``; lines on standard input:
``insert`` lays the card down, ``remove`` takes it away, ``uid HEX`` makes it another card, ``quit`` ends.

vpcd's frames are a 2-byte big-endian length and the payload; a payload of one byte is a control of the reader
(0 off, 1 on, 2 reset, 4 tell the ATR), a longer one an APDU (payments.md 5). A closed socket is a removed card.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import struct
import sys

#: A contactless storage card, Mifare Classic 1K (PC/SC part 3, 3.1.3.2.3.1).
ATR = bytes.fromhex("3B8F8001804F0CA000000306030001000000006A")
_TELL_ATR = 4
_GET_UID = bytes.fromhex("FFCA000000")
_UNKNOWN = bytes.fromhex("6D00")


def answer(uid: bytes, asked: bytes) -> bytes | None:
    """What the card says to a frame of the reader; None for a control that wants no answer."""
    if len(asked) == 1:
        return ATR if asked[0] == _TELL_ATR else None
    return uid + b"\x90\x00" if asked[:5] == _GET_UID else _UNKNOWN


class Card:
    """A card that can be laid down and taken away."""

    def __init__(self, uid: bytes, host: str, port: int) -> None:
        self.uid, self._host, self._port = uid, host, port
        self._lying: asyncio.Task[None] | None = None

    async def insert(self) -> None:
        """Lay it on the reader; raises OSError when no reader listens."""
        await self.remove()
        reader, writer = await asyncio.open_connection(self._host, self._port)
        self._lying = asyncio.create_task(self._lie(reader, writer))

    async def remove(self) -> None:
        """Take it away; nothing happens when it does not lie there."""
        if self._lying is not None:
            self._lying.cancel()
            await asyncio.gather(self._lying, return_exceptions=True)
            self._lying = None

    async def _lie(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                (length,) = struct.unpack(">H", await reader.readexactly(2))
                said = answer(self.uid, await reader.readexactly(length))
                if said is not None:
                    writer.write(struct.pack(">H", len(said)) + said)
                    await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return  # the reader itself went away
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


async def play(card: Card) -> None:
    """Do what standard input says until it ends; each line is answered on standard output."""
    loop = asyncio.get_running_loop()
    print("ready", json.dumps({"uid": card.uid.hex().upper()}), flush=True)
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        word, _, rest = line.strip().partition(" ")
        try:
            match word:
                case "insert":
                    await card.insert()
                case "remove":
                    await card.remove()
                case "uid":
                    card.uid = bytes.fromhex(rest)
                case "quit":
                    break
                case _:
                    raise ValueError(f"no such word: {word}")
        except (OSError, ValueError) as error:
            print("failed", error, flush=True)
        else:
            print("done", word, flush=True)
    await card.remove()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="A customer card for the virtual reader vpcd.")
    parser.add_argument("--uid", type=bytes.fromhex, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=35963)
    told = parser.parse_args()
    asyncio.run(play(Card(told.uid, told.host, told.port)))


if __name__ == "__main__":
    main()
