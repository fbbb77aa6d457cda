"""AgentDB 1.6.1 under the same patterns: installed by npm, called through its own classes."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from benchmarks.generated_patterns import generate
from patterns.store.jsonl import to_line

VERSION = "1.6.1"

SCRIPT = r"""
import { createDatabase } from './node_modules/agentdb/dist/db-fallback.js';
import { ReflexionMemory } from './node_modules/agentdb/dist/controllers/ReflexionMemory.js';
import { EmbeddingService } from './node_modules/agentdb/dist/controllers/EmbeddingService.js';
import fs from 'node:fs';
import readline from 'node:readline';
const [, , file, lines, mode, kept] = process.argv;
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
const all = [];
const reader = readline.createInterface({ input: fs.createReadStream(lines) });
for await (const line of reader) all.push(JSON.parse(line));
const rows = all.slice(0, all.length - Number(kept)), more = all.slice(rows.length);
const now = () => Number(process.hrtime.bigint()) / 1e6;
let start = now();
if (mode === 'batch') db.exec('BEGIN');
for (const row of rows) await memory.storeEpisode(row);
if (mode === 'batch') db.exec('COMMIT');
const insertMs = now() - start;
start = now();
db.save();
const saveMs = now() - start;
const bytes = fs.statSync(file).size;
const kinds = {
  'top 10': {}, 'reward >= .7': { minReward: 0.7 },
  successes: { onlySuccesses: true }, failures: { onlyFailures: true },
};
const repeats = rows.length > 5000 ? (rows.length > 50000 ? 5 : 15) : 40;
const queries = {};
for (const [kind, filters] of Object.entries(kinds)) {
  const times = [];
  for (let i = 0; mode === 'batch' && i < repeats; i++) {
    const task = rows[(i * 37) % rows.length].task;
    start = now();
    await memory.retrieveRelevant({ task, k: 10, ...filters });
    times.push(now() - start);
  }
  queries[kind] = times;
}
start = now();
for (const row of more) { await memory.storeEpisode(row); db.save(); }
const savedMs = (now() - start) / more.length;
const rssMb = process.resourceUsage().maxRSS / 1024;
say(JSON.stringify({ insertMs, saveMs, savedMs, queries, rssMb, bytes }));
"""

SAVED_SINGLY = 10
"""Patterns that are saved to disk one by one at the end."""


@dataclass(frozen=True)
class AgentDb:
    """What AgentDB took for some patterns; times in ms."""

    inserted: float
    saved: float
    each_saved: float
    queries: dict[str, list[float]]
    peak_mb: float
    bytes: int


def install(folder: Path) -> Path | str:
    """Install AgentDB, or say why not.

    Its compiled parts (an index that none of the classes called here uses) are left out.
    """
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        return "npm is missing"
    home = folder / "agentdb"
    home.mkdir(exist_ok=True)
    if not (home / "node_modules" / "agentdb").exists():
        command = [npm, "install", "--no-audit", "--no-fund", "--silent", "--ignore-scripts"]
        command.append(f"agentdb@{VERSION}")
        if subprocess.run(command, cwd=home, check=False, capture_output=True).returncode:
            return "npm could not install it"
    (home / "run.mjs").write_text(SCRIPT)
    return home


def run(home: Path, count: int, mode: str) -> AgentDb | str:
    """Write and query so many patterns in a process of its own; or say what went wrong."""
    lines = home / f"{count}.jsonl"
    records = generate(count + SAVED_SINGLY)
    with lines.open("w", encoding="utf-8") as stream:
        stream.writelines(f"{to_line(record, bare=True)}\n" for record in records)
    target = home / f"{mode}-{count}.db"
    target.unlink(missing_ok=True)
    command = ["node", "run.mjs", str(target), str(lines), mode, str(SAVED_SINGLY)]
    done = subprocess.run(command, cwd=home, check=False, capture_output=True, text=True)
    if done.returncode:
        return f"it failed: {done.stderr.strip().splitlines()[-1:]}"
    said = json.loads(done.stdout.strip().splitlines()[-1])
    return AgentDb(
        inserted=said["insertMs"],
        saved=said["saveMs"],
        each_saved=said["savedMs"],
        queries=said["queries"],
        peak_mb=said["rssMb"],
        bytes=said["bytes"],
    )
