"""What a remembered trial was like and how it went, as similarity compares it."""

from typing import Literal, NamedTuple

from pydantic import Field

from patterns.models.base import Value
from patterns.models.memory import BenchmarkPattern


class Outcome(NamedTuple):
    """One pattern as numbers and names; there may be a million, so it is no model."""

    id: int
    vcs_type: str
    variant: str
    repo_size: str
    machine_class: str | None
    files: int | None
    commits: int | None
    branches: int | None
    tags: int | None
    total_bytes: int | None
    latency_ms: float | None
    success: int


class FailedRun(NamedTuple):
    """Iterations of one trial that failed alike."""

    run_id: str
    variant: str
    repo_size: str
    error_type: str
    iterations: int
    last_at: int
    """Unix ms"""


class AskedContext(Value):
    """A situation of which one wants to know what to expect; None is not asked about."""

    operation: str = Field(min_length=1)
    vcs_type: str | None = None
    variant: str | None = Field(default=None, description="The configuration, such as `git+x`.")
    repo_size: str | None = None
    machine_class: str | None = None
    files: int | None = Field(default=None, ge=0)
    commits: int | None = Field(default=None, ge=0)
    branches: int | None = Field(default=None, ge=0)
    tags: int | None = Field(default=None, ge=0)
    total_bytes: int | None = Field(default=None, ge=0)


class Neighbour(Value):
    """A pattern that is like what was asked."""

    id: str = Field(description="Content hash, for `tracker patterns show`.")
    run_id: str | None
    distance: float = Field(description="0 is the same; see `weights`.")
    variant: str
    pattern: BenchmarkPattern


class ExpectedOutcome(Value):
    """What to expect, from the patterns nearest to a context, whatever their reward."""

    n: int = Field(description="Patterns that the expectation comes from.")
    considered: int = Field(description="Patterns they were chosen from.")
    widened: tuple[Literal["configuration", "system"], ...] = Field(
        description="What was asked and had to be left out, because too few matched."
    )
    latency_ms: float | None = Field(description="Median of the successful ones.")
    latency_quartiles: tuple[float, float] | None
    success_rate: float | None
    weights: dict[str, float] = Field(description="Of squared differences, by feature.")
    weights_learned: bool = Field(
        description="Whether weights come from this operation's times; else all are 1."
    )
    neighbours: tuple[Neighbour, ...]
