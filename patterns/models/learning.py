"""What learning says: trends, recurring patterns and recommendations (specification, section 5)."""

from typing import Literal

from pydantic import Field

from patterns.models.base import Value

Direction = Literal["improving", "degrading", "stable"]
Priority = Literal["low", "medium", "high", "critical"]


class Forecast(Value):
    """The next value of a series and the nominal level of its interval."""

    next_value: float | None
    confidence: float | None = Field(description="Nominal level of the interval, never r².")
    interval: tuple[float, float] | None = None


class TrendAnalysis(Value):
    """Where a series goes; None where the history is too short to tell."""

    direction: Direction | None
    slope: float | None = Field(description="Metric's unit per day, Theil–Sen.")
    r2: float | None
    forecast: Forecast
    slope_interval: tuple[float, float] | None = None
    n: int | None = None
    reason: str | None = Field(default=None, description="Why something is unknown.")


class ExpectedImpact(Value):
    """What a recommendation should bring."""

    metric: str
    improvement: float | None = Field(description="percent")
    confidence: float | None = Field(description="0–1")
    interval: tuple[float, float] | None = Field(default=None, description="percent")
    n: int | None = None


class Implementation(Value):
    """How a recommendation is followed."""

    effort: Literal["low", "medium", "high"]
    steps: tuple[str, ...]
    risks: tuple[str, ...]


class Recommendation(Value):
    """Something worth doing, and the evidence for it."""

    id: str
    priority: Priority
    category: Literal["performance", "quality", "security", "usability"]
    title: str
    description: str
    rationale: str
    expected_impact: ExpectedImpact
    implementation: Implementation
    evidence: tuple[str, ...] = Field(default=(), description="Ids of the runs behind it.")


class Pattern(Value):
    """Something that came up more than once."""

    type: Literal["performance", "error", "usage"]
    description: str
    frequency: int = Field(ge=0)
    examples: tuple[str, ...]
