"""Compiles the probe on first use into the user's cache."""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Literal

from tracker.models.base import Value

FLAGS = ("-std=c11", "-O2", "-D_GNU_SOURCE")
COMPILE_SECONDS = 120
START_SECONDS = 10

Linking = Literal["static", "dynamic"]
LINK_FLAGS: Mapping[Linking, tuple[str, ...]] = {
    "static": ("-static", "-DPROBE_STATIC=1"),  # the same file runs in any container
    "dynamic": (),
}


class ProbeBuildError(Exception):
    """The probe cannot be compiled or started here; the message says why."""


class BuiltProbe(Value):
    """A compiled probe."""

    path: Path
    linking: Linking


def probe_sources() -> dict[str, bytes]:
    """Return the C sources by name, from wherever the package is installed."""
    found = files("tracker.measurement.probe").iterdir()
    return {
        source.name: source.read_bytes()
        for source in sorted(found, key=lambda entry: entry.name)
        if source.name.endswith((".c", ".h"))
    }


def default_cache(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the user's folder for compiled probes."""
    stated = Path(environment.get("XDG_CACHE_HOME", ""))
    base = stated if stated.is_absolute() else Path.home() / ".cache"
    return base / "vcs-tracker" / "probe"


def build_probe(cache: Path | None = None, compiler: str = "cc") -> BuiltProbe:
    """Return the compiled probe, compiling it if this version has not been compiled yet.

    Two processes that come here at once both compile, each into a file of its
    own; the last to finish replaces the other's equal result.
    """
    if sys.platform != "linux":
        raise ProbeBuildError(f"the C probe needs Linux, this is {sys.platform}")
    sources = probe_sources()
    folder = _private_folder(cache or default_cache())
    candidates = {linking: folder / _name(sources, linking) for linking in LINK_FLAGS}
    for linking, path in candidates.items():
        if os.access(path, os.X_OK):
            return BuiltProbe(path=path, linking=linking)
    found = shutil.which(compiler)
    if found is None:
        raise ProbeBuildError(f"no C compiler: {compiler} is not on PATH (Debian: gcc libc6-dev)")
    return _compile_first(sources, candidates, found)


def _compile_first(
    sources: Mapping[str, bytes], candidates: Mapping[Linking, Path], compiler: str
) -> BuiltProbe:
    problems: list[str] = []
    for linking, path in candidates.items():
        try:
            _compile(sources, path, compiler, LINK_FLAGS[linking])
        except ProbeBuildError as error:
            problems.append(f"{linking}: {error}")
        else:
            return BuiltProbe(path=path, linking=linking)
    raise ProbeBuildError("; ".join(problems))


def _name(sources: Mapping[str, bytes], linking: Linking) -> str:
    digest = hashlib.sha256()
    for part in (platform.machine(), *FLAGS, *LINK_FLAGS[linking]):
        digest.update(part.encode() + b"\0")
    for name, content in sources.items():
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return f"probe-{digest.hexdigest()[:24]}-{linking}"


def _private_folder(folder: Path) -> Path:
    """Return the folder, made for this user alone: what lies in it will be executed."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.stat()
        if status.st_uid != os.geteuid():
            raise ProbeBuildError(f"{folder} belongs to another user; remove it")
        if status.st_mode & 0o077:
            folder.chmod(0o700)
    except OSError as error:
        raise ProbeBuildError(f"{folder}: {error.strerror}; set XDG_CACHE_HOME") from error
    return folder


def _compile(
    sources: Mapping[str, bytes], target: Path, compiler: str, link_flags: tuple[str, ...]
) -> None:
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="building-") as name:
        building = Path(name)
        for source, content in sources.items():
            (building / source).write_bytes(content)
        units = sorted(source for source in sources if source.endswith(".c"))
        command = [compiler, *FLAGS, *link_flags, "-o", "probe", *units]
        _compiler_output(command, building)
        _must_start(building / "probe")
        (building / "probe").replace(target)


def _compiler_output(command: list[str], folder: Path) -> None:
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, timeout=COMPILE_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ProbeBuildError(f"{command[0]}: {error}") from error
    if done.returncode != 0:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise ProbeBuildError(f"{command[0]} failed: {lines[-1] if lines else done.returncode}")


def _must_start(program: Path) -> None:
    """Refuse a program that does not answer, such as one on a file system without execution."""
    greeting = b'{"id":1,"op":"hello"}\n{"id":2,"op":"quit"}\n'
    try:
        done = subprocess.run(
            [program], input=greeting, capture_output=True, timeout=START_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ProbeBuildError(f"the compiled probe does not start: {error}") from error
    if not done.stdout.startswith(b'{"id":1,"protocol":'):
        raise ProbeBuildError(f"the compiled probe does not answer (exit {done.returncode})")
