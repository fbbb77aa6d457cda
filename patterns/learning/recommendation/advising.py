"""From a history, a workload and a repository's features to advice."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from patterns.learning.recommendation.advice import (
    Advice,
    Choice,
    EvidenceItem,
    OperationCost,
    prediction_id,
    verdict_of,
)
from patterns.learning.recommendation.amounts import (
    bounds_of,
    pay_back_days,
    ratio_of,
    saving_of,
    times,
)
from patterns.learning.recommendation.cases import Floats
from patterns.learning.recommendation.counted import (
    NAME,
    CountedModel,
)
from patterns.learning.recommendation.errors import RecommendationError
from patterns.learning.recommendation.fitting import Fitted, fit_models
from patterns.learning.recommendation.history import BASELINE, FEATURES, CostHistory
from patterns.learning.recommendation.levels import Level, LevelModel, fit_law, fit_level
from patterns.learning.recommendation.model import Effort
from patterns.learning.recommendation.recommender import (
    Evidence,
    Prediction,
    RankedVariant,
)
from patterns.learning.recommendation.selection import Family
from patterns.learning.recommendation.workload import Workload, WorkloadCosts, weigh

HORIZON_DAYS = 30.0
"""A one-off cost is spread over a month, within which most would want it back."""

SHOWN_RUNS = 3
"""Runs named for each piece of evidence."""


@dataclass(frozen=True)
class Question:
    """What is asked: a repository, by what was counted in it, and what is done with it."""

    features: Mapping[str, float | None]
    workload: Workload
    machine_class: str
    confidence: float = 0.8
    horizon_days: float = HORIZON_DAYS

    @property
    def vector(self) -> Floats:
        """Return the features in their order, NaN where unknown."""
        values = [self.features.get(name) for name in FEATURES]
        return np.array([np.nan if one is None else one for one in values], dtype=np.float64)


@dataclass(frozen=True)
class Adviser:
    """Everything fitted to a history for one workload.

    Examples
    --------
    See `Adviser.fit` and `Adviser.advise`; `tracker recommend` is both.
    """

    history: CostHistory
    workload: Workload
    costs: WorkloadCosts
    fitted: Fitted
    horizon_days: float

    @classmethod
    def fit(
        cls,
        history: CostHistory,
        workload: Workload,
        *,
        horizon_days: float = HORIZON_DAYS,
        effort: Effort | None = None,
        fitted: Fitted | None = None,
    ) -> "Adviser":
        """Return the models of a history under a workload, or take those given.

        Raises
        ------
        RecommendationError
            Where no operation of the workload, or nothing beside the baseline, was measured.
        """
        costs = weigh(history, workload, horizon_days=horizon_days)
        if not costs.operations:
            raise RecommendationError(
                "none of the workload's operations was measured here: "
                f"{', '.join(sorted(workload.per_day))}"
            )
        if not costs.ratios.measured.any():
            raise RecommendationError(
                f"no repository has all of {', '.join(costs.operations)} measured with {BASELINE}"
            )
        return cls(
            history=history,
            workload=workload,
            costs=costs,
            fitted=fitted or fit_models(history, costs, effort),
            horizon_days=horizon_days,
        )

    def advise(self, question: Question) -> Advice:
        """Return the advice for one repository."""
        predicted = self._predict(question)
        base = (
            self.fitted.base.at(question.vector, question.confidence) if self.fitted.base else None
        )
        ranking = tuple(self._choice(one, base, question) for one in predicted.ranking)
        candidate = next((one for one in ranking if one.variant != BASELINE), ranking[0])
        first = ranking[0].variant
        verdict = "keep" if first == BASELINE else verdict_of(candidate.ratio)
        if predicted.evidence is not Evidence.COMPARABLE and verdict == "faster":
            verdict = "uncertain"
        recommended = BASELINE if verdict == "no measurable difference" else first
        chosen = next(one for one in ranking if one.variant == recommended)
        saving = saving_of(base, chosen.ratio) if recommended != BASELINE else None
        return Advice(
            prediction_id=self._id(question),
            workload=self.workload.name,
            per_day=dict(self.workload.per_day),
            workload_source=self.workload.source,
            features=dict(question.features),
            machine_class=question.machine_class,
            versions=self.history.versions,
            baseline=BASELINE,
            recommended=recommended,
            candidate=candidate.variant,
            verdict=verdict,
            evidence_kind=predicted.evidence.value,
            model=_named(predicted, self.fitted.base, self.fitted.counted),
            confidence=question.confidence,
            baseline_ms_per_day=bounds_of(base),
            recommended_ms_per_day=chosen.ms_per_day,
            saving_ms_per_day=saving,
            ratio=chosen.ratio,
            one_off_ms=chosen.one_off_ms,
            pay_back_days=pay_back_days(chosen.one_off_ms, saving),
            horizon_days=self.horizon_days,
            ranking=ranking,
            operations=self._operations(question, recommended),
            left_out=self.costs.unknown,
            nearest=self._nearest(predicted, candidate.variant),
            contexts=predicted.contexts,
            patterns=self.history.patterns,
            training_hash=self.history.digest,
        )

    def _predict(self, question: Question) -> Prediction:
        """Return the prediction, by sums of what is counted where they were better held out."""
        learned = self.fitted.recommender.predict(question.vector, confidence=question.confidence)
        if self.fitted.counted is None:
            return learned
        if learned.evidence is Evidence.TOO_FEW and not self.fitted.recommender.beyond(learned):
            # Too few to learn an order from, but the sums have been tried on each of them.
            learned = replace(learned, evidence=Evidence.COMPARABLE)
        expected = self.fitted.counted.expect(question.vector, question.confidence)
        places = {name: place for place, name in enumerate(self.history.variants)}
        ranking = [
            replace(one, expected=expected[places[one.variant]])
            for one in learned.ranking
            if expected[places[one.variant]] is not None
        ]
        ranking.sort(key=_log)
        rest = tuple(one for one in learned.ranking if expected[places[one.variant]] is None)
        return replace(learned, ranking=(*ranking, *rest))

    def _id(self, question: Question) -> str:
        return prediction_id(
            {
                "features": dict(question.features),
                "perDay": dict(self.workload.per_day),
                "horizon": self.horizon_days,
                "machine": question.machine_class,
                "training": self.history.digest,
            }
        )

    def _choice(self, ranked: RankedVariant, base: Level | None, asked: Question) -> Choice:
        ratio = ratio_of(ranked)
        column = self.history.variants.index(ranked.variant)
        measured = int(self.costs.ratios.measured[:, column].sum())
        return Choice(
            variant=ranked.variant,
            ratio=ratio,
            ms_per_day=times(base, ratio),
            one_off_ms=self._one_off(column, asked),
            n=measured,
        )

    def _one_off(self, column: int, asked: Question) -> float | None:
        """Return what the preparation is expected to cost; None where it was never measured."""
        costs = self.history.one_off_ms[:, column]
        if np.isnan(costs).all():
            return None
        model = fit_level(self.history.repositories.features, costs)
        return 0.0 if model is None else model.at(asked.vector, asked.confidence).value

    def _operations(self, question: Question, recommended: str) -> tuple[OperationCost, ...]:
        return tuple(
            self._operation(operation, question, recommended) for operation in self.costs.operations
        )

    def _operation(self, operation: str, question: Question, recommended: str) -> OperationCost:
        place = self.history.operations.index(operation)
        table = self.history.ms[:, place, :]
        expected = {
            variant: float(np.exp(law(question.vector[None, :])[0]))
            for column, variant in enumerate(self.history.variants)
            if (law := fit_law(self.history.repositories.features, table[:, column]))
        }
        best = min(expected, key=expected.__getitem__, default=None)
        return OperationCost(
            operation=operation,
            per_day=self.workload.per_day[operation],
            baseline_ms=expected.get(BASELINE),
            recommended_ms=expected.get(recommended),
            best_variant=best,
            best_ms=None if best is None else expected[best],
            n=int((~np.isnan(table)).any(axis=1).sum()),
        )

    def _nearest(self, predicted: Prediction, variant: str) -> tuple[EvidenceItem, ...]:
        ids = self.history.repositories.ids
        column = self.history.variants.index(variant)
        found = []
        for near in predicted.neighbours:
            row = ids.index(near.context_id)
            ratio = float(self.costs.ratios.cost[row, column])
            runs = self.history.runs.get((row, variant), ())
            found.append(
                EvidenceItem(
                    repository=near.context_id,
                    distance=near.distance,
                    ratio=None if np.isnan(ratio) else ratio,
                    n=self.history.rounds.get((row, variant), 0),
                    runs=runs[-SHOWN_RUNS:],
                )
            )
        return tuple(found)


def _log(one: RankedVariant) -> float:
    expected = one.expected
    return np.inf if expected is None or expected.log_cost is None else expected.log_cost


def _named(predicted: Prediction, base: LevelModel | None, counted: CountedModel | None) -> str:
    if counted is not None:
        return NAME
    family = predicted.model.value
    told = "always the single best" if predicted.model is Family.SINGLE_BEST else family
    return told if base is None else f"{told}; amounts: {base.name}"
