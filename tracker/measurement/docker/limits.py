"""What a container may use: as it was asked for, and as the kernel has it."""

import re
from collections.abc import Callable, Iterator

from tracker.models import ContainerLimits
from tracker.models.config import DockerEnvironment

ROOT = "/sys/fs/cgroup"
WORK = "/work"
DEFAULT_PIDS = 256
"""Processes at once; every operation of Git and Jujutsu was seen to run within 32."""

UNLIMITED = 1 << 60
"""Version 1 says the largest whole page where there is no limit."""

PAGE = 4096
LOWEST_WEIGHT, HIGHEST_WEIGHT, HIGHEST_WEIGHT_V2 = 10, 1000, 10_000

V1_FILES = {
    "cpu_quota": (f"{ROOT}/cpu/cpu.cfs_quota_us", f"{ROOT}/cpu,cpuacct/cpu.cfs_quota_us"),
    "cpu_period": (f"{ROOT}/cpu/cpu.cfs_period_us", f"{ROOT}/cpu,cpuacct/cpu.cfs_period_us"),
    "memory": (f"{ROOT}/memory/memory.limit_in_bytes",),
    "memory_and_swap": (f"{ROOT}/memory/memory.memsw.limit_in_bytes",),
    "reservation": (f"{ROOT}/memory/memory.soft_limit_in_bytes",),
    "pids": (f"{ROOT}/pids/pids.max",),
    "weight": (f"{ROOT}/blkio/blkio.bfq.weight", f"{ROOT}/blkio/blkio.weight"),
}
V2_FILES = {
    "cpu": f"{ROOT}/cpu.max",
    "memory": f"{ROOT}/memory.max",
    "swap": f"{ROOT}/memory.swap.max",
    "reservation": f"{ROOT}/memory.low",
    "pids": f"{ROOT}/pids.max",
    "weight": f"{ROOT}/io.weight",
    "bfq_weight": f"{ROOT}/io.bfq.weight",
}
CONTROLLERS = f"{ROOT}/cgroup.controllers"
MOUNTS = "/proc/self/mountinfo"
NETWORKS = "/proc/net/dev"
LIMIT_FILES = (
    CONTROLLERS,
    MOUNTS,
    NETWORKS,
    *(path for paths in V1_FILES.values() for path in paths),
    *V2_FILES.values(),
)
"""Everything `effective_limits` may ask for."""

Read = Callable[[str], str | None]


def requested_limits(wanted: DockerEnvironment) -> ContainerLimits:
    """Return what a configuration asks for; a reservation above the limit is the limit."""
    resources = wanted.resources
    return ContainerLimits(
        cpus=resources.cpus,
        memory_bytes=resources.memory,
        memory_and_swap_bytes=resources.memory,
        memory_reservation_bytes=min(resources.memory_reservation, resources.memory),
        disk_bytes=resources.disk_quota,
        io_weight=resources.io_weight,
        pids=DEFAULT_PIDS,
        network=wanted.network,
        volumes=tuple(
            f"{volume.target} {'ro' if volume.readonly else 'rw'}" for volume in wanted.volumes
        ),
    )


def cgroup_version(read: Read) -> int:
    """Return which version of control groups holds the container."""
    return 2 if read(CONTROLLERS) is not None else 1


def effective_limits(read: Read, requested: ContainerLimits) -> ContainerLimits:
    """Return what is in force, by what files inside the container say; None is no limit.

    Parameters
    ----------
    read : callable
        Path → content, None where there is no such file.
    requested : ContainerLimits
        Says which mounted folders to look for.
    """
    of_cgroup = _of_v2(read) if cgroup_version(read) == 2 else _of_v1(read)  # noqa: PLR2004
    mounts = dict(_mounts(read(MOUNTS) or ""))
    wanted = [volume.rpartition(" ")[0] for volume in requested.volumes]
    return of_cgroup.model_copy(
        update={
            "disk_bytes": _tmpfs_size(mounts.get(WORK, "")),
            "network": _network(read(NETWORKS)),
            "volumes": tuple(
                f"{target} {mounts[target].split(',')[0]}" for target in wanted if target in mounts
            ),
        }
    )


