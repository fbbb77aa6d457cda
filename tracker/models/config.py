"""The benchmark configuration (specification, section 1)."""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from tracker.models.base import Value
from tracker.models.enums import RepoSize

GIB = 2**30

PositivePercent = Annotated[float, Field(gt=0)]


class Execution(Value):
    """How often and how long a test is executed."""

    iterations: int = Field(ge=1, le=1000)
    warmup_runs: int = Field(ge=0, le=10)
    timeout: int = Field(ge=1000, le=3_600_000, description="Longest execution in ms.")
    parallelism: int = Field(default=1, ge=1, le=64, description="Set-ups at once; never clocks.")
    random_seed: int | None = Field(default=None, ge=0, lt=2**63)
    # Optional extensions.
    precision: float | None = Field(
        default=None,
        gt=0,
        le=100,
        description="percent: measure until every ratio is known this well; not `iterations`.",
    )
    max_iterations: int = Field(default=200, ge=15, le=1000, description="With precision.")
    max_duration: int = Field(
        default=600_000, ge=1000, description="ms for the rounds of one test, with precision."
    )
    pinned_cpu: int | None = Field(
        default=None, ge=0, description="Processor that commands run on; on this machine alone."
    )
    realtime: bool = Field(default=False, description="Commands run with SCHED_RR, likewise.")
    cold_cache: bool = Field(
        default=False, description="The page cache is dropped before each iteration, likewise."
    )


class ResourceConstraints(Value):
    """What a container may use."""

    cpus: float = Field(default=2.0, gt=0)
    memory: int = Field(default=4 * GIB, gt=0, description="bytes")
    memory_reservation: int = Field(default=1 * GIB, ge=0, description="bytes")
    disk_quota: int | None = Field(default=None, gt=0, description="bytes")
    io_weight: int | None = Field(default=None, ge=10, le=1000)


class VolumeMount(Value):
    """A host path seen inside a container."""

    source: str = Field(min_length=1)
    target: str = Field(min_length=1)
    readonly: bool = True


class BaseImages(Value):
    """The image of each system; one image for all keeps libc and git the same."""

    jujutsu: str = "vcs-tracker:latest"
    git: str = "vcs-tracker:latest"
    git_worktrees: str = "vcs-tracker:latest"


class DockerEnvironment(Value):
    """The container in which a session may run."""

    base_images: BaseImages = BaseImages()
    resources: ResourceConstraints = ResourceConstraints()
    network: Literal["none", "bridge", "host"] = "none"
    volumes: tuple[VolumeMount, ...] = ()
    storage: Literal["volume", "tmpfs"] = Field(
        default="volume", description="Where work copies lie: on the engine's disk or in memory."
    )


class Environment(Value):
    """Describes the places a session may run in; `--environment` decides which."""

    docker: DockerEnvironment = DockerEnvironment()


class TestSelection(Value):
    """Which tests are run; `exclude` wins over everything."""

    __test__ = False

    suites: tuple[str, ...] = Field(min_length=1)
    include: tuple[str, ...] | None = None
    exclude: tuple[str, ...] | None = None
    tags: tuple[str, ...] | None = None


class DataGeneration(Value):
    """Which repositories are measured."""

    repo_sizes: tuple[Literal[RepoSize.SMALL, RepoSize.MEDIUM, RepoSize.LARGE], ...] = (
        RepoSize.SMALL,
    )
    custom_fixtures: tuple[str, ...] | None = None
    cache_fixtures: bool = Field(
        default=True, description="Keep generated and imported repositories for later sessions."
    )
    strategy: Literal["synthetic", "realistic"] = Field(
        default="synthetic", description="How repositories of `repoSizes` are generated."
    )


class Output(Value):
    """What is written, and where."""

    formats: tuple[Literal["json", "markdown", "html"], ...] = ("json", "markdown", "html")
    destination: str = "results"
    archive_results: bool = True
    compression: bool = False


class Analysis(Value):
    """How the numbers are judged."""

    statistical_significance: float = Field(default=0.05, gt=0, lt=1)
    confidence_level: float = Field(default=0.95, gt=0.5, lt=1)
    outlier_detection: bool = True
    trend_analysis: bool = True
    regression_limits: tuple[PositivePercent, PositivePercent, PositivePercent] = Field(
        default=(5.0, 10.0, 25.0),
        description="Percent beyond the noise floor: minor, moderate, severe.",
    )

    @field_validator("regression_limits")
    @classmethod
    def _rises(cls, limits: tuple[float, float, float]) -> tuple[float, float, float]:
        if list(limits) != sorted(limits):
            raise ValueError("regressionLimits rise from minor to severe")
        return limits


class AgentDb(Value):
    """What is remembered, and whether the memory is asked."""

    enabled: bool = True
    session_id: str | None = Field(default=None, pattern=r"^benchmark-[0-9]+$")
    store_patterns: bool = True
    query_historical: bool = True


class BenchmarkConfig(Value):
    """One benchmark: what to run, on what, how often, and what to do with the result."""

    schema_: str | None = Field(default=None, alias="$schema")
    id: str = Field(pattern=r"^benchmark-[0-9a-f]{8}$")
    name: str = Field(min_length=1, max_length=100)
    description: str = ""
    version: str = "1.0.0"
    created_at: str | None = None
    execution: Execution
    environment: Environment
    tests: TestSelection
    data_generation: DataGeneration = DataGeneration()
    output: Output = Output()
    analysis: Analysis = Analysis()
    agentdb: AgentDb = AgentDb()
