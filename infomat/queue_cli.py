"""Adapter: ``infomat queue``: whoever doubts the queue lets its log prove what it did."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from ground.errors import InfomatError
from infomat.folders import SERVER
from infomat.staff_cli import Database, config_of

#: What somebody may type between groups of signs.
_BETWEEN = r"[\s\-\u2010-\u2015\u2212]"

queue_app = typer.Typer(help="The queue's proof: was everybody called by the rules, and why before me.")

Log = Annotated[str, typer.Argument(help="A server's folder, its database (file or URL), or an exported log.")]
LogOption = Annotated[str, typer.Option("--log", help="A server's folder, its database, or an exported log.")]


class NoProof(InfomatError):
    """What was typed cannot be what a ticket carries."""

    code = "queue.no_proof"


def _latin(text: str) -> str:
    """In capitals; letters that look alike are those of numbers, whatever keyboard they came from."""
    from equeue.settings import TWIN_LETTERS

    return text.upper().translate(str.maketrans("АВСЕНКМОРТХ", TWIN_LETTERS))


def _typed_proof(text: str) -> str:
    """A proof as somebody reads it from a ticket and types it: in groups, in any case, on any keyboard."""
    from signaling.server.queue_log import ON_TICKET

    proof = re.sub(_BETWEEN, "", _latin(text)).lower()
    if len(proof) < ON_TICKET or set(proof) - set("0123456789abcdef"):
        raise NoProof(
            f"{text!r} is no proof: a ticket carries {ON_TICKET} signs, each 0 to 9 or A to F, "
            f"such as 3F2A-91BC-04DE; look whether one is missing"
        )
    return proof


def _typed_number(text: str) -> str:
    """A ticket's number the same way; what is no number may be an id, and stays."""
    number = re.fullmatch(rf"([A-Z]{{1,2}}){_BETWEEN}+([0-9]{{1,9}})", _latin(text.strip()))
    return f"{number[1]}-{int(number[2]):03d}" if number else text.strip()


@queue_app.command()
def verify(
    log: Log = str(SERVER),
    ticket_proof: Annotated[
        list[str] | None, typer.Option("--proof", help="The proof a ticket carries; may be repeated.")
    ] = None,
    days: Annotated[
        Path | None, typer.Option(help="A copy of the server's queue-days.jsonl, kept elsewhere since.")
    ] = None,
    key: Annotated[
        str | None, typer.Option(help="The only key that may have signed days, as it was published.")
    ] = None,
) -> None:
    """Replay a log, and say that everything follows from the rules, or name the first entry that does not."""
    from dataclasses import replace

    from signaling.server.day_signer import signed_days
    from signaling.server.queue_evidence import NoLog, evidence
    from signaling.server.queue_proof import verify as verify_log
    from signaling.server.queue_runner import DEFAULT_SETTINGS

    proofs = [_typed_proof(one) for one in ticket_proof or ()]
    if days is not None and not days.is_file():
        raise NoLog(f"there is no file {days}")
    with evidence(log) as found:
        kept = replace(found, days=(*found.days, *(signed_days(days) if days else ())))
        verdict = verify_log(kept, DEFAULT_SETTINGS, proofs, key)
    if verdict.fault is not None:
        print(f"entry {verdict.fault.number} does not follow ({verdict.fault.kind}): {verdict.fault.sentence}")
        print(f"until there: {verdict.entries} entries, {verdict.assignments} assignments follow from the rules")
        raise typer.Exit(1)
    print(f"everything follows: {verdict.entries} entries, {verdict.events} of them of the queue,")
    print(f"{verdict.assignments} assignments as the rules make them; head {verdict.head}")
    if verdict.days:
        print(f"{verdict.days} days are signed, by {' and '.join(verdict.keys)}")
    if verdict.unrecorded:
        print(f"{verdict.unrecorded} events were logged by a release that did not record what it told")


