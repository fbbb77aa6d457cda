"""Compare the pattern store with raw SQLite and with AgentDB 1.6.1 on the same patterns.

    python benchmarks/pattern_store.py [--sizes 1000 10000] [--ours 1000000] [--folder DIR]

Everybody gets the patterns that one seed makes. AgentDB is installed by npm into a temporary
folder and called through its own classes; without npm it is left out. It scans embeddings
where the store looks up an index: both answer "the ten best for this", by other means.
"""

import argparse
import json
import random
import resource
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from patterns.models import (
    AskedContext,
    BenchmarkPattern,
    PatternContext,
    PatternQuery,
    PatternRecord,
)
from patterns.store import PatternStore, schema
from patterns.store.jsonl import read_lines, to_line
from patterns.store.rollup import bucket_of
from patterns.store.rows import Row, pattern_row
from patterns.store.writing import INSERTED
from patterns.tables import patterns
from tracker.workflow.expectation import Expectations

SEED = 1_699_564_800
OPERATIONS = [
    *("add", "commit", "status", "log", "diff", "branch"),
    *("merge", "checkout", "clone", "blame", "rebase", "push"),
]
SYSTEMS = ["git", "jujutsu", "git-worktrees"]
CRITIQUE = "Excellent performance. 2.1x faster than Git with lower memory usage."
AT_ONCE = 5_000

AGENTDB = r"""
import { createDatabase } from './node_modules/agentdb/dist/db-fallback.js';
import { ReflexionMemory } from './node_modules/agentdb/dist/controllers/ReflexionMemory.js';
import { EmbeddingService } from './node_modules/agentdb/dist/controllers/EmbeddingService.js';
import fs from 'node:fs';
import readline from 'node:readline';
const [, , file, lines, mode] = process.argv;
console.warn = () => {}; const say = console.log; console.log = () => {};
const db = await createDatabase(file);
const schemas = new URL('./node_modules/agentdb/dist/schemas/', import.meta.url);
for (const name of ['schema.sql', 'frontier-schema.sql']) {
  const path = new URL(name, schemas);
  if (fs.existsSync(path)) db.exec(fs.readFileSync(path, 'utf8'));
}
const embedder = new EmbeddingService({ model: 'mock', dimension: 384, provider: 'mock' });
await embedder.initialize();
const memory = new ReflexionMemory(db, embedder);
const rows = [];
const reader = readline.createInterface({ input: fs.createReadStream(lines) });
for await (const line of reader) rows.push(JSON.parse(line));
const now = () => Number(process.hrtime.bigint()) / 1e6;
let start = now();
if (mode === 'batch') { db.exec('BEGIN'); }
for (const row of rows) await memory.storeEpisode(row);
if (mode === 'batch') { db.exec('COMMIT'); }
const insertMs = now() - start;
start = now();
if (db.save) db.save();
const saveMs = now() - start;
const kinds = {
  'top 10': {}, 'reward >= .7': { minReward: 0.7 },
  successes: { onlySuccesses: true }, failures: { onlyFailures: true },
};
const repeats = rows.length > 5000 ? 9 : 21;
const queries = {};
for (const [kind, filters] of Object.entries(kinds)) {
  const times = [];
  for (let i = 0; i < repeats; i++) {
    const task = rows[(i * 37) % rows.length].task;
    start = now();
    await memory.retrieveRelevant({ task, k: 10, ...filters });
    times.push(now() - start);
  }
  queries[kind] = times;
}
const rssMb = process.resourceUsage().maxRSS / 1024;
say(JSON.stringify({ insertMs, saveMs, queries, rssMb, bytes: fs.statSync(file).size }));
"""


def generate(count: int, start: int = 0) -> Iterator[PatternRecord]:
    """Make distinct patterns of the size of the specification's example."""
    for number in range(start, start + count):
        chance = random.Random(SEED * 1_000_003 + number)
        operation, vcs_type = chance.choice(OPERATIONS), chance.choice(SYSTEMS)
        variant = vcs_type + chance.choice(["", "+a", "+b", "+c"])
        files = int(10 ** chance.uniform(1, 5))
        latency = round(files**0.7 * chance.lognormvariate(0, 0.3) / 10, 3)
        success = chance.random() < 0.9
        given = {"operation": operation, "vcsType": vcs_type, "repoSize": "medium", "files": files}
        output = {
            "executionTime": latency,
            "memoryPeak": 128,
            "ioOperations": 250,
            "success": success,
        }
        created = SEED * 1000 + number * 1000
        yield PatternRecord(
            pattern=BenchmarkPattern(
                session_id=f"benchmark-{created // 50_000}",
                task=f"{operation}-{vcs_type}-benchmark",
                input=json.dumps({**given, "commitMessage": "50 chars"}),
                output=json.dumps(output),
                reward=round(chance.random(), 4) if success else 0.0,
                success=success,
                critique=CRITIQUE,
                latency_ms=latency,
            ),
            context=PatternContext(
                operation=operation,
                vcs_type=vcs_type,
                variant=variant,
                repo_size="medium",
                files=files,
                created_at=created,
            ),
        )


