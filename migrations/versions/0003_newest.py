"""Indexes of each task's successes and failures by time and by reward; totals are kept once."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# A migration is history: it does not follow later changes of the tables, so it imports nothing.
BIGINT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
FLOAT = sa.Double().with_variant(sa.REAL(), "sqlite")
FLAG = sa.SmallInteger().with_variant(sa.Integer(), "sqlite")

PATTERNS = "benchmark_patterns"


def upgrade() -> None:
    _drop_indexes()
    op.create_index("idx_task", PATTERNS, ["task", "success", "created_at", "reward"])
    op.create_index(
        "idx_reward", PATTERNS, ["task", "success", "reward", "created_at", "id", "latency_ms"]
    )
    _rebuild_totals(with_rowid=False)


def downgrade() -> None:
    _rebuild_totals(with_rowid=True)
    _drop_indexes()
    order = sa.text("reward DESC"), sa.text("created_at DESC")
    op.create_index("idx_task", PATTERNS, ["task", "success", *order, "latency_ms"])
    op.create_index("idx_reward", PATTERNS, ["task", *order, "success", "latency_ms"])


def _drop_indexes() -> None:
    for name in ("idx_task", "idx_reward"):
        op.drop_index(name, PATTERNS)


def _rebuild_totals(*, with_rowid: bool) -> None:
    """Make the tables of totals anew; without row ids SQLite keeps each key once, not twice."""
    if op.get_bind().dialect.name != "sqlite":
        return
    own = {
        "pattern_statistics": [
            _key("variant", sa.Text),
            _key("success", FLAG),
            _key("reward_bucket", FLAG),
        ],
        "pattern_tasks": [_key("success", FLAG), sa.Column("changes", BIGINT, nullable=False)],
    }
    for name, columns in own.items():
        op.rename_table(name, f"{name}_before")
        op.create_table(
            name,
            _key("task", sa.Text),
            *columns,
            sa.Column("found", BIGINT, nullable=False),
            sa.Column("rewarded", BIGINT, nullable=False),
            sa.Column("reward_sum", FLOAT, nullable=False),
            sa.Column("timed", BIGINT, nullable=False),
            sa.Column("latency_sum", FLOAT, nullable=False),
            sqlite_with_rowid=with_rowid,
        )
        op.execute(f"INSERT INTO {name} SELECT * FROM {name}_before")  # noqa: S608  constants
        op.drop_table(f"{name}_before")


def _key(
    name: str, kind: type[sa.Text] | sa.types.TypeEngine[int]
) -> sa.Column[int] | sa.Column[str]:
    return sa.Column(name, kind, primary_key=True, autoincrement=False)
