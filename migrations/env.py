"""Run migrations on the connection that the pattern store hands over.

The store holds the lock and the transaction, so that a migration is applied
whole or not at all; there is no configuration file and no logging set-up.
"""

from alembic import context

connection = context.config.attributes.get("connection")
if connection is None:
    raise SystemExit("Run migrations with `tracker db upgrade`, which locks the store first.")

context.configure(
    connection=connection,
    target_metadata=context.config.attributes["metadata"],
    version_table=context.config.attributes["version_table"],
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
