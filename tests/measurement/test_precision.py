"""Adaptive measuring: when it stops, that it never looks at p, and what its intervals cover."""

import math

import numpy as np
import pytest

from patterns.statistics.paired import signed_rank
from tests.measurement import plans
from tracker.measurement.journal import RoundsEnded, load_journal
from tracker.measurement.precision import LEAST_ROUNDS, Budget, PrecisionRule, half_width_percent
from tracker.measurement.replay import ReplayExecutor, Scripted


def adaptive(*groups, percent=2.0, **budget):
    plan = plans.plan(*groups)
    execution = plan.config.execution.model_copy(update={"precision": percent, **budget})
    config = plan.config.model_copy(update={"execution": execution})
    return plan.model_copy(update={"config": config})


def noisy(scale, factors=None, seed=3):
    """Return an executor whose times scatter by `scale` on a logarithmic scale."""
    rng = np.random.default_rng(seed)
    drawn = {}

    def script(trial, turn):
        key = (trial.variant.name, turn.phase, turn.round)
        noise = drawn.setdefault(key, rng.normal(0, scale))
        factor = (factors or {}).get(trial.variant.name, 1.0)
        return Scripted(wall_ms=10 * factor * math.exp(noise))

    return ReplayExecutor(script)


def measured_rounds(result):
    return len({record.round for record in result.measured})


def test_calm_ratios_stop_after_the_least_rounds_and_a_quarter_more(measure):
    (result,) = measure(adaptive(), noisy(0.001))
    assert measured_rounds(result) == math.ceil(1.25 * LEAST_ROUNDS)
    assert result.precision.reached
    assert result.precision.ended_by == "precision"
    assert result.precision.half_width <= 2


def test_rounds_go_on_until_every_ratio_is_known(measure):
    (result,) = measure(adaptive(), noisy(0.04))
    assert result.precision.reached
    assert 20 < measured_rounds(result) == result.precision.rounds < 200
    times = {
        name: {r.round: r.raw.execution.duration_ms for r in result.measured if r.variant == name}
        for name in ("git", "git-worktrees", "jujutsu")
    }
    widths = [
        half_width_percent([math.log(times[a][n] / times[b][n]) for n in times[a]], 0.95)
        for a, b in (("git", "git-worktrees"), ("git", "jujutsu"), ("git-worktrees", "jujutsu"))
    ]
    assert max(widths) == pytest.approx(result.precision.half_width)
    assert max(widths) <= 2


def test_budget_of_rounds_ends_what_cannot_be_known(measure):
    (result,) = measure(adaptive(max_iterations=20), noisy(0.5))
    assert measured_rounds(result) == 20
    assert not result.precision.reached
    assert result.precision.ended_by == "rounds"
    assert result.precision.half_width > 2


def test_budget_of_time_ends_it_but_never_before_the_least_rounds(measure):
    seconds = iter(range(10_000))
    (result,) = measure(adaptive(max_duration=5000), noisy(0.5), timer=lambda: float(next(seconds)))
    assert measured_rounds(result) == LEAST_ROUNDS
    assert result.precision.ended_by == "time"


def test_one_variant_has_no_ratio_and_is_measured_as_often_as_is_the_least(measure):
    group = plans.group(variants=(plans.GIT,))
    (result,) = measure(adaptive(group), noisy(0.5))
    assert measured_rounds(result) == LEAST_ROUNDS
    assert result.precision.half_width is None


def test_a_difference_does_not_end_it_sooner_or_later(measure):
    """The rule sees no p-value: a shift of one variant changes no decision."""
    (same,) = measure(adaptive(), noisy(0.03))
    (shifted,) = measure(adaptive(plans.group(plans.commit_test("other"))), noisy(0.03))
    (far,) = measure(adaptive(plans.group(plans.commit_test("far"))), noisy(0.03, {"jujutsu": 3.0}))
    assert same.precision.rounds == shifted.precision.rounds == far.precision.rounds


@pytest.mark.parametrize("killed_in", [3, 16, 19])
def test_resumed_session_stops_where_an_uninterrupted_one_would(measure, journal_path, killed_in):
    class KilledError(Exception):
        pass

    def kill(call):
        if (call.method, call.phase, call.round) == ("measure", "measured", killed_in):
            raise KilledError

    whole = noisy(0.001)
    broken = ReplayExecutor(whole.script, after_call=kill)
    with pytest.raises(KilledError):
        measure(adaptive(), broken)
    (result,) = measure(adaptive(), ReplayExecutor(whole.script))
    assert measured_rounds(result) == math.ceil(1.25 * LEAST_ROUNDS)
    ended = [event for event in load_journal(journal_path) if isinstance(event, RoundsEnded)]
    assert [event.precision for event in ended] == [result.precision]


SHAPES = {
    "normal": lambda rng, n: rng.normal(0, 1, n),
    "laplace": lambda rng, n: rng.laplace(0, 0.8, n),
    "t3": lambda rng, n: rng.standard_t(3, n) * 0.8,
}


def stopped_sample(rng, draw, wanted_percent, rule_of=PrecisionRule):
    """Return the log ratios at hand when the rule stops; it is fed as the engine feeds it."""
    rule = rule_of(wanted_percent, 0.95, Budget(most_rounds=150))
    ratios = 0.05 * draw(rng, 150)
    for count in range(1, 151):
        rule._times = {
            "a": dict(enumerate(np.exp(ratios[:count]))),
            "b": dict.fromkeys(range(count), 1.0),
        }
        rule._rounds = count
        if rule.decide(("a", "b"), 0.0) is not None:
            return ratios[:count]
    raise AssertionError


def test_interval_of_a_stopped_sample_covers_as_it_says():
    rng = np.random.default_rng(20261122)
    covered = []
    for draw in SHAPES.values():
        for wanted in (2.0, 2.6):
            for _ in range(220):
                interval = signed_rank(stopped_sample(rng, draw, wanted)).interval(0.95)
                covered.append(not interval.excludes(0.0))
    assert np.mean(covered) >= 0.94
