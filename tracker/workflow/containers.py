"""Sessions in containers: what their images hold, and the executor that works in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tracker.measurement.docker.place import DockerPlace, image_of
from tracker.measurement.docker.toolbox import image_tools
from tracker.measurement.trials import TrialExecutor
from tracker.models import Plan, Variant
from tracker.models.config import DockerEnvironment
from tracker.tools.presence import Origin, ToolPresence
from tracker.tools.versions import find_version
from tracker.vcs.registry import get_vcs
from tracker.workflow.archive import SessionFolder
from tracker.workflow.availability import Toolbox, program, required_tools
from tracker.workflow.bench import MakeExecutor, Report, Say, fixture_provider, systems_of
from tracker.workflow.workspace import Workspace


@dataclass(frozen=True)
class ImageTools:
    """The tools of one system in its image; `said` is what each says of its version."""

    image: str
    said: Mapping[str, str]

    def tool(self, name: str) -> ToolPresence | None:
        """Return a tool of the image."""
        text = self.said.get(name)
        if text is None:
            return None
        version = find_version(text)
        return ToolPresence(name=name, path=Path(name), version=version, origin=Origin.PATH)

    def how_to_get(self, name: str) -> str:
        """Return what to do about a tool that is not there."""
        return f"put {name} into the image {self.image} (`tracker images build --help`)"


def tools_in_images(wanted: DockerEnvironment, variants: Sequence[Variant]) -> dict[str, Toolbox]:
    """Return the tools of every system in its image."""
    systems = dict.fromkeys(variant.vcs_type for variant in variants)
    found = image_tools(wanted, {system: _programs(system, variants) for system in systems})
    return {system: ImageTools(image_of(wanted, system), said) for system, said in found.items()}


def _programs(system: str, variants: Sequence[Variant]) -> list[str]:
    """Return every program that a variant of the system may need."""
    named = dict.fromkeys(get_vcs(system).tools)
    for variant in variants:
        if variant.vcs_type == system:
            named |= dict.fromkeys(required_tools(variant))
            named |= dict.fromkeys(program(*tool) for tool in variant.tools.items())
    return list(named)


def docker_executor(warn: Say, *, strict_limits: bool) -> MakeExecutor:
    """Return what makes the executor for the containers a plan asks for."""

    def make(
        workspace: Workspace, plan: Plan, folder: SessionFolder, progress: Report
    ) -> TrialExecutor:
        systems = systems_of(plan)
        progress("starting containers", None)
        place = DockerPlace(
            plan.config.environment.docker,
            systems,
            folder.session_id,
            strict_limits=strict_limits,
            warn=warn,
        )
        provide = fixture_provider(workspace, progress)
        return TrialExecutor(place, provide, get_vcs, systems=systems)

    return make
