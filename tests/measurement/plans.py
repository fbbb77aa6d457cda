"""Plans and sessions for the tests of the measurement stage."""

from tracker.models import (
    BenchmarkConfig,
    FixtureRequest,
    Machine,
    OutcomeCheck,
    Plan,
    RepoSize,
    SessionInfo,
    Test,
    TrialGroup,
    Variant,
)

GIT = Variant(name="git", vcs_type="git")
WORKTREES = Variant(name="git-worktrees", vcs_type="git-worktrees")
JUJUTSU = Variant(name="jujutsu", vcs_type="jujutsu")


def config(iterations=3, warmups=1, timeout=60_000):
    return BenchmarkConfig.model_validate(
        {
            "id": "benchmark-00000000",
            "name": "plan of a test",
            "execution": {"iterations": iterations, "warmupRuns": warmups, "timeout": timeout},
            "environment": {},
            "tests": {"suites": ["*"]},
        }
    )


def commit_test(name="commit", **changes):
    settings = {
        "id": name,
        "name": name,
        "command": "git commit",
        "outcome": OutcomeCheck(tree="HEAD"),
    }
    return Test(**{**settings, **changes})


def group(test=None, variants=(GIT, WORKTREES, JUJUTSU), **changes):
    return TrialGroup(
        suite_id="basic",
        suite_name="Basic",
        test=test or commit_test(),
        fixture=FixtureRequest(size=RepoSize.SMALL, seed=1),
        variants=variants,
        **changes,
    )


def plan(*groups, iterations=3, warmups=1, seed=7):
    return Plan(config=config(iterations, warmups), seed=seed, groups=groups or (group(),))


def session(machine=None):
    return SessionInfo(
        session_id="benchmark-1700000000000",
        config_id="benchmark-00000000",
        config_name="plan of a test",
        config_hash="0" * 16,
        started_ms=1_700_000_000_000,
        seed=7,
        machine=machine or Machine(machine_class="replay"),
        versions={},
        tracker_version="0",
    )


def rotated(name, number, count):
    """Return another order in each round, and the same one whenever it is asked again."""
    first = (number + len(name)) % count
    return [(first + place) % count for place in range(count)]
