"""Results recorded in MLflow.

`recorder.open_tracking` opens the store, `server` starts MLflow's pages. What
MLflow reads from the environment is settled here, because this file runs before
any module of the package can import MLflow.
"""

import os

for _name, _value in {
    "MLFLOW_DISABLE_TELEMETRY": "true",  # nothing about a benchmark leaves the machine unasked
    "DO_NOT_TRACK": "true",
    "GIT_PYTHON_REFRESH": "quiet",  # MLflow must not look for git, the tool that is measured
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",  # standard output is for results
    "PGCONNECT_TIMEOUT": "5",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",  # MLflow's 120 s × 7 retries would hold up a session
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
}.items():
    os.environ.setdefault(_name, _value)
