"""Adapter: ``infomat staff``: who may sign in at a desk, and as what. It works beside the running server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from infomat.folders import SERVER

if TYPE_CHECKING:
    from office.roster import SignOut
    from signaling.server.config import ServerConfig

staff_app = typer.Typer(help="Those who answer: operators, supervisors, administrators.", no_args_is_help=True)

Who = Annotated[str, typer.Argument(help="Sign-in name, or the id that `staff list` shows.")]
Folder = Annotated[Path, typer.Option(help="The server's folder.")]
Database = Annotated[
    str | None,
    typer.Option(
        envvar="INFOMAT_DATABASE", help="SQLAlchemy URL, as the server has it; SQLite in the folder by default."
    ),
]
AtOnce = Annotated[
    bool, typer.Option("--at-once", help="Break off a conversation too: the customer is at the head of the line again.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
PasswordFile = Annotated[Path | None, typer.Option(help="Read the password there instead of asking.")]


def config_of(folder: Path, database: str | None) -> ServerConfig:
    """What these commands need to know of a server."""
    from signaling.server.config import ServerConfig

    return ServerConfig(data_folder=folder, database_url=database)


def _how(at_once: bool) -> SignOut:
    from office.roster import SignOut

    return SignOut.AT_ONCE if at_once else SignOut.AFTER_TALK


def _password(file: Path | None) -> str:
    if file is not None:
        return file.read_text().strip()
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))


def _out(at_once: bool) -> str:
    if at_once:
        return "signed out within a second, out of a conversation too"
    return "signed out within a second, or as soon as the conversation they are in is written up"


@staff_app.command()
def add(
    name: Annotated[str, typer.Argument(help="Sign-in name.")],
    display_name: Annotated[str, typer.Option(help="What customers read.")],
    role: Annotated[str, typer.Option(help="operator, supervisor or administrator.")] = "operator",
    folder: Folder = SERVER,
    skill: Annotated[
        list[str] | None, typer.Option(help="A service known, such as payment, or contract:3; may be repeated.")
    ] = None,
    language: Annotated[list[str] | None, typer.Option(help="A language spoken; may be repeated.")] = None,
    password_file: PasswordFile = None,
    database: Database = None,
) -> None:
    """Add somebody, who may sign in at once; asks for the password. Without --skill they serve everything."""
    from signaling.server.administration import add_staff

    config, languages = config_of(folder, database), tuple(language or ("ru",))
    add_staff(config, name, display_name, role, _password(password_file), tuple(skill or ()), languages)
    print(f"{name} can sign in as {role}")


@staff_app.command("list")
def list_staff(
    left: Annotated[bool, typer.Option("--left", help="Only who has left: their ids and when.")] = False,
    folder: Folder = SERVER,
    database: Database = None,
) -> None:
    """Everybody by name: role, what they know, languages, whether they are locked, and their id."""
    from signaling.server.staff_changes import everybody

    for row in everybody(config_of(folder, database), left=left):
        if left:
            print(f"{row.id}  {row.role:13}  left {row.left_at:%Y-%m-%d %H:%M} UTC")
            continue
        can = f"{','.join(row.skills) or 'everything'}; {','.join(row.languages) or 'every language'}"
        locked = f"locked {row.locked_at:%Y-%m-%d %H:%M} UTC" if row.locked_at else "may sign in"
        print(f"{row.name:16}  {row.role:13}  {row.display_name}  [{can}]  {locked}  {row.id}")


@staff_app.command()
def change(
    who: Who,
    name: Annotated[str | None, typer.Option(help="Another sign-in name.")] = None,
    display_name: Annotated[str | None, typer.Option(help="Another name that customers read.")] = None,
    role: Annotated[str | None, typer.Option(help="operator, supervisor or administrator.")] = None,
    skill: Annotated[list[str] | None, typer.Option(help="All they know from now on; may be repeated.")] = None,
    every_skill: Annotated[bool, typer.Option("--every-skill", help="They serve everything.")] = False,
    language: Annotated[list[str] | None, typer.Option(help="All they speak from now on; may be repeated.")] = None,
    at_once: AtOnce = False,
    folder: Folder = SERVER,
    database: Database = None,
) -> None:
    """Another name, role, other skills or languages. Skills hold as soon as they are free; a role by a new sign-in."""
    from signaling.server.staff_changes import Wanted, change_staff

    skills = () if every_skill else tuple(skill) if skill else None
    wanted = Wanted(name, display_name, role, skills, tuple(language) if language else None)
    if wanted == Wanted():
        raise typer.BadParameter("say what is to be other: --role, --skill, --language, --display-name, --name")
    if every_skill and skill:
        raise typer.BadParameter("either --skill or --every-skill")
    changed = change_staff(config_of(folder, database), who, wanted, _how(at_once))
    print(f"{who}: {', '.join(changed)} changed" if changed else f"{who}: it was so already")
    if "role" in changed:
        print(_out(at_once))


@staff_app.command()
def lock(who: Who, at_once: AtOnce = False, folder: Folder = SERVER, database: Database = None) -> None:
    """They cannot sign in until unlocked, and are signed out wherever they are."""
    from signaling.server.staff_changes import lock_staff

    since = lock_staff(config_of(folder, database), who, _how(at_once))
    print(f"{who} is locked" if since is None else f"{who} is locked since {since:%Y-%m-%d %H:%M} UTC")
    if since is None or at_once:
        print(_out(at_once))


@staff_app.command()
def unlock(who: Who, folder: Folder = SERVER, database: Database = None) -> None:
    """They may sign in again, with the password they had."""
    from signaling.server.staff_changes import unlock_staff

    was = unlock_staff(config_of(folder, database), who)
    print(f"{who} may sign in again" if was else f"{who} was not locked")


@staff_app.command("sign-out")
def sign_out(who: Who, at_once: AtOnce = False, folder: Folder = SERVER, database: Database = None) -> None:
    """End every sign-in they have, of a console that was lost above all; they may sign in again."""
    from signaling.server.staff_changes import sign_staff_out

    sign_staff_out(config_of(folder, database), who, _how(at_once))
    print(f"{who}: {_out(at_once)}")


@staff_app.command()
def password(
    who: Who,
    password_file: PasswordFile = None,
    at_once: AtOnce = False,
    folder: Folder = SERVER,
    database: Database = None,
) -> None:
    """Set another password; whoever is signed in by the one before is signed out."""
    from signaling.server.staff_changes import set_password

    set_password(config_of(folder, database), who, _password(password_file), _how(at_once))
    print(f"{who} has another password; {_out(at_once)}")


@staff_app.command()
def remove(
    who: Who, at_once: AtOnce = False, yes: Yes = False, folder: Folder = SERVER, database: Database = None
) -> None:
    """They have left: the names and the password are forgotten, what they did stays under their id. For good."""
    from signaling.server.staff_changes import remove_staff

    if not yes:
        typer.confirm(f"{who} leaves for good (to keep somebody out for a while: staff lock). Go on?", abort=True)
    was = remove_staff(config_of(folder, database), who, _how(at_once))
    print(f"{who} has left; {_out(at_once)}" if was else f"{who} had left already")