def raw_write(file: Path, records: list[PatternRecord], *, live: bool) -> float:
    """Write through sqlite3 alone: same tables, indexes, hash and rollup; return rows/s."""
    schema.upgrade(f"sqlite:///{file}")
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA cache_size = -65536")
    names = [str(index.name) for index in patterns.indexes]
    marks = ", ".join("?" * len(names))
    creations = connection.execute(
        f"SELECT name, sql FROM sqlite_master WHERE name IN ({marks})", names
    ).fetchall()
    marks = ", ".join("?" * len(INSERTED))
    insert = f"INSERT INTO benchmark_patterns ({', '.join(INSERTED)}) VALUES ({marks})"
    started, remaining = time.perf_counter(), iter(records)
    if not live:
        connection.execute("BEGIN IMMEDIATE")
        for name, _ in creations:
            connection.execute(f"DROP INDEX {name}")
    while some := [pattern_row(record) for record in islice(remaining, AT_ONCE)]:
        if live:
            connection.execute("BEGIN IMMEDIATE")
        connection.executemany(insert, ([row[name] for name in INSERTED] for row in some))
        _raw_rollup(connection, some)
        if live:
            connection.execute("COMMIT")
    if not live:
        for _, sql in creations:
            connection.execute(sql)
        connection.execute("COMMIT")
    taken = time.perf_counter() - started
    connection.close()
    return len(records) / taken


def _raw_rollup(connection: sqlite3.Connection, rows: list[Row]) -> None:
    cells: defaultdict[tuple[object, ...], list[float]] = defaultdict(lambda: [0, 0, 0.0, 0, 0.0])
    for row in rows:
        base = row["task"], row["success"]
        for key in (
            ("t", *base),
            ("c", row["task"], row["variant"], row["success"], bucket_of(row["reward"])),
        ):
            cell = cells[key]
            cell[0] += 1
            if row["reward"] is not None:
                cell[1] += 1
                cell[2] += row["reward"]
            if row["latency_ms"] is not None:
                cell[3] += 1
                cell[4] += row["latency_ms"]
    sums = ", ".join(
        f"{name} = {name} + excluded.{name}"
        for name in ("found", "rewarded", "reward_sum", "timed", "latency_sum")
    )
    fine = [(*key[1:], *cell) for key, cell in cells.items() if key[0] == "c"]
    coarse = [(*key[1:], 1, *cell) for key, cell in cells.items() if key[0] == "t"]
    connection.executemany(
        "INSERT INTO pattern_statistics VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
        f" ON CONFLICT (task, variant, success, reward_bucket) DO UPDATE SET {sums}",
        fine,
    )
    connection.executemany(
        "INSERT INTO pattern_tasks VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        f" ON CONFLICT (task, success) DO UPDATE SET changes = changes + 1, {sums}",
        coarse,
    )


def timed(call: Callable[[], object], repeats: int) -> list[float]:
    """Return milliseconds of calls."""
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        call()
        times.append((time.perf_counter() - started) * 1000)
    return times


def figures(times: list[float]) -> str:
    """Return p50 and p99."""
    ordered = sorted(times)
    late = ordered[int(0.99 * len(ordered))]
    return f"p50 {statistics.median(ordered):9.3f} ms   p99 {late:9.3f} ms"


