import pytest

from tracker.measurement.executor import Measured, MeasuredStep, Output
from tracker.measurement.judgement import exit_code_of, failure_of
from tracker.models import ErrorType, Validation
from tracker.models.suite import SystemSteps


def measured(*codes, **changes):
    steps = tuple(
        MeasuredStep(exit_code=None, signal=code)
        if isinstance(code, str)
        else MeasuredStep(exit_code=code)
        for code in codes or (0,)
    )
    settings = {"started_ms": 0.0, "ended_ms": 5.0, "wall_ns": 5_000_000, "steps": steps}
    return Measured(**{**settings, **changes})


def wanted(count=1, expected=0, **changes):
    return SystemSteps(steps=("x",) * count, expected_exit_code=expected, **changes)


def said(text):
    return Output(total_bytes=len(text), sha256=None, head=text.encode())


def kind(found, steps=None):
    failure = failure_of(found, steps or wanted())
    return failure.error_type if failure else None


def test_expected_exit_code_is_that_of_the_last_step():
    assert kind(measured(0, 1), wanted(2, expected=1)) is None
    assert kind(measured(1), wanted(2, expected=1)) is ErrorType.EXIT_CODE


def test_steps_that_did_not_run_are_a_failure():
    assert kind(measured(0), wanted(2)) is ErrorType.EXIT_CODE


def test_signal_is_128_and_its_number():
    assert exit_code_of(measured("SIGKILL")) == 137
    assert exit_code_of(measured("SIG40")) == 168


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"timed_out": True}, ErrorType.TIMEOUT),
        ({"output_limited": True}, ErrorType.OUTPUT_LIMIT),
        ({"oom_killed": True}, ErrorType.OOM),
        ({"wall_ns": None}, ErrorType.CLOCK),
        ({"failure": ErrorType.INTERRUPTED}, ErrorType.INTERRUPTED),
    ],
)
def test_cause_comes_before_the_exit_code(changes, error):
    assert kind(measured("SIGKILL", **changes)) is error


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("fatal: write error: No space left on device", ErrorType.DISK_FULL),
        ("fatal: Out of memory, malloc failed", ErrorType.OOM),
        ("error: cannot fork() for gc: Resource temporarily unavailable", ErrorType.PROCESS_LIMIT),
        ("fatal: not a git repository", ErrorType.EXIT_CODE),
    ],
)
def test_failing_command_names_the_resource_it_lacked(text, error):
    assert kind(measured(128, stderr=said(text))) is error


def test_what_a_successful_command_says_is_no_failure():
    assert kind(measured(0, stderr=said("warning: no space left on device, retrying"))) is None


@pytest.mark.parametrize(
    ("validation", "fails"),
    [
        ({"output_matches": "^b"}, False),
        ({"output_matches": "(?m)^a"}, False),
        ({"output_matches": "c"}, True),
        ({"min_execution_time": 5}, False),
        ({"min_execution_time": 5.1}, True),
        ({"max_execution_time": 5}, False),
        ({"max_execution_time": 4.9}, True),
        ({"max_memory_usage": 1000}, False),
        ({"max_memory_usage": 999}, True),
    ],
)
def test_validation_misses_exactly_beyond_its_limit(validation, fails):
    found = measured(0, stdout=said("b\na\n"), max_rss_bytes=1000)
    error = kind(found, wanted(validation=Validation(**validation)))
    assert error is (ErrorType.VALIDATION if fails else None)


def test_reason_names_the_step_and_the_last_line():
    failure = failure_of(measured(0, 3, stderr=said("one\ntwo\n\n")), wanted(3))
    assert failure.reason == "exit code 3, expected 0 in step 2: two"
