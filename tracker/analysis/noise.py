"""How much the machine itself varied while a session was measured."""

from collections.abc import Iterable, Sequence

import numpy as np
from scipy import stats

from tracker.analysis.samples import FloatArray, collect
from tracker.models import GroupResult, ProcessedResult
from tracker.models.report import NoiseFloor

FEWEST_ROUNDS = 5


def noise_floor(
    groups: Sequence[GroupResult],
    results: Sequence[ProcessedResult],
    between_sessions: float | None,
) -> NoiseFloor | None:
    """Return the noise of a session, None without any trial of five rounds.

    Parameters
    ----------
    groups, results : sequences
        Of the whole session.
    between_sessions : float or None
        percent; of the history.

    Notes
    -----
    Spread is the median absolute deviation of the logarithms, scaled to a normal one. What
    the variants of a round share is the spread of the round's mean logarithm; the comparison
    of two variants of a round does not see it.
    """
    tables = [
        samples.metrics["time_ms"]
        for group in groups
        if group.fixture is not None and group.trials and (samples := collect(group)).variants
    ]
    within = [spread for table in tables for spread in _spreads(table)]
    if not within:
        return None
    shared = [spread for table in tables for spread in _spreads(_round_means(table))]
    detectable = [
        pair.smallest_detectable
        for result in results
        for pair in result.pairs().values()
        if pair.smallest_detectable is not None
    ]
    return NoiseFloor(
        within_variant=_median(within),
        between_rounds=_median(shared),
        smallest_detectable=_median(detectable),
        between_sessions=between_sessions,
        n=len(within),
    )


def _spreads(table: FloatArray) -> Iterable[float]:
    """Return the robust spread of each column in percent."""
    for column in table.T:
        values = column[np.isfinite(column) & (np.nan_to_num(column) > 0)]
        if values.size >= FEWEST_ROUNDS:
            logs = np.log(values)
            yield 100.0 * float(np.expm1(stats.median_abs_deviation(logs, scale="normal")))


def _round_means(table: FloatArray) -> FloatArray:
    """Return the geometric mean of each complete round as one column."""
    complete = table[np.all(np.isfinite(table) & (np.nan_to_num(table) > 0), axis=1)]
    if complete.shape[1] < 2:  # noqa: PLR2004  one variant shares nothing
        return np.empty((0, 1))
    return np.asarray(np.exp(np.log(complete).mean(axis=1, keepdims=True)), dtype=np.float64)


def _median(values: Sequence[float]) -> float | None:
    return float(np.median(values)) if values else None
