import os
import subprocess
import sys

import psutil

from tracker.measurement.sweep import MARKER, Owner, claim, is_alive, sweep


def dead_owner():
    process = subprocess.Popen([sys.executable, "-S", "-c", ""])
    process.wait()
    return Owner(pid=process.pid, started=1.0)


def folder(parent, name, owner):
    path = parent / name
    path.mkdir()
    (path / MARKER).write_text(owner.to_json())
    (path / "file").write_text("x")
    return path


def test_folder_of_a_dead_session_is_removed(tmp_path):
    gone = folder(tmp_path, "benchmark-1", dead_owner())
    assert sweep(tmp_path) == (gone,)
    assert not gone.exists()


def test_folder_of_this_session_stays(tmp_path):
    claim(tmp_path / "benchmark-1")
    assert sweep(tmp_path) == ()
    assert (tmp_path / "benchmark-1").is_dir()


def test_number_given_to_another_process_is_not_the_owner():
    own = psutil.Process().create_time()
    assert is_alive(Owner(pid=os.getpid(), started=own))
    assert not is_alive(Owner(pid=os.getpid(), started=own - 3600))


def test_folder_without_a_readable_marker_stays(tmp_path):
    (tmp_path / "something").mkdir()
    (tmp_path / "else").mkdir()
    (tmp_path / "else" / MARKER).write_text("{")
    assert sweep(tmp_path) == ()
    assert sweep(tmp_path / "nowhere") == ()
