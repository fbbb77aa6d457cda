"""The tasks with their totals, and indexes that cost nothing where they find nothing."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# A migration is history: it does not follow later changes of the tables, so it imports nothing.
BIGINT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
FLOAT = sa.Double().with_variant(sa.REAL(), "sqlite")
FLAG = sa.SmallInteger().with_variant(sa.Integer(), "sqlite")

PATTERNS = "benchmark_patterns"
OF_TRIALS = sa.text("run_id IS NOT NULL")

FILL = """
INSERT INTO pattern_tasks
    (task, success, changes, found, rewarded, reward_sum, timed, latency_sum)
SELECT task, success, 1, SUM(found), SUM(rewarded), SUM(reward_sum), SUM(timed), SUM(latency_sum)
FROM pattern_statistics GROUP BY task, success
"""


def upgrade() -> None:
    op.create_table(
        "pattern_tasks",
        sa.Column("task", sa.Text, primary_key=True),
        sa.Column("success", FLAG, primary_key=True, autoincrement=False),
        sa.Column("changes", BIGINT, nullable=False),
        sa.Column("found", BIGINT, nullable=False),
        sa.Column("rewarded", BIGINT, nullable=False),
        sa.Column("reward_sum", FLOAT, nullable=False),
        sa.Column("timed", BIGINT, nullable=False),
        sa.Column("latency_sum", FLOAT, nullable=False),
    )
    op.execute(FILL)
    for name in ("idx_patterns_operation", "idx_patterns_session", "idx_patterns_run"):
        op.drop_index(name, PATTERNS)
    op.create_index("idx_patterns_operation", PATTERNS, ["operation", "vcs_type"])
    _of_trials("idx_patterns_run", ["run_id"], unique=True)
    _of_trials("idx_patterns_session", ["session_id"])
    _of_trials("idx_patterns_baseline", ["operation", "test_id", "fixture_id", "created_at"])


def downgrade() -> None:
    for name in ("operation", "session", "run", "baseline"):
        op.drop_index(f"idx_patterns_{name}", PATTERNS)
    op.create_index(
        "idx_patterns_operation", PATTERNS, ["operation", "vcs_type", "variant", "created_at"]
    )
    op.create_index("idx_patterns_session", PATTERNS, ["session_id"])
    op.create_index("idx_patterns_run", PATTERNS, ["run_id"], unique=True)
    op.drop_table("pattern_tasks")


def _of_trials(name: str, columns: list[str], *, unique: bool = False) -> None:
    op.create_index(
        name,
        PATTERNS,
        columns,
        unique=unique,
        sqlite_where=OF_TRIALS,
        postgresql_where=OF_TRIALS,
    )
