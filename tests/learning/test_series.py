"""What a series may hold."""

import numpy as np
import pytest

from patterns.learning.series import (
    SeriesError,
    read_time,
    read_value,
    require_order,
    require_points,
)


@pytest.mark.parametrize("text", ["nan", "NaN", "inf", "-inf", "", "fast", "1,5"])
def test_a_value_that_is_no_finite_number_is_refused(text):
    with pytest.raises(SeriesError, match="Leave out"):
        read_value(text)


def test_times_are_numbers_or_iso_8601():
    assert read_time("1412275602000") == 1412275602000
    assert read_time("1970-01-01") == 0
    assert read_time("1970-01-01T01:00:00+01:00") == 0
    with pytest.raises(SeriesError, match="yesterday"):
        read_time("yesterday")


def test_times_that_go_back_are_refused_at_their_position():
    with pytest.raises(SeriesError) as refused:
        require_order(np.array([1.0, 3.0, 2.0]), repeats=True)
    assert refused.value.position == 2


def test_repeated_times_are_counted_or_refused():
    assert require_order(np.array([1.0, 1.0, 2.0]), repeats=True) == 1
    with pytest.raises(SeriesError, match="repeated"):
        require_order(np.array([1.0, 1.0, 2.0]), repeats=False)


def test_too_few_points_are_refused():
    require_points(2, 2, "a forecast")
    with pytest.raises(SeriesError, match="1 point: a forecast needs at least 2"):
        require_points(1, 2, "a forecast")
