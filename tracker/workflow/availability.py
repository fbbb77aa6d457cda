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
    return {
        variant.name: _features(toolbox_of(variant.vcs_type), variant.vcs_type)
        for variant in variants
    }


def _features(tools: Toolbox, system: str) -> frozenset[str]:
    vcs = get_vcs(system)
    found = {name: tools.tool(name) for name in vcs.tools}
    return vcs.features(
        {name: tool.version for name, tool in found.items() if tool and tool.version}
    )


def _reason(tools: Toolbox, variant: Variant) -> str | None:
    for name in get_vcs(variant.vcs_type).tools:
        if tools.tool(name) is None:
            return f"{name} is not installed: {tools.how_to_get(name)}"
    for requirement in variant.requires:
        missing = _unmet(tools, requirement)
        if missing is not None:
            return missing
    return None


def _unmet(tools: Toolbox, requirement: str) -> str | None:
    parts = REQUIREMENT.match(requirement)
    if parts is None:  # the configuration refuses it earlier
        return f"requires {requirement}"
    tool = tools.tool(parts["tool"])
    if tool is None or tool.version is None:
        return f"requires {requirement}; {parts['tool']} is not installed"
    if not SIGNS[parts["sign"]](_numbers(tool.version), _numbers(parts["version"])):
        return f"requires {requirement}; here is {tool.version}"
    return None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])
