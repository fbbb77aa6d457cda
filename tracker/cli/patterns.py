"""`tracker patterns`: what is remembered."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from tracker.cli.output import Format, TableFormat, cell, note, write, write_json, write_table
from tracker.cli.state import project_option

app = typer.Typer(help="Ask the pattern memory.", no_args_is_help=True)


@app.command("query")
def query(
    task: Annotated[
        str, typer.Argument(metavar="TASK", help="Exact, prefix* or glob, such as 'commit-*'.")
    ] = "*",
    k: Annotated[int, typer.Option("-k", help="How many patterns.")] = 10,
    min_reward: Annotated[float | None, typer.Option(help="Least reward, 0–1.")] = None,
    only_successes: Annotated[bool, typer.Option("--only-successes")] = False,
    only_failures: Annotated[bool, typer.Option("--only-failures")] = False,
    since: Annotated[
        str | None, typer.Option(help="Not older: YYYY-MM-DD or Unix ms.", metavar="TIME")
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="Older: YYYY-MM-DD or Unix ms.", metavar="TIME")
    ] = None,
    variant: Annotated[str | None, typer.Option(help="Only this variant.")] = None,
    operation: Annotated[str | None, typer.Option(help="Only this operation.")] = None,
    repo_size: Annotated[str | None, typer.Option(help="Only this repository size.")] = None,
    machine_class: Annotated[str | None, typer.Option(help="Only this class of machine.")] = None,
    like: Annotated[
        Path | None,
        typer.Option(help="JSON of a situation: tell what to expect instead.", metavar="CONTEXT"),
    ] = None,
    form: Annotated[Format, typer.Option("--format")] = Format.TEXT,
) -> None:
    """Find the patterns of the highest reward, and what all matches say.

    With --like FILE, holding such as {"operation": "commit", "vcsType": "git", "files": 1000},
    tell what to expect from the trials nearest to it, whatever their reward.

    Example: tracker patterns query 'commit-*' -k 5 --min-reward 0.5 --only-successes
    """
    if like is not None:
        _expect(like, k, form)
        return
    from tracker.workflow.history import query_patterns

    result = query_patterns(
        project_option(),
        task=task,
        k=k,
        min_reward=min_reward,
        only_successes=only_successes,
        only_failures=only_failures,
        since=since,
        until=until,
        variant=variant,
        operation=operation,
        repo_size=repo_size,
        machine_class=machine_class,
    )
    if form is Format.JSON:
        write(result.to_json(indent=2))
        return
    rows = [
        {
            "reward": pattern.reward,
            "task": pattern.task,
            "ms": pattern.latency_ms,
            "success": pattern.success,
            "id": key,
        }
        for key, pattern in zip(result.ids, result.patterns, strict=True)
    ]
    write_table(rows, TableFormat.TEXT, empty=f"No pattern of {task!r} passes the filters.")
    found, insights = result.statistics, result.insights
    if not found.total_found:
        note("What there is: tracker patterns stats")
        return
    note(
        f"{found.total_found} match; mean reward {cell(found.avg_reward)}, "
        f"success rate {cell(found.success_rate)}, mean latency {cell(found.avg_latency)} ms"
    )
    for name, one in (("Best", insights.best_performing), ("Worst", insights.worst_performing)):
        if one is not None:
            note(f"{name}: {cell(one.reward)}, {one.task}. {one.critique or ''}")
    if insights.trend is None:
        note("Trend of reward: too few to tell")
    elif insights.trend_since is not None:
        since = day(insights.trend_since)
        note(f"Trend of reward: {insights.trend}, newest {insights.trend_matches} since {since}")


def _expect(file: Path, k: int, form: Format) -> None:
    from tracker.workflow.expectation import expect_like

    answer = expect_like(project_option(), file, k)
    if form is Format.JSON:
        write(answer.to_json(indent=2))
        return
    rows = [
        {
            "distance": one.distance,
            "variant": one.variant,
            "ms": one.pattern.latency_ms,
            "success": one.pattern.success,
            "reward": one.pattern.reward,
            "id": one.run_id or one.id,
        }
        for one in answer.neighbours
    ]
    write_table(rows, TableFormat.TEXT, empty="Nothing of this operation is remembered.")
    if not answer.n:
        note("What there is: tracker patterns stats")
        return
    low, high = answer.latency_quartiles or (None, None)
    learned = "learned from this operation" if answer.weights_learned else "all 1: too few to learn"
    chosen = f"{answer.n} of {answer.considered}"
    note(
        f"Expect {cell(answer.latency_ms)} ms (quartiles {cell(low)} to {cell(high)}), "
        f"success rate {cell(answer.success_rate)}: {chosen}; weights {learned}"
    )
    if answer.widened:
        note(f"Too few were of the same {' and '.join(answer.widened)}: others were taken too.")


@app.command("stats")
def stats(
    task: Annotated[str, typer.Argument(metavar="TASK", help="Exact, prefix* or glob.")] = "*",
    form: Annotated[TableFormat, typer.Option("--format")] = TableFormat.TEXT,
) -> None:
    """Count the patterns of each task.

    Example: tracker patterns stats 'status-*'
    """
    from tracker.workflow.history import pattern_statistics

    rows = pattern_statistics(project_option(), task)
    write_table(rows, form, empty="No pattern is stored. Start with: tracker run quickstart")


@app.command("rules")
def rules(
    operation: Annotated[
        str | None, typer.Argument(metavar="[OPERATION]", help="Only this operation.")
    ] = None,
    variant: Annotated[str | None, typer.Option(help="Only this variant.")] = None,
    expired: Annotated[
        bool, typer.Option("--expired", help="Also rules that a later change contradicts.")
    ] = False,
    form: Annotated[TableFormat, typer.Option("--format")] = TableFormat.TEXT,
) -> None:
    """Tell what all trials together show: time against the baseline, and on what evidence.

    A ratio above 1 is faster. Computed from the trials that are stored now, since the last
    confirmed change of each; `--format json` names the runs behind each.

    Example: tracker patterns rules commit --variant jujutsu
    """
    from tracker.workflow.rules import list_rules

    found = list_rules(project_option(), operation=operation, variant=variant, expired=expired)
    if form is TableFormat.JSON:
        write_json([rule.model_dump(mode="json", by_alias=True) for rule in found])
        return
    rows = [
        {
            "operation": rule.operation,
            "variant": rule.variant,
            "size": rule.repo_size,
            "verdict": rule.verdict,
            "ratio": rule.ratio,
            "low": rule.interval[0] if rule.interval else None,
            "high": rule.interval[1] if rule.interval else None,
            "n": rule.n,
            "trials": rule.trials,
            "success": rule.success_rate,
            "first": day(rule.first_seen),
            "last": day(rule.last_seen),
            **({"status": rule.status} if expired else {}),
        }
        for rule in found
    ]
    write_table(rows, form, empty="No trial has a baseline yet. Start with: tracker run quickstart")


@app.command("export")
def export(
    task: Annotated[str, typer.Argument(metavar="TASK", help="Exact, prefix* or glob.")] = "*",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="File; default: standard output.")
    ] = None,
    bare: Annotated[
        bool, typer.Option("--bare", help="Leave out the context (variant, machine, reward terms).")
    ] = False,
) -> None:
    """Write patterns as lines of JSON, which `tracker patterns import` reads.

    Example: tracker patterns export 'commit-*' -o patterns.jsonl
    """
    from tracker.cli.progress import ProgressLine
    from tracker.workflow.memory import export_patterns, written

    with ProgressLine() as line, written(output, sys.stdout) as stream:
        count = export_patterns(project_option(), task, stream, bare=bare, progress=line)
    note(f"{count} patterns written.")


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="JSON lines or AgentDB database.")],
    form: Annotated[Format, typer.Option("--format")] = Format.TEXT,
) -> None:
    """Add the patterns of a file; those that are there already are left as they are.

    A line that holds no pattern is told with its number, and the rest is stored; the exit
    code is then 2.

    Example: tracker patterns import patterns.jsonl
    """
    from tracker.cli.progress import ProgressLine
    from tracker.workflow.memory import import_patterns

    with ProgressLine() as line:
        done = import_patterns(project_option(), file, progress=line)
    if form is Format.JSON:
        rejected = [{"number": one.number, "reason": one.reason} for one in done.rejected]
        write_json({"added": done.added, "known": done.known, "rejected": rejected})
    else:
        for one in done.rejected:
            note(f"{file}:{one.number}: {one.reason}")
        write(f"{done.added} added, {done.known} known, {len(done.rejected)} rejected")
    if done.rejected:
        raise typer.Exit(2)


@app.command("merge")
def merge(
    other: Annotated[str, typer.Argument(metavar="STORE", help="SQLite file or address.")],
) -> None:
    """Add the patterns and iterations of another store; nothing of ours is changed.

    Example: tracker patterns merge ../other/tracker.db
    """
    from tracker.workflow.memory import merge_patterns

    done = merge_patterns(project_option(), other)
    write(f"{done.added} added, {done.known} known, {done.iterations} iterations added")


@app.command("prune")
def prune(
    before: Annotated[str, typer.Option(help="Older than: YYYY-MM-DD or Unix ms.", metavar="TIME")],
    keep: Annotated[int, typer.Option(help="The newest that stay, of each task.", min=1)] = 100,
    yes: Annotated[bool, typer.Option("--yes", help="Remove it; otherwise only tell.")] = False,
    form: Annotated[TableFormat, typer.Option("--format")] = TableFormat.TEXT,
) -> None:
    """Tell which old patterns would be removed, and remove them with --yes.

    Baselines that rewards are pinned to stay.

    Example: tracker patterns prune --before 2026-01-01 --keep 200
    """
    from tracker.workflow.history import unix_ms
    from tracker.workflow.memory import prune_patterns

    found = prune_patterns(
        project_option(), before=unix_ms(before, "--before"), keep=keep, really=yes
    )
    rows = [
        {
            "task": one.task,
            "removed": one.removed,
            "left": one.left,
            "oldest": day(one.oldest) if form is TableFormat.TEXT else one.oldest,
            "newest": day(one.newest) if form is TableFormat.TEXT else one.newest,
        }
        for one in found
    ]
    write_table(rows, form, empty="Nothing is older and beyond what is kept.")
    if rows and not yes:
        note("Nothing was removed. Add --yes to remove this.")


@app.command("rescore")
def rescore(
    yes: Annotated[bool, typer.Option("--yes", help="Write it; otherwise only tell.")] = False,
    form: Annotated[TableFormat, typer.Option("--format")] = TableFormat.TEXT,
) -> None:
    """Compute rewards anew from their stored terms; tell what differs, and write it with --yes.

    Example: tracker patterns rescore
    """
    from tracker.workflow.memory import rescore_patterns

    found = rescore_patterns(project_option(), really=yes)
    rows = [{"run": one.run_id, "before": one.before, "after": one.after} for one in found]
    write_table(rows, form, empty="Every reward is what its terms make.")
    if rows and not yes:
        note("Nothing was written. Add --yes to write this.")


@app.command("show")
def show(
    key: Annotated[str, typer.Argument(metavar="ID", help="Id of a run, or a content hash.")],
) -> None:
    """Print one pattern with its context, as JSON.

    Example: tracker patterns show run-1700000000-abc123
    """
    from tracker.workflow.memory import as_json, show_pattern

    write_json(as_json(show_pattern(project_option(), key)))


def day(unix_ms: int) -> str:
    """Return a time's UTC day."""
    return datetime.fromtimestamp(unix_ms / 1000, UTC).date().isoformat()
