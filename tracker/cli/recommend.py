"""`tracker recommend`: which variant to use where."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tracker.cli.output import note

if TYPE_CHECKING:
    from tracker.workflow.recommendations import Evaluation

app = typer.Typer(help="Choose the variant for a repository.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Choose the variant for a repository."""


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
