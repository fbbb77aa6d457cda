"""Size, copy, delta restore and comparison of directory trees."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tracker.measurement.probe.client import ProbeError, start_local_probe

NAMES = ["a", "b", "c", "folder", "folder/x", "folder/y", "folder/deep/z", "link", "üñ", "sp ace"]


def make_tree(root):
    (root / "folder" / "deep").mkdir(parents=True)
    for name in ("a", "b", "folder/x", "folder/deep/z", "üñ"):
        (root / name).write_text(name * 10)
        os.utime(root / name, ns=(10**18 + len(name), 10**18 + 123_456_789))
    (root / "b").chmod(0o755)
    (root / "folder" / "x").chmod(0o444)
    (root / "link").symlink_to("folder")
    (root / "dangling").symlink_to("/nowhere")


def picture(root):
    """Return everything a restore promises, seen by other means than the probe's."""
    found = {}
    for folder, directories, files in os.walk(root):
        for name in [*directories, *files, "."]:
            path = Path(folder, name)
            status = path.lstat()
            content = (
                path.readlink()
                if path.is_symlink()
                else path.read_bytes()
                if path.is_file()
                else None
            )
            times = None if path.is_symlink() else status.st_mtime_ns
            found[str(path.relative_to(root))] = (status.st_mode, times, content)
    return found


@pytest.fixture
def work(tmp_path):
    make_tree(tmp_path / "work")
    return tmp_path / "work"


@pytest.fixture
def pristine(tmp_path):
    return tmp_path / "pristine"


def test_snapshot_copies_modes_times_and_links(probe, work, pristine):
    copied = probe.snapshot(work, pristine)
    assert picture(pristine) == picture(work)
    assert copied.entries == 10
    assert probe.verify(work).different == 0


def test_untouched_tree_needs_nothing(probe, work, pristine):
    probe.snapshot(work, pristine)
    assert probe.differences(work).different == 0
    restored = probe.restore(work)
    assert (restored.changed, restored.scanned) == (0, 9)


def test_each_kind_of_change_is_put_right(probe, work, pristine):
    before = picture(work)
    probe.snapshot(work, pristine)
    (work / "a").write_text("other")
    (work / "b").unlink()
    (work / "new" / "deep").mkdir(parents=True)
    (work / "new" / "deep" / "file").write_text("new")
    (work / "link").unlink()
    (work / "link").symlink_to("elsewhere")
    (work / "üñ").chmod(0o600)
    assert set(probe.differences(work).paths) >= {"a", "b", "new", "link", "üñ"}
    restored = probe.restore(work)
    assert (restored.copied, restored.created, restored.removed) == (3, 1, 3)
    assert picture(work) == before
    assert probe.restore(work).changed == 0


def test_same_size_same_time_is_still_seen(probe, work, pristine):
    probe.snapshot(work, pristine)
    times = (work / "a").stat()
    (work / "a").write_text("A" * times.st_size)
    os.utime(work / "a", ns=(times.st_atime_ns, times.st_mtime_ns))
    assert probe.differences(work).paths == ("a",)
    assert probe.restore(work).copied == 1
    assert probe.verify(work).different == 0


def test_file_linked_from_outside_is_not_written_through(probe, work, pristine, tmp_path):
    os.link(work / "a", tmp_path / "outside")
    probe.snapshot(work, pristine)
    (work / "a").write_text("changed")
    probe.restore(work)
    assert (tmp_path / "outside").read_text() == "changed"
    assert (work / "a").read_text() == "a" * 10


def test_restore_never_leaves_the_tree_through_a_link(probe, work, pristine, tmp_path):
    outside = tmp_path / "outside"
    shutil.copytree(work / "folder", outside, symlinks=True)
    (outside / "extra").write_text("keep me")
    before = picture(outside)
    original = picture(work)
    probe.snapshot(work, pristine)
    shutil.rmtree(work / "folder")
    (work / "folder").symlink_to(outside)
    probe.restore(work)
    assert picture(outside) == before
    assert picture(work) == original


def test_closed_directories_are_opened_and_closed_again(probe, work, pristine):
    (work / "folder").chmod(0o555)
    before = picture(work)
    probe.snapshot(work, pristine)
    (work / "folder").chmod(0o755)
    shutil.rmtree(work / "folder" / "deep")
    (work / "shut").mkdir()
    (work / "shut" / "file").write_text("x")
    (work / "shut").chmod(0)
    probe.restore(work)
    assert picture(work) == before
    (work / "folder").chmod(0o755)


def test_sockets_belong_to_services_and_stay(probe, work, pristine):
    os.mkfifo(work / "before")
    probe.snapshot(work, pristine)
    os.mkfifo(work / "after")
    assert probe.restore(work).changed == 0
    assert (work / "before").is_fifo()
    assert (work / "after").is_fifo()


def test_names_that_are_no_text_are_restored(probe, work, pristine):
    odd = os.fsdecode(os.fsencode(work) + b'/odd\xff\n"name')
    Path(odd).write_text("odd")
    probe.snapshot(work, pristine)
    Path(odd).write_text("changed")
    assert probe.differences(work).paths == ('odd\\udcff\n"name',)
    probe.restore(work)
    assert Path(odd).read_text() == "odd"


MUTATIONS = st.lists(
    st.tuples(
        st.sampled_from(["write", "remove", "mkdir", "link", "chmod", "touch", "rename"]),
        st.sampled_from(NAMES),
        st.sampled_from(NAMES),
        st.binary(max_size=40),
    ),
    max_size=8,
)


