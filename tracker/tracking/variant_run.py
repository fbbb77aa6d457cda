"""The run of a session and a variant: one median per test and size, drawn as bars."""

from collections.abc import Mapping, Sequence

from tracker.models import SessionInfo, TrialSummary
from tracker.tracking import names
from tracker.tracking.cases import Case
from tracker.tracking.names import Param, Tag
from tracker.tracking.notes import variant_note
from tracker.tracking.run_content import RunContent
from tracker.tracking.trial_run import machine_tags


def variants_of(trials: Sequence[TrialSummary]) -> tuple[str, ...]:
    """Return the variants in the order they were measured."""
    return tuple(dict.fromkeys(trial.variant for trial in trials))


def medians_of(
    variant: str, cases: Sequence[Case], trials: Sequence[TrialSummary]
) -> dict[Case, float]:
    """Return the medians of a variant by case; a void trial gives none."""
    void = {(t.test_id, t.repo_id) for t in trials if (t.variant, t.status) == (variant, "void")}
    return {
        case: stats.time_ms.median
        for case in cases
        if (stats := case.result.variants.get(variant)) is not None
        and stats.time_ms.median is not None
        and (case.test_id, case.repo_id) not in void
    }


def variant_content(
    *,
    session: SessionInfo,
    variant: str,
    cases: Sequence[Case],
    trials: Sequence[TrialSummary],
    status: str,
    tags: Mapping[str, object],
    now_ms: int,
    links: Mapping[str, str] | None = None,
) -> RunContent:
    """Return the run of `variant`."""
    own = [trial for trial in trials if trial.variant == variant]
    medians = medians_of(variant, cases, trials)
    return RunContent(
        name=f"{variant} · {session.session_id}",
        status=status,
        start_ms=session.started_ms,
        end_ms=now_ms,
        tags={
            **machine_tags(session),
            **tags,
            Tag.SESSION: session.session_id,
            Tag.LEVEL: names.VARIANT,
            Tag.VARIANT: variant,
            Tag.NOTE: variant_note(
                variant, session.session_id, {c.title: m for c, m in medians.items()}, links
            ),
        },
        params={
            Param.VARIANT: variant,
            Param.VCS_TYPE: own[0].vcs_type if own else None,
            Param.SEED: session.seed,
            Param.CONFIG: session.config_id,
        },
        results={case.headline: median for case, median in medians.items()},
    )
