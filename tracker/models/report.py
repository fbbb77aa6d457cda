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


class FasterGrowth(Value):
    """How much faster than a rival a variant's time grows: the difference of the exponents."""

    rival: str
    difference: float
    interval: tuple[float, float]
    p_adjusted: float | None = Field(description="Holm, over all pairs of the report.")


class OperationGrowth(Value):
    """How the time of a test grows with the repository: time ~ files ** exponent."""

    test_suite: str
    test_id: str
    operation: str
    variant: str
    exponent: float
    interval: tuple[float, float] | None
    files: tuple[int, ...]
    factor: float = Field(description="Time at 1 file on the fitted line, ms.")
    misfit: float | None = Field(description="Largest distance from the line, as a factor.")
    n: int = Field(description="Rounds in the repository that has fewest.")
    faster_than: tuple[FasterGrowth, ...] = Field(
        default=(), description="Rivals it is shown to grow faster than."
    )


class ReportComparison(Value):
    """The comparison by operation, by size and overall."""

    by_operation: tuple[OperationComparison, ...]
    by_repo_size: tuple[RepoCategoryComparison, ...]
    overall: OverallComparison
    growth: tuple[OperationGrowth, ...] = ()


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


class TrendChange(Value):
    """The first point of a new level."""

    timestamp: int = Field(description="Unix ms")
    level: Literal["confirmed", "suspect"]
    before: float
    after: float


class TrendData(Value):
    """A series over sessions and what is said of it."""

    operation: str
    vcs_type: str
    variant: str
    metric: str
    points: tuple[TrendPoint, ...]
    analysis: TrendAnalysis


class TrendCourse(Value):
    """What more is known of the series of a TrendData."""

    test: str = Field(description="As the report calls it.")
    repo_id: str
    versions: tuple[str | None, ...] = Field(description="Tool version of each point.")
    change_points: tuple[TrendChange, ...] = ()


class SessionChange(Value):
    """What a regression and an improvement rest on."""

    variant: str | None = None
    repository: str | None = None
    metric: str | None = None
    noise_floor: float | None = Field(
        default=None, description="percent; changes up to it come from noise between sessions"
    )
    p_adjusted: float | None = Field(default=None, description="Benjamini–Hochberg, in the report")
    n: int | None = Field(default=None, description="Earlier sessions behind previousValue.")
    previous_version: str | None = None
    current_version: str | None = None
    runs: tuple[str, ...] = Field(default=(), description="The earlier runs, then this one.")


class Regression(SessionChange):
    """A test that got slower beyond the noise; degradation in percent."""

    test: str
    previous_value: float
    current_value: float
    degradation: float
    severity: Literal["minor", "moderate", "severe"]


class Improvement(SessionChange):
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
    # Added beside the specification's fields.
    courses: tuple[TrendCourse, ...] = Field(
        default=(), description="One for each of trendsOverTime, in its order."
    )
    machine_class: str | None = None
    sessions: int | None = Field(default=None, description="Earlier ones that were looked at.")
    noise_floor: float | None = Field(default=None, description="percent, of time, all series")
    reason: str | None = Field(default=None, description="Why something cannot be said.")


class NoiseFloor(Value):
    """How much the machine itself varied while it measured, in percent; None is unknown."""

    within_variant: float | None = Field(description="Median spread (robust) of one variant.")
    between_rounds: float | None = Field(description="What the variants of a round share.")
    smallest_detectable: float | None = Field(description="Median over the pairs.")
    between_sessions: float | None = None
    n: int = Field(description="Trials behind it.")


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
    noise: NoiseFloor | None = None


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
