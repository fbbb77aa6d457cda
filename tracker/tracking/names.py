"""Every metric, parameter and tag the tracker writes to MLflow, named once.

The prefix of a metric becomes a section of MLflow's chart page, and sections are
alphabetical: `result/` stands above `sample/`. A `result/` metric has one value
and is drawn as a bar; a `sample/` metric has one value an iteration and is drawn
as a line. Compare and sort on `result/` alone: MLflow takes the *last* value of a
metric, which for a `sample/` is one iteration and not its median.
"""

import re
from enum import StrEnum
from typing import Self


class Described(StrEnum):
    """A name that knows what it stands for."""

    description: str

    def __new__(cls, value: str, description: str) -> Self:
        """Make a member from its value and what it stands for."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.description = description
        return member


class Metric(Described):
    """The metrics of trial runs and session runs; the order is the order of logging."""

    TIME_MEDIAN = "result/time_ms.median", "Median wall time of the valid iterations, ms."
    TIME_MEAN = "result/time_ms.mean", "Mean wall time, ms."
    TIME_P95 = "result/time_ms.p95", "95th percentile of the wall time, ms."
    TIME_MIN = "result/time_ms.min", "Shortest wall time, ms."
    TIME_MAX = "result/time_ms.max", "Longest wall time, ms."
    TIME_CV = "result/time_ms.cv", "Standard deviation of the wall time over its mean."
    TIME_N = "result/time_ms.n", "Iterations behind the statistics (the failed ones are not)."
    CPU_MEDIAN = "result/cpu_ms.median", "Median CPU time of the whole process tree, ms."
    CPU_P95 = "result/cpu_ms.p95", "95th percentile of the CPU time, ms."
    MEMORY_MEDIAN = "result/memory_bytes.median", "Median peak of the largest process, bytes."
    MEMORY_PEAK = "result/memory_bytes.peak", "Highest peak of the largest process, bytes."
    TREE_MEMORY_PEAK = "result/tree_memory_bytes.peak", "Highest peak of the process tree, bytes."
    SUCCESS_RATE = "result/success_rate", "Share of iterations that succeeded, 0 to 1."
    REWARD = "result/reward", "Reward of the trial, 0 to 1; absent without a baseline."
    ONE_OFF = "result/one_off_ms", "Cost of the variant's one-off preparation, ms."
    CHANGE = (
        "result/time_ms.change",
        "Median wall time over the level of the sessions before; 1 is unchanged.",
    )
    SAMPLE_TIME = "sample/time_ms", "Wall time of each valid iteration, ms."
    SAMPLE_CPU = "sample/cpu_ms", "CPU time of the process tree, ms."
    SAMPLE_MEMORY = "sample/memory_bytes", "Peak of the largest process, bytes."
    SAMPLE_TREE_MEMORY = "sample/tree_memory_bytes", "Peak of the process tree, bytes."
    SAMPLE_MINOR_FAULTS = "sample/minor_faults", "Page faults served without the disk."
    SAMPLE_CONTEXT_SWITCHES = "sample/context_switches", "Context switches."
    SAMPLE_READ_OPS = "sample/read_ops", "Read system calls."
    SAMPLE_WRITE_OPS = "sample/write_ops", "Write system calls."
    SAMPLE_DISK_DELTA = "sample/disk_delta_bytes", "Growth of work copy and repository, bytes."
    SESSION_TRIALS = "session/trials", "Trials of the session."
    SESSION_FAILED = "session/trials_failed", "Trials that failed or were void."
    SESSION_DECIDED = "session/tests_decided", "Tests with one winner."
    SESSION_REGRESSIONS = "session/regressions", "Trials slower than in the sessions before."
    SESSION_NUMBER = "session/number", "On trend runs: how many sessions there were."


class Param(Described):
    """The parameters of a run; MLflow never lets them change."""

    OPERATION = "operation", "What the test does: commit, status …"
    VARIANT = "variant", "System with its settings."
    VCS_TYPE = "vcs_type", "The system."
    REPO_SIZE = "repo_size", "Size label of the repository."
    REPO_ID = "repo_id", "Id of the fixture."
    REPOSITORY = "repository", "Address of an imported repository, where names are kept."
    TEST = "test", "Id of the test."
    SUITE = "suite", "Id of the suite."
    ITERATIONS = "iterations", "Iterations asked for."
    WARMUP = "warmup", "Warm-up iterations asked for."
    TIMEOUT = "timeout_ms", "Longest execution, ms."
    SEED = "seed", "Seed of the session: order of rounds and fixtures."
    CONFIG = "config", "Id of the benchmark configuration."
    SUITES = "suites", "Suites of the session."
    REPO_SIZES = "repo_sizes", "Repository sizes of the session."


class Tag(Described):
    """The tags of runs and experiments."""

    SESSION = "tracker.session", "Id of the session."
    LEVEL = "tracker.level", "trial, variant, session or trend."
    RUN_ID = "tracker.run_id", "The tracker's own id of the trial."
    STATUS = "tracker.status", "finished, failed, void or interrupted."
    REASON = "tracker.reason", "Why a trial did not finish."
    OUTCOME = "tracker.outcome_passed", "Whether the outcome check passed."
    REGRESSION = (
        "tracker.regression",
        "Against the sessions before: slower (confirmed or suspect), none, too few sessions.",
    )
    OWNER = "tracker.owner", "Process that writes the run, to end what it left behind."
    VARIANT = "tracker.variant", "Variant of a variant run or a trend run."
    CONFIG_ID = "tracker.config_id", "Id of the benchmark configuration."
    CONFIG_HASH = "tracker.config_hash", "Hash of the benchmark configuration."
    MACHINE_CLASS = "tracker.machine_class", "Only runs of one class are comparable."
    ENVIRONMENT = "tracker.environment", "local or docker."
    IMAGE = "tracker.image", "Id of the container image."
    PROBE = "tracker.probe", "Kind and version of the probe."
    TRACKER_VERSION = "tracker.version", "Version of the tracker."
    RESULTS_IN = "tracker.experiment_id", "Experiment that holds the trials of the session."
    COLOURS = "tracker.colours", "Colours of the variants (on the experiment)."
    TOOL = "tool.", "Prefix of a tool's version: tool.git, tool.jj."
    OS = "system.os", "Operating system."
    KERNEL = "system.kernel", "Kernel."
    CPU = "system.cpu", "Processor."
    CORES = "system.cores", "Cores."
    MEMORY = "system.memory_gib", "Memory, GiB."
    STORAGE = "system.storage", "What the repositories were on."
    COMMAND = "tracker.command", "Options beside the configuration, where names are kept."
    USER = "mlflow.user", "Author of the session, where names are kept."
    NOTE = "mlflow.note.content", "MLflow's description, Markdown."
    COLOUR = "mlflow.runColor", "MLflow's colour of the run in charts and tables."
    SOURCE = "mlflow.source.name", "MLflow's source column."
    SOURCE_TYPE = "mlflow.source.type", "MLflow's kind of source."
    VIEW = "mlflow.sharedViewState.", "Prefix of a prepared view (on the experiment)."


TRIAL, VARIANT, SESSION, TREND = "trial", "variant", "session", "trend"
"""The values of `Tag.LEVEL`."""

HEADLINE = "time_ms.median"
"""The one statistic of a variant run, after `{test}/{size}.`: columns slow MLflow's pages."""

MOST_METRICS = 40
"""More columns than this slow MLflow's pages; see its issue 11927."""

_REFUSED = re.compile(r"[^\w\-. :/]")


def key(text: str) -> str:
    """Return `text` as MLflow takes it for a key: letters, digits and `_-. :/`, 250 at most.

    Examples
    --------
    >>> key("commit+sign/small.time_ms.median")
    'commit-sign/small.time_ms.median'
    """
    return _REFUSED.sub("-", text).strip("/")[:250]
