"""Text becomes argument vectors; placeholders become what the fixture holds."""

import pytest

from tracker.models import Landmarks
from tracker.vcs import CommandError, expand, split

LANDMARKS = Landmarks(file="a.py", files=("b.py", "c.py"), branch="feature", head="1234")


def test_quotes_keep_words_together_and_no_shell_is_asked():
    assert split("git commit -m 'a b' && $HOME") == ("git", "commit", "-m", "a b", "&&", "$HOME")


@pytest.mark.parametrize("command", ["git commit -m 'open", "", "   "])
def test_what_cannot_be_split_is_an_error_that_repeats_it(command):
    with pytest.raises(CommandError) as caught:
        split(command)
    assert command.strip() in str(caught.value)


def test_landmarks_are_replaced_within_arguments():
    assert expand(("git", "show", "{branch}:{file}"), LANDMARKS) == ("git", "show", "feature:a.py")


def test_files_become_arguments_of_their_own():
    assert expand(("git", "add", "{files:2}"), LANDMARKS) == ("git", "add", "b.py", "c.py")


def test_a_path_with_spaces_stays_one_argument():
    spaced = LANDMARKS.model_copy(update={"file": "a b.py"})
    assert expand(split("git add {file}"), spaced) == ("git", "add", "a b.py")


def test_other_braces_are_left_alone():
    argv = ("git", "rev-parse", "HEAD^{tree}", "{unknown}", "{}", "@{1}")
    assert expand(argv, LANDMARKS) == argv


def test_extra_words_win_over_landmarks():
    assert expand(("{main}", "{snapshot}"), LANDMARKS, {"main": "m", "snapshot": "util"}) == (
        "m",
        "util",
    )


@pytest.mark.parametrize("argument", ["{conflict_a}", "x{old}"])
def test_a_missing_landmark_is_named(argument):
    with pytest.raises(CommandError, match=argument.strip("x").replace("{", r"\{")):
        expand(("git", argument), LANDMARKS)


def test_a_fixture_without_landmarks_has_none():
    with pytest.raises(CommandError, match="file"):
        expand(("git", "add", "{file}"), None)


def test_too_many_files_are_refused():
    with pytest.raises(CommandError, match="wants 3 files; the fixture offers 2"):
        expand(("{files:3}",), LANDMARKS)


def test_files_within_an_argument_are_refused():
    with pytest.raises(CommandError, match="argument of its own"):
        expand(("--paths={files:1}",), LANDMARKS)
