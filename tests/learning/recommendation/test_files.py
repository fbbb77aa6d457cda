"""`tracker recommend evaluate`: what it reads, what it writes, and what it refuses with exit 2."""

import gzip
import subprocess
import sys

import numpy as np
import pytest
from typer.testing import CliRunner

from tracker.cli import app
from tracker.config import InputError
from tracker.workflow.recommendation_files import read_contexts, read_costs

CONTEXTS = "context_id,fold,f000,f001\n"
RUNS = "context_id,variant,runtime,status,cutoff\n"


def history(rows=40, variants=("slow-start", "quick-start", "third", "fourth")):
    random = np.random.default_rng(1)
    contexts, runs = [], []
    for row in range(rows):
        size = random.normal()
        contexts.append(
            f"c{row},{row % 4},{size:.4f},{'' if row % 7 == 0 else random.random():.4}\n"
        )
        for column, variant in enumerate(variants):
            runtime = 10 + 5 * column + (8 if (size > 0) == (column == 0) else 0)
            failed = column == 3 and row % 2
            runs.append(
                f"c{row},{variant},{'' if failed else runtime},{'timeout' if failed else 'ok'},60\n"
            )
    return CONTEXTS + "".join(contexts), RUNS + "".join(runs)


@pytest.fixture
def files(tmp_path):
    contexts, runs = tmp_path / "C.csv", tmp_path / "R.csv"
    texts = history()
    contexts.write_text(texts[0])
    runs.write_text(texts[1])
    return contexts, runs


def evaluate(contexts, runs, *more):
    arguments = ["recommend", "evaluate", "--contexts", str(contexts), "--runs", str(runs), *more]
    return CliRunner().invoke(app, arguments)


def test_every_context_gets_three_ranks(files, tmp_path):
    output = tmp_path / "OUT.csv"
    assert evaluate(*files, "-o", str(output)).exit_code == 0
    lines = output.read_text().splitlines()
    assert lines[0] == "context_id,variant,rank"
    rows = [line.split(",") for line in lines[1:]]
    assert len(rows) == 40 * 3
    for start in range(0, len(rows), 3):
        three = rows[start : start + 3]
        assert len({row[0] for row in three}) == 1
        assert len({row[1] for row in three}) == 3
        assert [row[2] for row in three] == ["1", "2", "3"]


def test_the_same_files_give_the_same_bytes(files, tmp_path):
    first, second = tmp_path / "1.csv", tmp_path / "2.csv"
    evaluate(*files, "-o", str(first))
    evaluate(*files, "-o", str(second), "--jobs", "2")
    assert first.read_bytes() == second.read_bytes()


def test_without_output_the_rankings_are_the_result(files):
    done = evaluate(*files)
    assert done.stdout.startswith("context_id,variant,rank\nc0,")
    assert "40 of 40 contexts ranked" in done.stderr


def test_gzip_is_recognised_by_content(files, tmp_path):
    packed = []
    for path in files:
        packed.append(tmp_path / f"{path.stem}.bin")
        packed[-1].write_bytes(gzip.compress(path.read_bytes()))
    assert evaluate(*packed).stdout == evaluate(*files).stdout


def test_runs_of_other_contexts_are_left_out_and_said(files):
    contexts, runs = files
    contexts.write_text("".join(contexts.read_text().splitlines(keepends=True)[:21]))
    done = evaluate(contexts, runs)
    assert done.exit_code == 0
    assert "80 runs left out" in done.stderr
    assert "20 of 20 contexts ranked" in done.stderr


def test_contexts_without_runs_are_ranked(files):
    contexts, runs = files
    kept = [
        line for line in runs.read_text().splitlines(keepends=True) if not line.startswith("c3,")
    ]
    runs.write_text("".join(kept))
    done = evaluate(contexts, runs)
    assert "1 contexts without runs: ranked" in done.stderr
    assert "\nc3," in done.stdout


def test_a_failed_run_costs_ten_cut_offs_and_repeats_are_averaged(tmp_path):
    contexts, runs = tmp_path / "C.csv", tmp_path / "R.csv"
    contexts.write_text(CONTEXTS + "c0,1,1,2\n")
    runs.write_text(
        RUNS + "c0,a,7,ok,60\nc0,a,9,ok,60\nc0,b,7,ok,60\nc0,b,,crash,60\nc0,c,1,x,60\n"
    )
    costs = read_costs(runs, read_contexts(contexts).contexts).costs
    assert costs.variants == ("a", "b", "c")
    assert costs.cost.tolist() == [[8.0, 303.5, 600.0]]
    assert costs.failed.tolist() == [[False, False, True]]


