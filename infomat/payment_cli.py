"""Adapter: ``infomat payment``: the life of a purchase, and our book held against the bank's."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from infomat.folders import SERVER

payment_app = typer.Typer(help="Money: what became of a purchase, and whether the bank says the same.")

Book = Annotated[str, typer.Option("--book", help="A server's folder, its database file, or a database's URL.")]
Language = Annotated[str, typer.Option(help="ru, lv or en.")]


@payment_app.command()
def show(
    reference: Annotated[str, typer.Argument(help="What the customer holds (1A2B-3C4D), or the purchase's id.")],
    book: Book = str(SERVER),
) -> None:
    """The life of a purchase: what happened when, and how it stands now."""
    from payment.life import life, outcome
    from signaling.server.purchase_evidence import pages_ending
    from signaling.server.read_only import reading

    wanted = reference.replace("-", "").lower()
    with reading(book) as connection:
        found = list(pages_ending(connection, wanted))
    if len(found) != 1 or len(wanted) < 8:
        print(f"{len(found) or 'no'} purchases end in {reference}; give the eight signs of the slip, or the whole id")
        raise typer.Exit(1)
    page = found[0]
    print(f"purchase {page.purchase.purchase_id} at {page.kiosk_id}")
    for moment in life(page):
        print(f"{moment.at:%Y-%m-%d %H:%M:%S} UTC  {moment.what}" + (f"  -> {moment.stands}" if moment.stands else ""))
    print("now:")
    for line in outcome(page):
        print(f"  {line}")


@payment_app.command()
def reconcile(
    registry: Annotated[list[Path], typer.Option("--registry", help="A bank's file (CSV); may be repeated.")],
    book: Book = str(SERVER),
    out: Annotated[
        list[Path] | None, typer.Option("--out", help="A report: .csv, .xlsx or .html; may be repeated.")
    ] = None,
    day: Annotated[
        list[datetime] | None,
        typer.Option("--day", formats=["%Y-%m-%d"], help="A day the files cover; else the days in them."),
    ] = None,
    heading: Annotated[
        list[str] | None, typer.Option("--heading", help="Another heading of a column: rrn=Номер ссылки.")
    ] = None,
    keep_tasks: Annotated[bool, typer.Option("--tasks/--no-tasks", help="Keep differences as tasks.")] = True,
    language: Language = "ru",
) -> None:
    """Hold the book of record against the bank's registry and the terminals' own totals.

    Differences become tasks of the server's desks, each once; one that agrees now is closed. The server may run.
    The same files again change nothing. Exit code 1 when somebody has to look at a difference.
    """
    from assets.words import Words
    from payment import book_part
    from payment.reconciliation import reconcile as compared
    from payment.reconciliation_report import summary, write_report
    from payment.registry import read_registry
    from signaling.server.difference_tasks import keep
    from signaling.server.purchase_evidence import pages_of, terminal_days
    from signaling.server.read_only import reading, writing

    words = Words(language)
    headings = dict(one.split("=", 1) for one in heading or () if "=" in one)
    rows = [row for file in registry for row in read_registry(file, headings)]
    days: set[date] = {one.date() for one in day} if day else {row.day for row in rows}
    if not days:
        print("no row in the file, and no --day: nothing to compare")
        raise typer.Exit(2)
    with reading(book) as connection:
        closings = terminal_days(connection, book_part.beginning(rows, days))
        part = pages_of(connection, book_part.needed(rows, days, closings))
        found = compared(part, rows, days, datetime.now(UTC), closings)
    for file in out or ():
        write_report(file, found, words)
    for line in summary(found, words):
        print(line)
    for file in out or ():
        print(file)
    if keep_tasks:
        with writing(book) as log:
            new, agreed = keep(log, found)
        print(words.say("reconcile.tasks", n=new))
        if agreed:
            print(words.say("reconcile.agreed", n=agreed))
    if found.differences or any(not one.agrees for one in found.terminals):
        raise typer.Exit(1)


@payment_app.command()
def tasks(
    settle: Annotated[str | None, typer.Option("--settle", help="The number of a difference that is seen to.")] = None,
    note: Annotated[str, typer.Option(help="How: what was done about it.")] = "",
    book: Book = str(SERVER),
    language: Language = "ru",
) -> None:
    """Differences that wait for somebody; with ``--settle``, one less. Exit code 1 while any waits."""
    import getpass

    from assets.words import Words
    from signaling.server.difference_tasks import settle as settle_one
    from signaling.server.difference_tasks import waiting
    from signaling.server.read_only import reading, writing

    words = Words(language)
    if settle is not None:
        if not note.strip():
            print("say how with --note")
            raise typer.Exit(2)
        with writing(book) as log:
            settle_one(log, settle, getpass.getuser(), note.strip()[:200])
    with reading(book) as connection:
        found = [one for one, _ in waiting(connection)]
    for one in found:
        sums = [words.money(side.minor, side.currency) if side else "-" for side in (one.ours, one.bank)]
        what = f"{words.say(f'reconcile.bucket.{one.what}')}: {words.say(f'reconcile.advice.{one.advice}')}"
        print(f"{one.id}  {one.day}  {' / '.join(sums)}  {one.rrn}  {one.purchase_id}  {one.state}  {what}")
    if found:
        raise typer.Exit(1)
