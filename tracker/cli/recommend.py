"""`tracker recommend`: which variant to use where."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tracker.cli.output import TableFormat, note, write, write_json, write_table
from tracker.cli.state import project_option

if TYPE_CHECKING:
    from patterns.learning.recommendation.advice import Advice
    from tracker.workflow.advice import Advised
    from tracker.workflow.recommendations import Evaluation

app = typer.Typer(invoke_without_command=True)


class AdviceFormat(StrEnum):
    """Forms of advice."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


@app.callback()
def recommend(
    context: typer.Context,
    repo: Annotated[
        Path | None, typer.Option(metavar="PATH", help="Repository; only numbers are read of it.")
    ] = None,
    repo_size: Annotated[
        str | None, typer.Option(metavar="SIZE", help="Instead: small, medium or large.")
    ] = None,
    workload: Annotated[
        str, typer.Option(metavar="NAME|FILE", help="agent, developer, ci or a file.")
    ] = "developer",
    operation: Annotated[
        str | None, typer.Option(help="Instead of a workload: one operation.")
    ] = None,
    variant: Annotated[
        list[str] | None, typer.Option(metavar="VARIANT", help="Only among these (name or glob).")
    ] = None,
    machine_class: Annotated[
        str | None, typer.Option(help="For another class of machine than this one.")
    ] = None,
    confidence: Annotated[float, typer.Option(help="Level of the intervals.")] = 0.8,
    horizon: Annotated[
        float, typer.Option(min=0.01, metavar="DAYS", help="Days a one-off cost is spread over.")
    ] = 30.0,
    verify: Annotated[
        bool,
        typer.Option("--verify", help="Measure a copy until it is confirmed or not."),
    ] = False,
    rounds: Annotated[
        int | None,
        typer.Option(min=7, max=1000, help="Most rounds of --verify; default: by budget."),
    ] = None,
    following: Annotated[
        bool, typer.Option("--next", help="Name the measurements that would help most.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same advice.")] = 0,
    form: Annotated[AdviceFormat, typer.Option("--format")] = AdviceFormat.TEXT,
) -> None:
    """Say which system and configuration to use for a repository, and on what evidence.

    Example: tracker recommend --repo . --workload agent
    """
    if context.invoked_subcommand is not None:
        return
    if repo is None and repo_size is None:
        sys.stdout.write(context.get_help() + "\n")
        raise typer.Exit(2)
    from tracker.workflow.advice import AdviceRequest, advise

    request = AdviceRequest(
        repo=repo,
        repo_size=repo_size,
        workload=workload,
        operation=operation,
        variants=tuple(variant or ()),
        machine_class=machine_class,
        confidence=confidence,
        horizon_days=horizon,
        seed=seed,
    )
    if verify and repo is None:
        from tracker.config import InputError

        raise InputError.single("--verify", "measures a repository", advice="Give --repo PATH.")
    done = advise(project_option(), request)
    if following:
        _propose(done.advice, form)
    elif verify and repo is not None:
        _verify(done, repo, rounds, form)
    else:
        _show(done.advice, form)


def _show(advice: "Advice", form: AdviceFormat) -> None:
    from tracker.cli.advice_output import advice_markdown, advice_text

    if form is AdviceFormat.JSON:
        write(advice.to_json(indent=2))
    else:
        write(advice_text(advice) if form is AdviceFormat.TEXT else advice_markdown(advice))


def _verify(done: "Advised", repo: Path, rounds: int | None, form: AdviceFormat) -> None:
    from tracker.cli.advice_output import verification_text
    from tracker.cli.progress import ProgressLine
    from tracker.workflow.verification import verify

    with ProgressLine() as line:
        found = verify(project_option(), done, repo, tell=line, rounds=rounds)
    if form is AdviceFormat.JSON:
        both = {
            "advice": done.advice.model_dump(mode="json", by_alias=True),
            "verification": found.model_dump(mode="json", by_alias=True),
        }
        write_json(both)
        return
    _show(done.advice, form)
    write("\n" + verification_text(found))


def _propose(advice: "Advice", form: AdviceFormat) -> None:
    from patterns.learning.recommendation.exploration import proposals

    names = ",".join(one.operation for one in advice.operations)
    rows = [
        {
            "variant": one.variant,
            "regret": one.regret_reduction,
            "ms a day": one.ms_per_day,
            "minutes": one.minutes,
        }
        for one in proposals(advice)
    ]
    shape = TableFormat(form.value)
    write_table(rows, shape, empty="Nothing but the baseline is known: measure a variant first.")
    if form is AdviceFormat.TEXT:
        note(f"Measured beside {advice.baseline}: {names}; expected fall of regret by each alone.")
        note("Measure the first two with: tracker recommend --repo PATH --verify")


@app.command("accuracy")
def accuracy(form: Annotated[TableFormat, typer.Option("--format")] = TableFormat.TEXT) -> None:
    """Say how good predictions were: coverage, regret and share overturned, month by month.

    Example: tracker recommend accuracy
    """
    from tracker.workflow.accuracy import accuracy as summarise

    found = summarise(project_option())
    if form is TableFormat.JSON:
        write_json([one.model_dump(mode="json", by_alias=True) for one in found])
        return
    rows = [
        {
            "period": one.period,
            "n": one.n,
            "confirmed": one.confirmed,
            "overturned": one.overturned,
            "undecided": one.undecided,
            "overturned share": one.overturned_share.value if one.overturned_share else None,
            "coverage": one.coverage.value if one.coverage else None,
            "mean regret": one.mean_regret,
            "regret ms a day": one.mean_regret_ms_per_day,
            "of full factorial": one.share_of_factorial,
        }
        for one in found
    ]
    empty = "No prediction was verified yet: tracker recommend --repo PATH --verify"
    write_table(rows, form, empty=empty)


@app.command("evaluate")
def evaluate(
    contexts: Annotated[
        Path, typer.Option(metavar="C.csv", help="context_id,fold and a column per feature.")
    ],
    runs: Annotated[
        Path, typer.Option(metavar="R.csv", help="context_id,variant,runtime,status,cutoff.")
    ],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="OUT.csv", help="Rankings; default: stdout."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same rankings.")] = 0,
    jobs: Annotated[int, typer.Option(min=1, help="Processors used.")] = 1,
) -> None:
    """Rank variants for contexts, each fold from the others.

    Example: tracker recommend evaluate --contexts C.csv --runs R.csv -o OUT.csv
    """
    from tracker.workflow.recommendations import evaluate as rank

    done = rank(contexts, runs, output, seed=seed, jobs=jobs)
    if output is None:
        sys.stdout.write(done.text)
    _tell(done, output)


def _tell(done: "Evaluation", output: Path | None) -> None:
    """Say what was done, and what was left out and why."""
    if done.other_runs:
        note(f"{done.other_runs} runs left out: their contexts are not in the contexts file.")
    if done.without_costs:
        note(f"{done.without_costs} contexts without runs: ranked, but not learned from.")
    if done.ranked < done.contexts:
        note(f"{done.contexts - done.ranked} contexts not ranked: other folds hold no run.")
    folds = ", ".join(f"{count} by {family}" for family, count in done.families)
    place = f" → {output}" if output else ""
    note(f"{done.ranked} of {done.contexts} contexts ranked{place}; folds: {folds}.")