def mutate(root, action, name, other, content):
    path = root / name
    try:
        if action == "write":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        elif action == "remove":
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        elif action == "mkdir":
            path.mkdir(parents=True)
        elif action == "link":
            path.symlink_to(other)
        elif action == "chmod":
            path.chmod(0o700 | len(content))
        elif action == "touch":
            path.touch()
        else:
            path.rename(root / other)
    except OSError:
        pass  # a mutation that cannot be made is none


@pytest.fixture(scope="module", params=["c", "python"])
def lasting_probe(request, probe_cache):
    if request.param == "c":
        request.getfixturevalue("compiler")
    with start_local_probe(request.param, cache=probe_cache) as client:
        yield client


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rounds=st.lists(MUTATIONS, min_size=1, max_size=3))
def test_any_change_is_put_right_and_then_nothing_is_left_to_do(lasting_probe, rounds):
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder, "work")
        make_tree(work)
        before = picture(work)
        lasting_probe.snapshot(work, Path(folder, "pristine"))
        for mutations in rounds:
            for mutation in mutations:
                mutate(work, *mutation)
            lasting_probe.restore(work)
            assert picture(work) == before
            assert lasting_probe.verify(work).different == 0
            assert lasting_probe.restore(work).changed == 0


def test_verify_sees_content_that_no_stat_shows(probe, work, pristine):
    probe.snapshot(work, pristine)
    times = (pristine / "a").stat()
    (pristine / "a").write_text("A" * times.st_size)
    os.utime(pristine / "a", ns=(times.st_atime_ns, times.st_mtime_ns))
    assert probe.differences(work).different == 0
    assert probe.verify(work).paths == ("a",)


def test_git_does_not_read_every_file_again_after_a_restore(probe, tmp_path, pristine, git):
    work = tmp_path / "work"
    work.mkdir()
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}

    def run(*arguments):
        identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
        return subprocess.run(
            [git, *identity, *arguments], cwd=work, env=environment, check=True, capture_output=True
        )

    run("init", "-q", "-b", "main")
    for number in range(300):
        (work / f"file{number}").write_text(f"{number}\n")
    run("add", ".")
    run("commit", "-q", "-m", "first")
    for number in range(300):
        os.utime(work / f"file{number}", ns=(10**18, 10**18))
    run("status")
    probe.snapshot(work, pristine)
    (work / "file7").write_text("changed")
    (work / "extra").write_text("new")
    run("add", ".")
    run("commit", "-q", "-m", "second")
    probe.restore(work)
    trace = tmp_path / "trace"
    environment |= {"GIT_TRACE2_PERF": str(trace), "GIT_OPTIONAL_LOCKS": "0"}
    assert run("status", "--porcelain").stdout == b""
    before = (work / ".git" / "index").stat()
    stale = run("diff-files", "--name-only").stdout.split()
    assert len(stale) <= 5
    assert (work / ".git" / "index").stat() == before
    assert len(run("log", "--format=%s").stdout.splitlines()) == 1


def test_snapshot_goes_to_an_empty_place_outside_the_tree(probe, work, pristine):
    with pytest.raises(ProbeError, match="must lie outside"):
        probe.snapshot(work, work / "pristine")
    pristine.mkdir()
    (pristine / "file").write_text("x")
    with pytest.raises(ProbeError, match="empty"):
        probe.snapshot(work, pristine)
    with pytest.raises(ProbeError, match="no snapshot"):
        probe.restore(work)


def test_copy_keeps_modes_and_times(probe, work, tmp_path):
    copied = probe.copy(work, tmp_path / "copy")
    assert picture(tmp_path / "copy") == picture(work)
    assert copied.total_bytes == 10 * (1 + 1 + 8 + 13 + 4)


def test_remove_deletes_below_its_root_only(probe, work, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (work / "exit").symlink_to(outside)
    for refused in (outside, work, work / "..", work / "exit" / "x", Path("/")):
        with pytest.raises(ProbeError, match="must lie below root"):
            probe.remove(refused, root=work)
    assert probe.remove(work / "exit", root=work) == 1
    assert outside.is_dir()
    (work / "folder" / "deep").chmod(0)
    assert probe.remove(work / "folder", root=work) == 4
    assert probe.remove(work / "folder", root=work) == 0


def test_scan_counts_a_file_with_two_names_once(probe, tmp_path):
    (tmp_path / "one").write_bytes(b"x" * 100_000)
    os.link(tmp_path / "one", tmp_path / "two")
    (tmp_path / "link").symlink_to("one")
    disk = probe.scan([tmp_path / "one", tmp_path / "two", tmp_path / "link"])
    for number in range(1000):  # more names than the first table holds
        (tmp_path / f"a{number}").write_text("x")
        os.link(tmp_path / f"a{number}", tmp_path / f"b{number}")
    expected = sum((tmp_path / name).lstat().st_blocks * 512 for name in ("one", "link"))
    assert (disk.allocated_bytes, disk.entries) == (expected, 3)
    names = [tmp_path / f"{letter}{number}" for letter in "ab" for number in range(1000)]
    one_each = probe.scan(names[:1000])
    assert probe.scan(names).allocated_bytes == one_each.allocated_bytes > 0
    with pytest.raises(ProbeError, match="nowhere"):
        probe.scan([tmp_path / "nowhere"])


def test_ten_thousand_files_do_not_raise_the_floor(c_probe, command, tmp_path):
    for folder in range(100):
        (tmp_path / "many" / str(folder)).mkdir(parents=True)
        for number in range(100):
            (tmp_path / "many" / str(folder) / f"{number}.txt").touch()
    before = c_probe.run(command(("true",))).floor_bytes
    c_probe.snapshot(tmp_path / "many", tmp_path / "pristine")
    assert c_probe.restore(tmp_path / "many").scanned == 10_100
    assert c_probe.run(command(("true",))).floor_bytes <= before + 64 * 1024
