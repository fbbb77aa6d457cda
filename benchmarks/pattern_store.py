"""Compare the pattern store with raw SQLite and with AgentDB 1.6.1 on the same patterns.

    python benchmarks/pattern_store.py [--sizes 1000 10000 100000] [--ours 1000000] [--folder DIR]

Everybody gets the patterns that one seed makes. AgentDB is installed by npm into the folder
and called through its own classes; without npm it is left out. It scans embeddings where the
store looks up an index: both answer "the ten best for this", by other means. Each store works
in a process of its own, so that the memory is its own.
"""

import argparse
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import agentdb_side
from benchmarks.generated_patterns import OPERATIONS, SEED, SYSTEMS, generate
from benchmarks.raw_store import AT_ONCE, RawNeighbours, RawQueries, fill, raw_write
from patterns.models import AskedContext, PatternQuery, PatternRecord
from patterns.store import PatternStore
from patterns.store.jsonl import read_lines, to_line
from tracker.workflow.expectation import Expectations

REPEATS = 300
ON_SERVER = 20_000
FIRST_ANSWERS = 150
"""Questions asked before the clock starts: every task was asked about."""

Call = Callable[[], object]


def timed(call: Call, repeats: int = REPEATS) -> list[float]:
    """Return milliseconds of calls."""
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        call()
        times.append((time.perf_counter() - started) * 1000)
    return times


def in_turn(one: Call, other: Call) -> tuple[list[float], list[float]]:
    """Return milliseconds of calls of two, taken in turn: what disturbs one disturbs the other."""
    times: tuple[list[float], list[float]] = [], []
    for _ in range(REPEATS):
        for call, taken in zip((one, other), times, strict=True):
            taken.extend(timed(call, 1))
    return times


def figures(times: Sequence[float]) -> str:
    """Return p50 and p99."""
    ordered = sorted(times)
    late = ordered[int(0.99 * len(ordered))]
    return f"p50 {statistics.median(ordered):9.3f} ms   p99 {late:9.3f} ms"


def told(name: str, mine: Sequence[float], floor: Sequence[float], of: str) -> None:
    """Print a kind of query beside its floor."""
    ratio = statistics.median(mine) / statistics.median(floor)
    print(f"{name:24} {figures(mine)}   {of} {figures(floor)}   ratio {ratio:.2f}")


def ours(file: Path, count: int) -> None:
    """Write and query through the store."""
    print(f"\n== the pattern store, {count:,} patterns", flush=True)
    with PatternStore(f"sqlite:///{file}") as store:
        made = list(generate(count)) if count <= 100_000 else generate(count)
        started = time.perf_counter()
        store.add_patterns(made)
        note = "" if isinstance(made, list) else " (making them included)"
        print(f"batch write: {count / (time.perf_counter() - started):,.0f}/s, durable{note}")
        more = list(generate(5_000, start=count))
        started = time.perf_counter()
        store.add_patterns(more)
        print(f"5,000 more, indexes live: {5_000 / (time.perf_counter() - started):,.0f}/s")
        single = iter(list(generate(200, start=count + 5_000)))
        times = timed(lambda: store.add_patterns([next(single)]), 200)
        each = 1000 / statistics.fmean(times)
        print(f"single writes, each synced: {each:,.0f}/s   {figures(times)}")
    print(f"bytes a pattern: {_size(file) / (count + 5_200):.0f}")
    with PatternStore(f"sqlite:///{file}") as store:
        queries(store, file)
        after_writes(store, count + 10_000)
    # Peak memory of the raw side's arrays is in it too: it held the same rows once more.
    print(
        f"peak RSS: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB", flush=True
    )


def asked(file: Path, count: int) -> None:
    """Query a store that SQL has filled."""
    print(f"\n== the pattern store, {count:,} patterns filled in by SQL", flush=True)
    fill(file, count)
    print(f"bytes a pattern: {_size(file) / count:.0f}", flush=True)
    with PatternStore(f"sqlite:///{file}") as store:
        queries(store, file)
        after_writes(store, count + 10_000)


def _size(file: Path) -> int:
    return sum(path.stat().st_size for path in file.parent.glob(f"{file.name}*"))


