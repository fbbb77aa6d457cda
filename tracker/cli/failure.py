"""How an error is told to a person."""

import sys

from tracker.cli.output import plain


def explain(error: Exception) -> int | None:
    """Print an expected error to stderr and return its exit code; None for a defect of ours."""
    from tracker.workflow.failures import exit_code_of

    code = exit_code_of(error)
    if code is not None:
        sys.stderr.write(f"tracker: {plain(str(error))}\n")
    return code
