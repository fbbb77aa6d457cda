"""Advice for one repository and workload: which variant, what it saves, on what evidence."""

import hashlib
import json
from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from patterns.models import Value

Verdict = Literal["faster", "no measurable difference", "uncertain", "keep"]
"""`faster`: the interval of the ratio lies below 1. `no measurable difference`: it lies within
the practical threshold. `uncertain`: it holds 1, so measuring decides. `keep`: what is compared
with is the best itself."""

THRESHOLD = 0.05
"""Relative difference that nobody notices; the tracker's practical threshold."""


class Bounds(Value):
    """A predicted amount; the interval is None where too few repositories were measured for it."""

    value: float
    low: float | None = None
    high: float | None = None


class OperationCost(Value):
    """One operation's predicted ms for each variant that is told."""

    operation: str
    per_day: float
    baseline_ms: float | None
    recommended_ms: float | None
    best_variant: str | None = Field(description="Of this operation alone.")
    best_ms: float | None
    n: int = Field(description="Repositories it was measured in.")


class EvidenceItem(Value):
    """A measured repository near the one that is asked about."""

    repository: str = Field(description="Id of the fixture.")
    distance: float = Field(description="In standard deviations of the features.")
    ratio: float | None = Field(description="Measured there: recommended / baseline.")
    n: int = Field(description="Rounds together.")
    runs: tuple[str, ...]


class Choice(Value):
    """One variant's place, predicted."""

    variant: str
    ratio: Bounds | None = Field(description="ms a day / the baseline's.")
    ms_per_day: Bounds | None
    one_off_ms: float | None
    n: int = Field(description="Repositories in which it was measured beside the baseline.")


class Change(Value):
    """What to paste to get from the present configuration to the recommended one."""

    commands: tuple[str, ...]
    already: tuple[str, ...] = Field(default=(), description="Settings that are there.")
    note: str | None = None


class Advice(Value):
    """A prediction; nothing in it was measured on the repository it is for."""

    prediction_id: str
    workload: str
    per_day: dict[str, float]
    workload_source: str
    features: dict[str, float | None]
    machine_class: str
    versions: tuple[str, ...]
    baseline: str
    recommended: str
    candidate: str = Field(description="The best other than the baseline; what --verify measures.")
    verdict: Verdict
    evidence_kind: str
    model: str
    confidence: float
    baseline_ms_per_day: Bounds | None
    recommended_ms_per_day: Bounds | None
    saving_ms_per_day: Bounds | None
    ratio: Bounds | None
    one_off_ms: float | None
    pay_back_days: float | None = Field(description="None where nothing is saved or spent.")
    horizon_days: float
    ranking: tuple[Choice, ...]
    operations: tuple[OperationCost, ...]
    left_out: tuple[str, ...] = Field(description="Operations nobody measured.")
    nearest: tuple[EvidenceItem, ...]
    contexts: int
    patterns: int
    training_hash: str
    change: Change | None = None
    warnings: tuple[str, ...] = ()


def prediction_id(parts: Mapping[str, object]) -> str:
    """Return the id of a prediction: the same question to the same history has the same.

    >>> prediction_id({"workload": "agent"})
    'prediction-f7730434e74a'
    """
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), default=str)
    return f"prediction-{hashlib.blake2b(text.encode(), digest_size=6).hexdigest()}"


def verdict_of(ratio: Bounds | None) -> Verdict:
    """Return what a predicted ratio to the baseline lets one say.

    >>> verdict_of(Bounds(value=0.7, low=0.6, high=0.8))
    'faster'
    >>> verdict_of(Bounds(value=0.99, low=0.97, high=1.01))
    'no measurable difference'
    >>> verdict_of(Bounds(value=0.9))
    'uncertain'
    """
    if ratio is None or ratio.low is None or ratio.high is None:
        return "uncertain"
    if ratio.low >= 1 - THRESHOLD and ratio.high <= 1 + THRESHOLD:
        return "no measurable difference"
    return "faster" if ratio.high < 1 else "uncertain"
