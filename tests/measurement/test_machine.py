import os
from pathlib import Path

import pytest

from tracker.measurement.machine import (
    cpu_model,
    describe_machine,
    file_system_of,
    machine_class,
    operating_system,
    storage_type,
)

FACTS = {
    "cpu": "EPYC",
    "cores": 2,
    "memory_bytes": 24 * 2**30,
    "storage": "ext4 on virtio",
    "kernel": "6.18.3-cloud",
    "environment": "local",
    "image_id": None,
}


def test_class_ignores_what_an_update_changes():
    assert machine_class(**FACTS) == machine_class(**{**FACTS, "kernel": "6.18.9"})
    assert machine_class(**FACTS) == machine_class(**{**FACTS, "memory_bytes": 24 * 2**30 - 10**8})


def test_class_tells_machines_apart():
    others = [
        {"cpu": "Xeon"},
        {"cores": 4},
        {"memory_bytes": 16 * 2**30},
        {"storage": "tmpfs in memory"},
        {"kernel": "6.19.0"},
        {"environment": "docker"},
        {"image_id": "sha256:1"},
    ]
    classes = {machine_class(**{**FACTS, **other}) for other in others}
    assert len(classes | {machine_class(**FACTS)}) == len(others) + 1


def test_unknown_facts_still_make_a_class():
    unknown = dict.fromkeys(FACTS)
    assert len(machine_class(**unknown)) == 12


def test_this_machine_is_described(tmp_path):
    machine = describe_machine("local", tmp_path)
    assert machine.cores >= 1
    assert machine.memory_bytes > 2**28
    assert machine.kernel
    assert machine == describe_machine("local", tmp_path)


def test_cpu_model_of_the_first_processor(tmp_path):
    text = "processor\t: 0\nmodel name\t: AMD  EPYC 7B13\nprocessor\t: 1\nmodel name\t: other\n"
    (tmp_path / "cpuinfo").write_text(text)
    assert cpu_model(tmp_path / "cpuinfo") == "AMD EPYC 7B13"


def test_system_by_its_pretty_name(tmp_path):
    (tmp_path / "release").write_text('NAME="x"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n')
    assert operating_system(tmp_path / "release") == "Debian GNU/Linux 12 (bookworm)"


def test_file_system_is_that_of_the_longest_mount_point(tmp_path):
    device = tmp_path.stat().st_dev
    number = f"{os.major(device)}:{os.minor(device)}"
    (tmp_path / "mounts").write_text(
        f"1 0 0:1 / /proc rw - proc proc rw\n2 0 {number} / / rw shared:1 - ext4 /dev/vda1 rw\n"
    )
    assert file_system_of(tmp_path, tmp_path / "mounts") == "ext4"


def test_device_kind_comes_from_the_kernel(tmp_path):
    device = tmp_path.stat().st_dev
    block = tmp_path / "sys" / "dev" / "block"
    block.mkdir(parents=True)
    disk = tmp_path / "devices" / "sda"
    part = disk / "sda1"
    part.mkdir(parents=True)
    (part / "partition").write_text("1\n")
    (disk / "queue").mkdir()
    (disk / "queue" / "rotational").write_text("1\n")
    (block / f"{os.major(device)}:{os.minor(device)}").symlink_to(part)
    assert storage_type(tmp_path, tmp_path / "sys").endswith(" on hdd")


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="no file system in memory here")
def test_memory_file_system_is_recognised():
    assert storage_type(Path("/dev/shm")) == "tmpfs in memory"
