"""The gate: what histories say, what measuring again decides, and what becomes of it."""

import json
import math
from contextlib import contextmanager
from datetime import date

import numpy as np
import pytest

from patterns.store import PatternStore
from tests.store.values import make_row, make_trial
from tracker.config import InputError
from tracker.measurement.replay import ReplayExecutor, Scripted
from tracker.models.gate import GateReport
from tracker.report.gate import (
    MOST_BYTES,
    bisect_text,
    to_bencher,
    to_markdown,
    to_open_metrics,
    to_text,
)
from tracker.workflow import duel as duels
from tracker.workflow.bisect import bisect_versions
from tracker.workflow.duel import DuelError
from tracker.workflow.gate import check
from tracker.workflow.gate_history import GateRules, check_rules, judge_history
from tracker.workflow.gate_request import BisectRequest, CheckRequest
from tracker.workflow.imported_history import import_file
from tracker.workflow.mutes import mute
from tracker.workflow.request import RunRequest
from tracker.workflow.series_analysis import show_trends
from tracker.workflow.series_history import HistorySeries, SeriesKey, SeriesPoint

DAY_MS = 86_400_000
TODAY = date(2026, 1, 15)


def series(values, *, name="t", machine="m", better=False):
    key = SeriesKey("csv", name, name, "", "", "", "time", "s", machine, higher_is_better=better)
    points = tuple(
        SeriesPoint(at * DAY_MS, float(value), 1, f"c{at}", f"v{at // 10}")
        for at, value in enumerate(values)
    )
    return HistorySeries(key, points)


def noise(n, seed=0, sd=0.01):
    return np.exp(sd * np.random.default_rng(seed).normal(size=n))


def stepped(n, new, ratio, seed=0):
    return noise(n, seed) * np.where(np.arange(n) >= n - new, ratio, 1.0)


def judged(values, rules=None, **key):
    (result,) = judge_history([series(values, **key)], rules or GateRules())
    return result


def test_a_step_eight_points_ago_is_a_confirmed_regression_with_its_severity():
    result = judged(stepped(80, 8, 1.12))
    assert (result.verdict, result.level, result.severity) == ("regressed", "confirmed", "moderate")
    assert result.change_percent == pytest.approx(12.0, abs=2.0)
    assert result.changed_at == "c72"
    assert result.evidence > 10


def test_a_fall_is_an_improvement_and_a_fall_of_a_rate_is_a_regression():
    fall = stepped(80, 8, 1 / 1.3)
    assert judged(fall).verdict == "improved"
    assert judged(fall, better=True).verdict == "regressed"


def test_one_point_out_of_line_is_only_a_suspect():
    result = judged(stepped(60, 1, 1.2))
    assert (result.verdict, result.level) == ("inconclusive", "suspect")
    assert "suspect" in result.reason


def test_noise_is_unchanged_and_says_what_could_have_been_seen():
    result = judged(noise(60))
    assert result.verdict == "unchanged"
    assert 0 < result.smallest_visible_percent < 10


def test_an_old_step_is_the_level_one_compares_with():
    values = noise(90) * np.where(np.arange(90) >= 40, 1.5, 1.0)
    assert judged(values).verdict == "unchanged"


def test_too_few_points_decide_nothing():
    assert judged([1.0]).verdict == "missing"
    assert judged([1.0, 2.0]).verdict == "inconclusive"
    assert judged([1.0, 1.0]).verdict == "unchanged"


def test_a_constant_series_is_unchanged():
    assert judged([2.0] * 40).verdict == "unchanged"


@pytest.mark.parametrize(
    ("baseline", "value", "n"),
    [
        ("best", 0.5, 1),
        ("tag:v0", 1.0, 10),
        ("tag:c3", 0.5, 1),
        ("last:2", 1.0, 2),
        ("base", 1.0, 10),
    ],
)
def test_the_baseline_is_by_choice(baseline, value, n):
    values = [1.0, 1.0, 1.0, 0.5] + [1.0] * 17
    result = judged(values, GateRules(baseline=baseline))
    assert result.baseline.value == pytest.approx(value)
    assert result.baseline.n == n


def test_a_tag_nobody_has_is_missing():
    assert judged(noise(20), GateRules(baseline="tag:none")).verdict == "missing"


@pytest.mark.parametrize(
    "wrong",
    [
        {"baseline": "yesterday"},
        {"baseline": "last:0"},
        {"baseline": "tag:"},
        {"fail_on": "bad"},
        {"q": 0.0},
        {"limits_percent": (5.0, 3.0, 25.0)},
    ],
)
def test_rules_that_mean_nothing_are_refused(wrong):
    with pytest.raises(InputError):
        check_rules(GateRules(**wrong))


# Versions measured in turns, by replay.


@pytest.fixture
def programs(project):
    """Return eight programs that are there."""
    made = []
    for number in range(8):
        path = project / f"git-{number}"
        path.write_text("#!/bin/sh\n")
        made.append(path)
    return made


