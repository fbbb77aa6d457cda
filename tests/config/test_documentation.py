"""docs/suites.md names every key, placeholder and feature, and its examples are valid."""

import re
from pathlib import Path

import pytest

from tracker.config import FEATURES, LANDMARKS, load_any, load_suite, load_variant
from tracker.models import OutcomeCheck, Test, TestSuite, Validation
from tracker.models.suite import Requirements, SystemSteps
from tracker.plan import MINIMUM_FILES
from tracker.vcs.commands import LANDMARKS as REPLACED
from tracker.vcs.features import ALL_FEATURES

TEXT = (Path(__file__).parents[2] / "docs" / "suites.md").read_text()
EXAMPLES = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)


@pytest.mark.parametrize(
    "model", [TestSuite, Test, OutcomeCheck, Validation, Requirements, SystemSteps]
)
def test_every_key_is_documented(model):
    keys = [field.alias for field in model.model_fields.values() if field.alias != "$schema"]
    assert [key for key in keys if not re.search(rf"`[^`]*\b{key}\b[^`]*`", TEXT)] == []


def test_every_placeholder_is_documented_and_replaced():
    assert [name for name in LANDMARKS if f"`{{{name}}}`" not in TEXT] == []
    assert set(LANDMARKS) == {*REPLACED, "files:N", "snapshot"}


def test_the_list_of_features_is_that_of_the_systems_and_documented():
    assert set(FEATURES) == ALL_FEATURES
    assert [name for name in FEATURES if f"`{name}`" not in TEXT] == []


def test_the_limits_of_sizes_are_documented():
    assert [n for n in MINIMUM_FILES.values() if n and f"from {n:,}" not in TEXT] == []


def test_the_example_suite_is_valid(write):
    assert load_suite(write(EXAMPLES[0])) == load_any(write(EXAMPLES[0]))


def test_the_example_variant_is_valid(write):
    assert load_variant(write(EXAMPLES[1])).name == "git+untracked-cache"
