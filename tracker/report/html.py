"""The report as one HTML page that needs no network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from tracker.models import (
    BenchmarkReport,
    Bottleneck,
    IterationRecord,
    ProcessedResult,
    SkippedTrial,
    TrialSummary,
)
from tracker.report.charts import variant_names
from tracker.report.columns import MOST_WRITTEN, columns
from tracker.report.details import Detail, details, points_of
from tracker.report.embedding import embedded_json, own_text, packed_json, packed_plotly
from tracker.report.names import UNKNOWN, colour, duration, percent, plain
from tracker.report.tables import Table, Trouble, shape, tables, troubles
from tracker.report.trends import trend_charts
from tracker.report.words import noise, summary, warnings

MOST_LIMITS = 30
"""Bottlenecks that are listed; every one is in the JSON."""


@dataclass(frozen=True)
class Fact:
    """A name and what it stands for."""

    name: str
    value: str


@dataclass(frozen=True)
class Chart:
    """A chart of the report, and what a reader who does not see it should know."""

    key: str
    title: str
    caption: str


@dataclass(frozen=True)
class Key:
    """A variant and its colour."""

    variant: str
    colour: str


@dataclass(frozen=True)
class Page:
    """Everything the template shows."""

    title: str
    subtitle: str
    facts: tuple[Fact, ...]
    warnings: tuple[str, ...]
    summary: str
    keys: tuple[Key, ...]
    tables: tuple[Table, ...]
    charts: tuple[Chart, ...]
    details: tuple[Detail, ...]
    troubles: tuple[Trouble, ...]
    environment: tuple[Fact, ...]
    hidden: int
    limits: tuple[Bottleneck, ...]
    limits_found: int
    trends: bool
    noise: str
    raw_link: str
    config_link: str
    mlflow_url: str | None
    mlflow_views: Mapping[str, str] = field(default_factory=dict)
    mlflow_runs: Mapping[str, str] = field(default_factory=dict)


def to_html(
    report: BenchmarkReport,
    *,
    trials: Sequence[TrialSummary],
    records: Sequence[IterationRecord],
    skipped: Sequence[SkippedTrial],
    mlflow_url: str | None = None,
    mlflow_views: Mapping[str, str] | None = None,
    mlflow_runs: Mapping[str, str] | None = None,
    title: str | None = None,
) -> str:
    """Return the report as a page that opens from a file, with its charts inside.

    Parameters
    ----------
    report : BenchmarkReport
        What was judged.
    trials, records, skipped : sequences
        What was measured: every point is drawn, every reason is told.
    mlflow_url : str, optional
        Where the runs can be seen; only http and https are linked.
    mlflow_views, mlflow_runs : mappings, optional
        Further addresses, of prepared views by what they show and of trials by run id.
    title : str, optional
        What the reader called the benchmark; else the systems that were compared.
    """
    page = replace(
        _page(report, trials, records, skipped, mlflow_url, title),
        mlflow_views=_webs(mlflow_views or {}),
        mlflow_runs=_webs(mlflow_runs or {}),
    )
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            page=page,
            report=report,
            style=own_text("style.css"),
            script=own_text("script.js"),
            data=embedded_json(_data(report, page)),
            plotly=packed_plotly() if page.charts or page.trends else "",
            columns=packed_json(_columns(report, trials, records)) if page.hidden else "",
        )
    )


def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("tracker.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )


def _shown(value: Any) -> Any:  # noqa: ANN401  whatever a template prints
    """Return text without characters that hide or turn other text; our own markup as it is."""
    if value is None:
        return UNKNOWN
    return plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _page(
    report: BenchmarkReport,
    trials: Sequence[TrialSummary],
    records: Sequence[IterationRecord],
    skipped: Sequence[SkippedTrial],
    mlflow_url: str | None,
    title: str | None,
) -> Page:
    results, appendices = report.results, report.appendices
    names = variant_names(results)
    limits = _limits(results)
    compared = _listed(names) or "Nothing measured"
    return Page(
        title=title or compared,
        subtitle=f"{compared}: {shape(results)}" if names else shape(results),
        facts=_facts(report),
        warnings=warnings(trials, skipped),
        summary=summary(report),
        keys=tuple(Key(name, colour(name, names)) for name in names),
        tables=tables(results, trials, skipped, MOST_WRITTEN),
        charts=_charts(report) if names else (),
        details=details(results[:MOST_WRITTEN], trials, records),
        hidden=max(0, len(results) - MOST_WRITTEN),
        limits=tuple(limits[:MOST_LIMITS]),
        limits_found=len(limits),
        trends=bool(report.historical.trends_over_time),
        noise=noise(report),
        troubles=troubles(trials, skipped),
        environment=_surroundings(report),
        raw_link=quote(appendices.raw_data),
        config_link=quote(appendices.reproducibility.config_file),
        mlflow_url=_web(mlflow_url),
    )


def _limits(results: Sequence[ProcessedResult]) -> list[Bottleneck]:
    """Return the bottlenecks, what grows too fast first, then by how much time they take."""
    every = [one for result in results for one in result.insights.bottlenecks]
    return sorted(every, key=lambda one: (one.type != "algorithm", -one.severity))


def _listed(names: Sequence[str]) -> str:
    if len(names) < 2:  # noqa: PLR2004  one name needs no "and"
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _web(url: str | None) -> str | None:
    return url if url and urlsplit(url).scheme in ("http", "https") else None


def _webs(urls: Mapping[str, str]) -> dict[str, str]:
    return {name: url for name, url in urls.items() if _web(url)}


def _facts(report: BenchmarkReport) -> tuple[Fact, ...]:
    surroundings, totals = report.appendices.environment_details, report.summary
    versions = [
        f"{name} {version}"
        for name, version in (("git", surroundings.git), ("jj", surroundings.jujutsu))
        if version
    ]
    counts = [
        stats.time_ms.valid_samples
        for result in report.results
        for stats in result.variants.values()
    ]
    n = sorted(set(counts))
    share = totals.successful_tests / totals.total_tests if totals.total_tests else None
    return (
        Fact(
            "Machine", ", ".join(filter(None, (surroundings.cpu, surroundings.memory))) or UNKNOWN
        ),
        Fact("Versions", ", ".join(versions) or UNKNOWN),
        Fact("Rounds", UNKNOWN if not n else f"{n[0]}" if len(n) == 1 else f"{n[0]}–{n[-1]}"),
        Fact("Trials", f"{totals.total_tests}, {percent(share)} sound"),
        Fact("Took", duration(totals.total_duration)),
        Fact("Measured", f"{report.metadata.generated_at[:16].replace('T', ' ')} UTC"),
    )


def _surroundings(report: BenchmarkReport) -> tuple[Fact, ...]:
    there = report.appendices.environment_details
    return (
        Fact("Operating system", there.os or UNKNOWN),
        Fact("Kernel", there.kernel or UNKNOWN),
        Fact("Processor", there.cpu or UNKNOWN),
        Fact("Memory", there.memory or UNKNOWN),
        Fact("Storage", there.disk or UNKNOWN),
        Fact("Container", there.docker or "none"),
        Fact("git", there.git or UNKNOWN),
        Fact("jj", there.jujutsu or UNKNOWN),
        Fact("tracker", report.metadata.version),
    )


CAPTIONS = {
    "performanceComparison": "Points are medians, lines reach from the lower to the upper "
    "quartile; further left is faster. The axis is logarithmic. The table above has the numbers.",
    "memoryUsage": "Median peak resident memory of the largest process, lines: quartiles; "
    "shorter is less.",
    "scalability": "Both axes are logarithmic: a steeper line grows faster with the repository. "
    "The legend has the exponent of the fitted power law (dotted) with its interval, which knows "
    "the noise of the rounds alone.",
}


def _charts(report: BenchmarkReport) -> tuple[Chart, ...]:
    """Return the charts that show something: growth needs two repositories, memory a value."""
    several = len({result.repo_id for result in report.results}) > 1
    found = {
        "performanceComparison": report.charts.performance_comparison,
        "memoryUsage": report.charts.memory_usage,
        "scalability": report.charts.scalability,
    }
    return tuple(
        Chart(key, chart.title, CAPTIONS[key])
        for key, chart in found.items()
        if any(trace.get("x") for trace in chart.data) and (several or key != "scalability")
    )


def _columns(
    report: BenchmarkReport, trials: Sequence[TrialSummary], records: Sequence[IterationRecord]
) -> dict[str, Any]:
    return columns(report.results, trials, points_of(report.results, records))


def _data(report: BenchmarkReport, page: Page) -> dict[str, Any]:
    every = report.charts.model_dump(mode="json", by_alias=True)
    return {
        "charts": {chart.key: every[chart.key] for chart in page.charts},
        "points": {detail.anchor: detail.points for detail in page.details},
        "trends": trend_charts(report),
    }
