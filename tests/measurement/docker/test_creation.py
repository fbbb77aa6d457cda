"""What containers are created with, and what an engine sends back, without an engine."""

import struct
import tarfile
from pathlib import Path

import pytest

from tests.measurement.docker.conftest import environment
from tracker.measurement.docker.container import archived_tree, folders_above, parse_shown
from tracker.measurement.docker.creation import (
    Volumes,
    container_options,
    host_options,
    volume_options,
)
from tracker.measurement.docker.engine import EngineFacts, check_architecture
from tracker.measurement.docker.frames import FrameDecoder
from tracker.measurement.docker.images import configured_source, write_context
from tracker.measurement.docker.limits import WORK, requested_limits
from tracker.measurement.docker.place import image_of
from tracker.measurement.docker.transport import ContainerTransport
from tracker.measurement.executor import ExecutorError, ExecutorLostError
from tracker.measurement.probe.transport import TransportClosedError
from tracker.models import ErrorType

VOLUMES = Volumes(work="w", tools="t")


def options(cores=4, **changes):
    wanted = environment("image", **changes)
    return host_options(requested_limits(wanted), VOLUMES, wanted.volumes, cores=cores)


def test_container_is_hardened_by_default():
    made = options()
    assert made["network_mode"] == "none"
    assert made["cap_drop"] == ["ALL"]
    assert made["security_opt"] == ["no-new-privileges"]
    assert made["read_only"]
    assert made["init"]
    assert made["pids_limit"] == 256
    assert made["memswap_limit"] == made["mem_limit"] == 256 << 20
    assert made["binds"]["t"]["mode"] == "ro"
    assert "privileged" not in made
    assert container_options("image", {})["user"] == "1000:1000"


def test_more_processors_than_there_are_are_not_asked_of_the_engine():
    assert options(cores=4, resources={"cpus": 4})["nano_cpus"] == 4_000_000_000
    assert "nano_cpus" not in options(cores=2, resources={"cpus": 4})


def test_volumes_of_the_configuration_are_mounted_as_they_say():
    mounts = [
        {"source": "/srv/a", "target": "/a"},
        {"source": "b", "target": "/b", "readonly": False},
    ]
    binds = options(volumes=mounts)["binds"]
    assert binds["/srv/a"] == {"bind": "/a", "mode": "ro"}
    assert binds["b"] == {"bind": "/b", "mode": "rw"}


def test_quota_is_the_size_of_a_volume_in_memory_and_asked_of_one_on_disk():
    limits = requested_limits(environment("image", resources={"diskQuota": 1000}))
    assert volume_options("tmpfs", limits)["o"] == "size=1000,mode=0755"
    assert volume_options("volume", limits) == {"size": "1000"}
    assert volume_options("volume", limits.model_copy(update={"disk_bytes": None})) == {}


def test_every_system_has_its_image_and_a_plug_in_that_of_git():
    wanted = environment("g").model_copy(
        update={
            "base_images": environment("g").base_images.model_copy(
                update={"git_worktrees": "w", "jujutsu": "j"}
            )
        }
    )
    systems = ("git", "git-worktrees", "jujutsu", "sapling")
    assert [image_of(wanted, system) for system in systems] == ["g", "w", "j", "g"]


def frame(stream, payload):
    return struct.pack(">BxxxL", stream, len(payload)) + payload


@pytest.mark.parametrize("size", [1, 3, 8, 1000])
def test_frames_are_put_together_however_they_are_cut(size):
    sent = frame(1, b"one ") + frame(2, b"error") + frame(1, b"") + frame(1, b"two")
    decoder = FrameDecoder()
    got = b"".join(decoder.feed(sent[at : at + size]) for at in range(0, len(sent), size))
    assert (got, decoder.errors) == (b"one two", b"error")


class Scripted:
    """A stream that gives what it is told to."""

    def __init__(self, *received):
        self.received = list(received)
        self.closed = False

    def settimeout(self, value, /):
        self.timeout = value

    def sendall(self, _, /):
        raise BrokenPipeError

    def recv(self, _, /):
        item = self.received.pop(0)
        if isinstance(item, Exception):
            raise item
        return item

    def close(self):
        self.closed = True


def transport(stream, ended):
    lost = ExecutorLostError("the engine is away", ErrorType.ENGINE_LOST)
    return ContainerTransport(stream, why_lost=lambda: lost, end=lambda: ended.append(True))


def test_lines_are_read_over_frames_and_a_lost_stream_says_why():
    ended = []
    stream = Scripted(frame(1, b"a\nb"), frame(1, b"c\n") + frame(2, b"oops\n"), b"")
    lines = transport(stream, ended)
    assert [lines.read_line(1), lines.read_line(1)] == [b"a", b"bc"]
    with pytest.raises(TransportClosedError, match="the engine is away: oops"):
        lines.read_line(1)
    assert lines.cause.error_type is ErrorType.ENGINE_LOST
    with pytest.raises(TransportClosedError):
        lines.write_line(b"x\n", 1)
    lines.kill()
    assert stream.closed
    assert ended == [True]


def test_probe_that_does_not_answer_in_time_is_not_a_closed_stream():
    lines = transport(Scripted(TimeoutError()), [])
    with pytest.raises(TimeoutError, match="did not answer"):
        lines.read_line(0.01)
    assert lines.cause is None


def test_shown_files_keep_their_paths_and_missing_ones_are_left_out():
    shown = parse_shown(["/a", "/b", "/c"], "@ 40755\n\n@ -\n@ 100644\ntext\n\n")
    assert set(shown) == {"/a", "/c"}
    assert shown["/a"].is_folder
    assert not shown["/c"].is_folder


def test_fixture_is_sent_as_files_of_root_that_all_may_read(tmp_path):
    source = tmp_path / "bare.git"
    source.mkdir()
    (source / "HEAD").write_text("ref: refs/heads/main\n")
    (source / "HEAD").chmod(0o600)
    with archived_tree(source, "fixtures/x") as file, tarfile.open(fileobj=file) as archive:
        entry = archive.getmember("fixtures/x/HEAD")
    assert (entry.uid, entry.gid, entry.mode & 0o777) == (0, 0, 0o644)
    assert folders_above(Path(WORK, "session/a/b")) == ("session", "session/a")


def test_engine_of_other_processors_is_refused():
    facts = EngineFacts(
        version="1",
        api_version="1",
        storage_driver="overlay2",
        os=None,
        kernel=None,
        architecture="aarch64",
        cores=1,
        memory_bytes=1,
        cgroup=None,
    )
    with pytest.raises(ExecutorError, match="aarch64"):
        check_architecture(facts, "x86_64")


def test_build_context_holds_the_dockerfile_and_the_programs(tmp_path):
    program = tmp_path / "jj"
    program.write_bytes(b"binary")
    context = write_context(_folder(tmp_path), {"jj": program})
    text = (context / "Dockerfile").read_text()
    assert "ARG BASE_IMAGE" in text.split("FROM")[0]
    assert (context / "dist" / "jj").stat().st_mode & 0o111
    with pytest.raises(ExecutorError, match="name an executable file"):
        write_context(_folder(tmp_path / "again"), {"jj": tmp_path / "missing"})


def _folder(parent):
    made = parent / "context"
    made.mkdir(parents=True)
    return made


def test_package_source_is_the_one_the_system_is_configured_with():
    assert configured_source(lambda _: "mirror/debian\nmirror/security\n") == "mirror/debian"
    with pytest.raises(ExecutorError, match="no package source"):
        configured_source(lambda _: "\n")
