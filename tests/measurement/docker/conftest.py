"""An engine, and images that hold nothing, or git and what it needs, made in memory."""

import contextlib
import io
import os
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
from docker.errors import ImageNotFound

from tests.measurement.repository import make_fixture
from tracker.measurement.docker.engine import connect
from tracker.measurement.docker.ownership import OWNER, owner_labels
from tracker.measurement.docker.place import DockerPlace
from tracker.measurement.executor import ExecutorError
from tracker.measurement.trials import TrialExecutor
from tracker.models.config import DockerEnvironment
from tracker.vcs.registry import get_vcs

REPOSITORY = "vcs-tracker-test"


@pytest.fixture(scope="session")
def api(require_service):
    try:
        client = connect()
    except ExecutorError as error:
        require_service("docker", available=False, reason=str(error))
    yield client
    wanted = {"label": f"{OWNER}={owner_labels('')[OWNER]}"}  # what a cut connection left behind
    for item in client.containers(all=True, filters=wanted):
        client.remove_container(item["Id"], force=True)
    for item in client.volumes(filters=wanted)["Volumes"] or []:
        client.remove_volume(item["Name"], force=True)
    client.close()


def compiled(source, folder):
    """Compile a static program."""
    built = folder / "program"
    command = ["cc", "-O1", "-static", "-x", "c", "-", "-o", str(built)]
    subprocess.run(command, input=source.encode(), check=True)
    return built.read_bytes()


PROGRAMS = {
    "true": "int main(void) { return 0; }",
    "eat": """
#include <stdlib.h>
#include <string.h>
int main(void) { for (;;) { char *some = malloc(1 << 20); if (!some) return 3; memset(some, 1, 1 << 20); } }
""",
    "bomb": """
#include <unistd.h>
int main(void) { for (int n = 0; n < 1000; n++) { int p = fork(); if (p < 0) return 7; if (!p) { pause(); } } return 0; }
""",
    "fill": """
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
static char block[1 << 16];
int main(void) { int f = open("big", O_CREAT | O_WRONLY, 0600);
  for (;;) if (write(f, block, sizeof block) < 0) { fprintf(stderr, "fill: %s\\n", strerror(errno)); return 1; } }
""",
    "daemons": """
#include <unistd.h>
int main(void) { if (!fork()) { setsid(); if (!fork()) { setsid(); for (;;) pause(); } for (;;) pause(); } for (;;) pause(); }
""",
    "spew": """
#include <string.h>
#include <unistd.h>
static char block[1 << 16];
int main(void) { memset(block, 'x', sizeof block);
  for (long left = 1000000000; left > 0; left -= sizeof block) if (write(1, block, sizeof block) < 0) return 1;
  return 0; }
""",
    "write-root": """
#include <errno.h>
#include <fcntl.h>
int main(void) { return open("/etc-file", O_CREAT | O_WRONLY, 0600) < 0 && errno == EROFS ? 0 : 1; }
""",
    "sleep-5": """
#include <unistd.h>
int main(void) { return sleep(5); }
""",
}


def import_image(api, tag, files, links=()):
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name.lstrip("/"))
            entry.size, entry.mode = len(content), 0o755
            archive.addfile(entry, io.BytesIO(content))
        for name, target in links:
            entry = tarfile.TarInfo(name.lstrip("/"))
            entry.type, entry.linkname = tarfile.SYMTYPE, target
            archive.addfile(entry)
    with contextlib.suppress(ImageNotFound):  # else the one of the last time stays without a name
        api.remove_image(f"{REPOSITORY}:{tag}", force=True)
    api.import_image_from_data(made.getvalue(), repository=REPOSITORY, tag=tag)
    return f"{REPOSITORY}:{tag}"


@pytest.fixture(scope="session")
def program_files(tmp_path_factory):
    """Return the programs that misbehave, by their place in an image."""
    folder = tmp_path_factory.mktemp("programs")
    return {f"/bin/{name}": compiled(source, folder) for name, source in PROGRAMS.items()}


@pytest.fixture(scope="session")
def small_image(api, program_files):
    """Return an image with a few programs that misbehave."""
    return import_image(api, "programs", program_files)


def _libraries(program):
    listed = subprocess.run(["ldd", program], capture_output=True, text=True, check=False).stdout
    return re.findall(r"(/\S+) \(0x", listed)


@pytest.fixture(scope="session")
def git_files(git):
    """Return this machine's git, the libraries it needs, and jj if it is static."""
    programs = {"/usr/bin/git": os.path.realpath(git), "/bin/sh": os.path.realpath("/bin/sh")}
    files = {name: Path(real).read_bytes() for name, real in programs.items()}
    for real in programs.values():  # git clones through a shell
        files |= {library: Path(library).read_bytes() for library in _libraries(real)}
    jj = os.environ.get("TRACKER_JJ") or shutil.which("jj")
    if jj and not _libraries(os.path.realpath(jj)):
        files["/usr/local/bin/jj"] = Path(jj).read_bytes()
    return files


GIT_LINKS = [("/usr/bin/git-upload-pack", "git")]


@pytest.fixture(scope="session")
def git_image(api, git_files):
    """Return an image with git, and jj if it is static."""
    return import_image(api, "git", git_files, GIT_LINKS)


@pytest.fixture(scope="session")
def faulty_image(api, git_files, program_files):
    """Return the image with git that misbehaves as well."""
    return import_image(api, "faulty", {**git_files, **program_files}, GIT_LINKS)


@pytest.fixture(scope="session")
def fixture(tmp_path_factory, git):
    return make_fixture(tmp_path_factory.mktemp("fixture"))


def environment(image, **changes):
    resources = {"cpus": 1, "memory": 256 << 20, "memoryReservation": 0}
    resources |= changes.pop("resources", {})
    values = {
        "baseImages": {"git": image, "jujutsu": image, "gitWorktrees": image},
        "resources": resources,
        **changes,
    }
    return DockerEnvironment.model_validate(values)


@pytest.fixture
def make_place(api):
    made = []

    def make(image, systems=("git",), **options):
        changes = options.pop("environment", {})
        place = DockerPlace(environment(image, **changes), systems, "benchmark-1", **options)
        made.append(place)
        return place

    yield make
    for place in made:
        place.close()


@pytest.fixture
def make_executor(make_place, fixture):
    def make(image, systems=("git",), **options):
        place = make_place(image, systems, **options)
        return TrialExecutor(place, lambda _: fixture, get_vcs, systems=systems)

    return make
