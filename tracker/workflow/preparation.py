"""From what was asked to a plan: configuration, suites, variants and repositories."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tracker.config import (
    InputError,
    check_values,
    default_config,
    find_suites,
    is_parameter_file,
    load_any,
    load_variants,
    shipped_configs,
)
from tracker.measurement.tuning import tuning_of
from tracker.models import BenchmarkConfig, FixtureRequest, Plan, RepoSize, TestSuite, Variant
from tracker.models.enums import FixtureStrategy
from tracker.plan import EmptySelectionError, make_plan
from tracker.workflow.availability import ToolboxOf, features, unavailable, with_tool_paths
from tracker.workflow.fixtures import from_parameters, generated, repo_size
from tracker.workflow.precision_options import check_precision, wanted_percent
from tracker.workflow.request import RunRequest
from tracker.workflow.workspace import Workspace

ENVIRONMENTS = ("local", "docker")
DEFAULT_SUITE = "basic-operations"
FIXTURE_SEED = 0
"""Without a seed the order is new each time, but the repository is the cached one."""


@dataclass(frozen=True)
class Asked:
    """A configuration and its suites, as they were found."""

    config: BenchmarkConfig
    suites: tuple[TestSuite, ...]
    config_file: Path | None


@dataclass(frozen=True)
class Prepared:
    """Everything that is known before anything is measured."""

    plan: Plan
    config_file: Path | None
    config_hash: str


def prepare(workspace: Workspace, request: RunRequest, *, seed: int | None = None) -> Prepared:
    """Read what was asked for and make the plan; nothing is written.

    Parameters
    ----------
    seed : int, optional
        Of an earlier session that goes on; else that of the request, of the
        configuration, or a new one.

    Raises
    ------
    InputError
        When a file, an option or the selection cannot be used.
    """
    _check_environment(request)
    check_precision(request)
    asked = _asked(workspace, request)
    config = _with_options(asked.config, request)
    _check_tuning(config, request)
    known_seed = seed if seed is not None else config.execution.random_seed
    fixture_seed = config.execution.random_seed
    variants = load_variants(workspace.project.variant_roots, known_vcs=workspace.known_vcs)
    toolbox_of = _toolboxes(workspace, request, config, variants)
    try:
        plan = make_plan(
            config,
            asked.suites,
            with_tool_paths(toolbox_of, variants),
            seed=secrets.randbits(32) if known_seed is None else known_seed,
            fixtures=_fixtures(config, request, fixture_seed or FIXTURE_SEED),
            test_globs=request.tests,
            exclude=request.exclude,
            tags=request.tags,
            variant_globs=request.variants,
            unavailable=unavailable(toolbox_of, variants),
            features=features(toolbox_of, variants),
        )
    except EmptySelectionError as error:
        raise InputError.single("selection", str(error)) from error
    return Prepared(plan, asked.config_file, _hash(plan))


def _check_environment(request: RunRequest) -> None:
    if request.environment not in ENVIRONMENTS:
        raise InputError.single(
            "--environment",
            f"there is no environment {request.environment}",
            advice=f"Choose one of {', '.join(ENVIRONMENTS)}.",
        )
    if request.strict_limits and request.environment != "docker":
        raise InputError.single(
            "--strict-limits",
            "nothing is limited on this machine",
            advice="Use it with --environment docker.",
        )


def _check_tuning(config: BenchmarkConfig, request: RunRequest) -> None:
    words = tuning_of(config.execution).words
    if words and request.environment != "local":
        raise InputError.single(
            "execution",
            f"{', '.join(words)}: only on this machine",
            advice="Limit containers by environment.docker.resources instead.",
        )


def _toolboxes(
    workspace: Workspace,
    request: RunRequest,
    config: BenchmarkConfig,
    variants: Sequence[Variant],
) -> ToolboxOf:
    if request.environment == "local":
        return lambda _: workspace
    from tracker.workflow.containers import tools_in_images  # noqa: PLC0415  docker is heavy

    return tools_in_images(config.environment.docker, variants).__getitem__


def _asked(workspace: Workspace, request: RunRequest) -> Asked:
    sources = request.sources or (DEFAULT_SUITE,)
    configs = [
        (path, config)
        for source in sources
        if (path := _file(workspace, source))
        and isinstance(config := load_any(path, known_vcs=workspace.known_vcs), BenchmarkConfig)
    ]
    if not configs:
        found = find_suites(
            sources,
            workspace.project.suite_roots,
            known_vcs=workspace.known_vcs,
            base=Path.cwd(),
        )
        suites = tuple(item.suite for item in found)
        return Asked(default_config(suites, sources), suites, None)
    if len(sources) > 1:
        raise InputError.single(
            ", ".join(sources),
            "a configuration names its suites itself",
            advice="Give one configuration alone, or suites alone.",
        )
    path, config = configs[0]
    found = find_suites(
        config.tests.suites,
        workspace.project.suite_roots,
        known_vcs=workspace.known_vcs,
        base=path.absolute().parent,
    )
    return Asked(config, tuple(item.suite for item in found), path)


def _file(workspace: Workspace, source: str) -> Path | None:
    """Return the file a source names: a path, or a configuration by its name; None for a suite."""
    path = Path(source)
    if path.suffix.lower() in (".yaml", ".yml", ".json") or "/" in source:
        return path
    folders = (workspace.project.root / "experiments" / "configs", shipped_configs())
    named = [folder / f"{source}{end}" for folder in folders for end in (".yaml", ".yml", ".json")]
    return next((path for path in named if path.is_file()), None)


def _with_options(config: BenchmarkConfig, request: RunRequest) -> BenchmarkConfig:
    """Return the configuration with what the command line says instead."""
    values: dict[str, Any] = config.model_dump(mode="json", by_alias=True, exclude_none=True)
    options: Mapping[str, object] = {
        "iterations": request.iterations,
        "warmupRuns": request.warmup,
        "precision": wanted_percent(request.precision),
        "maxIterations": request.max_iterations,
        "pinnedCpu": request.pin_cpu,
        "realtime": request.realtime or None,
        "coldCache": request.cold_cache or None,
        "maxDuration": request.max_minutes and round(60_000 * request.max_minutes),
        "randomSeed": request.seed,
    }
    values["execution"] |= {key: value for key, value in options.items() if value is not None}
    if request.repo_sizes:
        values["dataGeneration"]["repoSizes"] = [
            repo_size(size).value for size in request.repo_sizes
        ]
    if request.output is not None:
        values["output"]["destination"] = str(request.output.absolute())
    return check_values(BenchmarkConfig, values, where="options")


def _fixtures(config: BenchmarkConfig, request: RunRequest, seed: int) -> Sequence[FixtureRequest]:
    """Return the repositories: those of `--repo` alone, unless sizes are asked for as well."""
    own = [*(config.data_generation.custom_fixtures or ()), *map(str, request.repos)]
    sizes = () if request.repos and not request.repo_sizes else config.data_generation.repo_sizes
    return [
        *(generated(size, seed, config.data_generation.strategy) for size in sizes),
        *(_own(Path(path).absolute(), seed) for path in own),
    ]


def _own(path: Path, seed: int) -> FixtureRequest:
    """Return the request for somebody's repository, or for one of the parameters in a file."""
    return from_parameters(path, seed) if is_parameter_file(path) else _imported(path)


def _imported(path: Path) -> FixtureRequest:
    """Return the request for a copy of a repository; whether it is one is seen without git."""
    bare = (path / "HEAD").is_file() and (path / "objects").is_dir()
    if not bare and not (path / ".git").exists():
        raise InputError.single(
            path,
            "is not the top folder of a Git repository" if path.exists() else "does not exist",
            key="--repo",
            advice="Give the folder that holds .git, or a bare repository.",
        )
    return FixtureRequest(size=RepoSize.CUSTOM, strategy=FixtureStrategy.IMPORTED, source=str(path))


def _hash(plan: Plan) -> str:
    """Return what tells configurations apart: everything but names and places of output."""
    what = [plan.config.execution.model_dump_json(exclude={"random_seed"})]
    what += [group.model_dump_json() for group in plan.groups]
    return hashlib.sha256("\n".join(what).encode()).hexdigest()[:16]
