"""Processed results (specification, section 5)."""

from typing import Literal, Self

from pydantic import Field

from patterns.models import Pattern, Recommendation, TrendAnalysis
from tracker.models.base import Value
from tracker.models.enums import RepoSize, Verdict

MEASURED_AGAIN = "measured again, because others kept the machine busy"
"""Says in `ProcessedResult.notes` that rounds were repeated; their number comes first."""


class Percentiles(Value):
    """Linear quantiles."""

    p25: float | None
    p50: float | None
    p75: float | None
    p90: float | None
    p95: float | None
    p99: float | None


class Distribution(Value):
    """Shape of the sample; None below three values."""

    skewness: float | None
    kurtosis: float | None = Field(description="Fisher's: 0 for a normal distribution.")
    normality: bool | None = Field(description="Shapiro–Wilk p ≥ .05; a description only.")


class PerformanceStats(Value):
    """A sample described; `sample_size` counts failed iterations, `valid_samples` does not."""

    mean: float | None
    median: float | None
    mode: float | None = Field(default=None, description="Half-sample mode.")
    std_dev: float | None
    variance: float | None
    range: tuple[float, float] | None
    percentiles: Percentiles
    sample_size: int
    valid_samples: int
    outliers: tuple[float, ...] = ()
    distribution: Distribution
    bimodal: bool | None = None


class StatisticalComparison(Value):
    """Evidence for a difference; the interval is that of the speedup factor."""

    significant: bool
    p_value: float | None
    confidence_interval: tuple[float, float] | None
    effect_size: float | None = Field(description="Cohen's d on logs, > 0: candidate faster.")
    power: float | None = Field(description="At the practical threshold.")


class PracticalComparison(Value):
    """Size of a difference; milliseconds and percent of the baseline."""

    absolute_difference: float | None
    relative_difference: float | None
    threshold: float = Field(description="percent")
    meaningful: bool


class MetricVerdict(Value):
    """The three-way verdict on one metric of one pair."""

    metric: Literal["time_ms", "cpu_ms"]
    verdict: Verdict
    n: int = Field(description="Pairs of rounds, or the smaller sample where unpaired.")
    ratio: float | None = Field(description="baseline / candidate, Hodges–Lehmann")
    interval: tuple[float, float] | None
    p_adjusted: float | None
    reason: str | None = None

    def inverted(self) -> Self:
        """Return the verdict seen from the other side."""
        return self.model_copy(
            update={"ratio": _inverse(self.ratio), "interval": _inverse_interval(self.interval)}
        )


def _inverse(value: float | None) -> float | None:
    return 1 / value if value else None


def _inverse_interval(interval: tuple[float, float] | None) -> tuple[float, float] | None:
    return (1 / interval[1], 1 / interval[0]) if interval and interval[0] > 0 else None


def _negative(value: float | None) -> float | None:
    return None if value is None else -value


class ComparisonMetrics(Value):
    """Two variants compared: `aVsB` has b as its baseline."""

    speedup_factor: float | None = Field(description="baseline / candidate")
    memory_ratio: float | None = Field(description="candidate / baseline")
    io_efficiency: float | None = Field(description="(ops/byte candidate)/(ops/byte baseline)")
    statistical: StatisticalComparison
    practical: PracticalComparison
    # Added beside the specification's fields.
    verdict: Verdict = "unresolved"
    reason: str | None = Field(default=None, description="Why there is no decision.")
    n: int = 0
    paired: bool = True
    ratio_of_medians: float | None = None
    p_adjusted: float | None = Field(default=None, description="Holm, within the report.")
    cliffs_delta: float | None = None
    smallest_detectable: float | None = Field(default=None, description="percent")
    cpu: MetricVerdict | None = None
    io_ratio: float | None = Field(default=None, description="System calls: candidate / baseline")
    disk_ratio: float | None = Field(default=None, description="Growth on disk, same direction")

    def inverted(self) -> Self:
        """Return the comparison seen from the other side, everything with a direction turned."""
        medians = self.ratio_of_medians
        return self.model_copy(
            update={
                "speedup_factor": _inverse(self.speedup_factor),
                "memory_ratio": _inverse(self.memory_ratio),
                "io_efficiency": _inverse(self.io_efficiency),
                "io_ratio": _inverse(self.io_ratio),
                "disk_ratio": _inverse(self.disk_ratio),
                "ratio_of_medians": _inverse(medians),
                "cliffs_delta": _negative(self.cliffs_delta),
                "cpu": self.cpu.inverted() if self.cpu else None,
                "statistical": self.statistical.model_copy(
                    update={
                        "confidence_interval": _inverse_interval(
                            self.statistical.confidence_interval
                        ),
                        "effect_size": _negative(self.statistical.effect_size),
                    }
                ),
                "practical": self.practical.model_copy(
                    update={
                        "absolute_difference": _negative(self.practical.absolute_difference),
                        # percent of the other side: (candidate - baseline) / candidate
                        "relative_difference": None if medians is None else 100 * (1 - medians),
                    }
                ),
            }
        )


