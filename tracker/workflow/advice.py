"""Advice for a repository: its features, the history of this class of machine, the change."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from patterns.learning.recommendation import RecommendationError
from patterns.learning.recommendation.advice import Advice, Change
from patterns.learning.recommendation.advising import HORIZON_DAYS, Adviser, Question
from patterns.learning.recommendation.history import BASELINE, history_of
from patterns.learning.recommendation.model import Effort
from patterns.learning.recommendation.workload import Workload
from patterns.models import PatternRecord
from tracker.config import InputError, load_variants
from tracker.fixtures.presets import preset
from tracker.measurement.machine import describe_machine
from tracker.models import Variant, VcsType
from tracker.workflow.fixtures import repo_size
from tracker.workflow.history import open_store
from tracker.workflow.recommendation_models import adviser_for
from tracker.workflow.repository_features import count_features, present_settings
from tracker.workflow.workloads import find_workload
from tracker.workflow.workspace import Workspace, open_workspace


@dataclass(frozen=True, kw_only=True)
class AdviceRequest:
    """Options of `tracker recommend`."""

    repo: Path | None = None
    repo_size: str | None = None
    workload: str = "developer"
    operation: str | None = None
    variants: tuple[str, ...] = ()
    machine_class: str | None = None
    confidence: float = 0.8
    horizon_days: float = HORIZON_DAYS
    seed: int = 0


@dataclass(frozen=True)
class Advised:
    """Advice, and what verifying it needs."""

    advice: Advice
    adviser: Adviser
    question: Question
    workspace: Workspace


def advise(project: Path | None, request: AdviceRequest) -> Advised:
    """Return the advice for a repository, or for a size.

    Raises
    ------
    InputError
        Where the question cannot be understood, or nothing was measured to answer it from.
    """
    workspace = open_workspace(project)
    workload = _workload(request)
    if not 0 < request.confidence < 1:
        raise InputError.single("--confidence", "must lie between 0 and 1", advice="Such as 0.8.")
    features = _features(workspace, request)
    machine = request.machine_class or machine_class(workspace)
    known = load_variants(workspace.project.variant_roots, known_vcs=workspace.known_vcs)
    wanted = _wanted(known, request.variants)
    records, warnings = comparable_records(workspace, machine, wanted)
    history = history_of(records)
    question = Question(
        features, workload, machine, request.confidence, horizon_days=request.horizon_days
    )
    try:
        adviser, told = adviser_for(
            workspace,
            history,
            workload,
            horizon_days=request.horizon_days,
            effort=Effort(seed=request.seed),
        )
        advice = adviser.advise(question)
    except RecommendationError as error:
        raise InputError.single("history", str(error), advice=_how_to_measure(workload)) from error
    change = change_to(workspace, request.repo, known, advice.recommended)
    notes = (*warnings, *told, *_left_out(advice))
    whole = advice.model_copy(update={"change": change, "warnings": notes})
    return Advised(whole, adviser, question, workspace)


def machine_class(workspace: Workspace) -> str:
    """Return the class of this machine, by where work copies lie."""
    folder = workspace.settings.work_dir
    while not folder.exists():
        folder = folder.parent
    return describe_machine("local", folder).machine_class


def comparable_records(
    workspace: Workspace, machine: str, variants: Sequence[str] | None = None
) -> tuple[list[PatternRecord], tuple[str, ...]]:
    """Return the trials of a class of machine; of another one, and said so, where there is none."""
    with open_store(workspace) as store:
        records = [
            record
            for record in store.records(trials=True)
            if variants is None or record.context.variant in variants
        ]
    own = [record for record in records if record.context.machine_class == machine]
    if own or not records:
        return own, ()
    counts: dict[str, int] = {}
    for record in records:
        name = record.context.machine_class or "unknown"
        counts[name] = counts.get(name, 0) + 1
    other = max(sorted(counts), key=counts.__getitem__)
    warning = (
        f"nothing was measured on this class of machine ({machine}): the {counts[other]} trials of "
        f"class {other} are used, whose ms, and less so ratios, may not hold here"
    )
    return [one for one in records if (one.context.machine_class or "unknown") == other], (warning,)


def change_to(
    workspace: Workspace, repo: Path | None, known: Sequence[Variant], name: str
) -> Change | None:
    """Return what to paste; None where the variant is not defined here any more."""
    variant = next((one for one in known if one.name == name), None)
    if variant is None:
        return None
    if variant.vcs_type == VcsType.JUJUTSU.value:
        settings = [f"jj config set --repo {key} {shlex.quote(v)}" for key, v in _sorted(variant)]
        return Change(
            commands=("jj git init --colocate", *settings, *variant.prepare),
            note="Jujutsu works beside Git in the same folder; undo it by removing .jj.",
        )
    present = present_settings(workspace, repo, variant.settings) if repo else {}
    already = tuple(
        f"{key}={value}" for key, value in _sorted(variant) if _same(present, key, value)
    )
    commands = tuple(
        f"git config {key} {shlex.quote(value)}"
        for key, value in _sorted(variant)
        if not _same(present, key, value)
    )
    note = None if commands or variant.prepare or already else "Nothing is to be changed."
    if variant.vcs_type == VcsType.GIT_WORKTREES.value:
        return Change(commands=("git worktree add ../BRANCH BRANCH", *commands, *variant.prepare))
    return Change(commands=(*commands, *variant.prepare), already=already, note=note)


def _sorted(variant: Variant) -> list[tuple[str, str]]:
    return sorted(variant.settings.items())


def _same(present: Mapping[str, str], key: str, value: str) -> bool:
    return present.get(key, "").lower() == value.lower()


def _workload(request: AdviceRequest) -> Workload:
    if request.operation is None:
        return find_workload(request.workload)
    return Workload(request.operation, {request.operation: 1.0}, "one operation, once a day")


def _features(workspace: Workspace, request: AdviceRequest) -> dict[str, float | None]:
    if request.repo is not None:
        return count_features(workspace, request.repo)
    if request.repo_size is None:
        raise InputError.single(
            "recommend", "needs a repository", advice="Give --repo PATH or --repo-size small."
        )
    shape = preset(repo_size(request.repo_size))
    files = shape.file_tree.files_per_dir * shape.file_tree.dir_count
    return {
        "files": float(files),
        "commits": float(shape.commits.count),
        "branches": float(shape.branches.count),
        "tags": float(shape.tags.count),
        "total_bytes": files * shape.content.avg_file_size,
    }


def _wanted(known: Sequence[Variant], globs: tuple[str, ...]) -> tuple[str, ...] | None:
    if not globs:
        return None
    names = [variant.name for variant in known]
    found = {name for name in names for glob in globs if fnmatchcase(name, glob)}
    if not found:
        raise InputError.single(
            "--variant",
            f"no variant is called {', '.join(globs)}",
            advice="See: tracker variants list",
        )
    return tuple(sorted(found | {BASELINE}))


def _left_out(advice: Advice) -> tuple[str, ...]:
    if not advice.left_out:
        return ()
    share = sum(advice.per_day[one] for one in advice.left_out) / sum(advice.per_day.values())
    names = ", ".join(advice.left_out)
    return (f"not measured and left out: {names} ({100 * share:.0f} % of the operations)",)


def _how_to_measure(workload: Workload) -> str:
    tests = " ".join(f"--test {one}" for one in sorted(workload.per_day))
    return f"Measure first: tracker run '*' {tests} --variant 'git*'"
