"""Which variant to use where: chosen from features of the context, with what is known of errors."""

from patterns.learning.recommendation.cases import Contexts, Costs, no_failures
from patterns.learning.recommendation.errors import RecommendationError
from patterns.learning.recommendation.losses import Objective
from patterns.learning.recommendation.model import Effort
from patterns.learning.recommendation.ranking import CrossRanking, Ranker, cross_rank, fit_ranker
from patterns.learning.recommendation.recommender import (
    Evidence,
    Neighbour,
    Prediction,
    RankedVariant,
    Recommender,
)
from patterns.learning.recommendation.selection import Family
from patterns.learning.recommendation.uncertainty import Expectation, conformal_width

__all__ = [
    "Contexts",
    "Costs",
    "CrossRanking",
    "Effort",
    "Evidence",
    "Expectation",
    "Family",
    "Neighbour",
    "Objective",
    "Prediction",
    "RankedVariant",
    "Ranker",
    "RecommendationError",
    "Recommender",
    "conformal_width",
    "cross_rank",
    "fit_ranker",
    "no_failures",
]
