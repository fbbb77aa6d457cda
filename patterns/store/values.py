"""What the store answers, beside the values of `patterns.models`."""

from typing import Literal

from pydantic import Field

from patterns.models import Value


class StoredTrial(Value):
    """What became of a trial that was given to the store."""

    id: int = Field(description="The pattern's key.")
    outcome: Literal["added", "replaced", "known"]
    iterations: int = Field(description="Rows of `benchmark_results` written.")


class StoredPatterns(Value):
    """What became of many patterns."""

    added: int
    known: int = Field(description="Left out: the same content, or the same run, is there.")


class PrunedTask(Value):
    """What is removed of one task's patterns, or would be."""

    task: str
    removed: int
    left: int
    oldest: int = Field(description="Unix ms, of those removed.")
    newest: int = Field(description="Unix ms, of those removed.")


class Merged(Value):
    """What became of another store's patterns."""

    added: int
    known: int = Field(description="The same content, or the same run, was there.")
    iterations: int = Field(description="Rows of `benchmark_results` written.")


class TaskStatistics(Value):
    """All patterns of one task."""

    task: str
    count: int
    success_rate: float | None
    avg_reward: float | None
    avg_latency: float | None = Field(description="ms")


class RunRow(Value):
    """One trial as `tracker runs list` shows it."""

    run_id: str
    session_id: str
    test_id: str | None
    operation: str
    vcs_type: str
    variant: str
    repo_size: str
    status: str
    success: bool
    reward: float | None
    latency_ms: float | None
    created_at: int = Field(description="Unix ms")
    mlflow_run_id: str | None


class SessionRow(Value):
    """One session and how its trials ended."""

    session_id: str
    trials: int
    successes: int
    first_at: int = Field(description="Unix ms")
    last_at: int = Field(description="Unix ms")


class DailyTrend(Value):
    """The mean of one UTC day's successful iterations (a row of `performance_trends`)."""

    operation: str
    vcs_type: str
    date: str = Field(description="YYYY-MM-DD")
    avg_time_ms: float
    avg_memory_bytes: float | None
    sample_count: int


class StoredRecommendation(Value):
    """A row of `recommendations`."""

    report_id: str
    priority: str
    category: str
    title: str
    description: str
    expected_impact: float | None = Field(description="percent")
    created_at: int = Field(description="Unix ms")
