"""Variants that bring more than settings: a service, tools of their own; and what tests count."""

import itertools
import os
import re
from pathlib import Path

import pytest

from tests.measurement import plans
from tests.measurement.repository import make_fixture
from tracker.measurement.engine import measure_plan
from tracker.measurement.journal import Journal
from tracker.measurement.local import LocalExecutor
from tracker.measurement.probe.client import start_local_probe
from tracker.models import OutcomeCheck, Test, Variant
from tracker.models.plan import Service
from tracker.models.suite import Tally
from tracker.vcs.registry import get_vcs

pytestmark = pytest.mark.vcs

WATCHER = (
    "sh -c '(end=$(($(date +%s%N) / 1000000 + 300));"
    ' while test "$(($(date +%s%N) / 1000000))" -lt "$end"; do :; done; exec sleep 1000)'
    ' > /dev/null 2>&1 & echo "$!" >> "$1"\' sh '
)
"""A service that uses a little CPU time and then sleeps; its process id goes to a file."""

ANY = OutcomeCheck(command="git rev-parse HEAD")


@pytest.fixture(scope="module")
def fixture(tmp_path_factory, git):
    assert git
    return make_fixture(tmp_path_factory.mktemp("fixture"))


@pytest.fixture
def measure(fixture, tmp_path):
    tokens = itertools.count()

    def run(test, *variants, iterations=1):
        executor = LocalExecutor(
            start_local_probe,
            lambda _: fixture,
            get_vcs,
            tmp_path / "work",
            path=os.environ["PATH"],
            systems=("git",),
        )
        try:
            with Journal(tmp_path / "journal.jsonl") as journal:
                (result,) = measure_plan(
                    plans.plan(plans.group(test, variants), iterations=iterations, warmups=0),
                    plans.session(executor.describe()),
                    executor,
                    journal,
                    order=plans.rotated,
                    token=lambda: f"{next(tokens):06x}",
                )
            return result
        finally:
            executor.close()

    return run


def gone(pid: str) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] == "Z"


def test_a_service_is_measured_apart_started_anew_after_each_restore_and_ended(measure, tmp_path):
    pids = tmp_path / "pids"
    watched = Variant(
        name="git+watched",
        vcs_type="git",
        service=Service(start=(f"{WATCHER}{pids}",), stop=("true",)),
    )
    writing = Test(id="write", name="write", command="touch new", outcome=ANY)
    plain, with_service = measure(writing, plans.GIT, watched).trials
    assert plain.service_start_ms is None
    assert plain.service_cpu_ms is None
    assert with_service.status == "finished"
    assert with_service.service_start_ms > 0
    assert with_service.service_cpu_ms >= 0
    assert with_service.service_rss_bytes > 0
    started = pids.read_text().split()
    assert len(started) >= 1 + 2  # a round and a profile, each restored; a quick one again
    assert all(gone(pid) for pid in started)


def test_a_service_that_does_not_stay_alive_fails_its_trial_alone(measure):
    short = Variant(name="git+short", vcs_type="git", service=Service(start=("true",)))
    reading = Test(id="r", name="r", command="git status", outcome=ANY, mutates=False)
    plain, failed = measure(reading, plans.GIT, short).trials
    assert plain.status == "finished"
    assert failed.status == "failed"
    assert "left no service running" in failed.reason


def test_a_service_that_ends_fails_the_iterations_after_it(measure):
    brief = Variant(
        name="git+brief",
        vcs_type="git",
        service=Service(start=("sh -c 'sleep 1000 & echo $! > ../pid'",)),
    )
    ending = Test(
        id="end",
        name="end",
        command="sh -c 'kill $(cat ../pid); sleep 0.1'",
        outcome=ANY,
    )
    result = measure(ending, brief)
    (trial,) = result.trials
    assert trial.status == "failed"
    (record,) = result.measured
    assert record.raw.execution.exit_code == 0, "the command itself went well"
    assert record.warnings == ("the service of variant git+brief has ended",)


def test_a_variant_runs_the_tool_it_names_and_its_version_is_kept(measure, tmp_path, git):
    wrapper = tmp_path / "other-git"
    wrapper.write_text(
        f'#!/bin/sh\ntest "$*" = --version && echo "git version 99.1.2" && exit\nexec {git} "$@"\n'
    )
    wrapper.chmod(0o755)
    other = Variant(name="git+other", vcs_type="git", tools={"git": str(wrapper)})
    version = Test(id="v", name="v", command="git --version", mutates=False, outcome=ANY)
    result = measure(version, plans.GIT, other)
    plain, named = result.trials
    assert plain.versions == {}
    assert named.versions == {"git": "99.1.2"}
    said = {record.variant: record.raw.execution.stdout for record in result.measured}
    assert said["git+other"] == "git version 99.1.2\n"
    assert re.match(r"git version \d", said["git"])
    assert said["git"] != said["git+other"]


def test_what_a_test_counts_stands_beside_its_times(measure):
    counting = Test(
        id="count",
        name="count",
        command="sh -c 'echo failed; echo failed; touch a b c'",
        outcome=ANY,
        counts={
            "failed": Tally(matches="(?m)^failed$"),
            "files": Tally(command="ls", matches="(?m)^[abc]$", per_second=True),
        },
    )
    result = measure(counting, plans.GIT)
    (trial,) = result.trials
    assert trial.counts["failed"] == 2
    assert trial.counts["files"] == 3
    assert trial.counts["filesPerSecond"] > 0
    record = result.measured[0]
    seconds = record.raw.execution.duration_ms / 1000
    assert record.counts["filesPerSecond"] == pytest.approx(3 / seconds, rel=0.01)
