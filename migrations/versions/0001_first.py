"""The four tables of the specification and the statistics over patterns."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# A migration is history: it does not follow later changes of the tables, so it imports nothing.
BIGINT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
FLOAT = sa.Double().with_variant(sa.REAL(), "sqlite")
FLAG = sa.SmallInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _create_results()
    _create_patterns()
    _create_statistics()
    _create_trends()
    _create_recommendations()


def downgrade() -> None:
    for table in (
        "recommendations",
        "performance_trends",
        "pattern_statistics",
        "benchmark_patterns",
        "benchmark_results",
    ):
        op.drop_table(table)


def _create_results() -> None:
    op.create_table(
        "benchmark_results",
        sa.Column("id", BIGINT, primary_key=True, autoincrement=True),
        sa.Column("test_id", sa.Text, nullable=False),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("timestamp", BIGINT, nullable=False),
        sa.Column("vcs_type", sa.Text, nullable=False),
        sa.Column("operation", sa.Text, nullable=False),
        sa.Column("repo_size", sa.Text, nullable=False),
        sa.Column("execution_time_ms", FLOAT),
        sa.Column("cpu_user_ms", FLOAT),
        sa.Column("cpu_system_ms", FLOAT),
        sa.Column("memory_peak_bytes", BIGINT),
        sa.Column("io_read_ops", BIGINT),
        sa.Column("io_write_ops", BIGINT),
        sa.Column("disk_delta_bytes", BIGINT),
        sa.Column("success", FLAG, nullable=False),
        sa.Column("exit_code", BIGINT),
        sa.Column("retry_count", BIGINT, nullable=False),
        sa.Column("reward", FLOAT),
        sa.Column("iteration", BIGINT, nullable=False),
        sa.Column("round", BIGINT),
        sa.Column("variant", sa.Text, nullable=False),
        sa.Column("session_id", sa.Text),
        sa.Column("suite_id", sa.Text),
        sa.Column("fixture_id", sa.Text),
        sa.Column("machine_class", sa.Text),
        sa.Column("vcs_version", sa.Text),
        sa.Column("config_hash", sa.Text),
        sa.Column("error_type", sa.Text),
        sa.Column("mlflow_run_id", sa.Text),
        sa.CheckConstraint("success IN (0, 1)", name="ck_results_success"),
        sa.CheckConstraint("reward BETWEEN 0 AND 1", name="ck_results_reward"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "idx_vcs_operation", "benchmark_results", ["vcs_type", "operation", "variant", "timestamp"]
    )
    op.create_index("idx_timestamp", "benchmark_results", ["timestamp"])
    op.create_index(
        "idx_success",
        "benchmark_results",
        [
            "success",
            "operation",
            "vcs_type",
            "timestamp",
            "execution_time_ms",
            "memory_peak_bytes",
        ],
    )
    op.create_index("idx_results_run", "benchmark_results", ["run_id", "iteration"], unique=True)


def _create_patterns() -> None:
    op.create_table(
        "benchmark_patterns",
        sa.Column("id", BIGINT, primary_key=True, autoincrement=True),
        sa.Column("session_id", sa.Text, nullable=False),
        sa.Column("task", sa.Text, nullable=False),
        sa.Column("input", sa.Text, nullable=False),
        sa.Column("output", sa.Text, nullable=False),
        sa.Column("reward", FLOAT),
        sa.Column("critique", sa.Text),
        sa.Column("latency_ms", FLOAT),
        sa.Column("success", FLAG, nullable=False),
        sa.Column("created_at", BIGINT, nullable=False),
        sa.Column("tokens_used", BIGINT),
        sa.Column("content_hash", sa.LargeBinary(16), nullable=False),
        sa.Column("operation", sa.Text, nullable=False),
        sa.Column("vcs_type", sa.Text, nullable=False),
        sa.Column("variant", sa.Text, nullable=False),
        sa.Column("repo_size", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("test_id", sa.Text),
        sa.Column("run_id", sa.Text),
        sa.Column("mlflow_run_id", sa.Text),
        sa.Column("vcs_version", sa.Text),
        sa.Column("machine_class", sa.Text),
        sa.Column("fixture_id", sa.Text),
        sa.Column("config_hash", sa.Text),
        sa.Column("round", BIGINT),
        sa.Column("files", BIGINT),
        sa.Column("commits", BIGINT),
        sa.Column("branches", BIGINT),
        sa.Column("tags", BIGINT),
        sa.Column("total_bytes", BIGINT),
        sa.Column("reward_version", BIGINT),
        sa.Column("reward_terms", sa.Text),
        sa.Column("baseline_run_id", sa.Text),
        sa.CheckConstraint("success IN (0, 1)", name="ck_patterns_success"),
        sa.CheckConstraint("reward BETWEEN 0 AND 1", name="ck_patterns_reward"),
        sa.CheckConstraint("latency_ms >= 0", name="ck_patterns_latency"),
        sa.CheckConstraint("length(content_hash) = 16", name="ck_patterns_hash"),
        sqlite_autoincrement=True,
    )
    reward, newest = sa.text("reward DESC"), sa.text("created_at DESC")
    op.create_index(
        "idx_task", "benchmark_patterns", ["task", "success", reward, newest, "latency_ms"]
    )
    op.create_index(
        "idx_reward", "benchmark_patterns", ["task", reward, newest, "success", "latency_ms"]
    )
    op.create_index("idx_created_at", "benchmark_patterns", ["created_at"])
    op.create_index(
        "idx_patterns_operation",
        "benchmark_patterns",
        ["operation", "vcs_type", "variant", "created_at"],
    )
    op.create_index("idx_patterns_session", "benchmark_patterns", ["session_id"])
    op.create_index("idx_patterns_run", "benchmark_patterns", ["run_id"], unique=True)
    op.create_index("idx_patterns_content", "benchmark_patterns", ["content_hash"], unique=True)


def _create_statistics() -> None:
    op.create_table(
        "pattern_statistics",
        sa.Column("task", sa.Text, primary_key=True),
        sa.Column("variant", sa.Text, primary_key=True),
        sa.Column("success", FLAG, primary_key=True, autoincrement=False),
        sa.Column("reward_bucket", FLAG, primary_key=True, autoincrement=False),
        sa.Column("found", BIGINT, nullable=False),
        sa.Column("rewarded", BIGINT, nullable=False),
        sa.Column("reward_sum", FLOAT, nullable=False),
        sa.Column("timed", BIGINT, nullable=False),
        sa.Column("latency_sum", FLOAT, nullable=False),
    )


def _create_trends() -> None:
    op.create_table(
        "performance_trends",
        sa.Column("id", BIGINT, primary_key=True, autoincrement=True),
        sa.Column("operation", sa.Text, nullable=False),
        sa.Column("vcs_type", sa.Text, nullable=False),
        sa.Column("date", sa.Text, nullable=False),
        sa.Column("avg_time_ms", FLOAT, nullable=False),
        sa.Column("avg_memory_bytes", FLOAT),
        sa.Column("sample_count", BIGINT, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "idx_operation_vcs", "performance_trends", ["operation", "vcs_type", "date"], unique=True
    )
    op.create_index("idx_date", "performance_trends", ["date"])


def _create_recommendations() -> None:
    op.create_table(
        "recommendations",
        sa.Column("id", BIGINT, primary_key=True, autoincrement=True),
        sa.Column("report_id", sa.Text, nullable=False),
        sa.Column("priority", sa.Text, nullable=False),
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("expected_impact", FLOAT),
        sa.Column("created_at", BIGINT, nullable=False),
        sa.Column("details", sa.Text),
        sqlite_autoincrement=True,
    )
    op.create_index("idx_report", "recommendations", ["report_id"])
    op.create_index("idx_priority", "recommendations", ["priority"])
