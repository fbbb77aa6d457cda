"""docs/cli.md is what the commands say of themselves."""

from tests.cli.reference import PAGE, page


def test_the_reference_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m tests.cli.reference"
