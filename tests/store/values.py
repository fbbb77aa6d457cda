"""Values to put into stores."""

from patterns.models import BenchmarkPattern, PatternContext, PatternRecord, TrialRow

DAY = 86_400_000
START = 1_700_000_000_000


def make_record(**changes) -> PatternRecord:
    """Return a pattern with its context; `changes` may name fields of either."""
    pattern = {
        "session_id": "benchmark-1700000000000",
        "task": "commit-git-benchmark",
        "input": '{"operation":"commit"}',
        "output": '{"executionTime":45}',
        "reward": 0.5,
        "success": True,
        "latency_ms": 45.0,
    }
    context = {
        "operation": "commit",
        "vcs_type": "git",
        "variant": "git",
        "repo_size": "small",
        "created_at": START,
    }
    for name, value in changes.items():
        (pattern if name in BenchmarkPattern.model_fields else context)[name] = value
    return PatternRecord(pattern=BenchmarkPattern(**pattern), context=PatternContext(**context))


def make_trial(run_id="run-1700000000-abc123", **changes) -> PatternRecord:
    values = {
        "test_id": "commit-small",
        "fixture_id": "synthetic-small-1a2b3c4d",
        "machine_class": "m1",
        "output": f'{{"runId":"{run_id}"}}',
        **changes,
    }
    return make_record(run_id=run_id, **values)


def make_row(iteration=1, run_id="run-1700000000-abc123", **changes) -> TrialRow:
    values = {
        "test_id": "commit-small",
        "run_id": run_id,
        "iteration": iteration,
        "timestamp": START + iteration,
        "vcs_type": "git",
        "variant": "git",
        "operation": "commit",
        "repo_size": "small",
        "execution_time_ms": 40.0 + iteration,
        "cpu_user_ms": 10.0,
        "cpu_system_ms": 5.0,
        "memory_peak_bytes": 4_000_000,
        "io_read_ops": 100,
        "io_write_ops": 20,
        "disk_delta_bytes": 4096,
        "success": True,
        "exit_code": 0,
        "retry_count": 0,
        "reward": 0.5,
        **changes,
    }
    return TrialRow(**values)
