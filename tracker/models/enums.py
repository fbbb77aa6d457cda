"""The closed sets of the specification."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import StringConstraints


class VcsType(StrEnum):
    """The systems every suite knows; a plug-in may add another name."""

    JUJUTSU = "jujutsu"
    GIT = "git"
    GIT_WORKTREES = "git-worktrees"


class TestCategory(StrEnum):
    """What kind of question a suite asks."""

    __test__ = False  # not a test class, whatever its name

    BASIC_OPERATIONS = "basic-operations"
    WORKFLOW_SIMULATION = "workflow-simulation"
    SCALE_TESTING = "scale-testing"
    EDGE_CASES = "edge-cases"


class RepoSize(StrEnum):
    """The size label of a repository fixture."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"
    CUSTOM = "custom"


class MetricType(StrEnum):
    """What a test asks to be measured."""

    EXECUTION_TIME = "execution-time"
    CPU_USAGE = "cpu-usage"
    MEMORY_USAGE = "memory-usage"
    IO_OPERATIONS = "io-operations"
    DISK_USAGE = "disk-usage"
    NETWORK_TRAFFIC = "network-traffic"


class ErrorType(StrEnum):
    """Why an iteration failed."""

    EXIT_CODE = "exit-code"
    TIMEOUT = "timeout"
    OOM = "oom"
    PROCESS_LIMIT = "process-limit"
    DISK_FULL = "disk-full"
    ENGINE_LOST = "engine-lost"
    PROBE_LOST = "probe-lost"
    OUTPUT_LIMIT = "output-limit"
    CLOCK = "clock"
    STORE = "store"
    VALIDATION = "validation"
    OUTCOME = "outcome"
    INTERRUPTED = "interrupted"


class FixtureStrategy(StrEnum):
    """Where a repository fixture comes from."""

    REALISTIC = "realistic"
    SYNTHETIC = "synthetic"
    IMPORTED = "imported"


Verdict = Literal["different", "equivalent", "unresolved"]
TreePeakSource = Literal["cgroup", "sampled"]
Phase = Literal["warm-up", "measured", "profile"]

VcsName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
"""One of `VcsType`, or the name of an installed plug-in (checked where configurations are read)."""

Identifier = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._+-]{0,99}$")]
"""An id that may stand in a file name, a tag and a glob."""