def replayed(cpu_of, *, seed=0, sd=0.02, fails=()):
    """Return what opens an executor whose versions take the CPU time that their name says."""
    rng = np.random.default_rng(seed)

    def script(trial, _turn):
        name = trial.variant.name
        cpu = cpu_of(name) * math.exp(sd * rng.standard_t(3))
        code = 1 if name in fails else 0
        return Scripted(wall_ms=2 * cpu, cpu_ms=cpu, exit_code=code)

    @contextmanager
    def opened(_workspace, _plan, _progress):
        yield ReplayExecutor(script)

    return opened


def request(programs, **options):
    chosen = RunRequest(tests=("status-clean",), repo_sizes=("small",))
    known = {"old": programs[0], "new": programs[1], "selection": chosen, "metrics": ("cpu",)}
    return CheckRequest(**{**known, **options})


@pytest.fixture(autouse=True)
def few_rounds(monkeypatch):
    monkeypatch.setattr(duels, "MOST_ROUNDS", 250)


def test_a_slower_version_fails_the_check(project, programs):
    opened = replayed(lambda name: 10.5 if name == "new" else 10.0)
    report = check(project, request(programs), open_executor=opened)
    (result,) = report.results
    assert (report.exit_code, result.verdict, result.severity) == (1, "regressed", "minor")
    assert result.method == "re-measured"
    assert result.change_interval[0] > 0
    assert result.evidence > 500


def test_an_unchanged_version_passes(project, programs):
    report = check(project, request(programs), open_executor=replayed(lambda _: 10.0, sd=0.005))
    assert report.exit_code == 0
    assert report.results[0].verdict == "unchanged"


def test_fail_on_severe_lets_a_minor_one_pass(project, programs):
    opened = replayed(lambda name: 10.5 if name == "new" else 10.0)
    rules = GateRules(fail_on="severe")
    report = check(project, request(programs, rules=rules), open_executor=opened)
    assert report.exit_code == 0
    assert report.results[0].verdict == "regressed"


def test_noise_that_hides_everything_is_undecided_and_fails_only_when_strict(project, programs):
    opened = replayed(lambda _: 10.0, sd=0.5)
    assert check(project, request(programs), open_executor=opened).exit_code == 0
    opened = replayed(lambda _: 10.0, sd=0.5)
    report = check(project, request(programs, strict=True), open_executor=opened)
    assert report.exit_code == 3
    assert report.results[0].smallest_visible_percent > 3


def test_a_version_that_fails_is_no_verdict(project, programs):
    opened = replayed(lambda _: 10.0, fails=("new",))
    with pytest.raises(DuelError, match="3 rounds failed"):
        check(project, request(programs), open_executor=opened)


def test_a_muted_regression_is_told_but_does_not_fail(project, programs):
    mute(project, "status-*", until="2026-02-01", why="known", today=TODAY)
    opened = replayed(lambda name: 12.0 if name == "new" else 10.0)
    report = check(project, request(programs), open_executor=opened, day=lambda: TODAY)
    assert report.exit_code == 0
    assert report.summary.muted == 1
    assert "known" in to_text(report)
    later = date(2026, 2, 2)
    opened = replayed(lambda name: 12.0 if name == "new" else 10.0)
    assert check(project, request(programs), open_executor=opened, day=lambda: later).exit_code == 1


@pytest.mark.parametrize("until", ["2026-01-14", "soon"])
def test_a_mute_needs_a_day_to_come(project, until):
    with pytest.raises(InputError):
        mute(project, "x", until=until, why="w", today=TODAY)


def test_one_program_or_nothing_to_check_is_refused(project, programs):
    with pytest.raises(InputError, match="one is missing"):
        check(project, CheckRequest(old=programs[0]))
    with pytest.raises(InputError, match="nothing to check"):
        check(project, CheckRequest())
    with pytest.raises(InputError, match="is no program"):
        check(project, request(programs, new=project / "none"))


@pytest.mark.parametrize("guilty", [1, 5, 7])
def test_the_guilty_one_of_eight_versions_is_found(project, programs, guilty):
    def cpu(name):
        return 10.5 if int(name.rpartition("-")[2]) > guilty else 10.0

    asked = BisectRequest(
        programs=tuple(programs),
        test="status-clean",
        selection=RunRequest(repo_sizes=("small",)),
    )
    report = bisect_versions(project, asked, open_executor=replayed(cpu, sd=0.01))
    assert report.found
    assert report.first_slow == str(programs[guilty])
    assert len(report.asked) <= 4
    assert str(programs[guilty]) in bisect_text(report)


def test_without_a_slow_version_none_is_named(project, programs):
    asked = BisectRequest(
        programs=tuple(programs),
        test="status-clean",
        selection=RunRequest(repo_sizes=("small",)),
    )
    report = bisect_versions(project, asked, open_executor=replayed(lambda _: 10.0, sd=0.005))
    assert not report.found
    assert "no slower" in report.reason


