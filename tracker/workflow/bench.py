"""What a session works with while it runs: executor, journal, store, tracking."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from patterns.store import PatternStore, schema
from tracker.fixtures.errors import FixtureError
from tracker.measurement.executor import Executor, ExecutorError
from tracker.measurement.journal import Journal
from tracker.measurement.local import LocalExecutor
from tracker.measurement.probe.client import start_local_probe
from tracker.measurement.progress import Stop
from tracker.measurement.tuning import tuning_of
from tracker.models import FixtureRequest, Plan, RepositoryFixture
from tracker.models.config import AgentDb
from tracker.tracking.protocol import SessionTracking
from tracker.tracking.recorder import open_tracking
from tracker.vcs.registry import get_vcs
from tracker.workflow.archive import SessionFolder
from tracker.workflow.fixtures import fixture_store
from tracker.workflow.interruption import ended_in_order
from tracker.workflow.privacy import published_config
from tracker.workflow.workspace import Workspace

SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"
"""Where commands of suites are looked up beside the measured tools."""

Report = Callable[[str, float | None], None]
Say = Callable[[str], None]
MakeExecutor = Callable[[Workspace, Plan, SessionFolder, Report], Executor]


@dataclass(frozen=True)
class Bench:
    """Everything that is open while a session runs.

    `store` is None where nothing is kept, `history` where nothing earlier is asked.
    """

    executor: Executor
    journal: Journal
    store: PatternStore | None
    history: PatternStore | None
    tracking: SessionTracking
    stop: Stop


@contextmanager
def opened_bench(
    workspace: Workspace,
    plan: Plan,
    folder: SessionFolder,
    progress: Report,
    warn: Say,
    make_executor: MakeExecutor,
    *,
    keep_names: bool,
) -> Iterator[Bench]:
    """Open all a session needs; whatever happens, all of it is closed.

    The store is opened first: a session that could not be remembered is not begun.
    """
    config = plan.config
    stop = Stop()
    with ExitStack() as stack:
        store, history = _opened_memory(config.agentdb, workspace.settings.store_url, stack)
        progress("opening MLflow's store", None)
        tracking = open_tracking(
            workspace.settings.tracking_uri,
            workspace.project.artifacts,
            published_config(config, keep_names=keep_names),
            warn=warn,
            keep_names=keep_names,
        )
        stack.callback(tracking.terminate, "KILLED")
        journal = stack.enter_context(Journal(folder.journal))
        progress("starting the probe", None)
        place = workspace
        if not config.data_generation.cache_fixtures:
            place = stack.enter_context(own_fixtures(workspace, folder.session_id))
        executor = make_executor(place, plan, folder, progress)
        stack.callback(executor.close)
        stack.enter_context(ended_in_order(stop, warn))
        yield Bench(executor, journal, store, history, tracking, stop)


def _opened_memory(
    agentdb: AgentDb, address: str, stack: ExitStack
) -> tuple[PatternStore | None, PatternStore | None]:
    """Return the store that is written and the one that is asked: the same one, or none."""
    store = history = None
    if agentdb.enabled and agentdb.store_patterns:
        store = stack.enter_context(PatternStore(address))
    if agentdb.enabled and agentdb.query_historical:
        history = store
        if store is None and schema.current(address) is not None:
            history = stack.enter_context(PatternStore(address, create=False))
    return store, history


def local_executor(
    workspace: Workspace, plan: Plan, folder: SessionFolder, progress: Report
) -> LocalExecutor:
    """Return the executor for this machine, with exactly the tools the workspace names."""
    systems = systems_of(plan)
    work_root = workspace.settings.work_dir / folder.session_id
    tools = {name for system in systems for name in get_vcs(system).tools}
    return LocalExecutor(
        start_local_probe,
        fixture_provider(workspace, progress),
        get_vcs,
        work_root,
        path=_path_with(workspace, tools, work_root / "tools"),
        systems=systems,
        tuning=tuning_of(plan.config.execution),
        builders=plan.config.execution.parallelism > 1,
    )


@contextmanager
def own_fixtures(workspace: Workspace, session_id: str) -> Iterator[Workspace]:
    """Give a workspace whose fixtures are removed in the end, beside its work copies."""
    cache = workspace.settings.work_dir / f"{session_id}.fixtures"
    settings = workspace.settings.model_copy(update={"fixture_cache": cache})
    try:
        yield replace(workspace, settings=settings)
    finally:
        shutil.rmtree(cache, ignore_errors=True)


def systems_of(plan: Plan) -> tuple[str, ...]:
    """Return the vcsTypes of a plan."""
    found = dict.fromkeys(variant.vcs_type for group in plan.groups for variant in group.variants)
    return tuple(found)


def fixture_provider(
    workspace: Workspace, progress: Report
) -> Callable[[FixtureRequest], RepositoryFixture]:
    """Return what gives an executor its repositories: the cache of this user."""
    store = fixture_store(workspace)

    def provide(request: FixtureRequest) -> RepositoryFixture:
        try:
            return store.get(request, seed=request.seed or 0, progress=progress)
        except FixtureError as error:  # skips what would be measured in it, not the session
            raise ExecutorError(str(error)) from error

    return provide


def _path_with(workspace: Workspace, tools: set[str], folder: Path) -> str:
    """Return a PATH on which the chosen tools come first, and nothing else of their folders."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in sorted(tools):
        found = workspace.tool(name)
        link = folder / name
        if found is not None and not link.is_symlink():
            link.symlink_to(found.path.absolute())
    return os.pathsep.join([str(folder), SYSTEM_PATH])
