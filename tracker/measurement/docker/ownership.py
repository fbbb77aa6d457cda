"""Containers and volumes whose session is dead: who owns one, and the removal of the others."""

import contextlib
import os
import platform
from collections.abc import Mapping
from typing import Any

import docker
import psutil
from docker.errors import APIError

from tracker.measurement.docker.engine import engine_errors
from tracker.measurement.sweep import Owner, is_alive

SESSION, OWNER, HOST = "vcs-tracker.session", "vcs-tracker.owner", "vcs-tracker.host"


def owner_labels(session: str) -> dict[str, str]:
    """Return the labels of everything this process makes for a session."""
    pid = os.getpid()
    owner = Owner(pid=pid, started=psutil.Process(pid).create_time())
    return {SESSION: session, OWNER: owner.to_json(), HOST: platform.node()}


def sweep_engine(api: docker.APIClient) -> tuple[str, ...]:
    """Remove containers and volumes of dead sessions of this machine; return their names.

    What another machine made is left alone: whether its owner lives cannot be seen from here.
    """
    wanted = {"label": OWNER}
    with engine_errors():
        containers = [
            item for item in api.containers(all=True, filters=wanted) if _is_dead(item["Labels"])
        ]
        for item in containers:
            with contextlib.suppress(APIError):  # gone already, or being removed by another sweep
                api.remove_container(item["Id"], force=True, v=True)
        listed: list[dict[str, Any]] = api.volumes(filters=wanted)["Volumes"] or []
        volumes = [item for item in listed if _is_dead(item["Labels"] or {})]
        for item in volumes:
            with contextlib.suppress(APIError):
                api.remove_volume(item["Name"], force=True)
    return tuple(item["Id"][:12] for item in containers) + tuple(item["Name"] for item in volumes)


def _is_dead(labels: Mapping[str, str]) -> bool:
    if labels.get(HOST) != platform.node():
        return False
    try:
        owner = Owner.model_validate_json(labels.get(OWNER, ""))
    except ValueError:
        return False
    return not is_alive(owner)
