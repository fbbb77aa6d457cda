"""Prepared views: what MLflow's chart page draws without any set-up.

A view is a tag of the experiment holding the state of the page as JSON. The format
is MLflow's own (read in 3.17's pages); a browser test opens the views.
"""

import base64
import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mlflow import MlflowClient

from tracker.models import SessionInfo
from tracker.tracking import limits, names
from tracker.tracking.cases import CASE_PREFIX, Case
from tracker.tracking.change import SLOWER
from tracker.tracking.names import Metric, Param, Tag
from tracker.tracking.server import LATEST, REGRESSIONS, TREND

MOST_VIEWS = 30
"""MLflow's pages refuse to save more than 40; the rest is the user's."""

PLAIN_LENGTH = 8_000
"""A longer state is deflated, which MLflow's pages undo; the limit of a tag is 20,000."""


@dataclass(frozen=True)
class Section:
    """A titled row of charts; a title says unit and direction, which charts cannot.

    MLflow cuts titles after about thirty characters beside its list of runs.
    """

    title: str
    metrics: tuple[str, ...]
    chart: str = "BAR"
    x_axis: str = "step"


@dataclass(frozen=True)
class View:
    """What is shown: the runs of `runs`, ordered by `order`, in `sections`."""

    id: str
    name: str
    runs: str
    order: str
    sections: tuple[Section, ...]
    columns: tuple[str, ...]
    ascending: bool = True


def views(
    session: SessionInfo, cases: Sequence[Case], regressions: int | None = None
) -> tuple[View, ...]:
    """Return the views of a session in the order of the menu, those of its cases last.

    `regressions` is how many trials are slower than before, None where there were too few
    sessions to say.
    """
    session_id = session.session_id
    return (
        _latest(session_id, cases),
        _regressions(session_id, regressions),
        _trend(session.machine.machine_class, cases),
        *(_of_case(session_id, case) for case in cases),
    )[:MOST_VIEWS]


def _latest(session_id: str, cases: Sequence[Case]) -> View:
    return View(
        id=LATEST,
        name="Latest session: every operation",
        runs=_and(_is_level(names.VARIANT), _of_session(session_id)),
        order=f"params.`{Param.VARIANT.value}`",
        sections=tuple(
            Section(f"{operation}: ms, lower is better (medians)", metrics)
            for operation, metrics in _by_operation(cases).items()
        ),
        columns=(),
    )


def _trend(machine_class: str, cases: Sequence[Case]) -> View:
    return View(
        id=TREND,
        name="Trend over sessions: every operation",
        runs=_and(_is_level(names.TREND), f"tags.`{Tag.MACHINE_CLASS.value}` = '{machine_class}'"),
        order=f"params.`{Param.VARIANT.value}`",
        sections=tuple(
            Section(f"{operation}: ms by session (medians)", metrics, chart="LINE")
            for operation, metrics in _by_operation(cases).items()
        ),
        columns=(),
    )


def _by_operation(cases: Sequence[Case]) -> dict[str, tuple[str, ...]]:
    """Return the headline metrics of each operation, in the order of the session."""
    found: dict[str, dict[str, None]] = {}
    for case in cases:
        found.setdefault(case.operation, {})[case.headline] = None
    return {operation: tuple(metrics) for operation, metrics in found.items()}


def _regressions(session_id: str, count: int | None) -> View:
    if count is None:
        told = "too few sessions yet"
    else:
        told = f"{count} in the latest session" if count else "none in the latest session"
    return View(
        id=REGRESSIONS,
        name=f"Regressions: {told}",
        runs=_and(
            _is_level(names.TRIAL),
            _of_session(session_id),
            f"tags.`{Tag.REGRESSION.value}` LIKE '{SLOWER}%'",
        ),
        order=f"metrics.`{Metric.CHANGE.value}`",
        ascending=False,
        sections=(
            Section("Time over the level before (1 = unchanged)", (Metric.CHANGE,)),
            Section("Time in ms, lower is better", (Metric.TIME_MEDIAN, Metric.TIME_P95)),
        ),
        columns=(
            f"tags.`{Tag.REGRESSION.value}`",
            f"metrics.`{Metric.CHANGE.value}`",
            f"metrics.`{Metric.TIME_MEDIAN.value}`",
        ),
    )


