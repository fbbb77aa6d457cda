"""What is nearest: structured features, weights from the data, and widening that is said."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patterns.learning.similarity import Partition, find_nearest
from patterns.models import AskedContext, Outcome


def _outcome(key, **changes):
    values = {
        "id": key,
        "vcs_type": "git",
        "variant": "git",
        "repo_size": "small",
        "machine_class": "m1",
        "files": 100,
        "commits": 50,
        "branches": 1,
        "tags": 0,
        "total_bytes": 1000,
        "latency_ms": 10.0,
        "success": 1,
        **changes,
    }
    return Outcome(**values)


def _partition(outcomes):
    partition = Partition()
    partition.extend(outcomes)
    return partition


def _find(outcomes, k, **asked):
    return find_nearest(
        AskedContext(operation="commit", **asked),
        k,
        lambda _operation, vcs: _partition(
            [one for one in outcomes if vcs is None or one.vcs_type == vcs]
        ),
    )


def test_the_nearest_is_nearest_on_a_log_scale():
    found = _find([_outcome(1, files=10), _outcome(2, files=1000)], 1, files=200)
    assert found.ids == (2,)


def test_an_equal_one_is_at_distance_0_and_the_newest_first():
    found = _find([_outcome(key) for key in (1, 5, 9)], 2, vcs_type="git", variant="git", files=100)
    assert found.ids == (9, 5)
    assert found.distances == (0.0, 0.0)
    assert (found.considered, found.widened) == (3, ())


@pytest.mark.parametrize(
    ("vcs_type", "variant", "k", "widened", "considered"),
    [
        ("git", "git", 2, (), 3),
        ("git", "git", 50, (), 3),
        ("git", "git+x", 2, (), 2),
        ("git", "git+x", 3, ("configuration",), 5),
        ("git", "git+z", 1, ("configuration",), 5),
        ("jujutsu", "jujutsu", 2, (), 2),
        ("jujutsu", "jujutsu", 50, ("configuration", "system"), 7),
    ],
)
def test_too_few_matches_widen_the_question_and_say_so(vcs_type, variant, k, widened, considered):
    there = [_outcome(key, variant="git+x" if key < 3 else "git") for key in range(1, 6)]
    there += [_outcome(key, vcs_type="jujutsu", variant="jujutsu") for key in range(6, 8)]
    found = _find(there, k, vcs_type=vcs_type, variant=variant, files=100)
    assert (found.widened, found.considered) == (widened, considered)
    assert len(found.ids) == min(k, considered)


def test_where_it_was_widened_the_asked_configuration_and_system_still_come_first():
    there = [
        _outcome(1, vcs_type="jujutsu", variant="jujutsu"),
        _outcome(2, variant="git+x"),
        _outcome(3),
        _outcome(4, vcs_type="jujutsu", variant="jujutsu"),
    ]
    found = _find(there, 4, vcs_type="git", variant="git+x")
    assert found.ids[:2] == (2, 3)


def test_weights_are_learned_from_times_where_there_are_enough():
    chance = random.Random(7)
    there = []
    for key in range(1, 200):
        files, branches = 10 ** chance.uniform(1, 5), 10 ** chance.uniform(0, 3)
        there.append(
            _outcome(
                key,
                files=int(files),
                branches=int(branches),
                latency_ms=files * math.exp(chance.gauss(0, 0.05)),
            )
        )
    found = _find(there, 5, vcs_type="git", files=1000)
    assert found.weights_learned
    assert found.weights["files"] > 100 * found.weights["branches"]
    few = _find(there[:19], 5, vcs_type="git", files=1000)
    assert not few.weights_learned
    assert set(few.weights.values()) == {1.0}


def test_a_configuration_that_matters_weighs_more_than_one_that_does_not():
    chance = random.Random(3)
    there = [
        _outcome(
            key,
            variant="git+slow" if key % 2 else "git",
            machine_class=f"m{key % 3}",
            latency_ms=math.exp(2.0 * (key % 2) + chance.gauss(0, 0.1)),
        )
        for key in range(1, 200)
    ]
    weights = _find(there, 5, vcs_type="git").weights
    assert weights["variant"] == pytest.approx(2.0, rel=0.05)
    assert weights["machine_class"] < 0.05


def test_an_unknown_feature_is_farther_than_a_known_equal_one():
    there = [_outcome(1), _outcome(2, files=None), _outcome(3, files=120)]
    assert _find(there, 3, vcs_type="git", files=100).ids[0] == 1
    assert _find(there, 3, vcs_type="git", files=100).distances[-1] > 1


def test_failures_teach_no_weights_and_are_found():
    there = [_outcome(key, success=0, latency_ms=1e9) for key in range(1, 100)]
    found = _find(there, 5, vcs_type="git")
    assert not found.weights_learned
    assert len(found.ids) == 5


def test_nothing_is_expected_of_nothing():
    found = _find([], 5, vcs_type="git", variant="git", files=3)
    assert (found.ids, found.considered) == ((), 0)


outcomes = st.builds(
    _outcome,
    key=st.just(0),
    files=st.none() | st.integers(0, 10**6),
    commits=st.none() | st.integers(0, 10**6),
    variant=st.sampled_from(["git", "git+x"]),
    latency_ms=st.none() | st.floats(0, 1e6),
    success=st.integers(0, 1),
)


@given(st.lists(outcomes, max_size=80), st.integers(0, 80), st.integers(1, 9))
def test_reading_on_gives_what_reading_all_gives(given_outcomes, cut, k):
    numbered = [one._replace(id=key) for key, one in enumerate(given_outcomes, 1)]
    grown = _partition(numbered[:cut])
    grown.extend(numbered[cut:])
    asked = AskedContext(operation="commit", files=500, commits=3, variant="git")
    one, other = (
        part.nearest(asked, k, variant=None, widened=()) for part in (grown, _partition(numbered))
    )
    assert one == other
    assert list(one.distances) == sorted(one.distances)
    assert len(one.ids) == min(k, len(numbered))
