"""The gate is tested in an empty project, as the workflow is."""

from tests.workflow.conftest import empty_mlflow, project

__all__ = ["empty_mlflow", "project"]
