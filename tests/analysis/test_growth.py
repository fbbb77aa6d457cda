import pytest

from tests.analysis.builder import SETTINGS, Measured, group, paired
from tracker.analysis.growth import session_growth

GIT = {"small": 4.0, "medium": 8.0, "large": 16.0}  # files ** 0.3


def groups(jujutsu, sizes=("small", "medium", "large")):
    return [
        group(
            Measured(paired({"git": GIT[size], "jujutsu": jujutsu[size]}, 15, seed)),
            size=size,
        )
        for seed, size in enumerate(sizes)
    ]


def by_variant(found):
    return {one.variant: one for one in found}


def test_exponents_are_those_that_were_planted():
    found = by_variant(session_growth(groups({"small": 2, "medium": 20, "large": 200}), SETTINGS))
    assert found["git"].exponent == pytest.approx(0.301, abs=0.03)
    assert found["jujutsu"].exponent == pytest.approx(1.0, abs=0.03)
    low, high = found["jujutsu"].interval
    assert low < 1.0 < high
    assert found["jujutsu"].files == (200, 2000, 20000)


def test_what_grows_faster_than_its_rival_is_named_and_the_rival_is_not():
    found = by_variant(session_growth(groups({"small": 2, "medium": 20, "large": 200}), SETTINGS))
    (faster,) = found["jujutsu"].faster_than
    assert faster.rival == "git"
    assert faster.difference == pytest.approx(0.7, abs=0.02)
    assert faster.interval[0] < 0.7 < faster.interval[1]
    assert found["git"].faster_than == ()


def test_equal_growth_names_nobody():
    same = {size: 5 * time for size, time in GIT.items()}
    found = session_growth(groups(same), SETTINGS)
    assert all(one.faster_than == () for one in found)


def test_one_size_has_no_growth():
    assert session_growth(groups(GIT, sizes=("small",)), SETTINGS) == ()


def test_a_variant_that_is_missing_on_one_size_has_growth_of_the_others():
    every = groups({"small": 2, "medium": 20, "large": 200})
    only_git = group(Measured({"git": paired({"git": 4.0}, 15, 3)["git"]}), size="small")
    found = by_variant(session_growth([only_git, *every[1:]], SETTINGS))
    assert found["jujutsu"].files == (2000, 20000)
    assert found["git"].files == (200, 2000, 20000)
