"""What the command line asks of `tracker run`."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class RunRequest:
    """Options of one session; None and empty leave it to the configuration."""

    sources: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    repo_sizes: tuple[str, ...] = ()
    repos: tuple[Path, ...] = ()
    iterations: int | None = None
    warmup: int | None = None
    precision: str | None = None
    max_iterations: int | None = None
    max_minutes: float | None = None
    pin_cpu: int | None = None
    realtime: bool = False
    cold_cache: bool = False
    environment: str = "local"
    strict_limits: bool = False
    seed: int | None = None
    session: str | None = None
    resume: bool = False
    output: Path | None = None
    author: str | None = None
    keep_names: bool = False

    @property
    def repeatable(self) -> tuple[str, ...]:
        """Return the options that say what is measured and do not stand in the configuration.

        A repository is left out: its path stays private.
        """
        chosen = {
            "--test": self.tests,
            "--exclude": self.exclude,
            "--tag": self.tags,
            "--variant": self.variants,
        }
        given = tuple(
            word
            for option, values in chosen.items()
            for value in values
            for word in (option, value)
        )
        place = () if self.environment == "local" else ("--environment", self.environment)
        strict = ("--strict-limits",) if self.strict_limits else ()
        return (*given, *place, *strict)