def queries(store: PatternStore, file: Path) -> None:
    """Ask in all ways, each in turn with its floor."""
    chance, raw = random.Random(SEED), RawQueries(file)

    def task() -> str:
        return f"{chance.choice(OPERATIONS)}-{chance.choice(SYSTEMS)}-benchmark"

    def prefix() -> str:
        return f"{chance.choice(OPERATIONS)}-*"

    kinds: dict[str, tuple[Callable[[], PatternQuery], Call]] = {
        "exact task": (lambda: PatternQuery(task=task()), lambda: raw.exact(task())),
        "exact, reward >= .7": (
            lambda: PatternQuery(task=task(), min_reward=0.7),
            lambda: raw.exact(task(), " AND reward >= 0.7"),
        ),
        "exact, successes": (
            lambda: PatternQuery(task=task(), only_successes=True),
            lambda: raw.exact(task(), " AND success = 1"),
        ),
        "exact, failures": (
            lambda: PatternQuery(task=task(), only_failures=True),
            lambda: raw.exact(task(), " AND success = 0"),
        ),
        "glob 'operation-*'": (lambda: PatternQuery(task=prefix()), lambda: raw.glob(prefix())),
        "glob '*' (36 tasks)": (lambda: PatternQuery(task="*"), lambda: raw.glob("*")),
    }
    for name, (make, floor) in kinds.items():

        def ask(make: Callable[[], PatternQuery] = make) -> object:
            return store.query(make())

        first = timed(ask, 1)[0]
        for _ in range(FIRST_ANSWERS):
            ask()
        told(name, *in_turn(ask, floor), f"the first {first:.1f} ms; sqlite3")
    _neighbours(store, file, raw, chance)


def _neighbours(store: PatternStore, file: Path, raw: RawQueries, chance: random.Random) -> None:
    expectations = Expectations(store)

    def asked() -> tuple[str, str, int]:
        return chance.choice(OPERATIONS), chance.choice(SYSTEMS), int(10 ** chance.uniform(1, 5))

    def like() -> object:
        operation, vcs_type, files = asked()
        return expectations.expect(
            AskedContext(
                operation=operation, vcs_type=vcs_type, variant=f"{vcs_type}+a", files=files
            )
        )

    first = timed(like, 1)[0]
    for _ in range(FIRST_ANSWERS):
        like()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak RSS so far: {peak:.0f} MB", flush=True)
    floor = RawNeighbours(file, raw)  # holds the same rows once more

    def bare() -> None:
        operation, vcs_type, files = asked()
        floor.nearest(operation, f"{vcs_type}+a", files)

    told("--like", *in_turn(like, bare), f"the first {first:.1f} ms; numpy and fetch")


def after_writes(store: PatternStore, start: int) -> None:
    """Ask about a task right after a pattern of it was written."""
    for name, glob in (("exact task", False), ("glob 'operation-*'", True)):
        times = []
        for record in generate(20, start=start + 100 * glob):
            store.add_patterns([record])
            asked = f"{record.context.operation}-*" if glob else record.pattern.task
            times += timed(lambda asked=asked: store.query(PatternQuery(task=asked)), 1)
        print(f"{name + ', just written':24} {figures(times)}")


def writing(folder: Path, count: int) -> None:
    """Compare writing through the store with sqlite3 alone."""
    records = list(generate(count))
    print(f"\n== writing {count:,} patterns, same tables, indexes, hash and rollup")
    loaded = 0.0
    for live, name in ((False, "load, then indexes"), (True, "indexes live")):
        raw = raw_write(folder / f"raw-{live}.db", records, live=live)
        loaded = loaded or raw
        mine = _written(folder / f"store-{live}.db", records, live=live)
        print(f"{name}: store {mine:,.0f}/s, sqlite3 {raw:,.0f}/s, ratio {mine / raw:.2f}")
    file = folder / "patterns.jsonl"
    file.write_text("".join(f"{to_line(record)}\n" for record in records))
    with PatternStore(f"sqlite:///{folder}/lines.db") as store, file.open("rb") as stream:
        started = time.perf_counter()
        store.add_patterns(read_lines(stream, now=0, reject=print))
        mine = count / (time.perf_counter() - started)
    name = "validated JSON lines, end to end"
    print(f"{name}: {mine:,.0f}/s, sqlite3 {loaded:,.0f}/s, ratio {mine / loaded:.2f}", flush=True)