def unmet(requested: ContainerLimits, effective: ContainerLimits) -> tuple[str, ...]:
    """Return a sentence for each limit that is not in force as it was asked for."""
    names = {
        "cpus": "cpus",
        "memory_bytes": "memory",
        "memory_and_swap_bytes": "memory and swap together",
        "memory_reservation_bytes": "memoryReservation",
        "disk_bytes": "diskQuota",
        "io_weight": "ioWeight",
        "pids": "processes",
        "network": "network",
        "volumes": "volumes",
    }
    said = []
    for field, name in names.items():
        asked, found = getattr(requested, field), getattr(effective, field)
        if not _honoured(field, asked, found):
            said.append(f"{name}: {_shown(asked)} asked for, {_shown(found)} in force")
    return tuple(said)


def _honoured(field: str, asked: object, found: object) -> bool:
    if field == "network":
        return asked != "none" or found == "none"
    if asked is None or asked == 0:
        return True
    if isinstance(asked, (int, float)) and isinstance(found, (int, float)):
        return abs(asked - found) <= (PAGE if field.endswith("_bytes") else 0.01 * asked)
    return asked == found


def _shown(value: object) -> str:
    if value is None or value == ():
        return "none"
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _of_v1(read: Read) -> ContainerLimits:
    def number(name: str) -> int | None:
        texts = (read(path) for path in V1_FILES[name])
        text = next((text for text in texts if text is not None), None)
        return _number(text)

    quota, period = number("cpu_quota"), number("cpu_period")
    return ContainerLimits(
        cpus=quota / period if quota and period and quota > 0 else None,
        memory_bytes=number("memory"),
        memory_and_swap_bytes=number("memory_and_swap"),
        memory_reservation_bytes=number("reservation"),
        io_weight=number("weight"),
        pids=number("pids"),
    )


def _of_v2(read: Read) -> ContainerLimits:
    quota, _, period = (read(V2_FILES["cpu"]) or "max 1").strip().partition(" ")
    memory, swap = _number(read(V2_FILES["memory"])), _number(read(V2_FILES["swap"]))
    bfq = _number(read(V2_FILES["bfq_weight"]))
    weight = _number(read(V2_FILES["weight"]))
    return ContainerLimits(
        cpus=int(quota) / int(period) if quota != "max" else None,
        memory_bytes=memory,
        memory_and_swap_bytes=None if memory is None or swap is None else memory + swap,
        memory_reservation_bytes=_number(read(V2_FILES["reservation"])) or None,
        io_weight=bfq if bfq is not None else _weight_of_v1(weight),
        pids=_number(read(V2_FILES["pids"])),
    )


def _weight_of_v1(weight: int | None) -> int | None:
    """Return a weight of version 2 (1–10000) in the engine's scale (10–1000), as runc maps it."""
    if weight is None:
        return None
    span = (HIGHEST_WEIGHT - LOWEST_WEIGHT) / (HIGHEST_WEIGHT_V2 - 1)
    return round(LOWEST_WEIGHT + (weight - 1) * span)


def _number(text: str | None) -> int | None:
    """Return the number in a file, `default` before it or not; None for no limit."""
    words = (text or "").split()
    if not words or not words[-1].lstrip("-").isdigit():
        return None
    number = int(words[-1])
    return number if number < UNLIMITED else None


def _mounts(text: str) -> Iterator[tuple[str, str]]:
    """Yield mount point and options, `ro` or `rw` first, the file system's own included."""
    for line in filter(str.strip, text.splitlines()):
        fields, _, rest = line.partition(" - ")
        _, _, _, _, target, options, *_ = fields.split()
        mode = "ro" if "ro" in options.split(",") else "rw"
        yield target, f"{mode},{','.join(rest.split()[2:])}"


def _tmpfs_size(options: str) -> int | None:
    found = re.search(r"\bsize=(\d+)([kmg]?)", options)
    if found is None:
        return None
    return int(found[1]) << {"": 0, "k": 10, "m": 20, "g": 30}[found[2]]


def _network(text: str | None) -> str | None:
    if text is None:
        return None
    names = re.findall(r"^\s*([^\s:]+):", text, re.MULTILINE)
    others = [name for name in names if name != "lo"]
    return ", ".join(others) or "none"
