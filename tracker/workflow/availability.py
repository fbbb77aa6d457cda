"""Which variants cannot be measured here, and why."""

import operator
import re
from collections.abc import Callable, Sequence
from typing import Protocol

from tracker.models import Variant
from tracker.tools.presence import ToolPresence
from tracker.vcs.registry import get_vcs

REQUIREMENT = re.compile(
    r"^(?P<tool>[a-z][a-z0-9-]*)\s*(?P<sign>>=|<=|==|>|<)\s*(?P<version>[\d.]+)$"
)

SIGNS: dict[str, Callable[[tuple[int, ...], tuple[int, ...]], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    ">": operator.gt,
    "<": operator.lt,
}


class Toolbox(Protocol):
    """The tools of one place: of this machine, or of an image."""

    def tool(self, name: str) -> ToolPresence | None:
        """Return a tool, None when it is not there."""
        ...

    def how_to_get(self, name: str) -> str:
        """Return what to do about a tool that is not there."""
        ...


ToolboxOf = Callable[[str], Toolbox]
"""vcsType → where its tools are."""


def unavailable(toolbox_of: ToolboxOf, variants: Sequence[Variant]) -> dict[str, str]:
    """Return the reason for each variant that cannot be measured, by its name."""
    reasons = {variant.name: _reason(toolbox_of(variant.vcs_type), variant) for variant in variants}
    return {name: reason for name, reason in reasons.items() if reason is not None}


def features(toolbox_of: ToolboxOf, variants: Sequence[Variant]) -> dict[str, frozenset[str]]:
    """Return what each variant can do with the tools that are here."""
    return {variant.name: _features(toolbox_of(variant.vcs_type), variant) for variant in variants}


def with_tool_paths(toolbox_of: ToolboxOf, variants: Sequence[Variant]) -> tuple[Variant, ...]:
    """Return the variants with the path of each tool that is not the session's.

    These are the tools a variant names itself, and those it requires beside its system's
    own, which would not be on the PATH of its commands.
    """
    return tuple(_with_tool_paths(toolbox_of(variant.vcs_type), variant) for variant in variants)


def _with_tool_paths(tools: Toolbox, variant: Variant) -> Variant:
    own = get_vcs(variant.vcs_type).tools
    wanted = dict(variant.tools)
    for name in required_tools(variant):
        if name not in own:
            wanted.setdefault(name, name)
    found = {name: tools.tool(program(name, wish)) for name, wish in wanted.items()}
    paths = {name: str(tool.path) if tool else wanted[name] for name, tool in found.items()}
    return variant.model_copy(update={"tools": paths}) if paths != variant.tools else variant


def required_tools(variant: Variant) -> tuple[str, ...]:
    """Return the tools a variant requires, whatever their version."""
    found = (REQUIREMENT.match(requirement) for requirement in variant.requires)
    return tuple(parts["tool"] for parts in found if parts)


def program(name: str, wish: str) -> str:
    """Return the program a variant means by a tool: its path, or `git-2.55` for a version.

    Examples
    --------
    >>> program("git", "2.55"), program("git", "/opt/git/bin/git"), program("watchman", "watchman")
    ('git-2.55', '/opt/git/bin/git', 'watchman')
    """
    return f"{name}-{wish}" if wish[0].isdigit() else wish


def _tool(tools: Toolbox, variant: Variant, name: str) -> ToolPresence | None:
    """Return a tool as the variant's commands find it."""
    wish = variant.tools.get(name)
    return tools.tool(name if wish is None else program(name, wish))


def _features(tools: Toolbox, variant: Variant) -> frozenset[str]:
    vcs = get_vcs(variant.vcs_type)
    found = {name: _tool(tools, variant, name) for name in vcs.tools}
    return vcs.features(
        {name: tool.version for name, tool in found.items() if tool and tool.version}
    )


def _reason(tools: Toolbox, variant: Variant) -> str | None:
    for name, wish in variant.tools.items():
        problem = _unusable(_tool(tools, variant, name), name, wish)
        if problem is not None:
            return problem
    for name in get_vcs(variant.vcs_type).tools:
        if _tool(tools, variant, name) is None:
            return f"{name} is not installed: {tools.how_to_get(name)}"
    for requirement in variant.requires:
        missing = _unmet(tools, variant, requirement)
        if missing is not None:
            return missing
    return None


def _unusable(tool: ToolPresence | None, name: str, wish: str) -> str | None:
    """Return why a tool is not the one a variant names."""
    if tool is None:
        known = program(name, wish)
        if known == wish:
            return f"{wish} is not there"
        return f"{name} {wish} is not installed: have it on PATH as {known}"
    if not wish[0].isdigit():
        return None
    asked = _numbers(wish)
    if tool.version is None or _numbers(tool.version)[: len(asked)] != asked:
        return f"{tool.path} is version {tool.version or 'unknown'}, not {wish}"
    return None


def _unmet(tools: Toolbox, variant: Variant, requirement: str) -> str | None:
    parts = REQUIREMENT.match(requirement)
    if parts is None:  # the configuration refuses it earlier
        return f"requires {requirement}"
    tool = _tool(tools, variant, parts["tool"])
    if tool is None or tool.version is None:
        return f"requires {requirement}; {parts['tool']} is not installed"
    if not SIGNS[parts["sign"]](_numbers(tool.version), _numbers(parts["version"])):
        return f"requires {requirement}; here is {tool.version}"
    return None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])
