"""The published schema of a report says what reports in JSON are."""

import json

import pytest
from jsonschema import Draft202012Validator

from tests.report import schema
from tests.report.history import with_trends
from tests.report.hostile import hostile_session
from tracker.models import BenchmarkReport
from tracker.report.json_form import json_parts


@pytest.fixture(scope="module")
def validator():
    return Draft202012Validator(json.loads(schema.PAGE.read_text()))


def test_the_published_schema_is_that_of_the_models():
    assert schema.PAGE.read_text() == schema.text(), "run: python -m tests.report.schema"


def test_the_published_schema_is_a_schema(validator):
    validator.check_schema(validator.schema)


@pytest.mark.parametrize("kind", ["usual", "history", "hostile"])
def test_a_report_in_json_is_valid_and_round_trips(kind, validator, session):
    made = {"usual": lambda: session, "history": with_trends, "hostile": hostile_session}
    report = made[kind]().report
    text = "".join(json_parts(report))
    assert list(validator.iter_errors(json.loads(text))) == []
    again = BenchmarkReport.model_validate_json(text)
    assert again == report
    assert "".join(json_parts(again)) == text


def test_what_is_no_report_is_refused(validator, small_session):
    told = json.loads("".join(json_parts(small_session.report)))
    told["results"][0]["leaders"] = "git"
    assert not validator.is_valid(told)
    assert not validator.is_valid({**told, "surprise": 1})
