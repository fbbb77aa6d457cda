"""Compiling the probe on first use."""

import stat
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tracker.measurement.probe import build
from tracker.measurement.probe.build import (
    FLAGS,
    ProbeBuildError,
    build_probe,
    default_cache,
    probe_sources,
)
from tracker.measurement.probe.client import start_local_probe


def test_warnings_are_errors(compiler, tmp_path):
    for name, content in probe_sources().items():
        (tmp_path / name).write_bytes(content)
    units = [name for name in probe_sources() if name.endswith(".c")]
    strict = [*FLAGS, "-Wall", "-Wextra", "-Werror", "-o", "probe"]
    done = subprocess.run(
        [compiler, *strict, *units], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.usefixtures("compiler")
def test_second_use_does_not_compile(probe_cache):
    first = build_probe(probe_cache)
    made = first.path.stat().st_mtime_ns
    assert build_probe(probe_cache, compiler="no-such-compiler") == first
    assert first.path.stat().st_mtime_ns == made


@pytest.mark.usefixtures("compiler")
def test_folder_is_private_and_holds_nothing_half_made(tmp_path):
    cache = tmp_path / "cache"
    with ThreadPoolExecutor(3) as pool:
        built = list(pool.map(lambda _: build_probe(cache), range(3)))
    assert len({probe.path for probe in built}) == 1
    assert [path.name for path in cache.iterdir()] == [built[0].path.name]
    assert stat.S_IMODE(cache.stat().st_mode) == 0o700


def test_machine_without_static_libc_gets_a_dynamic_probe(compiler, tmp_path):
    wrapper = tmp_path / "no-static-cc"
    wrapper.write_text(
        f'#!/bin/sh\ncase " $* " in *" -static "*) exit 1;; esac\nexec {compiler} "$@"\n'
    )
    wrapper.chmod(0o755)
    probe = build_probe(tmp_path / "cache", compiler=str(wrapper))
    assert probe.linking == "dynamic"


def test_without_a_compiler_the_python_probe_measures(monkeypatch, tmp_path):
    monkeypatch.setattr(build.shutil, "which", lambda _: None)
    with pytest.raises(ProbeBuildError, match="no C compiler"):
        start_local_probe("c", cache=tmp_path)
    with start_local_probe("auto", cache=tmp_path) as probe:
        assert probe.hello.implementation == "python"


def test_compiler_that_fails_is_reported_with_its_last_line(tmp_path):
    wrapper = tmp_path / "broken-cc"
    wrapper.write_text("#!/bin/sh\necho no libc here >&2\nexit 1\n")
    wrapper.chmod(0o755)
    with pytest.raises(ProbeBuildError, match="no libc here"):
        build_probe(tmp_path / "cache", compiler=str(wrapper))


def test_program_that_does_not_answer_is_not_kept(tmp_path):
    wrapper = tmp_path / "odd-cc"
    wrapper.write_text("#!/bin/sh\nprintf '#!/bin/sh\\nexit 0\\n' > probe\nchmod +x probe\n")
    wrapper.chmod(0o755)
    with pytest.raises(ProbeBuildError, match="does not answer"):
        build_probe(tmp_path / "cache", compiler=str(wrapper))
    assert list((tmp_path / "cache").iterdir()) == []


def test_cache_is_the_users():
    assert default_cache({"XDG_CACHE_HOME": "/c"}) == Path("/c/vcs-tracker/probe")
    assert default_cache({"XDG_CACHE_HOME": "relative"}) == Path.home() / ".cache/vcs-tracker/probe"
    assert default_cache({}) == Path.home() / ".cache/vcs-tracker/probe"
