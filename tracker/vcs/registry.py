"""Finds version-control systems: the built-in ones and installed plug-ins."""

from importlib import import_module
from importlib.metadata import EntryPoint, entry_points

from tracker.models.enums import VcsType
from tracker.vcs.base import Vcs

GROUP = "tracker.vcs"
BUILT_IN = {
    VcsType.GIT.value: "tracker.vcs.git:Git",
    VcsType.GIT_WORKTREES.value: "tracker.vcs.git_worktrees:GitWorktrees",
    VcsType.JUJUTSU.value: "tracker.vcs.jujutsu:Jujutsu",
}
"""Named here too, so that a checkout that was never installed finds them."""


class UnknownVcsError(LookupError):
    """A name that no built-in system and no plug-in has, or a plug-in that cannot be loaded."""


def vcs_names() -> tuple[str, ...]:
    """Return every name `get_vcs` knows: the built-in ones first, plug-ins by name."""
    return (*BUILT_IN, *sorted(_plugins()))


def get_vcs(name: str) -> Vcs:
    """Return the system called `name`.

    Raises
    ------
    UnknownVcsError
        When there is none, with the names there are.
    """
    if name in BUILT_IN:
        module, _, attribute = BUILT_IN[name].partition(":")
        found = getattr(import_module(module), attribute)
    else:
        found = _load_plugin(name)
    system = found()
    if not isinstance(system, Vcs):
        raise UnknownVcsError(f"{name}: {found!r} is not a tracker.vcs.Vcs")
    return system


def _plugins() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP) if point.name not in BUILT_IN}


def _load_plugin(name: str) -> type[object]:
    point = _plugins().get(name)
    if point is None:
        raise UnknownVcsError(
            f"no version-control system is called {name!r}; there are {', '.join(vcs_names())}"
        )
    try:
        loaded: type[object] = point.load()
    except (ImportError, AttributeError) as error:
        raise UnknownVcsError(
            f"the plug-in {name!r} ({point.value}) cannot be loaded: {error}"
        ) from error
    return loaded
