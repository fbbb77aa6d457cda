"""A session in a process of its own, so that a test can kill it: journal, work root, fixture."""

import os
import sys
from pathlib import Path

from tests.measurement import plans
from tracker.measurement.engine import measure_plan
from tracker.measurement.journal import Journal
from tracker.measurement.local import LocalExecutor
from tracker.measurement.probe.client import start_local_probe
from tracker.measurement.resume import Resumption
from tracker.models import RepositoryFixture, Test
from tracker.vcs.registry import get_vcs


def main(journal_file, work_root, fixture_file):
    fixture = RepositoryFixture.model_validate_json(Path(fixture_file).read_text())
    executor = LocalExecutor(
        start_local_probe, lambda _: fixture, get_vcs, Path(work_root), path=os.environ["PATH"]
    )
    test = Test(id="touch", name="touch", command="dd if=/dev/zero of=new bs=1 count=1 status=none")
    plan = plans.plan(plans.group(test, (plans.GIT, plans.WORKTREES)), iterations=60)
    with Journal(Path(journal_file)) as journal:
        resumed = Resumption(journal.load())
        session = plans.session(executor.describe())
        for result in measure_plan(
            plan, session, executor, journal, order=plans.rotated, resume=resumed
        ):
            sys.stdout.write(f"{result.status} {len(result.measured)}\n")
    executor.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
