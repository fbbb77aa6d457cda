"""The SQL tables of the history; a table does not validate: build its rows from values.

Column order: first the specification's, then those added beside it. Times are Unix
milliseconds; `success` is 0 or 1, as the specification has it, so that sums count.
Every change here is one migration in `migrations/versions`.
"""

from typing import Any, cast

from sqlalchemy import (
    REAL,
    BigInteger,
    CheckConstraint,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
)
from sqlalchemy.types import TypeEngine
from sqlmodel import Field, SQLModel

BIGINT: TypeEngine[int] = BigInteger().with_variant(Integer(), "sqlite")
"""64 bits on both; SQLite numbers the rows of INTEGER keys only."""

FLOAT: TypeEngine[float] = Double().with_variant(REAL(), "sqlite")
"""The specification's REAL, which has 8 bytes on SQLite and 4 on PostgreSQL."""

FLAG: TypeEngine[int] = SmallInteger().with_variant(Integer(), "sqlite")
"""0 or 1."""

HASH_BYTES = 16


class _Row(SQLModel):
    """What the tables share: a collection of their own, apart from other users of SQLModel."""

    metadata = MetaData()


def _number(
    *, nullable: bool = False, kind: TypeEngine[int] | TypeEngine[float] = BIGINT
) -> Column[float]:
    return Column(kind, nullable=nullable)


def _key() -> Column[int]:
    return Column(BIGINT, primary_key=True, autoincrement=True)


def _text(*, nullable: bool = False) -> Column[str]:
    return Column(Text, nullable=nullable)


