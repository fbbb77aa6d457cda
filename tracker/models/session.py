"""A session, its machine, and the record of each iteration as the journal keeps it."""

from typing import Literal

from pydantic import Field

from tracker.models.base import Value
from tracker.models.enums import Phase, RepoSize
from tracker.models.fixture import RepositoryFixture
from tracker.models.metrics import RawMetric
from tracker.models.plan import SkippedTrial, TrialGroup

JOURNAL_FORMAT = 2
"""Version of the journal's lines. 1: the first. 2: rounds tell their time and may be set aside for
load of others, adaptive measuring tells how it ended, iterations tell the load beside them."""

PrecisionEnd = Literal["precision", "rounds", "time"]


class Precision(Value):
    """How adaptive measuring of a test ended: at the wanted precision, or with its budget.

    Half-widths are those of the intervals of all ratios of wall times, in percent of the ratio.
    """

    wanted: float = Field(description="percent")
    reached: bool
    half_width: float | None = Field(description="percent, of the ratio that is known worst")
    rounds: int
    ended_by: PrecisionEnd


class ForeignLoad(Value):
    """What the machine did beside a measured command, in ms of CPU time; None is unknown."""

    others_ms: float | None = Field(default=None, description="Of processes outside its tree.")
    steal_ms: float | None = Field(default=None, description="Taken by the hypervisor.")
    pressure_ms: float | None = Field(
        default=None, description="Time in which something waited for a processor."
    )


class ContainerLimits(Value):
    """What a container may use; None is no limit, or none that can be seen."""

    cpus: float | None = None
    memory_bytes: int | None = None
    memory_and_swap_bytes: int | None = None
    memory_reservation_bytes: int | None = None
    disk_bytes: int | None = None
    io_weight: int | None = Field(default=None, description="10–1000, as the engine counts.")
    pids: int | None = Field(default=None, description="Processes and threads at once.")
    network: str | None = Field(default=None, description="Its interfaces, or `none`.")
    volumes: tuple[str, ...] = Field(default=(), description="Targets with `ro` or `rw`.")


class Machine(Value):
    """Where it was measured; `machine_class` is the hash of what decides the times."""

    machine_class: str
    os: str | None = None
    kernel: str | None = None
    cpu: str | None = None
    cores: int | None = None
    memory_bytes: int | None = None
    storage: str | None = None
    environment: Literal["local", "docker"] = "local"
    image_id: str | None = None
    docker: str | None = None
    container_id: str | None = None
    cgroup: str | None = None
    requested_limits: ContainerLimits | None = None
    effective_limits: ContainerLimits | None = None
    limit_warnings: tuple[str, ...] = ()
    tuning: tuple[str, ...] = Field(default=(), description="What was asked for to steady it.")
    probe: str | None = Field(default=None, description="Kind and version of the probe.")
    probe_floor_bytes: int | None = None


class SessionInfo(Value):
    """What is known when a session starts."""

    session_id: str = Field(pattern=r"^benchmark-[0-9]+$")
    config_id: str
    config_name: str
    config_hash: str
    started_ms: int
    seed: int
    machine: Machine
    versions: dict[str, str] = Field(description="Tool versions: git, jujutsu …")
    tracker_version: str
    config_file: str | None = None
    command: tuple[str, ...] = Field(
        default=(), description="Options of `tracker run` that are not in the configuration."
    )
    author: str | None = None
    keep_names: bool = Field(
        default=False, description="Names and output of imported repositories may be published."
    )


class ServiceUse(Value):
    """What a variant's service used beside one command, and its memory afterwards."""

    cpu_ms: float
    rss_bytes: int | None = None


class IterationRecord(Value):
    """One line of the journal: an iteration, its round, and how it may be used.

    `order` is the place within the round. A `fragment` belongs to a round that
    was interrupted: it is kept and shown, and never compared.
    """

    format: int = JOURNAL_FORMAT
    suite_id: str
    variant: str
    phase: Phase
    round: int = Field(ge=0)
    order: int = Field(ge=0)
    raw: RawMetric
    outcome: str | None = Field(default=None, description="Digest or value of the outcome check.")
    fragment: bool = False
    contaminated: bool = Field(
        default=False, description="A fragment: its round was measured again, others were busy."
    )
    load: ForeignLoad | None = None
    warnings: tuple[str, ...] = ()
    service: ServiceUse | None = None
    counts: dict[str, float] = Field(
        default_factory=dict, description="What the test counts, some of it by the second."
    )


class TrialSummary(Value):
    """One trial after it was measured."""

    run_id: str
    suite_id: str
    test_id: str
    operation: str
    variant: str
    vcs_type: str
    repo_size: RepoSize
    repo_id: str
    status: Literal["finished", "failed", "void", "interrupted"]
    success_rate: float | None
    outcome_passed: bool | None
    outcome: str | None = None
    reason: str | None = None
    one_off_ms: float | None = Field(default=None, description="Cost of the variant's preparation.")
    service_start_ms: float | None = Field(default=None, description="Until its service was up.")
    service_cpu_ms: float | None = Field(default=None, description="Its service's median CPU time.")
    service_rss_bytes: int | None = Field(default=None, description="Its service's largest memory.")
    counts: dict[str, float] = Field(
        default_factory=dict, description="Medians of what the test counts."
    )
    versions: dict[str, str] = Field(
        default_factory=dict, description="Of tools that are not those of the session."
    )


class SessionResult(Value):
    """Everything that was measured in a session."""

    session: SessionInfo
    trials: tuple[TrialSummary, ...]
    records: tuple[IterationRecord, ...]
    skipped: tuple[SkippedTrial, ...] = ()
    duration_ms: float


class GroupResult(Value):
    """What became of one test on one repository, measured with every variant.

    `records` holds warm-ups, measured and profiling iterations and the fragments
    of interrupted rounds. `fixture` is None when the repository could not be made;
    every trial is skipped then.
    """

    group: TrialGroup
    fixture: RepositoryFixture | None
    trials: tuple[TrialSummary, ...]
    records: tuple[IterationRecord, ...]
    skipped: tuple[SkippedTrial, ...] = ()
    status: Literal["finished", "interrupted", "skipped"] = "finished"
    precision: Precision | None = Field(default=None, description="Of adaptive measuring.")

    @property
    def measured(self) -> tuple[IterationRecord, ...]:
        """Return the measured iterations of complete rounds, failed ones included."""
        return tuple(
            record for record in self.records if record.phase == "measured" and not record.fragment
        )
