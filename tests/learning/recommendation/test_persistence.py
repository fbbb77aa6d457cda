"""Models written without pickle, and read only where they are our own."""

import collections

import pytest
import skops.io

from patterns.learning.recommendation import RecommendationError
from patterns.learning.recommendation.advising import Adviser, Question
from patterns.learning.recommendation.history import history_of
from patterns.learning.recommendation.model import Effort
from patterns.learning.recommendation.persistence import from_bytes, model_key, to_bytes
from patterns.learning.recommendation.workload import Workload
from tests.learning.recommendation.histories import records

WORK = Workload("work", {"status-dirty": 90.0, "commit": 10.0}, "test")
QUICK = Effort(trees=20)
ASKED = {"files": 500.0, "commits": 300.0, "branches": 3.0, "tags": 0.0, "total_bytes": 1e6}


@pytest.mark.parametrize("count", [4, 30])
def test_what_was_written_gives_the_same_advice(count: int) -> None:
    adviser = Adviser.fit(history_of(records(count)), WORK, effort=QUICK)
    again = Adviser.fit(adviser.history, WORK, fitted=from_bytes(to_bytes(adviser)))
    question = Question(ASKED, WORK, "here")
    assert again.advise(question).to_json() == adviser.advise(question).to_json()


def test_foreign_types_are_not_built() -> None:
    with pytest.raises(RecommendationError, match="foreign"):
        from_bytes(skops.io.dumps(collections.Counter("ab")))


def test_another_object_is_no_model() -> None:
    with pytest.raises(RecommendationError, match="no model"):
        from_bytes(skops.io.dumps([1, 2]))


def test_name_changes_with_all_a_model_depends_on() -> None:
    other = Workload("work", {"commit": 10.0}, "test")
    keys = {
        model_key("a", WORK, 30.0, QUICK),
        model_key("b", WORK, 30.0, QUICK),
        model_key("a", other, 30.0, QUICK),
        model_key("a", WORK, 10.0, QUICK),
        model_key("a", WORK, 30.0, Effort(trees=20, seed=1)),
    }
    assert len(keys) == 5
