from tests.analysis.builder import SETTINGS, Measured, group, paired
from tracker.analysis import process
from tracker.analysis.findings import finding


def pairs(**more):
    times = paired({"git": 10.0, "git-worktrees": 10.0, "jujutsu": 30.0}, 15, seed=1)
    return process([group(Measured(times, **more))], SETTINGS, seed=1)[0].pairs()


def changed(found, names, verdict):
    return found | {names: found[names].model_copy(update={"verdict": verdict})}


def test_the_ratio_is_that_of_a_leader_shown_to_be_ahead():
    unsure = changed(pairs(), ("jujutsu", "git"), "unresolved")
    text = finding(("git", "git-worktrees", "jujutsu"), ("git", "git-worktrees"), unsure)
    best = unsure["jujutsu", "git-worktrees"].inverted()
    assert f"jujutsu {best.speedup_factor:.2f}×" in text
    assert text.endswith("(git is not shown ahead of jujutsu)")


def test_leaders_that_are_merely_not_told_apart_are_not_called_equivalent():
    unsure = changed(pairs(), ("git", "git-worktrees"), "unresolved")
    text = finding(("git", "git-worktrees", "jujutsu"), ("git", "git-worktrees"), unsure)
    assert text.startswith("git, git-worktrees (no measurable difference) ahead of jujutsu 3.0")


def test_a_difference_that_only_its_own_interval_shows_is_named_as_such():
    unsure = changed(pairs(), ("jujutsu", "git"), "unresolved")
    text = finding(("git", "jujutsu"), ("git", "jujutsu"), unsure)
    assert text.startswith("git, jujutsu (not told apart; git perhaps ahead of jujutsu 3.0")


def test_nothing_measured_is_said():
    assert finding((), (), {}) == "nothing to compare"
