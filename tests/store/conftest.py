"""Stores of all kinds, and values to put into them."""

import os
import shutil
import uuid

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from patterns.store import PatternStore


@pytest.fixture(scope="session")
def postgres_url(require_service):
    """Return the address of a PostgreSQL database that tests may fill, or skip."""
    address = os.environ.get("TRACKER_TEST_POSTGRES_URL")
    require_service(
        "PostgreSQL", address is not None, "set TRACKER_TEST_POSTGRES_URL to a test database"
    )
    url = make_url(address).set(drivername="postgresql+psycopg")
    engine = create_engine(url)
    try:
        engine.connect().close()
    except OperationalError as error:
        require_service("PostgreSQL", False, f"it does not answer: {error.orig}")
    finally:
        engine.dispose()
    return url


@pytest.fixture
def postgres_schema(postgres_url):
    """Return the address of an empty schema of its own."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    engine = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE SCHEMA {name}"))
    own = postgres_url.update_query_dict({"options": f"-csearch_path={name}"})
    yield own.render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(text(f"DROP SCHEMA {name} CASCADE"))
    engine.dispose()


@pytest.fixture(params=["file", pytest.param("postgres", marks=pytest.mark.postgres)])
def lasting_address(request, tmp_path):
    """Return the address of an empty store that several processes can open."""
    if request.param == "file":
        return f"sqlite:///{tmp_path}/tracker.db"
    return request.getfixturevalue("postgres_schema")


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory):
    """Return the file of an empty store: copying it takes less than making another."""
    file = tmp_path_factory.mktemp("empty") / "tracker.db"
    PatternStore(f"sqlite:///{file}").close()
    return file


@pytest.fixture(params=["memory", "file", pytest.param("postgres", marks=pytest.mark.postgres)])
def address(request, tmp_path):
    """Return the address of an empty store."""
    if request.param == "memory":
        return "sqlite://"
    if request.param == "file":
        shutil.copy(request.getfixturevalue("empty_file"), tmp_path / "tracker.db")
        return f"sqlite:///{tmp_path}/tracker.db"
    return request.getfixturevalue("postgres_schema")


@pytest.fixture
def store(address):
    with PatternStore(address) as opened:
        yield opened