class VariantComparison(Value):
    """A pair of variants beyond the specification's three."""

    candidate: str
    baseline: str
    metrics: ComparisonMetrics


class MarkedOutlier(Value):
    """A wall time far from the others: marked with what was seen beside it, never dropped."""

    round: int
    value: float = Field(description="ms")
    cause: str | None = Field(description="None where nothing that was measured explains it.")


class VariantStats(Value):
    """One variant's statistics, wall, CPU and memory."""

    time_ms: PerformanceStats
    cpu_ms: PerformanceStats | None = None
    memory_bytes: PerformanceStats | None = None
    marked: tuple[MarkedOutlier, ...] = ()


class SystemComparisons(Value):
    """The specification's three pairs; None where one of the two was not run."""

    jj_vs_git: ComparisonMetrics | None = None
    jj_vs_git_worktrees: ComparisonMetrics | None = None
    git_vs_git_worktrees: ComparisonMetrics | None = None


class ResultQuality(Value):
    """Lowest success rate, largest coefficient of variation, outliers in all."""

    reliability: float
    variance: float | None
    outliers: int


class BottleneckImpact(Value):
    """How much of the time a bottleneck takes, and how often it was seen."""

    time_percentage: float | None
    occurences: int


class Optimization(Value):
    """What would relieve a bottleneck; the gain comes from evidence or is None."""

    technique: str
    expected_gain: float | None = Field(description="percent")
    complexity: Literal["trivial", "moderate", "complex"]


class Bottleneck(Value):
    """What limits an operation."""

    id: str
    type: Literal["cpu", "memory", "io", "algorithm"]
    location: str
    severity: float = Field(ge=0, le=1)
    impact: BottleneckImpact
    optimization: Optimization | None = None
    # Added beside the specification's fields.
    variant: str | None = None
    evidence: str | None = Field(default=None, description="What was measured, in words.")
    interval: tuple[float, float] | None = Field(
        default=None, description="Of timePercentage, or of the growth exponent."
    )
    runs: tuple[str, ...] = ()


class Insights(Value):
    """Who is ahead; `winner` is None unless different from every rival."""

    winner: str | None
    confidence: float | None = Field(description="Share of resamples in which the leader is best.")
    recommendations: tuple[Recommendation, ...] = ()
    bottlenecks: tuple[Bottleneck, ...] = ()


class Learning(Value):
    """What the history adds; `reward` is the winner's."""

    reward: float | None
    patterns: tuple[Pattern, ...] = ()
    historical_comparison: TrendAnalysis | None = None
    rewards: dict[str, float | None] = Field(default_factory=dict)


class ProcessedResult(Value):
    """One test on one repository, all systems and variants."""

    test_suite: str
    test_name: str
    operation: str
    timestamp: str
    jujutsu: PerformanceStats | None = None
    git: PerformanceStats | None = None
    git_worktrees: PerformanceStats | None = None
    comparison: SystemComparisons
    quality: ResultQuality
    insights: Insights
    learning: Learning
    # Added beside the specification's fields.
    test_id: str
    repo_size: RepoSize
    repo_id: str
    variants: dict[str, VariantStats] = Field(default_factory=dict)
    comparisons: tuple[VariantComparison, ...] = ()
    leaders: tuple[str, ...] = ()
    finding: str | None = Field(default=None, description="Who is ahead, by how much, in words.")
    success_rates: dict[str, float] = Field(default_factory=dict)
    notes: tuple[str, ...] = Field(default=(), description="What a reader must know.")

    def pairs(self) -> dict[tuple[str, str], ComparisonMetrics]:
        """Return every comparison by (candidate, baseline), the specification's three first."""
        three = {
            ("jujutsu", "git"): self.comparison.jj_vs_git,
            ("jujutsu", "git-worktrees"): self.comparison.jj_vs_git_worktrees,
            ("git", "git-worktrees"): self.comparison.git_vs_git_worktrees,
        }
        known = {names: metrics for names, metrics in three.items() if metrics is not None}
        return known | {(one.candidate, one.baseline): one.metrics for one in self.comparisons}

    def leads(self, variant: str) -> bool:
        """Tell whether a variant is among the leaders of what could be decided at all."""
        decidable = (one.verdict != "unresolved" or not one.reason for one in self.pairs().values())
        return variant in self.leaders and any(decidable)

    def pair(self, candidate: str, baseline: str) -> ComparisonMetrics | None:
        """Return the comparison of two variants in this direction, or None without one."""
        every = self.pairs()
        direct, other = every.get((candidate, baseline)), every.get((baseline, candidate))
        return direct or (other.inverted() if other else None)
