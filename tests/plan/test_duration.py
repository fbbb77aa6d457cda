"""How long a session takes, guessed from the suite and then from what was seen."""

from tracker.models import FixtureRequest, RepoSize
from tracker.plan import estimate, make_plan, remaining_ms


def test_a_whole_suite_takes_its_estimate_once_a_round(config, make_suite, variants):
    suites = [make_suite({"id": "a"}, {"id": "b"}, requirements={"estimatedDuration": 600})]
    plan = make_plan(config, suites, variants, seed=1)
    assert estimate(plan, suites).expected_ms == 12 * 600
    assert estimate(plan, suites).limit_ms == 12 * 6 * 5000


def test_a_part_of_a_suite_takes_its_share(config, make_suite, variants):
    suites = [make_suite({"id": "a"}, {"id": "b"}, requirements={"estimatedDuration": 600})]
    plan = make_plan(config, suites, variants, seed=1, test_globs=["a"], variant_globs=["git"])
    assert estimate(plan, suites).expected_ms == 12 * 100


def test_larger_repositories_take_longer(config, make_suite, variants):
    suites = [make_suite({"id": "a"})]
    times = [
        estimate(make_plan(config, suites, variants, seed=1, fixtures=[FixtureRequest(size=size)]), suites).expected_ms
        for size in (RepoSize.SMALL, RepoSize.MEDIUM, RepoSize.LARGE)
    ]  # fmt: skip
    assert times == sorted(set(times))


def test_a_test_s_own_timeout_limits_it(config, make_suite, variants):
    suites = [make_suite({"id": "a", "timeout": 1000})]
    assert estimate(make_plan(config, suites, variants, seed=1), suites).limit_ms == 12 * 3 * 1000


def test_what_is_left_follows_the_mean_of_what_was_seen(config, make_suite, variants):
    plan = make_plan(config, [make_suite({"id": "a"})], variants, seed=1)
    assert remaining_ms(plan, {}, 0) is None
    assert remaining_ms(plan, {"s/a/small": 9}, 900) == 27 * 100
    assert remaining_ms(plan, {"s/a/small": 40}, 4000) == 0