@queue_app.command()
def why(
    ticket: Annotated[str, typer.Argument(help="The ticket's number, such as A-027 (the newest), or its id.")],
    log: LogOption = str(SERVER),
    whole: Annotated[bool, typer.Option("--whole", help="Verify the log from its beginning, not that day's.")] = False,
) -> None:
    """Why each one who was called before this ticket was, in a sentence; only from a log that holds."""
    from signaling.server.lately import lately_at
    from signaling.server.queue_evidence import evidence
    from signaling.server.queue_proof import called_before
    from signaling.server.queue_proof import verify as verify_log
    from signaling.server.queue_runner import DEFAULT_SETTINGS

    ticket = _typed_number(ticket)
    found = None if whole else lately_at(log, ticket)
    if found is not None:
        fault, before = found.fault, list(found.before)
    else:
        with evidence(log) as all_of_it:
            verdict = verify_log(all_of_it, DEFAULT_SETTINGS)
        fault, before = verdict.fault, []
        if fault is None:
            with evidence(log) as again:
                before = called_before(again.rows, DEFAULT_SETTINGS, verdict.numbers.get(ticket, ticket))
    if fault is not None:
        print(f"the log cannot be believed: entry {fault.number}: {fault.sentence}")
        raise typer.Exit(1)
    for one in before:
        print(f"{one.at:%Y-%m-%d %H:%M:%S} UTC  {one.sentence}")
    if not before:
        print(f"nobody was called before {ticket} while it waited")
    if found is not None:
        print(f"The log holds from entry {found.since} on, where the server kept its queue; --whole verifies it all.")


@queue_app.command()
def settings(
    file: Annotated[Path, typer.Argument(help="Settings of the queue, TOML.")],
) -> None:
    """Look whether a settings file can be followed; a running server follows its own by itself."""
    from equeue.errors import SettingsError
    from signaling.server.queue_settings import settings_in

    try:
        settings_in(file)
    except (OSError, UnicodeDecodeError, SettingsError) as error:
        print(f"{file}: {error}")
        raise typer.Exit(1) from error
    print(f"{file} can be followed")


@queue_app.command()
def source(
    name: Annotated[str, typer.Argument(help="Who will ask for call-backs, such as site or phone-menu.")],
    folder: Annotated[Path, typer.Option(help="The server's folder.")] = SERVER,
    retire: Annotated[bool, typer.Option("--retire", help="No token of this name holds any more.")] = False,
    database: Database = None,
) -> None:
    """A token with which a site or a phone menu may ask for call-backs; it is shown once."""
    from signaling.server.administration import add_source, retire_source

    if retire:
        retire_source(config_of(folder, database), name)
        print(f"no token of {name} holds any more")
    else:
        print(add_source(config_of(folder, database), name))


@queue_app.command("door-sheet")
def door_sheet(
    kiosk: Annotated[str, typer.Argument(help="The kiosk's name or id.")],
    address: Annotated[str, typer.Option(help="How phones reach the server: https://name, with a port if it has one.")],
    language: Annotated[str, typer.Option(help="ru, lv or en.")] = "ru",
    company: Annotated[str, typer.Option(help="What the sheet calls us.")] = "Infomat",
    phone: Annotated[str, typer.Option(help="Whom to call when something does not work.")] = "",
    folder: Annotated[Path, typer.Option(help="The server's folder.")] = SERVER,
    out: Annotated[Path, typer.Option(help="The PDF to write.")] = Path("door.pdf"),
) -> None:
    """A sheet of A4 for the kiosk's door: its QR code, the address in plain letters, three plain steps."""
    from assets.words import LANGUAGES
    from signaling.server.door_sheet import DoorSheet
    from signaling.server.door_sheet import door_sheet as drawn
    from signaling.server.kiosk_doors import door_of

    if language not in LANGUAGES:
        raise typer.BadParameter(f"one of {', '.join(LANGUAGES)}", param_hint="--language")
    if not address.startswith("https://"):
        raise typer.BadParameter("begin with https://", param_hint="--address")
    door = door_of(folder, kiosk)
    page = f"{address.rstrip('/')}{door.path}"
    out.write_bytes(drawn(DoorSheet(company, door.name, door.place, page, language, phone)))
    print(f"{out}: {page}")


@queue_app.command("read-ahead")
def read_ahead(
    folder: Annotated[Path, typer.Option(help="The server's folder.")] = SERVER,
    database: Database = None,
) -> None:
    """Before an update, with the new release, beside the running server: its first start then takes a moment."""
    from signaling.server.read_ahead import read_ahead as read

    print(f"{read(folder, database or str(folder))} entries read; this release starts from there")


@queue_app.command()
def export(
    file: Annotated[Path, typer.Argument(help="Where the log goes, as JSON Lines; it holds no personal data.")],
    log: LogOption = str(SERVER),
) -> None:
    """Write a server's log to a file that anybody can verify."""
    from signaling.server.queue_evidence import export as export_log

    print(f"{export_log(log, file)} entries in {file}")
