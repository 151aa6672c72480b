"""The revisions make the very tables and indexes that the program knows, whichever they begin from."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, inspect

from signaling.server import migrations
from signaling.server.database import open_database
from signaling.server.tables import metadata


def indexes(engine: Engine) -> dict[str, set[str | None]]:
    found = inspect(engine)
    return {name: {one["name"] for one in found.get_indexes(name)} for name in metadata.tables}


def test_a_new_database_and_one_brought_from_an_earlier_revision_have_the_indexes_that_are_asked_for(
    tmp_path: Path,
) -> None:
    url = f"sqlite:///{tmp_path / 'infomat.db'}"
    wanted = {table.name: {str(one.name) for one in table.indexes} for table in metadata.tables.values()}
    engine = open_database(url)
    assert indexes(engine) == wanted
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0007")
    assert {"ix_tickets_state", "ix_tickets_visit_id"} <= indexes(engine)["tickets"]
    engine.dispose()
    again = open_database(url)
    assert indexes(again) == wanted
    again.dispose()
