"""The line protocol, also with lines that make no sense."""

import json
import os
import random
import subprocess

import pytest

from tracker.measurement.probe.build import FLAGS, build_probe, probe_sources
from tracker.measurement.probe.client import python_probe_command

HELLO = b'{"id":1,"op":"hello"}\n'


@pytest.fixture
def program(kind, probe_cache):
    return [str(build_probe(probe_cache).path)] if kind == "c" else python_probe_command()


@pytest.fixture
def talk(program):
    """Return a function that sends lines to a fresh probe and returns its answers."""

    def exchange(*lines):
        with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            answers = []
            for line in lines:
                process.stdin.write(line + b"\n")
                process.stdin.flush()
                answers.append(json.loads(process.stdout.readline()))
            process.stdin.close()
            assert process.wait(timeout=5) == 0
        return answers

    return exchange


MALFORMED = [
    b"nonsense",
    b"{",
    b'{"id":1',
    b'{"id":1,"op":"hello"}}',
    b'{"id":1 "op":"hello"}',
    b'{"id":1,"op":hello}',
    b'{"id":1,"op":"can\x01cel"}',
    b'{"id":1,"op":"cancel',
    b'{"id":1,"op":"\\x"}',
    b'{"id":1,"op":"\\u12"}',
    b'{"id":-,"op":"x"}',
    b'{"id":\x00,"op":"x"}',
    b'{"id":1,"op":"\xff\xfe"}',
    b"[" * 100_000,
    b'{"id":1e999999,"op":}',
    b"\x00\x01\x02",
]


@pytest.mark.parametrize("line", MALFORMED, ids=lambda line: repr(line[:20]))
def test_malformed_line_is_refused_and_the_next_is_answered(talk, line):
    refused, greeting = talk(line, HELLO.strip())
    assert refused["id"] is None
    assert refused["error"]["type"] == "request"
    assert greeting["protocol"] == 1


@pytest.mark.parametrize("line", [b"[]", b"3", b'"text"', b"null", b'{"id":7}', b'{"id":7,"op":3}'])
def test_request_without_operation_is_refused(talk, line):
    [answer] = talk(line)
    assert answer["error"]["type"] == "request"


def test_unknown_operation_says_so(talk):
    assert talk(b'{"id":"x","op":"dance"}')[0]["error"]["type"] == "operation"


@pytest.mark.parametrize("identity", ["0", "17", "-3", '"a\\"\\u00e9"', "null", "true", "1.5"])
def test_answer_echoes_the_id(talk, identity):
    [answer] = talk(b'{"id":%s,"op":"cancel"}' % identity.encode())
    assert answer == {"id": json.loads(identity), "cancelled": False}


def test_line_of_eight_mebibytes_is_taken_and_a_longer_one_refused(talk):
    body = b'{"id":1,"op":"cancel","x":"%s"}'
    fits = body % (b"a" * ((8 << 20) - len(body)))
    too_long = body % (b"a" * (9 << 20))
    answers = talk(fits, too_long, HELLO.strip())
    assert answers[0] == {"id": 1, "cancelled": False}
    assert "longer than 8 MiB" in answers[1]["error"]["message"]
    assert answers[2]["protocol"] == 1


def test_requests_may_arrive_in_pieces_and_together(program):
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        for byte in HELLO:
            os.write(process.stdin.fileno(), bytes([byte]))
        assert json.loads(process.stdout.readline())["id"] == 1
        os.write(process.stdin.fileno(), HELLO * 20 + HELLO[:5])
        for _ in range(20):
            assert json.loads(process.stdout.readline())["id"] == 1
        os.write(process.stdin.fileno(), HELLO[5:])
        assert json.loads(process.stdout.readline())["id"] == 1
        process.stdin.close()


def test_quit_ends_the_probe(program):
    done = subprocess.run(
        program, input=b'{"id":1,"op":"quit"}\n', capture_output=True, timeout=5, check=True
    )
    assert json.loads(done.stdout) == {"id": 1, "leaving": True}


def test_reader_that_went_away_is_no_crash(program):
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.close()
        process.stdin.write(HELLO)
        process.stdin.flush()
        assert process.wait(timeout=5) == 0


@pytest.fixture(scope="module")
def sanitized(compiler, tmp_path_factory):
    """Return the C probe compiled with the address and undefined-behaviour sanitizers."""
    folder = tmp_path_factory.mktemp("sanitized")
    for name, content in probe_sources().items():
        (folder / name).write_bytes(content)
    units = [name for name in probe_sources() if name.endswith(".c")]
    checks = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-g"]
    done = subprocess.run(
        [compiler, *FLAGS, *checks, "-o", "probe", *units],
        cwd=folder,
        capture_output=True,
        check=False,
    )
    if done.returncode != 0:
        pytest.skip(f"no sanitizers: {done.stderr.decode()[-200:]}")
    return folder / "probe"


def test_no_request_makes_the_c_probe_misuse_memory(sanitized, tmp_path):
    (tmp_path / "work" / "folder").mkdir(parents=True)
    (tmp_path / "work" / "folder" / "file").write_text("text")
    (tmp_path / "work" / "link").symlink_to("folder")
    work, env = str(tmp_path / "work"), {"PATH": "/usr/bin:/bin", "A": "ü"}
    run = {"op": "run", "cwd": work, "env": env, "sampleMs": 5, "keepBytes": 100}
    script = "head -c 100000 /dev/zero; rm -r folder; mkdir -p new/deep; echo x > new/deep/file; (setsid sleep 100 &)"
    requests = [
        {"op": "hello"},
        {"op": "snapshot", "work": work, "pristine": str(tmp_path / "pristine")},
        {**run, "steps": [["sh", "-c", script], ["sleep", "0.1"]]},
        {"op": "differences", "work": work},
        {"op": "restore", "work": work},
        {"op": "verify", "work": work},
        {"op": "scan", "paths": [str(tmp_path)]},
        {"op": "copy", "source": work, "target": str(tmp_path / "copy")},
        {"op": "remove", "path": str(tmp_path / "copy"), "root": str(tmp_path)},
        {
            **run,
            "op": "serviceStart",
            "name": "s",
            "steps": [["sh", "-c", "setsid sleep 100 & sleep 0.1"]],
        },
        {"op": "serviceStatus", "name": "s"},
        {**run, "steps": [["sleep", "9"]], "timeoutMs": 50},
        {"op": "serviceStop", "name": "s"},
        {**run, "steps": [["nothing"]]},
    ]
    lines = [
        json.dumps({"id": number, **request}).encode() for number, request in enumerate(requests)
    ]
    chance = random.Random(7)
    mutated = []
    for _ in range(300):
        line = bytearray(chance.choice(lines[3:9]))
        for _ in range(chance.randint(1, 4)):
            line[chance.randrange(len(line))] = chance.randrange(256)
        mutated.append(bytes(line).replace(b"\n", b" ").replace(b'"remove"', b'"nothing"'))
    everything = [*lines, *mutated, *MALFORMED, b'{"id":0,"op":"quit"}']
    environment = {"ASAN_OPTIONS": "detect_leaks=0:abort_on_error=0:exitcode=99"}
    with subprocess.Popen(
        [sanitized],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    ) as process:
        for line in everything:
            process.stdin.write(line + b"\n")
            process.stdin.flush()
            answer = process.stdout.readline()
            assert answer, f"after {line!r}: {process.stderr.read().decode()[:2000]}"
            json.loads(answer)
        assert process.wait(timeout=10) == 0
