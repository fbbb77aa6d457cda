"""The machine it is measured on, and the class of machines whose results may be compared."""

import hashlib
import os
import platform
import re
from pathlib import Path
from typing import Literal

import psutil

from tracker.models import Machine

GIB = 2**30

NETWORK_TYPES = frozenset({"nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "ceph", "lustre"})
MEMORY_TYPES = frozenset({"tmpfs", "ramfs"})


def describe_machine(
    environment: Literal["local", "docker"],
    storage_path: Path,
    image_id: str | None = None,
    tuning: tuple[str, ...] = (),
) -> Machine:
    """Return what decides the times measured in `storage_path`; None where it is unknown."""
    cpu = cpu_model()
    cores = psutil.cpu_count(logical=True)
    memory = psutil.virtual_memory().total
    kernel = platform.release() or None
    storage = storage_type(storage_path)
    return Machine(
        machine_class=machine_class(
            cpu=cpu,
            cores=cores,
            memory_bytes=memory,
            storage=storage,
            kernel=kernel,
            environment=", ".join((environment, *tuning)),
            image_id=image_id,
        ),
        os=operating_system(),
        kernel=kernel,
        cpu=cpu,
        cores=cores,
        memory_bytes=memory,
        storage=storage,
        environment=environment,
        image_id=image_id,
        tuning=tuning,
    )


def machine_class(
    *,
    cpu: str | None,
    cores: int | None,
    memory_bytes: int | None,
    storage: str | None,
    kernel: str | None,
    environment: str,
    image_id: str | None,
) -> str:
    """Return twelve hexadecimal digits of what decides the times.

    Memory counts in whole GiB, because firmware and kernel take a share that
    changes with every update; the kernel by major and minor version, because a
    patch release is not a new machine.
    """
    release = re.match(r"\d+\.\d+", kernel or "")
    facts = (
        cpu,
        cores,
        None if memory_bytes is None else round(memory_bytes / GIB),
        storage,
        release[0] if release else None,
        environment,
        image_id,
    )
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:12]


def cpu_model(cpuinfo: Path = Path("/proc/cpuinfo")) -> str | None:
    """Return the processor's name."""
    try:
        text = cpuinfo.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return platform.processor() or platform.machine() or None
    return cpu_name(text)


def cpu_name(text: str) -> str | None:
    """Return the processor's name by what `/proc/cpuinfo` says."""
    for name in ("model name", "Model", "Hardware", "CPU part"):
        found = re.search(rf"^{name}\s*:\s*(.+)$", text, re.MULTILINE)
        if found:
            return " ".join(found[1].split())
    return platform.machine() or None


def operating_system(os_release: Path = Path("/etc/os-release")) -> str | None:
    """Return the name of the system, such as `Debian GNU/Linux 12 (bookworm)`."""
    try:
        text = os_release.read_text(encoding="utf-8", errors="replace")
    except OSError:
        release = platform.mac_ver()[0]
        return f"macOS {release}" if release else platform.system() or None
    found = re.search(r'^PRETTY_NAME="?([^"\n]+)"?$', text, re.MULTILINE)
    return found[1] if found else platform.system() or None


def storage_type(path: Path, sys_root: Path = Path("/sys")) -> str | None:
    """Return file system and kind of device below `path`, such as `ext4 on virtio`.

    The kind is nvme, virtio, ssd or hdd as the kernel says, memory for tmpfs,
    network for a share; a device nobody can look at (overlay, macOS) has none.
    """
    file_system = file_system_of(path)
    if file_system is None:
        return None
    if file_system in MEMORY_TYPES:
        return f"{file_system} in memory"
    if file_system in NETWORK_TYPES:
        return f"{file_system} over the network"
    kind = _device_kind(path, sys_root)
    return f"{file_system} on {kind}" if kind else file_system


def file_system_of(path: Path, mountinfo: Path = Path("/proc/self/mountinfo")) -> str | None:
    """Return the type of the file system that holds `path`."""
    try:
        device = path.stat().st_dev
        lines = mountinfo.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return _partition_type(path)
    wanted = f"{os.major(device)}:{os.minor(device)}"
    best: tuple[int, str] | None = None
    for line in lines:
        fields, _, rest = line.partition(" - ")
        number, mount_point = fields.split()[2], fields.split()[4]
        if number == wanted and (best is None or len(mount_point) > best[0]):
            best = (len(mount_point), rest.split()[0])
    return best[1] if best else _partition_type(path)


def _partition_type(path: Path) -> str | None:
    """Return the file system by the longest mount point that `path` lies below."""
    resolved = path.resolve()
    holders = [
        partition
        for partition in psutil.disk_partitions(all=True)
        if resolved.is_relative_to(partition.mountpoint)
    ]
    longest = max(holders, key=lambda partition: len(partition.mountpoint), default=None)
    return longest.fstype or None if longest else None


def _device_kind(path: Path, sys_root: Path) -> str | None:
    device = path.stat().st_dev
    block = sys_root / "dev" / "block" / f"{os.major(device)}:{os.minor(device)}"
    try:
        disk = block.resolve(strict=True)
    except OSError:
        return None
    if (disk / "partition").exists():
        disk = disk.parent
    if disk.name.startswith("nvme"):
        return "nvme"
    if "virtio" in str(disk):
        return "virtio"
    try:
        rotational = (disk / "queue" / "rotational").read_text().strip()
    except OSError:
        return None
    return {"0": "ssd", "1": "hdd"}.get(rotational)
