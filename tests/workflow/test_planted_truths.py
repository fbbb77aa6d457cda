"""Sessions replayed with known truths get the right verdicts, and nobody wins who should not."""

import numpy as np
import pytest

from tests.workflow.conftest import Replay, make_project
from tracker.measurement.replay import ReplayExecutor, Scripted

ROUNDS = 20

TRUTHS = {
    # test: (planted ratio of jujutsu to git, what jujutsu's rounds are like)
    "status-clean": (1.00, "plain"),
    "status-dirty": (1.02, "plain"),
    "diff": (1.05, "plain"),
    "add": (1.20, "plain"),
    "blame": (1.20, "wide"),
    "file-show": (1.00, "outliers"),
    "branch-list": (1.00, "bimodal"),
    "commit": (1.00, "tied"),
    "amend": (1.20, "missing"),
}


def factor_of(kind, number, rng):
    if kind == "tied":
        return 1.0
    noise = np.exp(rng.normal(0, 0.08 if kind == "wide" else 0.006))
    if kind == "outliers" and number in (4, 13):
        return noise * 4
    return noise * (1.5 if kind == "bimodal" and rng.random() < 0.5 else 1.0)


def scripted(trial, turn):
    planted, kind = TRUTHS[trial.test.id]
    shared = np.random.default_rng([len(trial.test.id), turn.round])
    own = np.random.default_rng(
        [sum(map(ord, trial.test.id)), sum(map(ord, trial.variant.name)), turn.round]
    )
    drift = 1.0 if kind == "tied" else np.exp(shared.normal(0, 0.02))
    slower = planted if trial.variant.name == "jujutsu" else 1.0
    own_kind = kind if trial.variant.name == "jujutsu" or kind in ("bimodal", "tied") else "plain"
    time_ms = float(10.0 * slower * drift * factor_of(own_kind, turn.round, own))
    failed = kind == "missing" and trial.variant.name == "jujutsu" and turn.round % 5 == 0
    check = trial.test.for_vcs(trial.variant.vcs_type).outcome
    return Scripted(
        wall_ms=time_ms,
        cpu_ms=0.9 * time_ms,
        exit_code=1 if failed and turn.phase == "measured" else 0,
        outcome=check.expect or "the same",
    )


@pytest.fixture(scope="module")
def results(tmp_path_factory, empty_mlflow):
    with pytest.MonkeyPatch.context() as patch:
        folder = make_project(tmp_path_factory.mktemp("planted"), patch, empty_mlflow)
        outcome = Replay(folder).run(
            ReplayExecutor(scripted),
            tests=tuple(TRUTHS),
            variants=("git", "jujutsu"),
            iterations=ROUNDS,
        )
        return {result.test_id: result for result in outcome.report.results}


def pair(results, test):
    return results[test].comparison.jj_vs_git


@pytest.mark.parametrize("test", ["add", "blame", "diff"])
def test_a_planted_difference_is_found_with_its_size(results, test):
    planted, _ = TRUTHS[test]
    found = pair(results, test)
    low, high = found.statistical.confidence_interval
    assert found.verdict == "different"
    assert low <= 1 / planted <= high
    assert results[test].insights.winner == "git"


@pytest.mark.parametrize("test", ["status-clean", "file-show", "branch-list", "commit"])
def test_equals_have_no_winner_whatever_their_noise(results, test):
    assert results[test].insights.winner is None
    assert pair(results, test).verdict != "different"
    assert results[test].leaders == ("git", "jujutsu")


def test_two_percent_is_not_called_meaningful(results):
    assert not pair(results, "status-dirty").practical.meaningful


def test_ties_are_equivalent(results):
    assert pair(results, "commit").verdict == "equivalent"


def test_two_clusters_are_told(results):
    assert any("two clusters" in note for note in results["branch-list"].notes)


def test_outliers_are_marked_and_kept(results):
    stats = results["file-show"].variants["jujutsu"]
    assert stats.marked
    assert stats.time_ms.valid_samples == ROUNDS


def test_missing_rounds_are_counted_and_not_compared(results):
    assert pair(results, "amend").n == ROUNDS - ROUNDS // 5
    assert results["amend"].success_rates["jujutsu"] == pytest.approx(0.8)
