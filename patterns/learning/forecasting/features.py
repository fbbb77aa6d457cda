"""What a forecast knows: earlier values relative to where the series stands and how it varies."""

from dataclasses import dataclass

import numpy as np

from patterns.learning.forecasting.levels import Levels, track_levels
from patterns.statistics.arrays import FloatArray

LAGS = 6
RECENT = 30
"""Errors that the local volatility is taken from."""

FLOOR_OF_NOISE = 0.5
"""The volatility is at least this share of the noise of differences, or a calm stretch would
make every later value a surprise."""

QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
LONGEST_AGE = 150


@dataclass(frozen=True, slots=True)
class FeatureTable:
    """One row per point, made from the points before it; the first row knows nothing."""

    columns: FloatArray
    """shape (n, p)"""
    centre: FloatArray
    """shape (n,): level, on the working scale."""
    rival: FloatArray
    """shape (n,): level by the run-length filter, which follows a step at once."""
    scale: FloatArray
    """shape (n,): local volatility on the working scale, above 0."""


def feature_table(values: FloatArray, timestamps: FloatArray) -> FeatureTable:
    """Return the features of a series.

    Parameters
    ----------
    values : array, shape (n,)
        On the working scale (logarithms).
    timestamps : array, shape (n,)
        The time of a point is known before its value.
    """
    levels = track_levels(values)
    errors = np.abs(values - levels.centre)
    rows = [_row(values, levels, errors, at) for at in range(1, values.size)]
    first = np.full(rows[0][0].size if rows else 0, np.nan)
    gaps = np.log1p(np.maximum(np.diff(timestamps, prepend=timestamps[:1]), 0.0))
    scales = [row[1] for row in rows]
    return FeatureTable(
        columns=np.column_stack((np.vstack((first, *[row[0] for row in rows])), gaps)),
        centre=levels.centre,
        rival=levels.observers[:, 0],
        scale=np.array([levels.noise[0], *scales]),
    )


def _row(
    values: FloatArray, levels: Levels, errors: FloatArray, at: int
) -> tuple[FloatArray, float]:
    noise, centre = levels.noise[at], levels.centre[at]
    past = errors[max(1, at - 2 * RECENT) : at]
    recent = past[-RECENT:]
    scale = max(_volatility(recent, noise), FLOOR_OF_NOISE * noise)
    usual = max(_volatility(past, noise), FLOOR_OF_NOISE * noise)

    def relative(these: FloatArray) -> FloatArray:
        return np.asarray(np.arcsinh((these - centre) / scale))

    lags = np.full(LAGS, np.nan)
    newest = values[max(0, at - LAGS) : at][::-1]
    lags[: newest.size] = relative(newest)
    run = int(min(max(levels.run_length[at], 4.0), 40.0))
    level = values[max(0, at - run) : at]
    observers = np.append(levels.observers[at], levels.other[at])
    parts = (
        lags,
        relative(observers),
        relative(np.quantile(level, QUANTILES)),
        np.log(levels.errors[at] / levels.errors[at].min()),
        _state(values[max(0, at - 40) : at], recent, scale, noise),
        [levels.run_length[at], levels.doubt[at], np.log(scale / usual), min(at, LONGEST_AGE)],
    )
    return np.concatenate(parts), float(scale)


def _volatility(errors: FloatArray, noise: float) -> float:
    if errors.size == 0:
        return noise
    # Outliers and steps are drawn in: they are the intervals' business, not the divisor's.
    bound = 3.0 * float(np.median(errors)) + 0.5 * noise
    return float(np.mean(np.minimum(errors, bound)))


def _state(window: FloatArray, errors: FloatArray, scale: float, noise: float) -> FloatArray:
    centred = np.clip(window - np.median(window), -4.0 * scale, 4.0 * scale)
    centred = centred - centred.mean()
    total = float(centred @ centred)
    correlation = float(centred[1:] @ centred[:-1]) / total if total > 0 else 0.0
    if errors.size == 0:
        return np.array([correlation, np.log(scale / noise), np.nan, np.nan, np.nan])
    return np.array(
        [
            correlation,
            np.log(scale / noise),
            float(np.arcsinh(errors.mean() / scale)),
            float(np.arcsinh(errors[-5:].max() / scale)),
            float(np.mean(errors > 3.0 * scale)),
        ]
    )
