"""Fitted models kept beside the project: read where they are ours and fit, else fitted anew."""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from patterns.learning.recommendation import RecommendationError
from patterns.learning.recommendation.advising import Adviser
from patterns.learning.recommendation.fitting import Fitted
from patterns.learning.recommendation.history import CostHistory
from patterns.learning.recommendation.model import Effort
from patterns.learning.recommendation.persistence import from_bytes, model_key, to_bytes
from patterns.learning.recommendation.workload import Workload
from tracker.workflow.workspace import Workspace

KEPT = 8
"""Model files kept; the oldest go."""

LARGEST = 256 << 20
"""Bytes of a model that are written or read; forests of many repositories are fitted anew."""

SALT = ".salt"


def adviser_for(
    workspace: Workspace,
    history: CostHistory,
    workload: Workload,
    *,
    horizon_days: float,
    effort: Effort,
) -> tuple[Adviser, tuple[str, ...]]:
    """Return the adviser of a history and workload, and what the user should know.

    A model has the name of all it depends on, the hash of its training data among it: after a
    new measurement it is stale because it is not asked for. It is only read where its seal was
    made with this project's secret, and then holds no type but those of our models.
    """
    folder = workspace.project.sessions.parent / "models"
    file = folder / f"{model_key(history.digest, workload, horizon_days, effort)}.skops"
    fitted = _read(folder, file)
    adviser = Adviser.fit(
        history, workload, horizon_days=horizon_days, effort=effort, fitted=fitted
    )
    if fitted is not None:
        return adviser, ()
    return adviser, _keep(workspace, folder, file, adviser)


def _read(folder: Path, file: Path) -> Fitted | None:
    """Return a model of ours, None where there is none; whatever is wrong with it."""
    try:
        if file.stat().st_size > LARGEST:
            return None
        data, seal = file.read_bytes(), file.with_suffix(".seal").read_text(encoding="ascii")
        if not hmac.compare_digest(seal, _seal(folder, data)):
            return None
        return from_bytes(data)
    except (OSError, ValueError, RecommendationError):
        return None


def _keep(workspace: Workspace, folder: Path, file: Path, adviser: Adviser) -> tuple[str, ...]:
    """Write a model, log it to MLflow, and remove old ones."""
    from tracker.tracking.address import TrackingError  # noqa: PLC0415  MLflow loads slowly

    data = to_bytes(adviser)
    if len(data) > LARGEST:
        return ()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write(file, data)
        _write(file.with_suffix(".seal"), _seal(folder, data).encode())
        _forget_oldest(folder)
        _log(workspace, file, adviser)
    except OSError as error:
        return (f"the model is not kept: {error}",)
    except TrackingError as error:
        return (str(error),)
    return ()


def _log(workspace: Workspace, file: Path, adviser: Adviser) -> None:
    from tracker.tracking.model_run import log_model  # noqa: PLC0415  MLflow loads slowly

    history, fitted = adviser.history, adviser.fitted
    errors = [] if fitted.counted is None else fitted.counted.residuals
    known = [float(value) for column in errors for value in column]
    log_model(
        workspace.settings.tracking_uri,
        workspace.project.artifacts,
        file,
        inputs=history.repositories.names,
        outputs=history.variants,
        params={
            "training_hash": history.digest,
            "workload": adviser.workload.name,
            "horizon_days": adviser.horizon_days,
            "patterns": history.patterns,
            "contexts": fitted.recommender.ranker.contexts,
            "family": fitted.recommender.ranker.family.value,
            "counted": fitted.counted is not None,
            "versions": ", ".join(history.versions)[:250],
        },
        metrics={"held_out_error": sum(known) / len(known)} if known else {},
    )


def _seal(folder: Path, data: bytes) -> str:
    salt = folder / SALT
    if not salt.exists():
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(salt, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(secrets.token_bytes(32))
    return hmac.new(salt.read_bytes(), data, hashlib.sha256).hexdigest()


def _write(path: Path, data: bytes) -> None:
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.write_bytes(data)
    partial.replace(path)


def _forget_oldest(folder: Path) -> None:
    files = sorted(folder.glob("*.skops"), key=lambda one: one.stat().st_mtime, reverse=True)
    for file in files[KEPT:]:
        file.unlink(missing_ok=True)
        file.with_suffix(".seal").unlink(missing_ok=True)
