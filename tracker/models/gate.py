"""What `tracker check` and `tracker bisect` say."""

from typing import Literal

from pydantic import Field

from tracker.models.base import Value

GateVerdict = Literal["regressed", "improved", "unchanged", "inconclusive", "missing"]
Severity = Literal["minor", "moderate", "severe"]
Level = Literal["confirmed", "suspect"]

SCHEMA_VERSION = "1"
"""1: the first."""


class Side(Value):
    """What one side of a comparison rests on."""

    ref: str = Field(description="Session, commit, version or program.")
    value: float | None
    n: int = Field(description="Points of the history, or rounds of a re-measurement.")


class GateResult(Value):
    """One series: what changed, how sure it is, and what could not have been seen."""

    name: str
    test_id: str
    vcs_type: str = ""
    variant: str = ""
    repository: str = ""
    metric: str
    unit: str
    direction: Literal["lower_is_better", "higher_is_better"] = "lower_is_better"
    machine_class: str
    verdict: GateVerdict
    level: Level | None = None
    severity: Severity | None = None
    baseline: Side | None = None
    candidate: Side | None = None
    change_percent: float | None = Field(default=None, description="Candidate over baseline.")
    change_interval: tuple[float, float] | None = Field(
        default=None, description="percent, 95 %, valid at every look"
    )
    evidence: float | None = Field(default=None, description="e-value against no change")
    method: Literal["history", "re-measured"] = "history"
    smallest_visible_percent: float | None = Field(
        default=None, description="The smallest change that could have been seen."
    )
    changed_at: str | None = Field(default=None, description="First session of the new level.")
    reason: str | None = None
    muted: str | None = Field(default=None, description="Until when, and why.")
    previous_version: str | None = None
    current_version: str | None = None


class GateSummary(Value):
    """How many series have which verdict; muted ones are counted apart."""

    regressed: int = 0
    improved: int = 0
    unchanged: int = 0
    inconclusive: int = 0
    missing: int = 0
    muted: int = 0


class GateReport(Value):
    """The answer of `tracker check`."""

    schema_version: str = SCHEMA_VERSION
    verdict: Literal["passed", "regressed", "inconclusive"]
    exit_code: int
    baseline: str
    fail_on: Severity
    limits_percent: tuple[float, float, float]
    false_discovery_rate: float = Field(description="Over all series and all looks.")
    alpha: float = Field(description="Of a re-measurement, over all its rounds.")
    summary: GateSummary
    notes: tuple[str, ...] = ()
    results: tuple[GateResult, ...] = ()


class BisectedVersion(Value):
    """One version that was measured against the first."""

    version: str
    nearer: Literal["old", "new", "undecided"]
    ratio: float | None = Field(description="This version over the first one.")
    interval: tuple[float, float] | None = None
    n: int


class BisectReport(Value):
    """The answer of `tracker bisect`."""

    schema_version: str = SCHEMA_VERSION
    test_id: str
    metric: str
    found: bool
    first_slow: str | None = None
    last_fast: str | None = None
    ratio: float | None = Field(default=None, description="Last version over the first one.")
    asked: tuple[BisectedVersion, ...] = ()
    reason: str | None = None
    seconds: float | None = None