@pytest.mark.parametrize("unknown", ["", "?", "NaN", "na", "null"])
def test_unknown_features_are_written_in_many_ways(tmp_path, unknown):
    path = tmp_path / "C.csv"
    path.write_text(CONTEXTS + f"c0,1,{unknown},2\n")
    assert np.isnan(read_contexts(path).contexts.features).tolist() == [[True, False]]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "lacks the column context_id, fold"),
        ("context_id,f000\nc0,1\n", "lacks the column fold"),
        ("context_id,fold\nc0,1\n", "no feature column"),
        ("context_id,fold,f,f\nc0,1,2,3\n", "has the column f twice"),
        (CONTEXTS, "holds no row"),
        (CONTEXTS + "c0,1,2\n", "line 2: has 3 cells, the header 4"),
        (CONTEXTS + "c0,1,2,3\nc0,2,2,3\n", "line 3: context_id: 'c0' is listed twice"),
        (CONTEXTS + "c0,,2,3\n", "line 2: fold: is empty"),
        (CONTEXTS + "c0,1,2,inf\n", "line 2: f001: 'inf' is no finite number"),
        (CONTEXTS + "c0,1,many,3\n", "line 2: f000: 'many' is no finite number"),
        (CONTEXTS + 'c0,1,"2,3\n', "is not CSV"),
    ],
)
def test_contexts_that_cannot_be_used_are_refused(tmp_path, text, reason):
    path = tmp_path / "C.csv"
    path.write_text(text)
    with pytest.raises(InputError) as refused:
        read_contexts(path)
    assert reason in str(refused.value)
    assert str(path) in str(refused.value)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("c0,a,nan,ok,60", "runtime: 'nan' must be a number of seconds at least 0"),
        ("c0,a,-1,ok,60", "runtime: '-1' must be"),
        ("c0,a,,ok,60", "runtime: '' must be"),
        ("c0,a,60,timeout,", "cutoff: '' must be a number of seconds above 0"),
        ("c0,a,60,timeout,0", "cutoff: '0' must be"),
        ("c0,,1,ok,60", "variant: is empty"),
        ("c0,a,1,,60", "status: is empty"),
        ("c9,a,1,ok,60", "holds no run of any context"),
    ],
)
def test_runs_that_cannot_be_used_are_refused(tmp_path, row, reason):
    contexts, runs = tmp_path / "C.csv", tmp_path / "R.csv"
    contexts.write_text(CONTEXTS + "c0,1,2,3\n")
    runs.write_text(RUNS + row + "\n")
    with pytest.raises(InputError) as refused:
        read_costs(runs, read_contexts(contexts).contexts)
    assert reason in str(refused.value)


def test_every_problem_is_named_at_once(tmp_path):
    path = tmp_path / "C.csv"
    path.write_text(CONTEXTS + "c0,1,x,3\nc1,1,1,y\n")
    with pytest.raises(InputError) as refused:
        read_contexts(path)
    assert len(refused.value.problems) == 2


def exit_of(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "tracker", "recommend", "evaluate", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_one_fold_exits_2_with_the_reason(files, tmp_path):
    contexts = tmp_path / "one.csv"
    contexts.write_text(CONTEXTS + "c0,1,2,3\nc1,1,2,3\n")
    done = exit_of("--contexts", contexts, "--runs", files[1])
    assert done.returncode == 2
    assert "all contexts are in one fold" in done.stderr


def test_a_missing_file_exits_2_and_writes_nothing(files, tmp_path):
    output = tmp_path / "OUT.csv"
    done = exit_of("--contexts", tmp_path / "none.csv", "--runs", files[1], "-o", output)
    assert done.returncode == 2
    assert "none.csv: cannot be read" in done.stderr
    assert not output.exists()


def test_a_folder_that_is_not_there_exits_2(files, tmp_path):
    done = exit_of("--contexts", files[0], "--runs", files[1], "-o", tmp_path / "no" / "OUT.csv")
    assert done.returncode == 2
    assert "cannot be written" in done.stderr
