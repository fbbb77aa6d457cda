import pytest

from tests.report.session import groups_of, session_of, without_jujutsu


@pytest.fixture(scope="session")
def session():
    """Nine tests, three systems, fifteen rounds."""
    return session_of(groups_of())


@pytest.fixture(scope="session")
def small_session():
    """Two tests of it: enough wherever the number does not matter."""
    return session_of(groups_of()[:2])


@pytest.fixture(scope="session")
def session_without_jujutsu():
    return without_jujutsu()
