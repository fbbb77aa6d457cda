"""Why a variant cannot be measured here, and which program a tool of its own is."""

from pathlib import Path

import pytest

from tracker.models import Variant
from tracker.tools.presence import Origin, ToolPresence
from tracker.workflow.availability import features, program, unavailable, with_tool_paths


class Toolbox:
    """A machine with these programs."""

    def __init__(self, **versions: str) -> None:
        self.versions = {name.replace("_", "-"): version for name, version in versions.items()}

    def tool(self, name: str) -> ToolPresence | None:
        known = self.versions.get(name)
        path = Path("/bin") / name
        return known and ToolPresence(name=name, path=path, version=known, origin=Origin.PATH)

    def how_to_get(self, name: str) -> str:
        return f"install {name}"


HERE = Toolbox(git="2.39.5", **{"git-2.55": "2.55.0", "git-2.47": "2.48.0", "watchman": "4.9.0"})


def variant(**changes) -> Variant:
    return Variant(name="git+x", vcs_type="git", **changes)


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({}, None),
        ({"requires": ("git>=2.55",)}, "here is 2.39.5"),
        ({"requires": ("git>=2.55",), "tools": {"git": "2.55"}}, None),
        ({"tools": {"git": "2.47"}}, "is version 2.48.0, not 2.47"),
        ({"tools": {"git": "2.30"}}, "git 2.30 is not installed: have it on PATH as git-2.30"),
        ({"tools": {"git": "/opt/none/git"}}, "/opt/none/git is not there"),
        ({"requires": ("watchman>=4.9",)}, None),
        ({"requires": ("watchman>=5",)}, "here is 4.9.0"),
        ({"requires": ("bazaar>=1",)}, "bazaar is not installed"),
    ],
)
def test_the_reason_says_what_is_missing(asked, reason):
    found = unavailable(lambda _: HERE, [variant(**asked)])
    if reason is None:
        assert found == {}
    else:
        assert reason in found["git+x"]


def test_tools_get_their_paths_and_required_ones_come_along():
    asked = variant(tools={"git": "2.55"}, requires=("watchman>=4", "git>=2.50"))
    (found,) = with_tool_paths(lambda _: HERE, [asked])
    assert found.tools == {"git": "/bin/git-2.55", "watchman": "/bin/watchman"}


def test_a_variant_without_tools_stays_as_it_is():
    assert with_tool_paths(lambda _: HERE, [variant()]) == (variant(),)


def test_features_are_those_of_the_variant_s_own_tool():
    old, new = variant(), variant(tools={"git": "2.55"})
    assert "builtin-fsmonitor" not in features(lambda _: HERE, [old])["git+x"]
    assert "builtin-fsmonitor" in features(lambda _: HERE, [new])["git+x"]


def test_a_version_names_a_program_and_a_path_itself():
    assert program("jj", "0.46") == "jj-0.46"
    assert program("jj", "/opt/jj") == "/opt/jj"
