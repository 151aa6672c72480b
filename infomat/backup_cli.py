"""Adapter: ``infomat backup``, ``restore``, ``step-back``: a server copied, put back, taken to an older release."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from infomat.folders import SERVER
from infomat.staff_cli import Database, Folder, Yes, config_of


def backup(
    into: Annotated[Path, typer.Argument(help="The folder of backups; each is a folder there, by its moment (UTC).")],
    keep: Annotated[int, typer.Option(min=1, help="So many stay; older ones go, once the new one is whole.")] = 14,
    folder: Folder = SERVER,
    database: Database = None,
) -> None:
    """Copy a server's folder and SQLite database, of one moment, beside the running server."""
    from signaling.server.backup import back_up
    from signaling.server.database import sqlite_file

    config = config_of(folder, database)
    made, gone = back_up(config, into, keep)
    size = sum(one.stat().st_size for one in made.iterdir())
    print(f"{made} ({size / 1e6:.1f} MB)" + (f"; {len(gone)} older went" if gone else ""))
    if sqlite_file(config.url) is None:
        print("the database itself is not in it: pg_dump it, after this")


def restore(
    backup: Annotated[Path, typer.Argument(help="One backup, such as /var/backups/infomat/2026-11-22T031500Z.")],
    folder: Folder = SERVER,
    database: Database = None,
) -> None:
    """Put a server back from a backup, on this or another machine; nothing may be there yet."""
    from signaling.server.backup import put_back

    put_back(config_of(folder, database), backup)
    print(f"{folder} is as it was; look it over with: infomat queue verify {folder}")
    print("What happened since is not in it: hold the days since then against the bank (infomat payment reconcile).")


def step_back(
    revision: Annotated[str, typer.Argument(help="What the older release knows up to, such as 0008: it says so.")],
    yes: Yes = False,
    folder: Folder = SERVER,
    database: Database = None,
) -> None:
    """With the newer release, while no server runs: bring the database to what an older release can start with."""
    from signaling.server.database import step_back as bring_back
    from signaling.server.one_server import only_server

    if not yes:
        typer.confirm("What only the newer release keeps is forgotten. Is there a backup? Go on?", abort=True)
    config = config_of(folder, database)
    with only_server(config):
        bring_back(config.url, revision)
    print(f"the database is of revision {revision}; start the older release")
