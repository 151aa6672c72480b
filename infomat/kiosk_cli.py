"""Adapter: ``infomat kiosk``: alone it runs this machine's kiosk; its commands are for the server's side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from infomat.folders import DATA, SERVER
from infomat.staff_cli import Database, Folder, Yes, config_of

kiosk_app = typer.Typer()

Which = Annotated[str, typer.Argument(help="The kiosk's name, or the id that `kiosk list` shows.")]


@kiosk_app.callback(invoke_without_command=True)
def kiosk(
    context: typer.Context,
    folder: Annotated[Path, typer.Option(help="Where this kiosk keeps its things.")] = DATA / "kiosk",
    try_printer: Annotated[bool, typer.Option("--try-printer", help="Print one page to look at, and end.")] = False,
) -> None:
    """Run the kiosk of this machine (enrol it first); with a command, on the server: which kiosks there are."""
    if context.invoked_subcommand is not None:
        return
    if try_printer:
        from kiosk.agent.printer_trial import try_printer as print_a_page

        raise typer.Exit(print_a_page(folder))
    from kiosk.agent.forgetting import begin_forgetting

    begin_forgetting()
    from kiosk.agent.app import main as run_agent

    raise typer.Exit(run_agent(["--folder", str(folder)]))


@kiosk_app.command("list")
def list_kiosks(
    revoked: Annotated[bool, typer.Option("--revoked", help="Only those that may not come in any more.")] = False,
    folder: Folder = SERVER,
    database: Database = None,
) -> None:
    """On the server: every kiosk by place and name, with its id."""
    from signaling.server.kiosk_changes import kiosks

    for row in kiosks(config_of(folder, database), revoked=revoked):
        when = f"revoked {row.retired_at:%Y-%m-%d %H:%M}" if revoked else f"enrolled {row.enrolled_at:%Y-%m-%d %H:%M}"
        print(f"{row.name}  {row.place}  {when} UTC  {row.id}")


@kiosk_app.command()
def rename(
    which: Which,
    name: Annotated[str, typer.Argument(help="Its name from now on.")],
    folder: Folder = SERVER,
    database: Database = None,
) -> None:
    """On the server: give a kiosk another name."""
    from signaling.server.kiosk_changes import rename_kiosk

    print(f"{name} it is" if rename_kiosk(config_of(folder, database), which, name) else f"it was {name} already")


@kiosk_app.command()
def move(
    which: Which,
    place: Annotated[str, typer.Argument(help="Where it stands from now on: its service centre.")],
    folder: Folder = SERVER,
    database: Database = None,
) -> None:
    """On the server: a kiosk stands somewhere else. Who is in the line keeps the place they came to."""
    from signaling.server.kiosk_changes import move_kiosk

    moved = move_kiosk(config_of(folder, database), which, place)
    print(f"{which} stands at {place}" if moved else f"{which} stood at {place} already")


@kiosk_app.command()
def revoke(which: Which, yes: Yes = False, folder: Folder = SERVER, database: Database = None) -> None:
    """On the server: shut a kiosk out, a stolen one above all: its link and a call at it end within a second."""
    from signaling.server.kiosk_changes import revoke_kiosk

    if not yes:
        typer.confirm(f"Whoever is at {which} is cut off. Go on?", abort=True)
    if revoke_kiosk(config_of(folder, database), which):
        print(f"{which} is shut out; to let it in again, or another machine in its place: infomat kiosk enrol-again")
        print("What it has not told of payments becomes a task at the supervisors' desks after a day.")
    else:
        print(f"{which} was shut out already")


@kiosk_app.command("enrol-again")
def enrol_again(which: Which, folder: Folder = SERVER, database: Database = None) -> None:
    """On the server: a one-time code; the machine that uses it is this kiosk from then on, and no other one is."""
    from signaling.server.kiosk_changes import code_to_enrol_again

    print(code_to_enrol_again(config_of(folder, database), which)[1])
