"""What is done in a day: a profile by its name, or a file."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from patterns.learning.recommendation.workload import PROFILES, Workload
from tracker.config import InputError
from tracker.config.loading import read_document
from tracker.config.validation import validated
from tracker.models.base import Value
from tracker.models.enums import Identifier

Times = Annotated[float, Field(gt=0, le=1e9)]


class WorkloadFile(Value):
    """A file that says how often a day each operation is done."""

    name: str = Field(default="own", min_length=1, max_length=60)
    source: str = Field(default="given in a file", max_length=200)
    per_day: dict[Identifier, Times] = Field(min_length=1)


def find_workload(text: str) -> Workload:
    """Return the profile of that name, or what a YAML or JSON file says.

    Raises
    ------
    InputError
        Where there is neither, or the file cannot be used.
    """
    if text in PROFILES:
        return PROFILES[text]
    path = Path(text)
    if not path.is_file():
        raise InputError.single(
            "--workload",
            f"{text} is neither a profile nor a file",
            advice=f"Choose {', '.join(PROFILES)}, or write a file: perDay: {{status-clean: 200}}",
        )
    given = validated(WorkloadFile, read_document(path, "a workload"))
    return Workload(given.name, dict(given.per_day), given.source)
