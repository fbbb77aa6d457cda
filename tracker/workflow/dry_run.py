"""What a session would run: every argument vector, and nothing is run."""

from pathlib import Path

from pydantic import Field

from tracker.models import TrialGroup, Variant
from tracker.models.base import Value
from tracker.workflow.preparation import prepare
from tracker.workflow.request import RunRequest
from tracker.workflow.workspace import open_workspace


class PlannedCommand(Value):
    """A command of a suite; placeholders are filled in when the repository is there."""

    group: str
    variant: str
    stage: str = Field(description="variant, service, setup, prepare, measure, outcome or teardown")
    command: str
    shell: bool = False

    def __str__(self) -> str:
        shell = " (shell)" if self.shell else ""
        return f"{self.group}  {self.variant}  {self.stage}{shell}: {self.command}"


def planned_commands(project: Path | None, request: RunRequest) -> list[PlannedCommand]:
    """Return every command of the plan, in order."""
    plan = prepare(open_workspace(project), request).plan
    return [
        command
        for group in plan.groups
        for variant in group.variants
        for command in _commands(group, variant)
    ]


def _commands(group: TrialGroup, variant: Variant) -> list[PlannedCommand]:
    own = group.test.for_vcs(variant.vcs_type)
    outcome = own.outcome.command if own.outcome else None
    stages: list[tuple[str, tuple[str, ...]]] = [
        ("variant", variant.prepare),
        ("service", variant.service.start if variant.service else ()),
        ("setup", group.setup.commands if group.setup else ()),
        ("prepare", own.prepare or ()),
        ("measure", own.steps),
        ("outcome", (outcome,) if outcome else ()),
        ("service", variant.service.stop if variant.service else ()),
        ("teardown", group.teardown.commands if group.teardown else ()),
    ]
    return [
        PlannedCommand(
            group=group.key,
            variant=variant.name,
            stage=stage,
            command=command,
            shell=group.test.shell and stage in ("prepare", "measure", "outcome"),
        )
        for stage, commands in stages
        for command in commands
    ]
