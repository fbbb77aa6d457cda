"""Fitted models as bytes without pickle, and back only where they are our own."""

import hashlib
from dataclasses import replace

import sklearn
import skops.io

from patterns.learning.recommendation.advising import Adviser
from patterns.learning.recommendation.errors import RecommendationError
from patterns.learning.recommendation.fitting import Fitted
from patterns.learning.recommendation.model import Effort
from patterns.learning.recommendation.selection import Family
from patterns.learning.recommendation.workload import Workload

FORMAT = 2
"""Version of what is written, raised with every change of a model's fields or of how it is learnt:
an earlier file is then not asked for. 1: the first; 2: few contexts are blended from forests."""

OURS = "patterns.learning.recommendation."

TRUSTED = frozenset(
    {
        "sklearn.metrics._dist_metrics.EuclideanDistance64",
        "sklearn.neighbors._kd_tree.KDTree",
        "sklearn.neighbors._ball_tree.BallTree",
        "sklearn.tree._tree.Tree",
    }
)
"""Types of scikit-learn that hold arrays and that skops does not trust by itself."""


def model_key(digest: str, workload: Workload, horizon_days: float, effort: Effort) -> str:
    """Return the name of a model: it changes with all that it depends on, so it is never stale."""
    parts = (
        *(FORMAT, sklearn.__version__, skops.__version__, digest, horizon_days),
        *(effort.trees, effort.seed, sorted(workload.per_day.items())),
    )
    return hashlib.blake2b(repr(parts).encode(), digest_size=12).hexdigest()


def to_bytes(adviser: Adviser) -> bytes:
    """Return the learned part of an adviser in the skops format."""
    data: bytes = skops.io.dumps(adviser.fitted)
    return data


def from_bytes(data: bytes) -> Fitted:
    """Return models that were written by `to_bytes`.

    Raises
    ------
    RecommendationError
        Where the bytes hold another type than those of these models: nothing is built then.
    """
    asked = skops.io.get_untrusted_types(data=data)
    foreign = [name for name in asked if not name.startswith(OURS) and name not in TRUSTED]
    if foreign:
        raise RecommendationError(f"the model holds foreign types: {', '.join(foreign)}")
    fitted = skops.io.loads(data, trusted=asked)
    if not isinstance(fitted, Fitted):
        raise RecommendationError("the file holds no model of recommendations")
    ranker = fitted.recommender.ranker
    # skops gives back the text of an enumeration's member, not the member.
    chooser = replace(ranker.chooser, family=Family(ranker.chooser.family))
    recommender = replace(fitted.recommender, ranker=replace(ranker, chooser=chooser))
    return replace(fitted, recommender=recommender)
