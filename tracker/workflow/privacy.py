"""What of an imported repository may leave the session folder: nothing that names a thing in it."""

import hashlib

from tracker.models import BenchmarkConfig, GroupResult, IterationRecord, TrialSummary
from tracker.models.enums import FixtureStrategy


def published(group: GroupResult, *, keep_names: bool) -> GroupResult:
    """Return a group as stores, MLflow and reports may see it.

    Output of commands, outcomes and reasons of failures name files, branches and authors; of
    an imported repository they stay in the journal. An outcome is kept as its hash, so that
    it can still be compared.
    """
    if keep_names or not _imported(group):
        return group
    return group.model_copy(
        update={
            "group": group.group.model_copy(
                update={"fixture": group.group.fixture.model_copy(update={"source": None})}
            ),
            "trials": tuple(_trial(trial) for trial in group.trials),
            "records": tuple(_record(record) for record in group.records),
        }
    )


def published_config(config: BenchmarkConfig, *, keep_names: bool) -> BenchmarkConfig:
    """Return a configuration as MLflow and reports may see it.

    Without `keep_names` the folders of this machine go; suites keep their file names.
    """
    if keep_names:
        return config
    tests = config.tests.model_copy(
        update={"suites": tuple(suite.rpartition("/")[2] for suite in config.tests.suites)}
    )
    data = config.data_generation.model_copy(update={"custom_fixtures": None})
    return config.model_copy(update={"tests": tests, "data_generation": data})


def _imported(group: GroupResult) -> bool:
    return group.group.fixture.strategy is FixtureStrategy.IMPORTED


def _trial(trial: TrialSummary) -> TrialSummary:
    reason = None if trial.reason is None else "see the session's journal"
    return trial.model_copy(update={"outcome": _hashed(trial.outcome), "reason": reason})


def _record(record: IterationRecord) -> IterationRecord:
    execution = record.raw.execution.model_copy(update={"stdout": None, "stderr": None})
    return record.model_copy(
        update={
            "raw": record.raw.model_copy(update={"execution": execution}),
            "outcome": _hashed(record.outcome),
            "warnings": tuple("see the session's journal" for _ in record.warnings[:1]),
        }
    )


def _hashed(text: str | None) -> str | None:
    return None if text is None else hashlib.sha256(text.encode()).hexdigest()[:16]
