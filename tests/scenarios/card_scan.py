"""Where a card number could be: in every process of a house, seen from outside, and in every file on its disks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psutil

from infomat.demo.stage import House
from payment.emulators.cards import CARDS
from tests.memory import found
from tests.payment.card_numbers import card_like, encodings

#: The card that customers of these tests hold to the terminal, in every form.
HELD = "mir"
FORMS = encodings(CARDS[HELD].number)
#: Never text: their bytes are not to be read as digits, and the forms are looked for in them all the same.
_BINARY = (".wav", ".db", ".db-wal", ".db-shm", ".book", ".png")


def ours(house: House) -> dict[str, int]:
    """Every process of the product: name -> pid."""
    people = {}
    for name, running in house.people.items():
        if name in ("terminal", "printer", "pcscd", "card"):
            continue
        root = psutil.Process(running.process.pid)
        for place, process in enumerate([root, *root.children(recursive=True)]):
            people[f"{name} {place}"] = process.pid
    return people


def in_memory(people: dict[str, int]) -> dict[str, set[str]]:
    """Who holds what; a process that has ended meanwhile holds nothing."""
    guilty = {}
    for name, pid in people.items():
        try:
            if seen := found(pid, FORMS):
                guilty[name] = seen
        except (FileNotFoundError, ProcessLookupError):
            continue
    return guilty


def disks(house: House) -> Iterator[Path]:
    """Every file that our processes wrote: data, logs, recordings. The terminal's folder is not ours."""
    for folder in (house.folder, house.folder.parent / "logs"):
        for file in folder.rglob("*"):
            terminals = house.folder / "terminal" in file.parents or file.name.startswith("terminal")
            if file.is_file() and not terminals:
                yield file


def on_disk(house: House) -> dict[str, list[str]]:
    """What is in which file: forms of the card that was held, and in texts anything that looks like a card."""
    guilty: dict[str, list[str]] = {}
    for file in disks(house):
        data = file.read_bytes()
        seen = [name for name, form in FORMS.items() if form in data]
        if not file.name.endswith(_BINARY):
            seen += [f"looks like a card: {run[:6]}…" for run in card_like(data.decode("utf-8", "replace"))]
        if seen:
            guilty[str(file)] = seen
    return guilty
