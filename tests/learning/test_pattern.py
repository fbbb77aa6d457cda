"""A trial becomes a pattern in the specification's form."""

import json

import pytest

from patterns.learning.pattern import TrialOutcome, pattern_record
from patterns.learning.reward import Measured, RewardTerms, rescore, reward_terms
from patterns.models import PatternContext

CONTEXT = PatternContext(
    operation="commit",
    vcs_type="jujutsu",
    variant="jujutsu+x",
    repo_size="medium",
    created_at=1_700_000_000_000,
    test_id="commit-small",
    fixture_id="synthetic-medium-1a2b3c4d",
    run_id="run-1700000000-abc123",
    files=100,
)
TERMS = reward_terms(
    Measured(time=45.0),
    Measured(time=95.0),
    successes=15,
    attempts=15,
    baseline_run_id="run-1-aaaaaa",
)
OUTCOME = TrialOutcome(success=True, time_ms=45.0, memory_peak_bytes=128 * 2**20, io_operations=250)


def record(context=CONTEXT, outcome=OUTCOME, **changes):
    given = {"terms": TERMS, "critique": "2.1x faster", **changes}
    return pattern_record("benchmark-1700000000000", context, outcome, **given)


def test_the_input_has_at_least_the_specified_keys():
    assert json.loads(record().pattern.input) == {
        "operation": "commit",
        "vcsType": "jujutsu",
        "variant": "jujutsu+x",
        "repoSize": "medium",
        "files": 100,
        "testId": "commit-small",
        "fixtureId": "synthetic-medium-1a2b3c4d",
    }


def test_the_output_is_in_ms_and_mib_and_names_its_run():
    assert json.loads(record().pattern.output) == {
        "executionTime": 45.0,
        "memoryPeak": 128.0,
        "ioOperations": 250.0,
        "success": True,
        "runId": "run-1700000000-abc123",
    }


def test_keys_are_sorted():
    text = record(parameters={"zebra": 1, "apple": 2}).pattern.input
    keys = list(json.loads(text))
    assert keys == sorted(keys)
    assert {"zebra", "apple"} < set(keys)


def test_parameters_do_not_replace_what_every_pattern_has():
    assert json.loads(record(parameters={"vcsType": "svn"}).pattern.input)["vcsType"] == "jujutsu"


def test_a_parameter_that_json_does_not_know_is_refused():
    with pytest.raises(ValueError, match="Out of range"):
        record(parameters={"n": float("nan")})


def test_the_unknown_is_null():
    output = json.loads(record(outcome=TrialOutcome(success=False)).pattern.output)
    assert output["executionTime"] is output["memoryPeak"] is output["ioOperations"] is None


def test_task_latency_and_reward_are_those_of_the_trial():
    pattern = record().pattern
    assert pattern.task == "commit-jujutsu-benchmark"
    assert pattern.latency_ms == 45.0
    assert pattern.reward == rescore(TERMS)
    assert pattern.tokens_used == 0


def test_the_context_holds_what_the_reward_was_made_from():
    stored = record()
    assert stored.context.reward_version == TERMS.version
    assert stored.context.baseline_run_id == "run-1-aaaaaa"
    terms = RewardTerms.model_validate_json(stored.context.reward_terms)
    assert rescore(terms) == stored.pattern.reward