def test_only_the_suspect_of_a_history_is_measured_again(project, programs):
    values = {"status-clean": stepped(16, 1, 1.3), "log": noise(16, 1)}
    with PatternStore(f"sqlite:///{project / 'tracker.db'}") as store:
        for test, series_values in values.items():
            for at, value in enumerate(series_values):
                run = f"run-{1_700_000_000 + at}-{test[:3]}abc"
                context = {"test_id": test, "operation": "status", "status": "finished"}
                trial = make_trial(
                    run,
                    session_id=f"benchmark-{1_700_000_000_000 + at}",
                    created_at=1_700_000_000_000 + at * DAY_MS,
                    **context,
                )
                row = make_row(1, run, test_id=test, operation="status", cpu_user_ms=5 * value)
                store.add_trial(trial, [row.model_copy(update={"suite_id": "basic-operations"})])
    asked = CheckRequest(metrics=("cpu",))
    assert {one.level for one in check(project, asked).results} == {"suspect", None}
    opened = replayed(lambda _: 10.0, sd=0.005)
    asked = CheckRequest(old=programs[0], new=programs[1], metrics=("cpu",))
    report = check(project, asked, open_executor=opened)
    found = {one.test_id: (one.method, one.verdict) for one in report.results}
    assert found == {
        "status-clean": ("re-measured", "unchanged"),
        "log": ("history", "unchanged"),
    }


# Histories of other tools.


def csv_file(folder, values, name="history.csv", machine=""):
    rows = "".join(
        f"bench,{1_600_000_000_000 + at * DAY_MS},{value},{machine}\n"
        for at, value in enumerate(values)
    )
    path = folder / name
    path.write_text(f"series,timestamp,value,machine\n{rows}")
    return path


def test_importing_twice_adds_nothing_and_a_longer_file_adds_the_rest(project):
    values = stepped(60, 8, 1.3)
    assert import_file(project, csv_file(project, values[:50])).added == 50
    assert import_file(project, csv_file(project, values[:50])).added == 0
    again = import_file(project, csv_file(project, values))
    assert (again.added, again.known) == (10, 50)
    report = check(project, CheckRequest())
    assert report.exit_code == 1
    assert report.results[0].severity == "severe"
    (shown,) = show_trends(project, "bench", variant=None, metric="value")
    assert len(shown.data.points) == 60
    assert shown.analysed.change_points


def test_machines_are_never_mixed(project):
    import_file(project, csv_file(project, noise(30), "a.csv", "one"))
    import_file(project, csv_file(project, 2 * noise(30), "b.csv", "two"))
    report = check(project, CheckRequest())
    assert [result.machine_class for result in report.results] == ["one", "two"]
    assert report.exit_code == 0


def test_what_is_no_history_is_refused_and_leaves_nothing(project):
    path = project / "x.json"
    path.write_text("{}")
    with pytest.raises(InputError, match="no known format"):
        import_file(project, path)
    assert not (project / ".tracker" / "history").exists()


# Forms of the answer.


@pytest.fixture
def report(project, programs) -> GateReport:
    opened = replayed(lambda name: 12.0 if name == "new" else 10.0)
    return check(project, request(programs, metrics=("cpu", "time")), open_executor=opened)


def test_markdown_ends_with_its_hidden_marker_and_fits_a_comment(report):
    text = to_markdown(report, marker="a-->b")
    assert text.splitlines()[-1] == "<!-- tracker:a- -)b -->"
    many = report.model_copy(update={"results": report.results * 2000})
    long = to_markdown(many)
    assert len(long.encode()) <= MOST_BYTES
    assert long.rstrip().endswith("-->")
    assert "more" in long


def test_open_metrics_ends_with_eof_and_escapes(report):
    first = report.results[0].model_copy(update={"test_id": 'a"b\nc'})
    text = to_open_metrics(report.model_copy(update={"results": (first,)}))
    assert text.splitlines()[-1] == "# EOF"
    assert r'test="a\"b\nc"' in text


def test_bencher_format_has_latency_in_nanoseconds(report):
    values = json.loads(to_bencher(report))["status-clean/small"]
    assert values["latency"]["value"] == pytest.approx(24e6, rel=0.05)


def test_json_holds_no_nan_and_reads_back(report):
    assert GateReport.model_validate_json(report.to_json()) == report
    assert "NaN" not in report.to_json()


def test_a_young_history_says_once_why_nothing_can_be_compared(report):
    result = judged([1.0])
    young = report.model_copy(update={"results": (result,) * 90})
    lines = [line for line in to_text(young).splitlines() if line.startswith("missing")]
    assert len(lines) == 1
    assert result.reason in lines[0]
    assert "90 series" in lines[0]
