"""What can be measured: suites, variants, configurations and their schemas."""

import secrets
from pathlib import Path
from typing import Any

from tracker.config import (
    InputError,
    config_schema,
    config_template,
    find_suites,
    load_any,
    load_variants,
    read_library,
    report_schema,
    suite_schema,
)
from tracker.models import TestSuite
from tracker.vcs.registry import vcs_names
from tracker.workflow.availability import unavailable
from tracker.workflow.workspace import open_workspace


def shipped_suites(project: Path | None) -> tuple[TestSuite, ...]:
    """Return the project's and the shipped suites, by id."""
    workspace = open_workspace(project)
    library = read_library(workspace.project.suite_roots, known_vcs=workspace.known_vcs)
    if library.errors:
        raise InputError.merged(library.errors)
    return tuple(library.suites[name].suite for name in sorted(library.suites))


def find_suite(project: Path | None, selector: str) -> TestSuite:
    """Return one suite by its id, or by the path of its file."""
    workspace = open_workspace(project)
    found = find_suites(
        [selector], workspace.project.suite_roots, known_vcs=workspace.known_vcs, base=Path.cwd()
    )
    if len(found) > 1:
        names = ", ".join(item.suite.id for item in found)
        raise InputError.single(selector, f"selects {len(found)} suites", advice=f"One of {names}.")
    return found[0].suite


def validate_file(file: Path) -> str | None:
    """Return what is wrong with a suite or configuration, or None."""
    try:
        load_any(file, known_vcs=vcs_names())
    except InputError as error:
        return str(error)
    return None


def known_variants(project: Path | None) -> list[dict[str, object]]:
    """Return a row for each variant, with the reason where it cannot be measured here."""
    workspace = open_workspace(project)
    variants = load_variants(workspace.project.variant_roots, known_vcs=workspace.known_vcs)
    missing = unavailable(lambda _: workspace, variants)
    return [
        {
            "variant": variant.name,
            "system": variant.vcs_type,
            "available": variant.name not in missing,
            "description": missing.get(variant.name) or variant.description,
        }
        for variant in variants
    ]


def starting_configuration() -> str:
    """Return the text of a configuration to begin with."""
    return config_template(f"benchmark-{secrets.token_hex(4)}")


def json_schema(kind: str) -> dict[str, Any]:
    """Return the schema of `config` or `suite` files, or of a `report`."""
    made = {"config": config_schema, "suite": suite_schema, "report": report_schema}
    return made[kind]()
