"""Suites and tests (specification, section 2, with the optional extensions)."""

import re
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from tracker.models.base import Value
from tracker.models.enums import Identifier, MetricType, RepoSize, TestCategory, VcsName, VcsType

ALL_SYSTEMS: tuple[str, ...] = (VcsType.GIT, VcsType.GIT_WORKTREES, VcsType.JUJUTSU)


class Validation(Value):
    """What every iteration must satisfy; a miss fails it with errorType `validation`."""

    output_matches: str | None = Field(default=None, description="Python regex searched in stdout.")
    min_execution_time: float | None = Field(default=None, ge=0, description="ms")
    max_execution_time: float | None = Field(default=None, ge=0, description="ms")
    max_memory_usage: int | None = Field(default=None, ge=0, description="bytes")

    @field_validator("output_matches")
    @classmethod
    def _is_a_regex(cls, pattern: str | None) -> str | None:
        if pattern is not None:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"is not a regular expression: {error}") from error
        return pattern


class OutcomeCheck(Value):
    """What the repository must look like afterwards, equal for every system.

    Exactly one of `tree` (a revision whose tree id is compared), `command` (its
    standard output is compared) and `stdout` (the measured command's own output
    is compared) is given. `extract` keeps the matches of a regex (its first
    group if it has one), `normalise` says how they are compared.
    """

    tree: str | None = None
    command: str | None = None
    stdout: bool = False
    extract: str | None = None
    normalise: Literal["text", "sorted", "count"] = "text"
    expect: str | None = Field(default=None, description="The value itself, where it is known.")
    across: bool = Field(default=True, description="Must be equal for every system.")

    @model_validator(mode="after")
    def _has_one_source(self) -> Self:
        given = [self.tree is not None, self.command is not None, self.stdout]
        if sum(given) != 1:
            raise ValueError("give exactly one of tree, command and stdout")
        return self

    @field_validator("extract")
    @classmethod
    def _is_a_regex(cls, pattern: str | None) -> str | None:
        if pattern is not None:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"is not a regular expression: {error}") from error
        return pattern


class Tally(Value):
    """A number that is read after each execution, outside the clock: matches of a regex.

    They are sought in what the measured command wrote, or in what `command` writes. A number
    decides nothing; `per_second` asks for it by the time of the execution as well.
    """

    command: str | None = Field(default=None, description="None: the measured command's output.")
    matches: str
    per_second: bool = False

    @field_validator("matches")
    @classmethod
    def _is_a_regex(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"is not a regular expression: {error}") from error
        return pattern


class SystemSteps(Value):
    """What one system runs for a test, all of it inside one clock."""

    steps: tuple[str, ...] = Field(min_length=1)
    expected_exit_code: int | None = Field(default=None, ge=0, le=255)
    prepare: tuple[str, ...] | None = None
    validation: Validation | None = None
    outcome: OutcomeCheck | None = None
    counts: dict[Identifier, Tally] | None = None


class Test(Value):
    """One thing to measure, in the words of every system that can do it."""

    __test__ = False

    id: Identifier
    name: str = Field(min_length=1)
    description: str = ""
    command: str = Field(default="", description="One argument vector, split without a shell.")
    expected_exit_code: int = Field(default=0, ge=0, le=255)
    timeout: int | None = Field(default=None, ge=1000, le=3_600_000, description="ms")
    vcs_types: tuple[VcsName, ...] = Field(default=ALL_SYSTEMS, min_length=1)
    metrics: tuple[MetricType, ...] = (
        MetricType.EXECUTION_TIME,
        MetricType.CPU_USAGE,
        MetricType.MEMORY_USAGE,
        MetricType.IO_OPERATIONS,
        MetricType.DISK_USAGE,
    )
    validation: Validation | None = None
    depends_on: tuple[Identifier, ...] | None = None
    # Optional extensions.
    operation: Identifier | None = None
    by_vcs: dict[VcsName, SystemSteps] | None = None
    tags: tuple[str, ...] = ()
    mutates: bool = True
    prepare: tuple[str, ...] = ()
    outcome: OutcomeCheck | None = None
    counts: dict[Identifier, Tally] = Field(
        default_factory=dict, description="What is counted after each execution, by its name."
    )
    shell: bool = False

    @model_validator(mode="after")
    def _has_a_command_for_each(self) -> Self:
        covered = set(self.by_vcs or {})
        missing = [vcs for vcs in self.vcs_types if vcs not in covered]
        if missing and not self.command.strip():
            raise ValueError(f"has no command for {', '.join(missing)}: give command or byVcs")
        return self

    @property
    def measured_operation(self) -> str:
        """Return the operation this test stands for."""
        return self.operation or self.id

    def for_vcs(self, vcs_type: str) -> SystemSteps:
        """Return what `vcs_type` runs, every default filled in."""
        own = (self.by_vcs or {}).get(vcs_type)
        return SystemSteps(
            steps=own.steps if own else (self.command,),
            expected_exit_code=(
                own.expected_exit_code
                if own and own.expected_exit_code is not None
                else self.expected_exit_code
            ),
            prepare=own.prepare if own and own.prepare is not None else self.prepare,
            validation=own.validation if own and own.validation else self.validation,
            outcome=own.outcome if own and own.outcome else self.outcome,
            counts=self.counts | (own.counts or {} if own else {}),
        )


class SetupScript(Value):
    """Commands that run before each trial, outside the clock."""

    description: str = ""
    commands: tuple[str, ...] = Field(min_length=1)
    timeout: int = Field(default=60_000, ge=1000, le=3_600_000, description="ms")


class TeardownScript(Value):
    """Commands that run after each trial, outside the clock."""

    description: str = ""
    commands: tuple[str, ...] = Field(min_length=1)
    always_run: bool = Field(default=True, description="Also after a failure or a signal.")


class Requirements(Value):
    """What a suite needs to make sense."""

    min_repo_size: RepoSize = RepoSize.SMALL
    required_features: tuple[str, ...] = ()
    estimated_duration: float | None = Field(default=None, ge=0, description="ms")


class TestSuite(Value):
    """Tests that belong together."""

    __test__ = False

    schema_: str | None = Field(default=None, alias="$schema")
    id: Identifier
    name: str = Field(min_length=1)
    description: str = ""
    category: TestCategory
    tags: tuple[str, ...] = ()
    tests: tuple[Test, ...] = Field(min_length=1)
    setup: SetupScript | None = None
    teardown: TeardownScript | None = None
    requirements: Requirements = Requirements()

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        seen: set[str] = set()
        for test in self.tests:
            if test.id in seen:
                raise ValueError(f"two tests are called {test.id}")
            seen.add(test.id)
        return self
