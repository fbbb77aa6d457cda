"""The description of one sample: centre, spread, quantiles, shape and outliers."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from patterns.statistics.arrays import FloatArray, Samples, as_floats, finite_or_none
from patterns.statistics.modes import half_sample_mode, is_bimodal
from patterns.statistics.outliers import Outlier, find_outliers

# The level at which the Shapiro-Wilk test is read. It describes; no test is chosen by it.
NORMALITY_LEVEL = 0.05
FEWEST_FOR_SPREAD = 2
FEWEST_FOR_SHAPE = 3
FEWEST_FOR_KURTOSIS = 4  # the corrected estimator divides by n - 3
MOST_FOR_NORMALITY = 5000  # Royston's approximation of the p-value was fitted up to here
# Spread below this share of the largest value is rounding, not variance.
ROUNDING = 1e-13


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What a sample of one value per iteration looks like; unknown is None.

    Attributes
    ----------
    mean, median, mode : float
        `mode` is the half-sample mode, None below three values.
    std_dev, variance : float or None
        With ``ddof=1``; None below two values.
    minimum, maximum, p25, p50, p75, p90, p95, p99 : float
        Quantiles by linear interpolation.
    sample_size, valid_samples : int
        With and without the failed or missing iterations.
    outliers : tuple of Outlier
        Marked values; every one is still part of the figures above.
    skewness, kurtosis : float or None
        Bias-corrected; kurtosis is Fisher's (0 for a normal). None below three and
        four values, or when all values are equal.
    normality : bool or None
        Whether the Shapiro-Wilk test does not reject at 5 %. None below three
        values, above 5000, or when all values are equal.
    coefficient_of_variation : float or None
        ``std_dev / mean``; None below two values or when the mean is not positive.
    bimodal : bool or None
        Whether the sample falls into two groups; None below fifteen values.
    """

    mean: float
    median: float
    mode: float | None
    std_dev: float | None
    variance: float | None
    minimum: float
    maximum: float
    p25: float
    p50: float
    p75: float
    p90: float
    p95: float
    p99: float
    sample_size: int
    valid_samples: int
    outliers: tuple[Outlier, ...]
    skewness: float | None
    kurtosis: float | None
    normality: bool | None
    coefficient_of_variation: float | None
    bimodal: bool | None


def describe(values: Samples, failed: int = 0) -> Description | None:
    """Describe a sample, or return None when no iteration gave a value.

    Parameters
    ----------
    values : sequence of float, shape (n,)
        One value per iteration; NaN counts as an iteration without a value.
    failed : int
        Further iterations that gave no value; they count in `sample_size` alone.

    Examples
    --------
    >>> described = describe([41.0, 43.0, 45.0, 47.0, 49.0], failed=1)
    >>> described.median, described.std_dev, described.sample_size, described.valid_samples
    (45.0, 3.1622776601683795, 6, 5)
    """
    if failed < 0:
        raise ValueError(f"failed must be at least 0, got {failed}")
    every = as_floats(values)
    sample = every[np.isfinite(every)]
    if sample.size == 0:
        return None
    mean = float(sample.mean())
    variance = float(sample.var(ddof=1)) if sample.size >= FEWEST_FOR_SPREAD else None
    std_dev = None if variance is None else float(np.sqrt(variance))
    p25, p50, p75, p90, p95, p99 = (
        float(value) for value in np.percentile(sample, [25, 50, 75, 90, 95, 99])
    )
    standard = _standardise(sample)
    return Description(
        mean=mean,
        median=float(np.median(sample)),
        mode=half_sample_mode(sample),
        std_dev=std_dev,
        variance=variance,
        minimum=float(sample.min()),
        maximum=float(sample.max()),
        p25=p25,
        p50=p50,
        p75=p75,
        p90=p90,
        p95=p95,
        p99=p99,
        sample_size=int(every.size) + failed,
        valid_samples=int(sample.size),
        outliers=find_outliers(every),
        skewness=_skewness(standard),
        kurtosis=_kurtosis(standard),
        normality=_normality(standard),
        coefficient_of_variation=std_dev / mean if std_dev is not None and mean > 0 else None,
        bimodal=is_bimodal(sample),
    )


def _standardise(sample: FloatArray) -> FloatArray | None:
    """Return the standard scores, or None below three values or without spread.

    Shape does not depend on location and scale, and SciPy loses precision on
    values that are large beside their spread.
    """
    if sample.size < FEWEST_FOR_SHAPE:
        return None
    if np.ptp(sample) <= ROUNDING * np.abs(sample).max():
        return None
    centred = sample - sample.mean()
    return np.asarray(centred / np.abs(centred).max(), dtype=np.float64)


def _skewness(standard: FloatArray | None) -> float | None:
    if standard is None:
        return None
    return finite_or_none(float(stats.skew(standard, bias=False)))


def _kurtosis(standard: FloatArray | None) -> float | None:
    if standard is None or standard.size < FEWEST_FOR_KURTOSIS:
        return None
    return finite_or_none(float(stats.kurtosis(standard, fisher=True, bias=False)))


def _normality(standard: FloatArray | None) -> bool | None:
    if standard is None or standard.size > MOST_FOR_NORMALITY:
        return None
    return bool(stats.shapiro(standard).pvalue >= NORMALITY_LEVEL)
