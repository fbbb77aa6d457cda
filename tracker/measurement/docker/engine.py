"""The connection to an engine, its facts, and its errors in the tracker's words.

What goes wrong on the way to an engine is an OSError: those of the client library derive
from it.
"""

import contextlib
import platform
from collections.abc import Iterator

import docker
from docker.errors import APIError, DockerException, ImageNotFound, NotFound
from docker.utils import kwargs_from_env

from tracker.measurement.executor import ExecutorError, ExecutorLostError
from tracker.models import ErrorType, Value

TIMEOUT_SECONDS = 120

ARCHITECTURES = {"amd64": "x86_64", "arm64": "aarch64"}


class EngineFacts(Value):
    """What an engine says of itself and its machine."""

    version: str
    api_version: str
    storage_driver: str
    os: str | None
    kernel: str | None
    architecture: str
    cores: int
    memory_bytes: int
    cgroup: str | None


def connect() -> docker.APIClient:
    """Return a connection to the engine that DOCKER_HOST names, else to this machine's.

    Raises
    ------
    ExecutorError
        When no engine answers.
    """
    try:
        known = kwargs_from_env()
        return docker.APIClient(version="auto", timeout=TIMEOUT_SECONDS, **known)
    except (DockerException, OSError) as error:
        raise ExecutorError(
            f"no Docker engine answers ({_short(error)}); start it, or set DOCKER_HOST",
            ErrorType.ENGINE_LOST,
        ) from error


def engine_facts(api: docker.APIClient) -> EngineFacts:
    """Return the facts of an engine."""
    with engine_errors():
        info = api.info()
    machine = str(info.get("Architecture", ""))
    return EngineFacts(
        version=str(info.get("ServerVersion")),
        api_version=str(api.api_version),
        storage_driver=str(info.get("Driver")),
        os=info.get("OperatingSystem"),
        kernel=info.get("KernelVersion"),
        architecture=ARCHITECTURES.get(machine, machine),
        cores=int(info["NCPU"]),
        memory_bytes=int(info["MemTotal"]),
        cgroup=f"v{info['CgroupVersion']}" if info.get("CgroupVersion") else None,
    )


def check_architecture(facts: EngineFacts, here: str = platform.machine()) -> None:
    """Refuse an engine whose processors cannot run this machine's probe."""
    if facts.architecture != here:
        raise ExecutorError(
            f"the engine runs {facts.architecture}, the probe was compiled for {here};"
            " run the tracker on a machine of the engine's kind"
        )


@contextlib.contextmanager
def engine_errors() -> Iterator[None]:
    """Turn what the engine or the way to it says into the executor's errors."""
    try:
        yield
    except ImageNotFound as error:
        raise ExecutorError(f"{_short(error)}; build one with: tracker images build") from error
    except NotFound as error:
        raise ExecutorLostError(_short(error), ErrorType.ENGINE_LOST) from error
    except APIError as error:
        raise ExecutorError(f"the Docker engine refused: {_short(error)}") from error
    except (DockerException, OSError) as error:
        raise ExecutorLostError(
            f"the Docker engine does not answer: {_short(error)}", ErrorType.ENGINE_LOST
        ) from error


def _short(error: Exception) -> str:
    said = error.explanation if isinstance(error, APIError) else None
    return str(said or error).strip().splitlines()[0]
