"""Adapter: Alembic's entry; the server hands in its own open connection."""

from alembic import context

from signaling.server.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
