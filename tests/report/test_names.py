import pytest

from tracker.report.names import colour, mebibytes, number, percent, plain, probability, short
from tracker.tracking.colours import DEFAULTS


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, "–"),
        (0, "0"),
        (3.14159, "3.14"),
        (14.26, "14.3"),
        (99.96, "100"),
        (1234.5, "1234"),
        (0.01234, "0.0123"),
    ],
)
def test_numbers_have_three_digits(value, written):
    assert number(value) == written


@pytest.mark.parametrize(
    ("share", "written"),
    [
        (None, "–"),
        (1.0, "100 %"),
        (0.0, "0 %"),
        (0.99999, "99.9 %"),
        (0.00001, "0.1 %"),
        (14 / 15, "93.3 %"),
    ],
)
def test_a_hundred_percent_means_all(share, written):
    assert percent(share) == written


def test_unknown_is_a_dash_everywhere():
    assert {number(None), percent(None), probability(None), mebibytes(None), short(None)} == {"–"}


def test_small_p_values_are_bounded():
    assert (probability(0.0004), probability(0.0312)) == ("< 0.001", "0.031")


def test_the_three_systems_have_the_colours_of_the_mlflow_charts():
    assert {name: colour(name, []) for name in DEFAULTS} == dict(DEFAULTS)


def test_further_variants_have_colours_of_their_own():
    names = ["git", "git+a", "git+b", "jujutsu+c"]
    assert len({colour(name, names) for name in names}) == 4


def test_text_is_one_line_without_control_characters():
    assert plain("a\r\nb\x1b[0m\u202ec\x9b") == "a b\ufffd[0m\ufffdc\ufffd"
