"""The order within rounds is seeded, fair and depends on nothing else."""

from collections import Counter
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from tracker.plan import round_order

EARLIER = [(0, 1, 2), (2, 0, 1), (2, 0, 1), (2, 0, 1)]
"""Orders of seed 7: a resumed session of an earlier version must go on in them."""

SEEDS = st.integers(min_value=0, max_value=2**63 - 1)
KEYS = st.text(max_size=20)


@given(SEEDS, KEYS, st.integers(0, 1000), st.integers(1, 12))
def test_every_variant_runs_exactly_once_in_a_round(seed, key, number, count):
    assert sorted(round_order(seed, key, number, count)) == list(range(count))


@given(SEEDS, KEYS, st.integers(0, 1000), st.integers(1, 12))
def test_the_same_round_has_the_same_order_whenever_it_is_asked_for(seed, key, number, count):
    first = round_order(seed, key, number, count)
    round_order(seed, key, number + 1, count)
    assert round_order(seed, key, number, count) == first


@given(SEEDS, KEYS)
def test_orders_vary_over_rounds_seeds_and_groups(seed, key):
    orders = {round_order(seed, key, number, 6) for number in range(20)}
    assert len(orders) > 10
    assert {round_order(seed + n, key, 0, 6) for n in range(20)} != {round_order(seed, key, 0, 6)}
    assert {round_order(seed, f"{key}{n}", 0, 6) for n in range(20)} != {
        round_order(seed, key, 0, 6)
    }


def test_every_order_of_three_is_equally_likely():
    counts = Counter(round_order(1, "s/t/small", number, 3) for number in range(6000))
    assert set(counts) == set(permutations(range(3)))
    # Each is expected 1000 times; 150 are five standard deviations of a binomial.
    assert all(abs(count - 1000) < 150 for count in counts.values())


def test_the_order_is_that_of_earlier_versions():
    assert [round_order(7, "basic/commit/small", n, 3) for n in range(4)] == EARLIER
