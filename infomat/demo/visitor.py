"""Wiring: the visitor script. A customer at the kiosk and an operator at the console, by real input events."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from pathlib import Path

import psutil

from infomat.demo.actors import Clerk, Customer, part
from infomat.demo.finger import Finger, Seen
from infomat.demo.report import Report
from infomat.demo.stage import ACCOUNT, House

_WRONG_ACCOUNT = ACCOUNT[:-1] + "8"
# What is on every keyboard, and needs no translation.
_NOTE = "T1 = 034380, T2 = 012790: OK"
_TABLES = {
    "events (newest 40)": "SELECT number, at, kind, body FROM event_log ORDER BY number DESC LIMIT 40",
    "purchases": "SELECT * FROM purchases ORDER BY rowid DESC LIMIT 5",
    "sessions": "SELECT * FROM sessions ORDER BY rowid DESC LIMIT 5",
    "tickets": "SELECT * FROM tickets ORDER BY rowid DESC LIMIT 5",
}


class Visitor:
    """Walks the whole visit and writes the report."""

    def __init__(self, house: House, folder: Path, began: float) -> None:
        self._house, self._began = house, began
        self._report = Report(folder, house.screen)
        self._kiosk = Finger(house.screen, house.kiosk_probe)
        self._console = Finger(house.screen, house.console_probe)
        self._customer, self._clerk = Customer(self._kiosk), Clerk(self._console)
        self._visit_began = time.monotonic()
        self._printed = len(house.sheets())

    async def walk(self) -> Path:
        """The visit from sign-in to goodbye; returns the report's page. Raises NotSeen where it stops."""
        try:
            await self._attract()
            await self._operator_signs_in()
            await self._language_and_wrong_account()
            await self._reading()
            await self._payment()
            await self._line_and_call()
            await self._together()
            await self._end_and_rating()
            await self._next_visit()
        except BaseException:
            self._report.step("Here the visit stopped", "see the logs", self._at())
            self._report.write()
            raise
        self._afterwards()
        return self._report.write()

    # --- the visit ---

    async def _attract(self) -> None:
        await self._customer.on("attract", 30)
        self._report.took("start of everything to the attract screen", time.monotonic() - self._began)
        await self._settled()
        await self._load("idle")
        self._visit_began = time.monotonic()
        self._step("The kiosk invites", "The operator has not signed in yet.")

    async def _operator_signs_in(self) -> None:
        await self._clerk.try_password("not-my-password")
        await self._clerk.sees(lambda s: bool((s.item("sign_in.problem") or {}).get("text")), "a kind refusal")
        self._step("The operator mistypes the password", "It says what to do; nothing is lost.")
        await self._clerk.sign_in()
        await self._clerk.be_available()
        self._step("The operator is available", "Nobody waits yet.")

    async def _language_and_wrong_account(self) -> None:
        await self._customer.begin()
        self._step("How can we help?", "The human help is the largest thing and tells the wait before it is asked.")
        for language in ("lv", "en", "ru"):
            await self._kiosk.touch(f"language.{language}")
            await self._customer.sees(partial(_speaks, language), f"the menu in {language}")
            if language != "ru":
                self._step(f"The same in {language}", "One touch changes the language from any screen.")
        await self._kiosk.touch("service.readings")
        await self._customer.identify(_WRONG_ACCOUNT)
        await self._customer.sees(lambda s: s.item("notice") is not None, "a kind word about the number")
        self._step("A wrong account number", "The digits stay, to be corrected.")
        await self._kiosk.touch("key.back")
        await self._customer.identify(ACCOUNT[-1])
        await self._customer.on("reading")

    async def _reading(self) -> None:
        self._step("A meter reading, day zone", "The last value and the usual amount stand beside it.")
        await self._customer.digits("034380")
        await self._kiosk.touch("confirm")
        await self._customer.sees(lambda s: part(s, "reading", "zone") == "T2", "the night zone")
        await self._customer.digits("014285")
        await self._kiosk.touch("confirm")
        await self._customer.sees(lambda s: bool(part(s, "reading", "needs_confirmation")), "the warning")
        self._step("Much more than usual", "The consequence in kWh and money, and what may be wrong.")
        await self._kiosk.touch("key.clear")
        await self._customer.digits("012790")
        sent = await self._kiosk.touch("confirm")
        await self._customer.on("reading_done")
        self._report.took("reading: last touch to the reference", time.monotonic() - sent)
        self._step("The reading is accepted", "With a reference.")

    async def _payment(self) -> None:
        asked = await self._customer.ask_to_pay()
        self._report.took("payment: touch to the terminal asking for a card", time.monotonic() - asked)
        self._step(
            "The terminal asks for a card",
            "The PIN is typed on the terminal alone; in a call the pictures would be stilled.",
        )
        await self._house.control(card="tap")
        tapped = time.monotonic()
        await self._customer.on("paid")
        self._report.took("payment: card tapped to paid", time.monotonic() - tapped)
        await self._customer.phase("posted")
        self._report.took("payment: card tapped to posted in billing", time.monotonic() - tapped)
        await self._paper()
        self._report.took("payment: card tapped to the slip in the hand", time.monotonic() - tapped)
        await self._customer.sees(lambda s: part(s, "payment", "slip") == "printed", "that the slip is out")
        self._step("Paid", "On the account, with a reference, and a slip that the printer has confirmed.")

    async def _line_and_call(self) -> None:
        touched = await self._customer.talk()
        self._report.took("talk: touch to the ticket", time.monotonic() - touched)
        await self._clerk.sees(lambda s: s.item("offer") is not None, "the offered ticket")
        self._report.took("talk: touch to the offer at the operator", time.monotonic() - touched)
        await self._paper()
        self._step("A number, and an offer", "The operator sees who, where, and how long they have waited.")
        accepted = await self._console.press("Return")
        await asyncio.gather(
            self._until_live(self._kiosk, "kiosk", accepted), self._until_live(self._console, "console", accepted)
        )
        await asyncio.sleep(2)
        self._step("The conversation", "The face first; what the customer did a minute ago is on the desk.")
        await self._frames()
        await self._load("call")

    async def _together(self) -> None:
        await self._console.press("F7")
        await self._kiosk.touch("permit")
        await self._customer.sees(lambda s: s.state.get("permission") == "granted", "the permission")
        self._step("Shall I help to fill it in?", "One touch permits it; the operator sees the same step.")
        await self._console.into("note.text")
        await self._console.type(_NOTE)
        await self._clerk.sees(lambda s: bool((s.item("note.saved") or {}).get("text")), "the note saved")

    async def _end_and_rating(self) -> None:
        ended = await self._clerk.end()
        await self._customer.on("rating")
        self._report.took("end: key to the rating screen", time.monotonic() - ended)
        self._step("How was it?", "The operator has time for the paper work, with a clock.")
        await self._kiosk.touch("star.5")
        await self._customer.on("goodbye")
        seen = await self._kiosk.see()
        self._report.receipt = str((seen.item("qr") or {}).get("text", ""))
        self._step("Goodbye", "Every reference of the visit, also as a QR code.")
        await self._clerk.finish()

    async def _next_visit(self) -> None:
        old = (await self._kiosk.see()).state.get("visit_id")
        finished = await self._kiosk.touch("finish")
        await self._customer.sees(
            lambda s: s.state.get("step") == "attract" and s.state.get("visit_id") != old, "the next visit's screen"
        )
        self._report.took("visit change: touch to the spare's attract screen", time.monotonic() - finished)
        self._step("Ready for the next", "The visit's process is gone, with everything personal.")

    # --- eyes and hands ---

    async def _paper(self) -> None:
        """Take the next sheet out of the printer. Raises TimeoutError."""
        async with asyncio.timeout(20):
            while len(self._house.sheets()) <= self._printed:
                await asyncio.sleep(0.02)
        self._printed += 1
        self._report.paper(self._house.paper / f"{self._printed:04}.png")

    def _at(self) -> float:
        return time.monotonic() - self._visit_began

    def _step(self, title: str, told: str) -> None:
        self._report.step(title, told, self._at())

    async def _until_live(self, finger: Finger, end: str, accepted: float) -> None:
        """One look tells both: each costs the window, and the machine, a moment of what is measured."""
        first: dict[str, float] = {}

        def live(seen: Seen) -> bool:
            told = {"frame": int(seen.state.get("remote_frames", 0)) > 0, "sound": bool(seen.state.get("sound_heard"))}
            for what in (what for what, there in told.items() if there):
                first.setdefault(what, time.monotonic() - accepted)
            return len(first) == len(told)

        await finger.wait(live, f"sound and picture at the {end}")
        for what, seconds in first.items():
            self._report.took(f"call: accept to the first {what} at the {end}", seconds)

    async def _frames(self) -> None:
        """Pictures a second painted from the other end, over four seconds."""
        before = {f: (await f.see()).state.get("remote_frames", 0) for f in (self._kiosk, self._console)}
        began = time.monotonic()
        await asyncio.sleep(4)
        for finger, name in ((self._kiosk, "kiosk"), (self._console, "console")):
            seen = (await finger.see()).state.get("remote_frames", 0) - before[finger]
            self._report.figures[f"frames a second at the {name}"] = f"{seen / (time.monotonic() - began):.1f}"

    async def _settled(self) -> None:
        """Engines and the spare start after the windows; what idling costs is seen when all of them are there."""
        wanted = {"kiosk": 4, "console": 1}  # two visits with an engine each; one engine
        async with asyncio.timeout(30):
            for name, count in wanted.items():
                process = psutil.Process(self._house.people[name].pid)
                while len(process.children(recursive=True)) < count:
                    await asyncio.sleep(0.1)
        await asyncio.sleep(2)  # the last engine loads its libraries

    async def _load(self, when: str) -> None:
        """Memory and processor share of every process of the house, over two seconds."""
        found = {}
        for running in self._house.processes.running:
            root = psutil.Process(running.pid)
            for process in (root, *root.children(recursive=True)):
                words = " ".join(process.cmdline())
                kind = next((k for k in ("media.engine", "kiosk.visit") if k in words), "")
                found[process.pid] = (process, f"{running.name}{' / ' + kind if kind else ''}")
                process.cpu_percent()
        await asyncio.sleep(2)
        for pid, (process, name) in found.items():
            try:
                line = f"{process.cpu_percent():.0f} % of a core, {process.memory_info().rss / 2**20:.0f} MiB"
            except psutil.NoSuchProcess:
                continue
            self._report.figures[f"{when}: {name} ({pid})"] = line

    def _afterwards(self) -> None:
        self._report.database("server", self._house.server_folder / "infomat.db", _TABLES)


def _speaks(language: str, seen: Seen) -> bool:
    return bool(seen.state.get("language") == language)
