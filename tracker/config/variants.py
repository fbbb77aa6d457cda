"""The variants that can be measured: the systems as they come, and those of files."""

import re
from collections.abc import Collection, Iterable
from pathlib import Path

from tracker.config.documents import Path_
from tracker.config.errors import InputError
from tracker.config.loading import read_document
from tracker.config.selection import files_in
from tracker.config.suite_checks import Finding, command_problems, raise_findings, unknown_vcs
from tracker.config.validation import validated
from tracker.models import Variant
from tracker.models.suite import ALL_SYSTEMS

REQUIREMENT = re.compile(r"^[a-z][a-z0-9-]*\s*(?:>=|<=|==|>|<)\s*[0-9]+(?:\.[0-9]+)*$")
"""A tool and the versions of it that will do, such as `git>=2.55`."""

VERSION = re.compile(r"^[0-9]+(?:\.[0-9]+)*$")


def load_variants(
    roots: Iterable[Path], *, known_vcs: Collection[str] = ALL_SYSTEMS
) -> tuple[Variant, ...]:
    """Return the default variant of every known system, then those of the files by name.

    A default variant bears its system's name and has no settings; a file may
    describe it, nothing else.
    """
    variants = {name: Variant(name=name, vcs_type=name) for name in ordered(known_vcs)}
    places: dict[str, Path] = {}
    for root in roots:
        for path in files_in(root):
            variant = load_variant(path, known_vcs=known_vcs)
            if variant.name in places:
                _same_file(variant.name, places[variant.name], path)
                continue
            places[variant.name] = path
            variants[variant.name] = variant
    defaults = [variant for name, variant in variants.items() if name in known_vcs]
    others = sorted(name for name in variants if name not in known_vcs)
    return (*defaults, *(variants[name] for name in others))


def ordered(known_vcs: Collection[str]) -> list[str]:
    """Return the systems as suites list them: the specification's first, plug-ins by name."""
    own = [str(name) for name in ALL_SYSTEMS if name in known_vcs]
    return own + sorted(set(known_vcs) - set(own))


def load_variant(path: Path, *, known_vcs: Collection[str] = ALL_SYSTEMS) -> Variant:
    """Return the variant in a file."""
    document = read_document(path, "a variant")
    variant = validated(Variant, document)
    findings = [
        *_system(variant, known_vcs),
        *_commands(variant),
        *_requirements(variant),
        *_tools(variant),
    ]
    raise_findings(findings, document)
    return variant


def _system(variant: Variant, known_vcs: Collection[str]) -> list[Finding]:
    if variant.vcs_type not in known_vcs:
        return [(("vcsType",), *unknown_vcs(variant.vcs_type, known_vcs))]
    if variant.name not in known_vcs:
        return []
    if variant.vcs_type != variant.name:
        return [(("name",), f"is the name of another system than {variant.vcs_type}", "Rename it.")]
    if variant != Variant(
        name=variant.name, vcs_type=variant.vcs_type, description=variant.description
    ):
        advice = f"Rename it, such as {variant.name}+tuned."
        return [(("name",), f"{variant.name} is the system as it comes, without settings", advice)]
    return []


def _commands(variant: Variant) -> list[Finding]:
    service = variant.service
    places: dict[Path_, tuple[str, ...]] = {
        ("prepare",): variant.prepare,
        ("service", "start"): service.start if service else (),
        ("service", "stop"): service.stop if service else (),
    }
    return [
        ((*place, number), message, "Correct the command; see docs/suites.md.")
        for place, commands in places.items()
        for number, command in enumerate(commands)
        for message in command_problems(command, shell=False)
    ]


def _requirements(variant: Variant) -> list[Finding]:
    return [
        (("requires", number), f"{text} is not a tool and a version", "Write it as git>=2.55.")
        for number, text in enumerate(variant.requires)
        if not REQUIREMENT.match(text)
    ]


def _tools(variant: Variant) -> list[Finding]:
    return [
        (("tools", name), f"{wish} is neither a version nor a path", advice)
        for name, wish in variant.tools.items()
        for advice in [f"Write 2.55, which means the program {name}-2.55, or an absolute path."]
        if not (VERSION.match(wish) or Path(wish).is_absolute())
    ]


def _same_file(name: str, first: Path, second: Path) -> None:
    """Refuse two files of one folder for one variant; an earlier folder wins over a later one."""
    if first.parent == second.parent and first.resolve() != second.resolve():
        raise InputError.single(
            second,
            f"has the name {name}, as {first} does",
            key="name",
            advice="Rename one of them.",
        )
