"""jj compiled from the crate its project publishes."""

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from tracker.tools.command import Runner, run_command
from tracker.tools.installation import CannotObtainError, Obtained, Report
from tracker.tools.pins import CARGO_CRATE, CARGO_NEEDS_RUST, CARGO_VERSION
from tracker.tools.versions import find_version, version_key

ANSWER_TIMEOUT_S = 15.0
# Eight minutes on two idle cores; an hour on a busy machine.
BUILD_TIMEOUT_S = 3600.0
_HURRY = {"CARGO_NET_RETRY": "0", "CARGO_HTTP_TIMEOUT": "5"}


@dataclass(frozen=True)
class CargoBuild:
    """Has cargo compile the locked crate; CARGO_HOME and RUSTUP_HOME are honoured as set."""

    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    run: Runner = run_command
    which: Callable[[str], str | None] = shutil.which
    name: ClassVar[str] = f"cargo install {CARGO_CRATE} {CARGO_VERSION}"

    def obtain(self, scratch: Path, report: Report) -> Obtained:
        """Return the program compiled into `scratch`."""
        cargo = self._needed("cargo")
        self._needed("cc")
        self._require_rust(self._needed("rustc"))
        self._require_crate(cargo)
        report(f"jj: compiling {CARGO_CRATE} {CARGO_VERSION}, which takes some minutes …")
        built = self.run(
            [
                *(cargo, "install", "--locked", "--quiet", "--bin", "jj", CARGO_CRATE),
                *("--version", CARGO_VERSION, "--root", str(scratch / "root")),
            ],
            timeout_s=BUILD_TIMEOUT_S,
            environ={**self.environ, "CARGO_TARGET_DIR": str(scratch / "target")},
            cwd=scratch,
        )
        program = scratch / "root" / "bin" / "jj"
        if not built.succeeded or not program.is_file():
            raise CannotObtainError(f"cargo failed: {built.last_line}")
        return Obtained(
            program,
            source=f"compiled from crate {CARGO_CRATE} {CARGO_VERSION}",
            verified="each crate: by cargo, against the sums in the crate's own lock file",
        )

    def _needed(self, name: str) -> str:
        found = self.which(name)
        if found is None:
            raise CannotObtainError(f"no {name} on PATH")
        return found

    def _require_rust(self, rustc: str) -> None:
        answer = self.run([rustc, "--version"], timeout_s=ANSWER_TIMEOUT_S, environ=self.environ)
        version = find_version(answer.stdout) if answer.succeeded else None
        if version is None:
            raise CannotObtainError("rustc is there but no toolchain answers (RUSTUP_HOME?)")
        if version_key(version) < CARGO_NEEDS_RUST:
            needed = ".".join(map(str, CARGO_NEEDS_RUST))
            raise CannotObtainError(f"rustc {version} is too old, {needed} is needed")

    def _require_crate(self, cargo: str) -> None:
        answer = self.run(
            [cargo, "info", "--quiet", f"{CARGO_CRATE}@{CARGO_VERSION}"],
            timeout_s=ANSWER_TIMEOUT_S,
            environ={**self.environ, **_HURRY},
        )
        if not answer.succeeded:
            raise CannotObtainError(f"cargo does not find the crate: {answer.last_line}")
