"""Adapter: the command line. Each command imports only what its place of installation has."""

from __future__ import annotations

import asyncio
import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ground.errors import InfomatError
from infomat.backup_cli import backup, restore, step_back
from infomat.folders import DATA, SERVER
from infomat.kiosk_cli import kiosk_app
from infomat.payment_cli import payment_app
from infomat.queue_cli import queue_app
from infomat.staff_cli import Database, config_of, staff_app

app = typer.Typer(
    name="infomat",
    help="The software of a utility's remote front office.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(staff_app, name="staff")
app.command()(backup)
app.command()(restore)
app.command()(step_back)
app.add_typer(kiosk_app, name="kiosk")
app.add_typer(queue_app, name="queue")
app.add_typer(payment_app, name="payment")


_OURS = (
    "infomat",
    "kiosk",
    "operator_console",
    "signaling",
    "office",
    "media",
    "payment",
    "billing",
    "equeue",
    "ground",
)
_PLACES = "server|kiosk|console"


class Codec(StrEnum):
    """What pictures may be coded with."""

    VP8 = "VP8"
    H264 = "H264"


Folder = Annotated[Path, typer.Option(help="Where this process keeps its things.")]


@app.command()
def server(
    folder: Folder = SERVER,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port; 0 takes a free one and prints it.")] = 8443,
    name: Annotated[list[str] | None, typer.Option(help="A name or address clients use; may be repeated.")] = None,
    database: Database = None,
    billing: Annotated[Path | None, typer.Option(help="File that says where the billing system is.")] = None,
    payment_terms: Annotated[Path | None, typer.Option(help="The agent's fees and limits, JSON.")] = None,
    queue: Annotated[Path | None, typer.Option(help="Queue settings, TOML.")] = None,
    company: Annotated[str, typer.Option(help="What the screens call us.")] = "Infomat",
    stun: Annotated[list[str] | None, typer.Option(help="stun:HOST:PORT; may be repeated.")] = None,
    turn: Annotated[list[str] | None, typer.Option(help="turn:HOST:PORT?transport=udp; may be repeated.")] = None,
    turn_secret: Annotated[Path | None, typer.Option(help="File with coturn's static-auth-secret.")] = None,
    turn_ca: Annotated[Path | None, typer.Option(help="PEM: the authority of turns:, if it is our own.")] = None,
    codec: Annotated[
        list[Codec] | None, typer.Option(help="VP8 or H264, the favourite first; VP8 alone if not said.")
    ] = None,
) -> None:
    """Run the server."""
    from signaling.server.app import serve
    from signaling.server.config import ServerConfig

    hosts = ("localhost", "127.0.0.1", "::1", *(name or ()))
    code = serve(
        ServerConfig(
            data_folder=folder, host=host, port=port, hosts=hosts, database_url=database, billing_file=billing,
            queue_settings=queue, company=company, stun_urls=tuple(stun or ()), turn_urls=tuple(turn or ()),
            turn_secret_file=turn_secret, payment_terms_file=payment_terms, turn_ca_file=turn_ca,
            codecs=tuple(one.value for one in codec or (Codec.VP8,)),
        )
    )  # fmt: skip
    raise typer.Exit(code)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True}, add_help_option=False)
def console(context: typer.Context) -> None:
    """Run the operator's console (`infomat console --help` lists its options)."""
    from operator_console.app import main as run_console

    raise typer.Exit(run_console(context.args))


@app.command()
def enrol(
    code: Annotated[str | None, typer.Argument(help="The one-time code, on the kiosk. Without it: make one.")] = None,
    server_url: Annotated[str, typer.Option("--server", help="On the kiosk: https://host:port.")] = "",
    folder: Annotated[Path | None, typer.Option(help="The kiosk's folder, or the server's to make a code.")] = None,
    kiosk_name: Annotated[str, typer.Option("--kiosk", help="On the server: the kiosk's name.")] = "",
    place: Annotated[str, typer.Option(help="On the server: where the kiosk stands.")] = "",
    database: Database = None,
) -> None:
    """On the server: make a one-time code. On the kiosk: use it, pinning the server's CA."""
    if code is None:
        if not kiosk_name or not place:
            raise typer.BadParameter("to make a code name the kiosk and its place: --kiosk 'No 41' --place 'Lenina 28'")
        from signaling.server.kiosk_changes import new_kiosk_code

        print(new_kiosk_code(config_of(folder or SERVER, database), kiosk_name, place))
        return
    if not server_url:
        raise typer.BadParameter("say where the server is: --server https://host:port")
    from kiosk.agent.enrol import enrol as enrol_kiosk

    face = asyncio.run(enrol_kiosk(server_url, code, folder or DATA / "kiosk"))
    print(f"enrolled: {face}")


@app.command()
def demo(
    fresh: Annotated[bool, typer.Option(help="Forget the data of earlier demos.")] = False,
    language: Annotated[str, typer.Option(help="ru, lv or en.")] = "ru",
    report: Annotated[Path, typer.Option(help="Where the report goes.")] = Path("demo-report"),
    unattended: Annotated[
        bool | None, typer.Option(help="Let the visitor script walk; default: when no display.")
    ] = None,
) -> None:
    """Start everything on this machine; without a display a visitor script walks a whole visit."""
    from infomat.demo.app import run_demo

    alone = unattended if unattended is not None else not os.environ.get("DISPLAY")
    raise typer.Exit(asyncio.run(run_demo(Path.cwd() / "var" / "demo", report, language, alone=alone, fresh=fresh)))


def main() -> None:
    """Entry point: an expected refusal is one sentence and exit code 1, never a traceback."""
    try:
        app()
    except InfomatError as error:
        sys.exit(f"{error.code}: {error}")
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] in _OURS:
            raise
        sys.exit(
            f"system: {error.name} is not installed here; each place has its own: pip install 'infomat[{_PLACES}]'"
        )
    except OSError as error:
        place = f" {error.filename}" if error.filename else ""
        sys.exit(f"system: {error.strerror or error}{place}; is the folder there, and may we write to it?")
    except KeyboardInterrupt:
        sys.exit(130)
