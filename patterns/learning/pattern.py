"""A trial's facts as a pattern to be remembered."""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import Field

from patterns.learning.reward import RewardTerms, rescore
from patterns.models import BenchmarkPattern, PatternContext, PatternRecord, Value

BYTES_PER_MIB = 2**20


class TrialOutcome(Value):
    """What came out of a trial: medians over its successful iterations, None is unknown."""

    success: bool
    time_ms: float | None = Field(default=None, ge=0)
    memory_peak_bytes: float | None = Field(default=None, ge=0)
    io_operations: float | None = Field(default=None, ge=0)
    one_off_ms: float | None = Field(default=None, ge=0, description="The variant's preparation.")


def task_of(operation: str, vcs_type: str) -> str:
    """Return the task of a pattern.

    >>> task_of("commit", "jujutsu")
    'commit-jujutsu-benchmark'
    """
    return f"{operation}-{vcs_type}-benchmark"


def pattern_record(
    session_id: str,
    context: PatternContext,
    outcome: TrialOutcome,
    *,
    terms: RewardTerms,
    critique: str | None,
    parameters: Mapping[str, Any] | None = None,
) -> PatternRecord:
    """Return a trial as a pattern in its context, reward and its terms filled in.

    Parameters
    ----------
    session_id : str
    context : PatternContext
        Its reward columns may be empty.
    outcome : TrialOutcome
    terms : RewardTerms
    critique : str or None
    parameters : mapping
        More of what the trial was given, for the pattern's `input`: keys in camelCase,
        values that JSON knows. They do not replace those that every pattern has.
    """
    pattern = BenchmarkPattern(
        session_id=session_id,
        task=task_of(context.operation, context.vcs_type),
        input=_json(_input(context, parameters or {})),
        output=_json(_output(context, outcome)),
        reward=rescore(terms),
        success=outcome.success,
        critique=critique,
        latency_ms=outcome.time_ms,
        tokens_used=0,
    )
    scored = context.model_copy(
        update={
            "reward_version": terms.version,
            "reward_terms": terms.to_json(),
            "baseline_run_id": terms.baseline_run_id,
        }
    )
    return PatternRecord(pattern=pattern, context=scored)


def _input(context: PatternContext, parameters: Mapping[str, Any]) -> dict[str, Any]:
    more = {"testId": context.test_id, "fixtureId": context.fixture_id}
    return {
        **parameters,
        **{key: value for key, value in more.items() if value is not None},
        "operation": context.operation,
        "vcsType": context.vcs_type,
        "variant": context.variant,
        "repoSize": context.repo_size,
        "files": context.files,
    }


def _output(context: PatternContext, outcome: TrialOutcome) -> dict[str, Any]:
    peak = outcome.memory_peak_bytes
    output: dict[str, Any] = {
        "executionTime": outcome.time_ms,
        "memoryPeak": None if peak is None else peak / BYTES_PER_MIB,
        "ioOperations": outcome.io_operations,
        "success": outcome.success,
    }
    if outcome.one_off_ms is not None:  # most variants prepare nothing
        output["oneOffMs"] = outcome.one_off_ms
    # The run is part of the pattern, so that it is known again after an export.
    return output if context.run_id is None else {**output, "runId": context.run_id}


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(
        value, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":")
    )
