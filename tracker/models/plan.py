"""What will be measured: variants, trials, their groups and the plan of a session."""

from pydantic import Field

from tracker.models.base import Value
from tracker.models.config import BenchmarkConfig
from tracker.models.enums import FixtureStrategy, RepoSize, VcsName
from tracker.models.fixture import GenerationParameters
from tracker.models.suite import SetupScript, TeardownScript, Test


class Service(Value):
    """A program that runs beside a variant's commands: it watches the work copy, say.

    What the commands of `start` leave alive is the service. It lives as long as the work
    copy, its time is no part of a command's, and `stop` ends it.
    """

    start: tuple[str, ...] = Field(min_length=1)
    stop: tuple[str, ...] = ()


class Variant(Value):
    """A system with settings; the default variant of a system bears its name."""

    name: str = Field(pattern=r"^[a-z][A-Za-z0-9.+-]{0,59}$")
    vcs_type: VcsName
    description: str = ""
    settings: dict[str, str] = Field(default_factory=dict, description="git or jj configuration")
    prepare: tuple[str, ...] = Field(default=(), description="Run once; the cost is recorded.")
    requires: tuple[str, ...] = Field(default=(), description="Such as `git>=2.55`.")
    service: Service | None = None
    tools: dict[str, str] = Field(
        default_factory=dict,
        description="Tool → its path, or a version: `git: 2.55` is the program git-2.55.",
    )


class FixtureRequest(Value):
    """The repository a group is measured in, before it is built."""

    size: RepoSize
    strategy: FixtureStrategy = FixtureStrategy.SYNTHETIC
    parameters: GenerationParameters | None = None
    seed: int | None = None
    source: str | None = Field(default=None, description="Path of an imported repository.")


class TrialGroup(Value):
    """One test on one fixture, with every variant that is measured in turn."""

    suite_id: str
    suite_name: str
    test: Test
    fixture: FixtureRequest
    variants: tuple[Variant, ...] = Field(min_length=1)
    setup: SetupScript | None = None
    teardown: TeardownScript | None = None
    depends_on: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Return what names the group in journals: suite/test/size."""
        return f"{self.suite_id}/{self.test.id}/{self.fixture.size.value}"


class SkippedTrial(Value):
    """A trial that is not measured, and why."""

    suite_id: str
    test_id: str
    variant: str
    repo_size: RepoSize
    reason: str


class Plan(Value):
    """Everything a session will do, in the order of its groups; rounds are seeded by `seed`."""

    config: BenchmarkConfig
    seed: int
    groups: tuple[TrialGroup, ...]
    skipped: tuple[SkippedTrial, ...] = ()

    @property
    def trial_count(self) -> int:
        """Return how many trials there are."""
        return sum(len(group.variants) for group in self.groups)
