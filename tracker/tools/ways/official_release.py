"""The official release of jj, from where the Jujutsu project publishes it."""

import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from tracker.tools.download import Fetch, fetch
from tracker.tools.installation import CannotObtainError, Obtained, Report
from tracker.tools.pins import RELEASE_FILES, RELEASE_MEMBER, RELEASE_VERSION, ReleaseFile
from tracker.tools.verification import read_member, require_sha256


def this_platform() -> tuple[str, str]:
    """Return this machine's system and processor, lower case."""
    return platform.system().lower(), platform.machine().lower()


@dataclass(frozen=True)
class OfficialRelease:
    """Downloads the release's archive, compares its SHA-256 and takes the program out of it."""

    on: tuple[str, str] = field(default_factory=this_platform)
    files: Mapping[tuple[str, str], ReleaseFile] = field(default_factory=lambda: RELEASE_FILES)
    fetch: Fetch = fetch
    name: ClassVar[str] = f"official release {RELEASE_VERSION}"

    def obtain(self, scratch: Path, report: Report) -> Obtained:  # noqa: ARG002  a way's signature
        """Return the program of the release for this platform."""
        file = self.files.get(self.on)
        if file is None:
            raise CannotObtainError(f"no file is pinned for {' '.join(self.on)}")
        archive = scratch / f"{file.target}.tar.gz"
        self.fetch(file.url, archive)
        require_sha256(archive, file.sha256)
        program = scratch / RELEASE_MEMBER
        program.write_bytes(read_member(archive, RELEASE_MEMBER))
        return Obtained(
            program,
            source=f"official release {RELEASE_VERSION} ({file.target})",
            verified=f"archive: SHA-256 {file.sha256} as pinned",
        )
