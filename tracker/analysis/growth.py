"""How the time of each test grows with the repository, and which variants grow faster."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from patterns.statistics.growth import Growth, growth
from patterns.statistics.multiplicity import holm
from tracker.analysis.samples import FloatArray, GroupSamples, collect
from tracker.models import GroupResult
from tracker.models.config import Analysis
from tracker.models.report import FasterGrowth, OperationGrowth

SMALLEST_DIFFERENCE = 0.05
"""Exponents nearer than that are the same in practice: 100 times the files, a quarter more time."""


@dataclass(frozen=True)
class _Place:
    """One test on one repository."""

    files: int
    samples: GroupSamples


@dataclass(frozen=True)
class _Contest:
    """By how much the exponent of `candidate` exceeds that of `rival`."""

    key: tuple[str, str]
    candidate: str
    rival: str
    found: Growth


def session_growth(
    groups: Sequence[GroupResult], settings: Analysis
) -> tuple[OperationGrowth, ...]:
    """Return the growth of every test that was measured on repositories of several sizes.

    Parameters
    ----------
    groups : sequence of GroupResult
        All groups of a session.
    settings : Analysis
        Significance (Holm, over all pairs of variants of all tests) and confidence.
    """
    tests = _tests(groups)
    contests = [one for key, places in tests.items() for one in _contests(key, places, settings)]
    adjusted = holm([one.found.p_value for one in contests])
    judged = list(zip(contests, adjusted, strict=True))
    operations = {_key(group): group.group.test.measured_operation for group in groups}
    return tuple(
        _described(key, operations[key], variant, places, judged, settings)
        for key, places in tests.items()
        for variant in _variants(places)
        if _fit(places, variant, settings) is not None
    )


def _key(group: GroupResult) -> tuple[str, str]:
    return group.group.suite_id, group.group.test.id


def _tests(groups: Sequence[GroupResult]) -> dict[tuple[str, str], list[_Place]]:
    """Return the places of each test that has several sizes."""
    found: dict[tuple[str, str], list[_Place]] = {}
    for group in groups:
        if group.fixture is not None and group.trials and group.fixture.metadata.files > 0:
            place = _Place(group.fixture.metadata.files, collect(group))
            found.setdefault(_key(group), []).append(place)
    return {
        key: sorted(places, key=lambda place: place.files)
        for key, places in found.items()
        if len({place.files for place in places}) > 1
    }


def _variants(places: Sequence[_Place]) -> list[str]:
    return list(dict.fromkeys(name for place in places for name in place.samples.variants))


def _logs(place: _Place, variant: str) -> FloatArray:
    if variant not in place.samples.variants:
        return np.empty(0)
    values = place.samples.column("time_ms", variant)
    return np.log(values[np.isfinite(values) & (np.nan_to_num(values) > 0)])


def _log_ratios(place: _Place, candidate: str, rival: str) -> FloatArray:
    """Return the log ratios of the rounds in which both were measured."""
    if not {candidate, rival} <= set(place.samples.variants):
        return np.empty(0)
    sides = [place.samples.column("time_ms", name) for name in (candidate, rival)]
    usable = np.all([np.isfinite(side) & (np.nan_to_num(side) > 0) for side in sides], axis=0)
    return np.log(sides[0][usable]) - np.log(sides[1][usable])


def _fit(places: Sequence[_Place], variant: str, settings: Analysis) -> Growth | None:
    return growth(
        [place.files for place in places],
        [_logs(place, variant) for place in places],
        level=settings.confidence_level,
    )


def _contests(key: tuple[str, str], places: Sequence[_Place], settings: Analysis) -> list[_Contest]:
    found = []
    for candidate, rival in combinations(_variants(places), 2):
        fitted = growth(
            [place.files for place in places],
            [_log_ratios(place, candidate, rival) for place in places],
            level=settings.confidence_level,
        )
        if fitted is not None:
            found.append(_Contest(key, candidate, rival, fitted))
    return found


def _described(
    key: tuple[str, str],
    operation: str,
    variant: str,
    places: Sequence[_Place],
    judged: Sequence[tuple[_Contest, float | None]],
    settings: Analysis,
) -> OperationGrowth:
    fitted = _fit(places, variant, settings)
    if fitted is None:
        raise ValueError(f"{variant} has too few sizes to grow")
    faster = [
        found
        for contest, p in judged
        if contest.key == key and (found := _faster(contest, variant, p, settings))
    ]
    return OperationGrowth(
        test_suite=key[0],
        test_id=key[1],
        operation=operation,
        variant=variant,
        exponent=fitted.exponent,
        interval=_interval(fitted),
        files=tuple(place.files for place in places if _logs(place, variant).size),
        factor=fitted.factor,
        misfit=fitted.misfit,
        n=fitted.n,
        faster_than=tuple(faster),
    )


def _interval(found: Growth) -> tuple[float, float] | None:
    return None if found.low is None or found.high is None else (found.low, found.high)


def _faster(
    contest: _Contest, variant: str, p: float | None, settings: Analysis
) -> FasterGrowth | None:
    """Return by how much the variant outgrows the other side, None unless that is shown."""
    interval = _interval(contest.found)
    if variant not in (contest.candidate, contest.rival) or p is None or interval is None:
        return None
    low, high = interval
    difference, rival = contest.found.exponent, contest.rival
    if variant == contest.rival:
        difference, rival, low, high = -difference, contest.candidate, -high, -low
    if p >= settings.statistical_significance or difference < SMALLEST_DIFFERENCE:
        return None
    return FasterGrowth(rival=rival, difference=difference, interval=(low, high), p_adjusted=p)


def growth_of(
    every: Sequence[OperationGrowth],
) -> Mapping[tuple[str, str, str], OperationGrowth]:
    """Return growths by suite, test and variant."""
    return {(one.test_suite, one.test_id, one.variant): one for one in every}