def ours(file: Path, count: int) -> None:
    """Write and query through the store."""
    print(f"\n== the pattern store, {count:,} patterns")
    started = time.perf_counter()
    with PatternStore(f"sqlite:///{file}") as store:
        made = list(generate(count)) if count <= 100_000 else generate(count)
        started = time.perf_counter() if isinstance(made, list) else started
        store.add_patterns(made)
        note = "" if isinstance(made, list) else " (making them included)"
        print(f"bulk write: {count / (time.perf_counter() - started):,.0f}/s{note}")
        more = list(generate(5_000, start=count))
        started = time.perf_counter()
        store.add_patterns(more)
        print(f"5,000 more, indexes live: {5_000 / (time.perf_counter() - started):,.0f}/s")
        single = list(generate(100, start=count + 5_000))
        times = iter(single)
        print(
            "single writes, each synced:",
            figures(timed(lambda: store.add_patterns([next(times)]), 100)),
        )
    print(f"bytes a pattern: {file.stat().st_size / (count + 5_100):.0f}")
    with PatternStore(f"sqlite:///{file}") as store:
        _queries(store, sqlite3.connect(file))
    print(f"peak RSS: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def _queries(store: PatternStore, raw: sqlite3.Connection) -> None:
    chance = random.Random(SEED)

    def task() -> str:
        return f"{chance.choice(OPERATIONS)}-{chance.choice(SYSTEMS)}-benchmark"

    kinds: dict[str, Callable[[], PatternQuery]] = {
        "exact task": lambda: PatternQuery(task=task()),
        "glob 'operation-*'": lambda: PatternQuery(task=f"{chance.choice(OPERATIONS)}-*"),
        "glob '*' (36 tasks)": lambda: PatternQuery(task="*"),
        "exact, reward >= .7": lambda: PatternQuery(task=task(), min_reward=0.7),
        "exact, successes": lambda: PatternQuery(task=task(), only_successes=True),
        "exact, failures": lambda: PatternQuery(task=task(), only_failures=True),
    }
    for name, make in kinds.items():
        first = timed(lambda make=make: store.query(make()), 1)[0]
        for _ in range(150):
            store.query(make())
        times = timed(lambda make=make: store.query(make()), 300)
        print(f"{name:22} {figures(times)}   the first {first:.1f} ms")
    sql = (
        "SELECT session_id, task, input, output, reward, success, critique, latency_ms, tokens_used"
        " FROM benchmark_patterns WHERE task = ? AND reward IS NOT NULL"
        " ORDER BY reward DESC, created_at DESC, id DESC LIMIT 10"
    )
    print(
        "exact, sqlite3 alone  ",
        figures(timed(lambda: raw.execute(sql, (task(),)).fetchall(), 300)),
    )
    expectations = Expectations(store)

    def like() -> object:
        vcs_type = chance.choice(SYSTEMS)
        return expectations.expect(
            AskedContext(
                operation=chance.choice(OPERATIONS),
                vcs_type=vcs_type,
                variant=vcs_type + "+a",
                files=int(10 ** chance.uniform(1, 5)),
            )
        )

    first = timed(like, 1)[0]
    for _ in range(150):
        like()
    print(f"{'--like':22} {figures(timed(like, 300))}   the first {first:.1f} ms")


def writing(folder: Path, count: int) -> None:
    """Compare writing through the store with sqlite3 alone."""
    records = list(generate(count))
    print(f"\n== writing {count:,} patterns, same tables, indexes, hash and rollup")
    for live, name in ((False, "load, then indexes"), (True, "indexes live")):
        raw = raw_write(folder / f"raw-{live}.db", records, live=live)
        with PatternStore(f"sqlite:///{folder}/store-{live}.db") as store:
            started = time.perf_counter()
            if live:
                for place in range(0, count, AT_ONCE):
                    store.add_patterns(records[place : place + AT_ONCE])
            else:
                store.add_patterns(records)
            mine = count / (time.perf_counter() - started)
        print(f"{name}: store {mine:,.0f}/s, sqlite3 {raw:,.0f}/s, ratio {mine / raw:.2f}")
    file = folder / "patterns.jsonl"
    file.write_text("".join(f"{to_line(record)}\n" for record in records))
    with PatternStore(f"sqlite:///{folder}/lines.db") as store, file.open("rb") as stream:
        started = time.perf_counter()
        store.add_patterns(read_lines(stream, now=0, reject=print))
        print(f"validated JSON lines, end to end: {count / (time.perf_counter() - started):,.0f}/s")


def agentdb(folder: Path, sizes: list[int]) -> None:
    """Install AgentDB and run the same patterns through it.

    Its compiled parts (an index that none of the classes called here uses) are left out.
    """
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        print("\n== AgentDB: left out, npm is missing")
        return
    home = folder / "agentdb"
    home.mkdir(exist_ok=True)
    if not (home / "node_modules" / "agentdb").exists():
        install = [npm, "install", "--no-audit", "--no-fund", "--silent", "--ignore-scripts"]
        install.append("agentdb@1.6.1")
        if subprocess.run(install, cwd=home, check=False, capture_output=True).returncode:
            print("\n== AgentDB: left out, npm could not install it")
            return
    (home / "run.mjs").write_text(AGENTDB)
    for count in sizes:
        lines = home / f"{count}.jsonl"
        lines.write_text("".join(f"{to_line(record, bare=True)}\n" for record in generate(count)))
        for mode in ("single", "batch"):
            target = home / f"{mode}-{count}.db"
            target.unlink(missing_ok=True)
            done = subprocess.run(
                ["node", "run.mjs", str(target), str(lines), mode],
                cwd=home,
                check=False,
                capture_output=True,
                text=True,
            )
            print(f"\n== AgentDB 1.6.1 (mock embedding), {count:,} patterns, {mode}")
            if done.returncode:
                print("it failed:", done.stderr.strip().splitlines()[-1:] or "without a word")
                continue
            said = json.loads(done.stdout.strip().splitlines()[-1])
            whole = said["insertMs"] + said["saveMs"]
            alone, saved = (count / ms * 1000 for ms in (said["insertMs"], whole))
            print(f"write: {alone:,.0f}/s, with its save {saved:,.0f}/s")
            print(f"bytes a pattern: {said['bytes'] / count:.0f}; peak RSS: {said['rssMb']:.0f} MB")
            for kind, times in said["queries"].items():
                print(f"{kind:22} {figures(times)}")


def main() -> None:
    """Run what the options ask for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="*", default=[1_000, 10_000])
    parser.add_argument("--ours", type=int, nargs="*", default=[1_000_000])
    parser.add_argument("--writing", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, help="where the temporary folder is made")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as temporary:
        folder = Path(temporary)
        if given.sizes:
            agentdb(folder, given.sizes)
        if given.writing:
            writing(folder, given.writing)
        for count in sorted({*given.sizes, *given.ours}):
            ours(folder / f"ours-{count}.db", count)


if __name__ == "__main__":
    main()
