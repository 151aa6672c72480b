"""A sound room on real PortAudio, ALSA and PulseAudio, in a process of its own; tells its events as JSON lines.

``python -m tests.media.pulled_out NAME``: microphone and loudspeaker of that name. Ends with its standard input.
"""

from __future__ import annotations

import asyncio
import sys

from media.messages import DeviceChoice, Event
from media.sound import attended
from media.sound.room import SoundRoom


async def main(name: str) -> None:
    attended.RETRY, attended.RETURN = 0.2, 0.5

    def tell(event: Event) -> None:
        print(event.model_dump_json(), flush=True)

    room = SoundRoom(asyncio.get_running_loop(), tell)
    device = DeviceChoice(kind="device", name=name)
    await room.choose(device, device)
    print("open", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await room.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
