"""A session's results made into the specification's BenchmarkReport."""

import shlex
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from tracker.models import (
    BenchmarkReport,
    EnvironmentSnapshot,
    ProcessedResult,
    Recommendation,
    RepositoryFixture,
    ReproducibilityGuide,
    SessionInfo,
    SessionResult,
    Value,
)
from tracker.models.config import Analysis
from tracker.models.report import (
    Appendices,
    Historical,
    NoiseFloor,
    ReportComparison,
    ReportMetadata,
    ReportRecommendations,
    ReportSummary,
)
from tracker.report.charts import charts

RAW_DATA = "raw/iterations.jsonl"
"""Every iteration, relative to the report."""

CONFIG = "config.json"
"""The configuration that was run, beside the report."""

METHODOLOGY = (
    "Variants were measured in interleaved rounds of seeded random order, warm-ups discarded. "
    "Wall time is the monotonic clock round the command, from its start to its exit, read by a "
    "small probe; CPU time is user + system of the whole process tree. A ratio is the "
    "Hodges–Lehmann estimate of the log ratios of the rounds, its interval and p-value those of "
    "the Wilcoxon signed-rank test; p is Holm-adjusted over all pairs of the report. A pair is "
    "equivalent when its 90 % interval lies within the practical threshold, different when the "
    "adjusted p is below the significance level, else unresolved. A winner is different from "
    "every rival. A variant whose outcome check failed is void and not compared."
)


class Judgement(Value):
    """What the analysis found, over all results."""

    comparison: ReportComparison
    overall_winner: str | None
    avg_speedup: float | None
    avg_speedup_n: int
    key_findings: tuple[str, ...]


def build_report(
    measured: SessionResult,
    results: Sequence[ProcessedResult],
    judgement: Judgement,
    fixtures: Mapping[str, RepositoryFixture],
    *,
    generated_ms: int,
    historical: Historical | None = None,
    recommendations: Sequence[Recommendation] = (),
    raw_data: str = RAW_DATA,
    settings: Analysis | None = None,
    noise: NoiseFloor | None = None,
) -> BenchmarkReport:
    """Return the report of a session.

    Parameters
    ----------
    measured : SessionResult
        Trials, iterations and where they were measured.
    results : sequence of ProcessedResult
        What the analysis made of them, in the order of the report.
    judgement : Judgement
        The session as a whole.
    fixtures : mapping from repoId to RepositoryFixture
        For the number of files of each repository.
    generated_ms : int
        The Unix time in ms that names the report.
    settings : Analysis, optional
        Named in the methodology.
    noise : NoiseFloor, optional
        How much the machine varied meanwhile.
    """
    session = measured.session
    return BenchmarkReport(
        metadata=ReportMetadata(
            report_id=f"report-{generated_ms}",
            generated_at=datetime.fromtimestamp(generated_ms / 1000, UTC).isoformat(
                timespec="milliseconds"
            ),
            benchmark_config=session.config_id,
            version=session.tracker_version,
            author=session.author,
        ),
        summary=_summary(measured, judgement),
        results=tuple(results),
        comparison=judgement.comparison,
        charts=charts(results, fixtures, judgement.comparison.growth),
        recommendations=_by_urgency(recommendations),
        historical=historical or Historical(),
        appendices=Appendices(
            raw_data=raw_data,
            methodology=f"{METHODOLOGY} {_levels(settings)}".strip(),
            environment_details=_environment(session),
            reproducibility=_guide(session),
            noise=noise,
        ),
    )


def _levels(settings: Analysis | None) -> str:
    if settings is None:
        return ""
    return (
        f"Here the significance level is {settings.statistical_significance:g} and intervals "
        f"have a confidence of {100 * settings.confidence_level:g} %."
    )


def _summary(measured: SessionResult, judgement: Judgement) -> ReportSummary:
    good = sum(trial.status == "finished" for trial in measured.trials)
    return ReportSummary(
        total_tests=len(measured.trials),
        successful_tests=good,
        failed_tests=len(measured.trials) - good,
        total_duration=measured.duration_ms,
        overall_winner=judgement.overall_winner,
        avg_speedup=judgement.avg_speedup,
        key_findings=judgement.key_findings,
        avg_speedup_n=judgement.avg_speedup_n,
    )


def _by_urgency(recommendations: Sequence[Recommendation]) -> ReportRecommendations:
    def of(*priorities: str) -> tuple[Recommendation, ...]:
        return tuple(one for one in recommendations if one.priority in priorities)

    return ReportRecommendations(
        critical=of("critical"), important=of("high"), optional=of("medium", "low")
    )


def _environment(session: SessionInfo) -> EnvironmentSnapshot:
    machine = session.machine
    memory = machine.memory_bytes
    return EnvironmentSnapshot(
        os=machine.os,
        kernel=machine.kernel,
        cpu=f"{machine.cpu} ({machine.cores} cores)" if machine.cpu else None,
        memory=f"{memory / 2**30:.1f} GiB" if memory else None,
        disk=machine.storage,
        docker=machine.docker,
        jujutsu=session.versions.get("jj"),
        git=session.versions.get("git"),
    )


def _guide(session: SessionInfo) -> ReproducibilityGuide:
    words = ("tracker", "run", CONFIG, *session.command, "--seed", str(session.seed))
    return ReproducibilityGuide(
        docker_images=_images(session.machine.image_id),
        commands=(shlex.join(words),),
        config_file=CONFIG,
        seed=session.seed,
    )


def _images(image_ids: str | None) -> tuple[str, ...]:
    """Return each image once: there is one for all systems, or `system=image, …`."""
    listed = (image_ids or "").split(", ")
    return tuple(dict.fromkeys(one.rpartition("=")[2] for one in listed if one))
