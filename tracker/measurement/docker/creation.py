"""What a container is created with: hardened, limited, labelled."""

from collections.abc import Mapping
from typing import Any

from tracker.measurement.docker.limits import WORK
from tracker.models import ContainerLimits, Value
from tracker.models.config import VolumeMount

USER = 1000
TOOLS = "/opt/vcs-tracker"
PROBE = f"{TOOLS}/probe"
TEMPORARY_BYTES = 256 << 20
"""Size of `/tmp`; it counts towards the memory limit."""

NS_PER_CPU = 1_000_000_000


class Volumes(Value):
    """Names of the volumes of one session: work copies and fixtures, and the probe."""

    work: str
    tools: str


def host_options(
    limits: ContainerLimits, volumes: Volumes, mounts: tuple[VolumeMount, ...], *, cores: int
) -> dict[str, Any]:
    """Return the arguments of `create_host_config`.

    No network, no capability, no new privileges, a read-only root, few processes,
    and an init that reaps what the probe is not there for. More processors than there
    are cannot be asked for: then none is limited, and that is said.
    """
    options: dict[str, Any] = {
        "network_mode": limits.network,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges"],
        "read_only": True,
        "init": True,
        "pids_limit": limits.pids,
        "mem_limit": limits.memory_bytes,
        "memswap_limit": limits.memory_and_swap_bytes,
        "tmpfs": {"/tmp": f"rw,exec,nosuid,nodev,size={TEMPORARY_BYTES},mode=1777"},  # noqa: S108
        "binds": _binds(volumes, mounts),
    }
    if limits.cpus is not None and limits.cpus <= cores:
        options["nano_cpus"] = round(limits.cpus * NS_PER_CPU)
    if limits.memory_reservation_bytes:
        options["mem_reservation"] = limits.memory_reservation_bytes
    if limits.io_weight is not None:
        options["blkio_weight"] = limits.io_weight
    return options


def container_options(image: str, labels: Mapping[str, str]) -> dict[str, Any]:
    """Return the other arguments of `create_container`."""
    return {
        "image": image,
        "command": [],
        "entrypoint": [PROBE],
        "user": f"{USER}:{USER}",
        "stdin_open": True,
        "tty": False,
        "working_dir": "/",
        "environment": {"HOME": "/tmp"},  # noqa: S108  a tmpfs of this container alone
        "labels": dict(labels),
        "healthcheck": {"test": ["NONE"]},
    }


def volume_options(storage: str, limits: ContainerLimits) -> dict[str, str]:
    """Return the driver options of the volume with the work copies."""
    if storage == "tmpfs":
        size = f"size={limits.disk_bytes}," if limits.disk_bytes else ""
        return {"type": "tmpfs", "device": "tmpfs", "o": f"{size}mode=0755"}
    return {"size": str(limits.disk_bytes)} if limits.disk_bytes else {}


def _binds(volumes: Volumes, mounts: tuple[VolumeMount, ...]) -> dict[str, dict[str, str]]:
    own = {
        volumes.work: {"bind": WORK, "mode": "rw"},
        volumes.tools: {"bind": TOOLS, "mode": "ro"},
    }
    asked = {
        mount.source: {"bind": mount.target, "mode": "ro" if mount.readonly else "rw"}
        for mount in mounts
    }
    return own | asked
