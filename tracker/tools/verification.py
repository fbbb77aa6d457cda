"""Comparing files with the sums they must have, and taking one file out of an archive."""

import hashlib
import tarfile
from pathlib import Path

from tracker.tools.installation import CannotObtainError

# The largest program that is unpacked: several times the largest jj there is.
LARGEST_MEMBER_BYTES = 256 * 1024 * 1024


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def require_sha256(path: Path, expected: str) -> None:
    """Raise unless the file has the expected SHA-256."""
    found = sha256_of(path)
    if found != expected:
        raise CannotObtainError(
            f"{path.name} is refused: its SHA-256 is {found}, the pinned one is {expected}"
        )


def read_member(archive: Path, name: str) -> bytes:
    """Return the bytes of one regular file inside a tar archive; nothing is unpacked to disk."""
    try:
        with tarfile.open(archive) as opened:
            return _member_bytes(opened, name)
    except (tarfile.TarError, OSError, EOFError) as problem:
        raise CannotObtainError(f"{archive.name} cannot be read: {problem}") from problem


def _member_bytes(archive: tarfile.TarFile, name: str) -> bytes:
    for member in archive:
        if member.name.removeprefix("./") != name:
            continue
        stream = archive.extractfile(member) if member.isreg() else None
        if stream is None or member.size > LARGEST_MEMBER_BYTES:
            raise CannotObtainError(f"{name} in the archive is no program")
        return stream.read()
    raise CannotObtainError(f"the archive holds no {name}")
