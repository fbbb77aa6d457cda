"""Limits as two versions of control groups tell them, by recorded file trees."""

import pytest

from tests.measurement.docker.conftest import environment
from tracker.measurement.docker.limits import (
    cgroup_version,
    effective_limits,
    requested_limits,
    unmet,
)
from tracker.measurement.traffic import Traffic, traffic_of
from tracker.models import ContainerLimits

LO = "Inter-|   Receive\n face |bytes\n    lo:       0       0\n"
ETH = LO + "  eth0:     100       1\n"
MOUNTS = """\
612 611 0:51 / /proc rw,nosuid - proc proc rw
640 611 254:0 /var/lib/volumes/x/_data /work rw,relatime - ext4 /dev/vda rw
641 611 254:0 /srv/data /data ro,relatime - ext4 /dev/vda rw
"""
TMPFS = "640 611 0:61 / /work rw,relatime - tmpfs tmpfs rw,size=16384k,mode=755\n"

# Read in a container of Docker 20.10 on version 1.
V1 = {
    "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "150000\n",
    "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
    "/sys/fs/cgroup/memory/memory.limit_in_bytes": "268435456\n",
    "/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes": "268435456\n",
    "/sys/fs/cgroup/memory/memory.soft_limit_in_bytes": "9223372036854771712\n",
    "/sys/fs/cgroup/pids/pids.max": "256\n",
    "/sys/fs/cgroup/blkio/blkio.weight": "100\n",
    "/proc/net/dev": LO,
    "/proc/self/mountinfo": MOUNTS,
}
# As the kernel's documentation of version 2 and runc's conversion give them; not read on a machine.
V2 = {
    "/sys/fs/cgroup/cgroup.controllers": "cpuset cpu io memory pids\n",
    "/sys/fs/cgroup/cpu.max": "150000 100000\n",
    "/sys/fs/cgroup/memory.max": "268435456\n",
    "/sys/fs/cgroup/memory.swap.max": "0\n",
    "/sys/fs/cgroup/memory.low": "0\n",
    "/sys/fs/cgroup/pids.max": "256\n",
    "/sys/fs/cgroup/io.weight": "default 2930\n",
    "/proc/net/dev": LO,
    "/proc/self/mountinfo": MOUNTS,
}
ASKED = requested_limits(
    environment("image", resources={"cpus": 1.5, "memory": 268435456, "memoryReservation": 0})
)


@pytest.mark.parametrize(("files", "version"), [(V1, 1), (V2, 2)])
def test_both_versions_tell_the_same_limits(files, version):
    found = effective_limits(files.get, ASKED)
    assert cgroup_version(files.get) == version
    assert (found.cpus, found.memory_bytes, found.pids) == (1.5, 268435456, 256)
    assert found.memory_and_swap_bytes == 268435456
    assert found.memory_reservation_bytes is None
    assert found.network == "none"
    assert unmet(ASKED, found) == ()


def test_no_limit_is_none():
    free = V2 | {
        "/sys/fs/cgroup/cpu.max": "max 100000\n",
        "/sys/fs/cgroup/memory.max": "max\n",
        "/sys/fs/cgroup/pids.max": "max\n",
    }
    found = effective_limits(free.get, ASKED)
    assert (found.cpus, found.memory_bytes, found.pids) == (None, None, None)
    free_v1 = V1 | {"/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n"}
    assert effective_limits(free_v1.get, ASKED).cpus is None


def test_engine_that_ignores_everything_is_found_out():
    said = unmet(ASKED, effective_limits({"/proc/net/dev": ETH}.get, ASKED))
    assert [line.partition(":")[0] for line in said] == [
        "cpus",
        "memory",
        "memory and swap together",
        "processes",
        "network",
    ]
    assert said[0] == "cpus: 1.5 asked for, none in force"


@pytest.mark.parametrize(
    ("files", "weight"),
    [
        (V1, 100),
        (V1 | {"/sys/fs/cgroup/blkio/blkio.bfq.weight": "300\n"}, 300),
        (V2, 300),
        (V2 | {"/sys/fs/cgroup/io.bfq.weight": "default 200\n"}, 200),
        ({}, None),
    ],
)
def test_io_weight_is_told_in_the_scale_of_the_engine(files, weight):
    assert effective_limits(files.get, ASKED).io_weight == weight


def test_size_of_a_volume_in_memory_is_the_quota():
    files = V1 | {"/proc/self/mountinfo": TMPFS}
    assert effective_limits(files.get, ASKED).disk_bytes == 16 << 20
    asked = ASKED.model_copy(update={"disk_bytes": 8 << 20})
    assert unmet(asked, effective_limits(files.get, asked)) == (
        "diskQuota: 8388608 asked for, 16777216 in force",
    )


def test_volume_that_is_writable_though_it_should_not_be_is_named():
    asked = ContainerLimits(volumes=("/data ro",))
    assert unmet(asked, effective_limits(V1.get, asked)) == ()
    writable = V1 | {"/proc/self/mountinfo": MOUNTS.replace("/data ro", "/data rw")}
    (said,) = unmet(asked, effective_limits(writable.get, asked))
    assert said == "volumes: /data ro asked for, /data rw in force"


def test_reservation_above_the_limit_is_the_limit():
    wanted = environment("image", resources={"memory": 64 << 20, "memoryReservation": 1 << 30})
    assert requested_limits(wanted).memory_reservation_bytes == 64 << 20


def test_traffic_is_that_of_all_interfaces_but_the_loopback():
    text = (
        "Inter-|   Receive                                                |  Transmit\n"
        " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs\n"
        "    lo: 999 1 0 0 0 0 0 0 999 1 0 0 0 0 0 0\n"
        "  eth0: 1200 3 0 0 0 0 0 0 340 2 0 0 0 0 0 0\n"
        "  eth1:5 1 0 0 0 0 0 0 7 1 0 0 0 0 0 0\n"
    )
    assert traffic_of(text) == Traffic(rx_bytes=1205, tx_bytes=347)
    assert traffic_of("lo: 1 1 0 0 0 0 0 0 1") == Traffic(rx_bytes=0, tx_bytes=0)
