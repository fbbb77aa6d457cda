"""A session in a container, in a process of its own, so that a test can end it or its engine."""

import sys
from pathlib import Path

from tests.measurement import plans
from tests.measurement.docker.conftest import environment
from tracker.measurement.docker.place import DockerPlace
from tracker.measurement.engine import measure_plan
from tracker.measurement.executor import ExecutorError
from tracker.measurement.journal import Journal
from tracker.measurement.progress import Stop
from tracker.measurement.resume import Resumption
from tracker.measurement.trials import TrialExecutor
from tracker.models import RepositoryFixture, Test
from tracker.vcs.registry import get_vcs
from tracker.workflow.interruption import ended_in_order


def main(image, journal_file, fixture_file, command, iterations):
    fixture = RepositoryFixture.model_validate_json(Path(fixture_file).read_text())
    place = DockerPlace(environment(image), ["git"], "benchmark-3", recovery_seconds=1)
    executor = TrialExecutor(place, lambda _: fixture, get_vcs)
    test = Test(id="test", name="test", command=command, outcome=None, timeout=60_000)
    plan = plans.plan(plans.group(test, (plans.GIT,)), iterations=int(iterations), warmups=0)
    stop = Stop()
    try:
        with Journal(Path(journal_file)) as journal, ended_in_order(stop, lambda _: None):
            resumed = Resumption(journal.load())
            session = plans.session(executor.describe())
            for result in measure_plan(
                plan,
                session,
                executor,
                journal,
                order=plans.rotated,
                resume=resumed,
                stop=stop,
            ):
                sys.stdout.write(f"{result.status} {len(result.measured)}\n")
    except ExecutorError as error:
        sys.stdout.write(f"{error.error_type}\n")
    finally:
        executor.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