class ResultRow(_Row, table=True):
    """One measured iteration."""

    __tablename__ = "benchmark_results"
    __table_args__ = (
        CheckConstraint("success IN (0, 1)", name="ck_results_success"),
        CheckConstraint("reward BETWEEN 0 AND 1", name="ck_results_reward"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, sa_column=_key())
    test_id: str = Field(sa_column=_text())
    run_id: str = Field(sa_column=_text())
    timestamp: int = Field(sa_column=_number())
    vcs_type: str = Field(sa_column=_text())
    operation: str = Field(sa_column=_text())
    repo_size: str = Field(sa_column=_text())
    execution_time_ms: float | None = Field(sa_column=_number(kind=FLOAT, nullable=True))
    cpu_user_ms: float | None = Field(sa_column=_number(kind=FLOAT, nullable=True))
    cpu_system_ms: float | None = Field(sa_column=_number(kind=FLOAT, nullable=True))
    memory_peak_bytes: int | None = Field(sa_column=_number(nullable=True))
    io_read_ops: int | None = Field(sa_column=_number(nullable=True))
    io_write_ops: int | None = Field(sa_column=_number(nullable=True))
    disk_delta_bytes: int | None = Field(sa_column=_number(nullable=True))
    success: int = Field(sa_column=_number(kind=FLAG))
    exit_code: int | None = Field(sa_column=_number(nullable=True))
    retry_count: int = Field(sa_column=_number())
    reward: float | None = Field(sa_column=_number(kind=FLOAT, nullable=True))
    # Added beside the specification's columns.
    iteration: int = Field(sa_column=_number())
    round: int | None = Field(sa_column=_number(nullable=True))
    variant: str = Field(sa_column=_text())
    session_id: str | None = Field(sa_column=_text(nullable=True))
    suite_id: str | None = Field(sa_column=_text(nullable=True))
    fixture_id: str | None = Field(sa_column=_text(nullable=True))
    machine_class: str | None = Field(sa_column=_text(nullable=True))
    vcs_version: str | None = Field(sa_column=_text(nullable=True))
    config_hash: str | None = Field(sa_column=_text(nullable=True))
    error_type: str | None = Field(sa_column=_text(nullable=True))
    mlflow_run_id: str | None = Field(sa_column=_text(nullable=True))


class PatternRow(_Row, table=True):
    """One remembered outcome, in the form AgentDB keeps its episodes, and its context."""

    __tablename__ = "benchmark_patterns"
    __table_args__ = (
        CheckConstraint("success IN (0, 1)", name="ck_patterns_success"),
        CheckConstraint("reward BETWEEN 0 AND 1", name="ck_patterns_reward"),
        CheckConstraint("latency_ms >= 0", name="ck_patterns_latency"),
        CheckConstraint(f"length(content_hash) = {HASH_BYTES}", name="ck_patterns_hash"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, sa_column=_key())
    session_id: str = Field(sa_column=_text())
    task: str = Field(sa_column=_text())
    input: str = Field(sa_column=_text())
    output: str = Field(sa_column=_text())
    reward: float | None = Field(sa_column=_number(kind=FLOAT, nullable=True))
    critique: str | None = Field(sa_column=_text(nullable=True))
    latency_ms: float | None = Field(sa_column=_number(kind=FLOAT, nullable=True))
    success: int = Field(sa_column=_number(kind=FLAG))
    created_at: int = Field(sa_column=_number())
    # Added beside the specification's columns.
    tokens_used: int | None = Field(sa_column=_number(nullable=True))
    content_hash: bytes = Field(sa_column=Column(LargeBinary(HASH_BYTES), nullable=False))
    operation: str = Field(sa_column=_text())
    vcs_type: str = Field(sa_column=_text())
    variant: str = Field(sa_column=_text())
    repo_size: str = Field(sa_column=_text())
    status: str = Field(sa_column=_text())
    test_id: str | None = Field(sa_column=_text(nullable=True))
    run_id: str | None = Field(sa_column=_text(nullable=True))
    mlflow_run_id: str | None = Field(sa_column=_text(nullable=True))
    vcs_version: str | None = Field(sa_column=_text(nullable=True))
    machine_class: str | None = Field(sa_column=_text(nullable=True))
    fixture_id: str | None = Field(sa_column=_text(nullable=True))
    config_hash: str | None = Field(sa_column=_text(nullable=True))
    round: int | None = Field(sa_column=_number(nullable=True))
    files: int | None = Field(sa_column=_number(nullable=True))
    commits: int | None = Field(sa_column=_number(nullable=True))
    branches: int | None = Field(sa_column=_number(nullable=True))
    tags: int | None = Field(sa_column=_number(nullable=True))
    total_bytes: int | None = Field(sa_column=_number(nullable=True))
    reward_version: int | None = Field(sa_column=_number(nullable=True))
    reward_terms: str | None = Field(sa_column=_text(nullable=True))
    baseline_run_id: str | None = Field(sa_column=_text(nullable=True))


class StatisticsRow(_Row, table=True):
    """Counts and sums of the patterns of one task, variant, success and reward bucket.

    Kept in the transaction that writes the patterns, so it is never stale. A reward that is
    unknown is in bucket -1; the others in twentieths (`patterns.store.rollup`).
    """

    __tablename__ = "pattern_statistics"
    __table_args__ = {"sqlite_with_rowid": False}

    task: str = Field(sa_column=Column(Text, primary_key=True))
    variant: str = Field(sa_column=Column(Text, primary_key=True))
    success: int = Field(sa_column=Column(FLAG, primary_key=True, autoincrement=False))
    reward_bucket: int = Field(sa_column=Column(FLAG, primary_key=True, autoincrement=False))
    found: int = Field(sa_column=_number())
    rewarded: int = Field(sa_column=_number())
    reward_sum: float = Field(sa_column=_number(kind=FLOAT))
    timed: int = Field(sa_column=_number())
    latency_sum: float = Field(sa_column=_number(kind=FLOAT))


class TaskRow(_Row, table=True):
    """Which tasks there are: counts and sums of their patterns by success.

    `changes` grows with every transaction that touches a pattern of the task, so that what
    was computed from all of them can be told to be still true. A row whose patterns are gone
    stays, with nothing found, because its number must never come again.
    """

    __tablename__ = "pattern_tasks"
    __table_args__ = {"sqlite_with_rowid": False}

    task: str = Field(sa_column=Column(Text, primary_key=True))
    success: int = Field(sa_column=Column(FLAG, primary_key=True, autoincrement=False))
    changes: int = Field(sa_column=_number())
    found: int = Field(sa_column=_number())
    rewarded: int = Field(sa_column=_number())
    reward_sum: float = Field(sa_column=_number(kind=FLOAT))
    timed: int = Field(sa_column=_number())
    latency_sum: float = Field(sa_column=_number(kind=FLOAT))


class TrendRow(_Row, table=True):
    """The mean of one day's successful iterations of an operation under a system."""

    __tablename__ = "performance_trends"
    __table_args__ = {"sqlite_autoincrement": True}

    id: int | None = Field(default=None, sa_column=_key())
    operation: str = Field(sa_column=_text())
    vcs_type: str = Field(sa_column=_text())
    date: str = Field(sa_column=_text())
    avg_time_ms: float = Field(sa_column=_number(kind=FLOAT))
    avg_memory_bytes: float | None = Field(sa_column=_number(kind=FLOAT, nullable=True))
    sample_count: int = Field(sa_column=_number())


class RecommendationRow(_Row, table=True):
    """One recommendation of a report; `details` holds all of it as JSON."""

    __tablename__ = "recommendations"
    __table_args__ = {"sqlite_autoincrement": True}

    id: int | None = Field(default=None, sa_column=_key())
    report_id: str = Field(sa_column=_text())
    priority: str = Field(sa_column=_text())
    category: str = Field(sa_column=_text())
    title: str = Field(sa_column=_text())
    description: str = Field(sa_column=_text())
    expected_impact: float | None = Field(sa_column=_number(kind=FLOAT, nullable=True))
    created_at: int = Field(sa_column=_number())
    details: str | None = Field(sa_column=_text(nullable=True))


metadata = _Row.metadata


def _table(row: type[SQLModel]) -> Table:
    return cast("Table", row.__dict__["__table__"])


results = _table(ResultRow)
patterns = _table(PatternRow)
statistics = _table(StatisticsRow)
tasks = _table(TaskRow)
trends = _table(TrendRow)
recommendations = _table(RecommendationRow)

_r, _p = results.c, patterns.c

# The names are the specification's. Where a query filters or orders by more than the plain
# column, the index under that name holds what it needs.
Index("idx_vcs_operation", _r.vcs_type, _r.operation, _r.variant, _r.timestamp)
Index("idx_timestamp", _r.timestamp)
Index(
    "idx_success",
    *(_r.success, _r.operation, _r.vcs_type, _r.timestamp, _r.execution_time_ms),
    _r.memory_peak_bytes,
)
Index("idx_results_run", _r.run_id, _r.iteration, unique=True)

Index("idx_task", _p.task, _p.success, _p.created_at, _p.reward)
# The key before the latency: patterns of equal reward and time are in the order of their keys.
Index("idx_reward", _p.task, _p.success, _p.reward, _p.created_at, _p.id, _p.latency_ms)
Index("idx_created_at", _p.created_at)
Index("idx_patterns_operation", _p.operation, _p.vcs_type)
# Only trials are asked for by run, session or as a baseline: imported patterns cost nothing here.
_of_trials: dict[str, Any] = {
    "sqlite_where": _p.run_id.is_not(None),
    "postgresql_where": _p.run_id.is_not(None),
}
Index("idx_patterns_run", _p.run_id, unique=True, **_of_trials)
Index("idx_patterns_session", _p.session_id, **_of_trials)
Index("idx_patterns_baseline", _p.operation, _p.test_id, _p.fixture_id, _p.created_at, **_of_trials)
Index("idx_patterns_content", _p.content_hash, unique=True)

Index("idx_operation_vcs", trends.c.operation, trends.c.vcs_type, trends.c.date, unique=True)
Index("idx_date", trends.c.date)

Index("idx_report", recommendations.c.report_id)
Index("idx_priority", recommendations.c.priority)
