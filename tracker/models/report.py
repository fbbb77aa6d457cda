"""The benchmark report (specification, section 7)."""

from typing import Any, Literal

from pydantic import Field

from patterns.models import Recommendation, TrendAnalysis
from tracker.models.base import Value
from tracker.models.enums import RepoSize
from tracker.models.results import ProcessedResult


class ReportMetadata(Value):
    """Which report this is."""

    report_id: str = Field(description="report-<unix ms>")
    generated_at: str
    benchmark_config: str
    version: str
    author: str | None = None


class ReportSummary(Value):
    """The report in a few numbers; tests are counted as trials."""

    total_tests: int
    successful_tests: int
    failed_tests: int
    total_duration: float = Field(description="ms")
    overall_winner: str | None
    avg_speedup: float | None = Field(description="Geometric mean of git / jujutsu.")
    key_findings: tuple[str, ...]
    avg_speedup_n: int | None = Field(default=None, description="Operations in avgSpeedup.")


class OperationComparison(Value):
    """Median ms of one operation; speedup = runner-up / winner."""

    operation: str
    jujutsu: float | None
    git: float | None
    git_worktrees: float | None
    winner: str | None
    speedup: float | None


class RepoCategoryComparison(Value):
    """The operations on one repository size."""

    size: RepoSize
    average_speedup: float | None = Field(description="Geometric mean of git / jujutsu.")
    results: tuple[OperationComparison, ...]
    n: int | None = None


class SystemValues(Value):
    """One number for each system; None where it was not run."""

    jujutsu: float | None = None
    git: float | None = None
    git_worktrees: float | None = None


class OverallComparison(Value):
    """Means over operations: ms, bytes and share of operations won."""

    avg_execution_time: SystemValues
    avg_memory_usage: SystemValues
    win_rate: SystemValues


class ReportComparison(Value):
    """The comparison by operation, by size and overall."""

    by_operation: tuple[OperationComparison, ...]
    by_repo_size: tuple[RepoCategoryComparison, ...]
    overall: OverallComparison


class ChartData(Value):
    """A chart that Plotly accepts as it is."""

    type: Literal["bar", "line", "scatter", "box"]
    title: str
    data: Any
    layout: Any


class Charts(Value):
    """The specification's three charts."""

    performance_comparison: ChartData
    memory_usage: ChartData
    scalability: ChartData


class ReportRecommendations(Value):
    """Recommendations by urgency."""

    critical: tuple[Recommendation, ...] = ()
    important: tuple[Recommendation, ...] = ()
    optional: tuple[Recommendation, ...] = ()


class TrendPoint(Value):
    """One session's value in a series."""

    timestamp: int = Field(description="Unix ms")
    value: float
    n: int


class TrendData(Value):
    """A series over sessions and what is said of it."""

    operation: str
    vcs_type: str
    variant: str
    metric: str
    points: tuple[TrendPoint, ...]
    analysis: TrendAnalysis


class Regression(Value):
    """A test that got slower beyond the noise; degradation in percent."""

    test: str
    previous_value: float
    current_value: float
    degradation: float
    severity: Literal["minor", "moderate", "severe"]


class Improvement(Value):
    """A test that got faster beyond the noise; improvement in percent."""

    test: str
    previous_value: float
    current_value: float
    improvement: float
    significance: Literal["minor", "moderate", "major"]


class Historical(Value):
    """What earlier sessions on the same machine class say."""

    previous_reports: tuple[str, ...] = ()
    trends_over_time: tuple[TrendData, ...] = ()
    regressions: tuple[Regression, ...] = ()
    improvements: tuple[Improvement, ...] = ()


class EnvironmentSnapshot(Value):
    """Where it was measured, as text for people; None where unknown or absent."""

    os: str | None
    kernel: str | None
    cpu: str | None
    memory: str | None
    disk: str | None
    docker: str | None
    jujutsu: str | None
    git: str | None


class ReproducibilityGuide(Value):
    """How to measure it again."""

    docker_images: tuple[str, ...] = ()
    commands: tuple[str, ...]
    config_file: str
    seed: int | None


class Appendices(Value):
    """Raw data, method, environment."""

    raw_data: str = Field(description="Path relative to the report.")
    methodology: str
    environment_details: EnvironmentSnapshot
    reproducibility: ReproducibilityGuide


class BenchmarkReport(Value):
    """A session, judged and explained."""

    metadata: ReportMetadata
    summary: ReportSummary
    results: tuple[ProcessedResult, ...]
    comparison: ReportComparison
    charts: Charts
    recommendations: ReportRecommendations
    historical: Historical
    appendices: Appendices
