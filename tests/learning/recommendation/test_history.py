"""What operations took, as a table."""

import numpy as np
import pytest

from patterns.learning.recommendation.history import history_of
from patterns.learning.recommendation.workload import PROFILES, Workload, weigh
from tests.learning.recommendation.histories import trial

ONCE = Workload("once", {"commit": 1.0}, "test")


def test_a_cell_is_the_baseline_of_all_sessions_times_the_ratio_within_each() -> None:
    found = history_of(
        [
            trial("a", "commit", "git", 10.0, session="benchmark-1"),
            trial("a", "commit", "git+x", 5.0, session="benchmark-1"),
            # The machine was twice as slow; the ratio is the same.
            trial("a", "commit", "git", 20.0, session="benchmark-2"),
            trial("a", "commit", "git+x", 10.0, session="benchmark-2"),
        ]
    )
    assert found.ms[0, 0].tolist() == [15.0, 7.5]
    assert found.rounds[0, "git+x"] == 24
    assert len(found.runs[0, "git+x"]) == 2


def test_what_was_not_measured_or_failed_is_unknown() -> None:
    found = history_of(
        [
            trial("a", "commit", "git", 10.0),
            trial("a", "commit", "git+x", None),
            trial("b", "commit", "git+x", 4.0),
            trial("b", "commit", "git", 4.0, status="void"),
        ]
    )
    assert np.isnan(found.ms[1, 0, found.variants.index("git")])
    assert np.isnan(found.ms[0, 0, found.variants.index("git+x")])


def test_patterns_without_a_repository_are_left_out() -> None:
    assert history_of([trial("a", "commit", "git", 10.0, files=None)]).patterns == 0


def test_digest_is_that_of_what_is_learned_from() -> None:
    one = history_of([trial("a", "commit", "git", 10.0)])
    other = history_of([trial("a", "commit", "git", 10.1)])
    assert one.digest == history_of([trial("a", "commit", "git", 10.0)]).digest != other.digest


def test_one_off_cost_is_spread_over_the_horizon() -> None:
    found = history_of(
        [
            trial("a", "commit", "git", 10.0),
            trial("a", "commit", "git+x", 5.0, one_off_ms=300.0),
        ]
    )
    assert weigh(found, ONCE, horizon_days=30).ratios.cost[0].tolist() == [1.0, 1.5]
    assert weigh(found, ONCE, horizon_days=300).ratios.cost[0].tolist() == [1.0, 0.6]


def test_operations_nobody_measured_are_named() -> None:
    found = history_of([trial("a", "commit", "git", 10.0), trial("a", "commit", "git+x", 5.0)])
    seen = weigh(found, PROFILES["agent"], horizon_days=30)
    assert seen.operations == ("commit",)
    assert seen.unknown == ("log-path", "status-dirty")
    assert seen.base_ms.tolist() == [2000.0]


@pytest.mark.parametrize("name", list(PROFILES))
def test_profiles_say_where_they_come_from(name: str) -> None:
    assert "assumed" in PROFILES[name].source
    assert all(times > 0 for times in PROFILES[name].per_day.values())