def on_server(address: str) -> None:
    """Write to and ask an empty PostgreSQL database, which is left filled."""
    print(f"\n== the pattern store on PostgreSQL, {ON_SERVER:,} patterns")
    with PatternStore(address) as store:
        made, chance = list(generate(ON_SERVER)), random.Random(SEED)
        started = time.perf_counter()
        store.add_patterns(made)
        print(f"batch write: {ON_SERVER / (time.perf_counter() - started):,.0f}/s, durable")
        single = iter(list(generate(200, start=ON_SERVER)))
        times = timed(lambda: store.add_patterns([next(single)]), 200)
        print(f"single writes: {1000 / statistics.fmean(times):,.0f}/s   {figures(times)}")
        for name, ending in (("exact task", "git-benchmark"), ("glob 'operation-*'", "*")):
            times = timed(
                lambda ending=ending: store.query(
                    PatternQuery(task=f"{chance.choice(OPERATIONS)}-{ending}")
                )
            )
            print(f"{name:24} {figures(times)}", flush=True)


def _written(file: Path, records: list[PatternRecord], *, live: bool) -> float:
    with PatternStore(f"sqlite:///{file}") as store:
        started = time.perf_counter()
        for some in _batches(records) if live else [records]:
            store.add_patterns(some)
        return len(records) / (time.perf_counter() - started)


def _batches(records: list[PatternRecord]) -> Iterator[list[PatternRecord]]:
    for place in range(0, len(records), AT_ONCE):
        yield records[place : place + AT_ONCE]


def agentdb(folder: Path, sizes: Sequence[int]) -> None:
    """Run the same patterns through AgentDB."""
    home = agentdb_side.install(folder)
    if isinstance(home, str):
        print(f"\n== AgentDB: left out, {home}")
        return
    for count in sizes:
        for mode in ("single", "batch"):
            print(
                f"\n== AgentDB {agentdb_side.VERSION} (mock embedding), {count:,} patterns, {mode}"
            )
            done = agentdb_side.run(home, count, mode)
            if isinstance(done, str):
                print(done)
                continue
            whole = count / (done.inserted + done.saved) * 1000
            alone = count / done.inserted * 1000
            print(f"{mode} write: {alone:,.0f}/s in memory, {whole:,.0f}/s saved once at the end")
            print(f"saved one by one: {1000 / done.each_saved:,.1f}/s")
            print(f"bytes a pattern: {done.bytes / count:.0f}; peak RSS: {done.peak_mb:.0f} MB")
            for kind, times in done.queries.items():
                if times:
                    print(f"{kind:24} {figures(times)}", flush=True)


def main() -> None:
    """Run what the options ask for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="*", default=[1_000, 10_000, 100_000])
    parser.add_argument("--ours", type=int, nargs="*", default=[1_000_000])
    parser.add_argument("--writing", type=int, default=100_000)
    parser.add_argument(
        "--queries", type=int, nargs="*", default=[], help="sizes filled by SQL and only asked"
    )
    parser.add_argument("--postgres", metavar="ADDRESS", help="an empty database to write to")
    parser.add_argument("--folder", type=Path, help="where files are kept; default: nowhere")
    parser.add_argument("--only", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.only is not None:
        ours(given.folder / f"ours-{given.only}.db", given.only)
        return
    with tempfile.TemporaryDirectory(dir=given.folder) as temporary:
        folder = given.folder or Path(temporary)
        if given.sizes:
            agentdb(folder, given.sizes)
        if given.writing:
            writing(Path(temporary), given.writing)
        if given.postgres:
            on_server(given.postgres)
        for count in given.queries:
            asked(Path(temporary) / f"filled-{count}.db", count)
        for count in sorted({*given.sizes, *given.ours}):
            command = [sys.executable, __file__, "--only", str(count), "--folder", temporary]
            subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
