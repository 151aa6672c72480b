"""A visit process without a window, for the tests of what keeps visits: does the real one's talk, and as it is told.

It imports nothing of ours, so that it starts in a moment. ``PLAIN_DIARY`` names the file in which it keeps what
it heard. A card ``FINISH`` ends the visit, and the next person touches the screen at once; ``CRASH`` ends the process.
"""

import asyncio
import json
import os
import socket
import sys
import uuid
from pathlib import Path
from typing import Any


async def run(fd: int) -> None:
    """Play a visit: begin at once, report a view, take a ticket, paint until told otherwise."""
    reader, writer = await asyncio.open_connection(sock=socket.socket(fileno=fd))

    def send(kind: str, **fields: Any) -> None:
        writer.write(json.dumps({"type": kind, **fields}).encode() + b"\n")

    diary = Path(os.environ["PLAIN_DIARY"])
    painting: asyncio.Task[None] | None = None
    visit_id = ""
    while line := await reader.readline():
        message = json.loads(line)
        note(diary, line.decode())
        match message["type"]:
            case "prepare":
                (Path(os.environ["TMPDIR"]) / "personal.txt").write_text("the account of somebody")
                send("ready")
            case "show":
                visit_id = message["visit_id"]
                send("shown", visit_id=visit_id, at="2026-11-21T10:00:00Z")
                send("began", visit_id=visit_id, language="ru")
                view = {"visit_id": visit_id, "number": 1, "step": "menu", "language": "lv"}
                send("tell", command={"type": "journey.report", "view": view})
                if message["resume"] is None:
                    take = {"ticket_id": str(uuid.uuid4()), "visit_id": visit_id, "service": "other", "language": "lv"}
                    send("ask", ask_id=str(uuid.uuid4()), command={"type": "ticket.take", **take})
                painting = asyncio.create_task(paint(send))
            case "card" if message["uid"] == "FINISH":
                send("ended", visit_id=visit_id, outcome="finished")
                send("touched", intent={"type": "touch"})
            case "card" if message["uid"] == "CRASH":
                os._exit(4)
            case "leave":
                break
    if painting is not None:
        painting.cancel()


def note(diary: Path, text: str) -> None:
    """Keep what was heard, for the test to read."""
    with diary.open("a") as file:
        file.write(f"{os.getpid()} {text}")


async def paint(send: Any) -> None:
    """A new frame five times a second."""
    frames = 0
    while True:
        frames += 1
        send("painted", frames=frames)
        await asyncio.sleep(0.2)


if __name__ == "__main__":
    asyncio.run(run(int(sys.argv[sys.argv.index("--fd") + 1])))
