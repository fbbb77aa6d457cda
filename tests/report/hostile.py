"""A session whose every free text tries to be something else."""

from tests.report.session import groups_of, session_of
from tracker.models import SkippedTrial

SCRIPT = "<script>globalThis.hacked = 1</script>"
ESCAPE = "\x1b[31mred\x9b2J\u202eturned"
NAME = f"{SCRIPT} | `code` *bold* [link](http://example.org)\n# heading </script><!-- {ESCAPE}"
IMAGE = '"><img src=x onerror="globalThis.hacked = 2">'


def hostile_session():
    (group,) = groups_of(rounds=8)[:1]
    test = group.group.test.model_copy(update={"name": NAME, "operation": None})
    trials = tuple(
        trial.model_copy(update={"status": "void", "reason": f"{IMAGE} {NAME}"})
        if trial.variant == "git-worktrees"
        else trial
        for trial in group.trials
    )
    records = tuple(
        record.model_copy(
            update={
                "raw": record.raw.model_copy(
                    update={
                        "execution": record.raw.execution.model_copy(
                            update={"stdout": NAME, "stderr": IMAGE}
                        )
                    }
                )
            }
        )
        for record in group.records
    )
    fixture = group.fixture.model_copy(update={"id": f"repo {IMAGE}"})
    changed = group.model_copy(
        update={
            "group": group.group.model_copy(update={"test": test}),
            "trials": tuple(trial.model_copy(update={"repo_id": fixture.id}) for trial in trials),
            "records": records,
            "fixture": fixture,
        }
    )
    skipped = [
        SkippedTrial(
            suite_id="basic-operations",
            test_id=test.id,
            variant="git+fsmonitor",
            repo_size="small",
            reason=NAME,
        )
    ]
    return session_of([changed], skipped, name=f"{IMAGE}{NAME}"[:100])
