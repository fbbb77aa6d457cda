"""What a session's folder says when its files are not what this version writes."""

import pytest

from tracker.config import InputError
from tracker.workflow.archive import SessionFolder


@pytest.mark.parametrize(
    "content", ["{}", "{", '{"surprise": 1}', "\x00"], ids=["empty", "cut", "foreign", "binary"]
)
def test_a_report_of_another_version_is_refused_with_what_to_do(tmp_path, content):
    (tmp_path / "report.json").write_text(content)
    with pytest.raises(InputError, match=r"another version.*move the session's folder away"):
        SessionFolder(tmp_path).report()


def test_a_missing_report_is_refused(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        SessionFolder(tmp_path).report()