def _of_case(session_id: str, case: Case) -> View:
    return View(
        id=case.view,
        name=case.title,
        runs=_and(
            _is_level(names.TRIAL),
            _of_session(session_id),
            _param(Param.TEST, case.test_id),
            _param(Param.REPO_ID, case.repo_id),
        ),
        order=f"metrics.`{Metric.TIME_MEDIAN.value}`",
        sections=(
            Section("Time in ms, lower is better", (Metric.TIME_MEDIAN, Metric.TIME_P95)),
            Section(
                "CPU ms, peak bytes: lower is better",
                (Metric.CPU_MEDIAN, Metric.MEMORY_PEAK),
            ),
            Section("Reward, success: higher is better", (Metric.REWARD, Metric.SUCCESS_RATE)),
            Section(
                "Each iteration, ms",
                (Metric.SAMPLE_TIME, Metric.SAMPLE_CPU),
                chart="LINE",
            ),
        ),
        columns=(
            f"metrics.`{Metric.TIME_MEDIAN.value}`",
            f"metrics.`{Metric.CPU_MEDIAN.value}`",
            f"metrics.`{Metric.SUCCESS_RATE.value}`",
            f"metrics.`{Metric.REWARD.value}`",
        ),
    )


def _is_level(level: str) -> str:
    return f"tags.`{Tag.LEVEL.value}` = '{level}'"


def _of_session(session_id: str) -> str:
    return f"tags.`{Tag.SESSION.value}` = '{session_id}'"


def _param(name: Param, value: str) -> str:
    return "params.`{}` = '{}'".format(name.value, value.replace("'", "_"))


def _and(*conditions: str) -> str:
    return " AND ".join(conditions)


def state(view: View) -> dict[str, object]:
    """Return the state of MLflow's page that shows `view`."""
    return {
        "searchFilter": view.runs,
        "orderByKey": view.order,
        "orderByAsc": view.ascending,
        "startTime": "ALL",
        "lifecycleFilter": "Active",
        "modelVersionFilter": "All Runs",
        "datasetsFilter": [],
        "selectedColumns": list(view.columns),
        "runsHiddenMode": "SHOW_ALL",
        "compareRunSections": [
            {
                "uuid": f"s{i}",
                "name": section.title,
                "display": True,
                "isReordered": True,
                "columns": min(max(len(section.metrics), 2), 3),
                "cardHeight": 260,
            }
            for i, section in enumerate(view.sections)
        ],
        "compareRunCharts": [
            _chart(metric, section, f"s{i}", f"s{i}c{j}")
            for i, section in enumerate(view.sections)
            for j, metric in enumerate(section.metrics)
        ],
        "isAccordionReordered": True,
        "groupBy": None,
        "runListHidden": False,
        "viewMaximized": False,
        "hideEmptyCharts": True,
    }


def _chart(metric: str, section: Section, section_id: str, uuid: str) -> dict[str, object]:
    chart: dict[str, object] = {
        "uuid": uuid,
        "type": section.chart,
        "metricKey": str(metric),
        "metricSectionId": section_id,
        "deleted": False,
        "isGenerated": False,
        "runsCountToCompare": 20,
    }
    if section.chart == "LINE":
        chart |= {
            "selectedMetricKeys": [str(metric)],
            "lineSmoothness": 0,
            "scaleType": "linear",
            "xAxisScaleType": "linear",
            "xAxisKey": section.x_axis,
            "selectedXAxisMetricKey": "",
            "yAxisKey": "metric",
            "yAxisExpressions": [],
            "ignoreOutliers": False,
            "range": {},
            "useGlobalXaxisKey": True,
            "useGlobalLineSmoothing": True,
        }
    return chart


def envelope(view: View, created_ms: int) -> str:
    """Return the value of the tag; with a name, the Views menu lists it."""
    plain = json.dumps(state(view), separators=(",", ":"), ensure_ascii=False)
    if len(plain) > PLAIN_LENGTH:
        packed = base64.b64encode(zlib.compress(plain.encode(), 9)).decode()
        plain = f"deflate;{packed}"
    return json.dumps(
        {"name": view.name, "createdAt": created_ms, "state": plain}, ensure_ascii=False
    )


def write_views(
    client: MlflowClient, experiment_id: str, prepared: Iterable[View], now_ms: int
) -> None:
    """Write the views and take away those of earlier sessions; the user's own stay."""
    written = set()
    for age, view in enumerate(prepared):
        # The menu lists the newest first.
        text = envelope(view, now_ms - age)
        if len(text) <= limits.EXPERIMENT_TAG_LENGTH:
            client.set_experiment_tag(experiment_id, f"{Tag.VIEW}{view.id}", text)
            written.add(f"{Tag.VIEW}{view.id}")
    ours = f"{Tag.VIEW}{CASE_PREFIX}"
    for tag in client.get_experiment(experiment_id).tags:
        if tag.startswith(ours) and tag not in written:
            client.delete_experiment_tag(experiment_id, tag)
