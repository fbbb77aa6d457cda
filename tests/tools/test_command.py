import sys

from tracker.tools.command import CommandOutput, run_command


def test_output_and_exit_code_are_returned():
    code = "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"
    answer = run_command([sys.executable, "-c", code], timeout_s=30)
    assert answer == CommandOutput(3, "out\n", "err\n")
    assert not answer.succeeded


def test_program_that_does_not_exist_has_no_exit_code():
    answer = run_command(["no-such-program-anywhere"], timeout_s=5)
    assert answer.exit_code is None
    assert "No such file" in answer.last_line


def test_program_that_hangs_is_ended_at_the_timeout():
    answer = run_command([sys.executable, "-c", "import time; time.sleep(60)"], timeout_s=0.3)
    assert answer.exit_code is None
    assert "0.3 s" in answer.last_line


def test_program_reads_no_standard_input():
    answer = run_command(
        [sys.executable, "-c", "import sys; print(len(sys.stdin.read()))"], timeout_s=30
    )
    assert answer.stdout == "0\n"


def test_last_line_is_the_last_that_says_something():
    assert CommandOutput(1, "", "first\nsecond\n\n").last_line == "second"
    assert CommandOutput(1, "only stdout\n", "").last_line == "only stdout"
    assert CommandOutput(1, "", "").last_line == "no output"
