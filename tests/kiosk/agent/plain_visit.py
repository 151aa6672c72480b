"""A visit process without a window, for the tests of what keeps visits: does the real one's talk, and as it is told.

``PLAIN_VISIT`` in the environment: ``crash`` ends at Show, ``hang`` paints nothing, anything else behaves.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
from datetime import UTC, datetime
from pathlib import Path

from ground.ids import new_id
from ground.json_lines import JsonLines
from kiosk import ipc
from signaling.protocol.commands import JourneyReport, TicketTake
from signaling.protocol.journey import JourneyView, Step


async def run(fd: int) -> None:
    """Play a visit: begin at once, report a view, do what the test's control file says."""
    reader, writer = await asyncio.open_connection(sock=socket.socket(fileno=fd))
    lines = JsonLines(reader, writer, ipc.TO_VISIT)
    diary = Path(os.environ["PLAIN_DIARY"])
    painting: asyncio.Task[None] | None = None
    async for message in lines.messages():
        note(diary, message.model_dump_json())
        match message:
            case ipc.Prepare():
                (Path(os.environ["TMPDIR"]) / "personal.txt").write_text("the account of somebody")
                lines.send(ipc.Ready())
            case ipc.Show(visit_id=visit_id):
                if os.environ.get("PLAIN_VISIT") == "crash":
                    os._exit(3)
                lines.send(ipc.Shown(visit_id=visit_id, at=datetime.now(UTC)))
                lines.send(ipc.Began(visit_id=visit_id, language="ru"))
                view = JourneyView(visit_id=visit_id, number=1, step=Step.MENU, language="lv")
                lines.send(ipc.Tell(command=JourneyReport(view=view)))
                take = TicketTake(ticket_id=new_id(), visit_id=visit_id, service="other", language="lv")
                if message.resume is None:
                    lines.send(ipc.Ask(ask_id=new_id(), command=take))
                painting = asyncio.create_task(paint(lines))
            case ipc.CardPresented(uid="FINISH"):
                lines.send(ipc.Ended(visit_id=visit_id, outcome="finished"))
            case ipc.CardPresented(uid="CRASH"):
                os._exit(4)
            case ipc.Leave():
                break
    if painting is not None:
        painting.cancel()


def note(diary: Path, text: str) -> None:
    """Keep what was heard, for the test to read."""
    with diary.open("a") as file:
        file.write(f"{os.getpid()} {text}\n")


async def paint(lines: JsonLines) -> None:
    """Frames, unless told to hang."""
    frames = 0
    while True:
        frames += os.environ.get("PLAIN_VISIT") != "hang"
        lines.send(ipc.Painted(frames=frames))
        await asyncio.sleep(0.2)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--fd", type=int, required=True)
    asyncio.run(run(parser.parse_args().fd))
