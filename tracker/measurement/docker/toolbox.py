"""Which tools an image holds, by asking them in a container."""

from collections.abc import Callable, Collection, Mapping

from tracker.measurement.docker.container import Container
from tracker.measurement.docker.place import DockerPlace
from tracker.measurement.probe.client import SpawnError
from tracker.measurement.probe.protocol import RunRequest
from tracker.models.config import DockerEnvironment

VERSION_MS = 10_000
NAME = "benchmark-0"
"""Stands in the labels of a container that only answers questions."""

Said = dict[str, str]
"""Tool → what it said of its version; a tool that is not there is left out."""


def image_tools(
    wanted: DockerEnvironment,
    tools: Mapping[str, Collection[str]],
    open_place: Callable[..., DockerPlace] = DockerPlace,
) -> dict[str, Said]:
    """Return what each system's tools say of their version in its image.

    Parameters
    ----------
    wanted : DockerEnvironment
        Names the images.
    tools : mapping
        vcsType → the programs it needs.
    """
    place = open_place(wanted, tuple(tools), NAME)
    try:
        return {
            system: {
                name: text
                for name in names
                if (text := _version(place.container(system), name)) is not None
            }
            for system, names in tools.items()
        }
    finally:
        place.close()


def _version(container: Container, name: str) -> str | None:
    request = RunRequest(
        cwd="/",
        env={"PATH": container.path, "HOME": "/tmp", "LC_ALL": "C"},  # noqa: S108
        steps=((name, "--version"),),
        timeout_ms=VERSION_MS,
    )
    try:
        answer = container.probe.run(request)
    except SpawnError:
        return None
    return answer.stdout.head.decode("utf-8", "replace")
