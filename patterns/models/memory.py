"""Patterns, queries and answers of the pattern memory (specification, section 6)."""

from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from patterns.models.base import Value
from patterns.models.learning import Direction


class BenchmarkPattern(Value):
    """One remembered outcome, in the form AgentDB keeps its episodes."""

    session_id: str = Field(min_length=1)
    task: str = Field(min_length=1, description="{operation}-{vcsType}-benchmark")
    input: str = Field(description="JSON object")
    output: str = Field(description="JSON object")
    reward: float | None = Field(ge=0, le=1, description="None where there is no baseline.")
    success: bool
    critique: str | None = None
    latency_ms: float | None = Field(default=None, ge=0)
    tokens_used: int | None = Field(default=0, ge=0)


class PatternContext(Value):
    """What a stored pattern is about, in typed columns; None is unknown."""

    operation: str
    vcs_type: str
    variant: str
    repo_size: str
    test_id: str | None = None
    run_id: str | None = None
    mlflow_run_id: str | None = None
    created_at: int = Field(description="Unix ms")
    vcs_version: str | None = None
    machine_class: str | None = None
    fixture_id: str | None = None
    config_hash: str | None = None
    round: int | None = Field(default=None, description="Rounds the trial was measured in.")
    files: int | None = None
    commits: int | None = None
    branches: int | None = None
    tags: int | None = None
    total_bytes: int | None = None
    reward_version: int | None = None
    reward_terms: str | None = Field(
        default=None, description="JSON: metrics, baselines, weights and reliability of the reward."
    )
    baseline_run_id: str | None = None
    status: Literal["finished", "failed", "void", "interrupted"] = "finished"


class PatternRecord(Value):
    """A pattern with its context, ready to be stored."""

    pattern: BenchmarkPattern
    context: PatternContext


class PatternQuery(Value):
    """Which patterns are asked for; filters work before the best `k` are taken."""

    task: str = Field(default="*", min_length=1, description="Exact, prefix* or glob.")
    k: int = Field(default=10, ge=1)
    min_reward: float | None = Field(default=None, ge=0, le=1)
    only_successes: bool = False
    only_failures: bool = False
    since: int | None = Field(default=None, description="Unix ms")
    until: int | None = Field(default=None, description="Unix ms; this and later is left out.")
    variant: str | None = None
    operation: str | None = None
    repo_size: str | None = None
    machine_class: str | None = None

    @model_validator(mode="after")
    def _flags_do_not_exclude_all(self) -> Self:
        if self.only_successes and self.only_failures:
            raise ValueError("onlySuccesses and onlyFailures exclude each other: give one")
        return self

    @field_validator("task")
    @classmethod
    def _is_text(cls, task: str) -> str:
        if "\x00" in task:
            raise ValueError("must not contain a NUL character")
        return task


class SearchStatistics(Value):
    """Statistics over all matches, not only the returned ones."""

    total_found: int
    avg_reward: float | None
    success_rate: float | None
    avg_latency: float | None = Field(description="ms")


class SearchInsights(Value):
    """Best and worst of all matches, and the tested trend of the newest."""

    best_performing: BenchmarkPattern | None
    worst_performing: BenchmarkPattern | None
    trend: Direction | None = Field(description="Of reward; null: too few to tell.")
    # Added beside the specification's fields.
    trend_matches: int = Field(default=0, description="Newest matches that it was tested on.")
    trend_since: int | None = Field(default=None, description="Unix ms of the oldest of them.")


class PatternSearchResult(Value):
    """The answer to a query: order by reward descending, newest first among equals."""

    patterns: tuple[BenchmarkPattern, ...]
    statistics: SearchStatistics
    insights: SearchInsights
    # Added beside the specification's fields.
    ids: tuple[str, ...] = Field(
        default=(), description="Content hashes of `patterns`, for `tracker patterns show`."
    )


class TrialRow(Value):
    """One iteration as a row of `benchmark_results`; None is unknown."""

    test_id: str
    run_id: str
    iteration: int
    timestamp: int = Field(description="Unix ms")
    vcs_type: str
    variant: str
    operation: str
    repo_size: str
    execution_time_ms: float | None
    cpu_user_ms: float | None
    cpu_system_ms: float | None
    memory_peak_bytes: int | None
    io_read_ops: int | None
    io_write_ops: int | None
    disk_delta_bytes: int | None
    success: bool
    exit_code: int | None
    retry_count: int
    reward: float | None
    round: int | None = None
    error_type: str | None = None
    session_id: str | None = None
    suite_id: str | None = None
    fixture_id: str | None = None
    machine_class: str | None = None
    vcs_version: str | None = None
    config_hash: str | None = None
    mlflow_run_id: str | None = None
