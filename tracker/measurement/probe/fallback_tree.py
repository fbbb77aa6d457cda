"""Directory trees in the fallback probe: size, copy, restore. No link is followed."""

import contextlib
import os
import stat
import time
from collections.abc import Iterator
from typing import NamedTuple

from tracker.measurement.probe.fallback_run import Json, RequestError

MOST_LISTED = 50
CHUNK = 1 << 18
RACY_NS = 20_000_000
"""A change within one tick of the file system's clock would leave no trace in a time."""


class Entry(NamedTuple):
    """What a stat says of an entry."""

    mode: int
    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int

    def is_directory(self) -> bool:
        """Return whether it is a directory itself, not a link to one."""
        return stat.S_ISDIR(self.mode)


class Manifest(NamedTuple):
    """A work tree as it was when its pristine copy was made."""

    pristine: str
    entries: dict[str, Entry]


MANIFESTS: dict[str, Manifest] = {}


def entry_of(path: str) -> Entry:
    """Return what is at `path`."""
    found = os.lstat(path)
    return Entry(found.st_mode, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def is_kept_kind(mode: int) -> bool:
    """Return whether it is a socket, pipe or device, which belongs to a running program."""
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode))


def walk(root: str, below: str = "") -> Iterator[tuple[str, Entry]]:
    """Yield relative paths with their entries, a directory before what it holds."""
    folder = os.path.join(root, below) if below else root
    _let_in(folder)
    for name in sorted(os.listdir(folder)):
        path = f"{below}/{name}" if below else name
        try:
            entry = entry_of(os.path.join(root, path))
        except FileNotFoundError:
            continue
        if is_kept_kind(entry.mode):
            continue
        yield path, entry
        if entry.is_directory():
            with contextlib.suppress(FileNotFoundError):  # taken away by who walks
                yield from walk(root, path)


def _let_in(folder: str) -> None:
    """Open a directory to its owner; its mode is put right afterwards."""
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        os.chmod(folder, 0o700)


def copy_entry(source: str, target: str, entry: Entry) -> None:
    """Copy one file or link, or make one directory, with mode and time."""
    if entry.is_directory():
        os.mkdir(target, 0o700)  # its mode and time come last
    elif stat.S_ISLNK(entry.mode):
        os.symlink(os.readlink(source), target)
        os.utime(target, ns=(entry.mtime_ns, entry.mtime_ns), follow_symlinks=False)
    else:
        _copy_file(source, target, entry)


def _copy_file(source: str, target: str, entry: Entry) -> None:
    reader = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    writer = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with open(reader, "rb") as old, open(writer, "wb") as new:
        while chunk := old.read(CHUNK):
            new.write(chunk)
    os.chmod(target, stat.S_IMODE(entry.mode))
    os.utime(target, ns=(entry.mtime_ns, entry.mtime_ns))


def finish_directory(path: str, entry: Entry) -> None:
    """Give a directory its mode and time."""
    os.chmod(path, stat.S_IMODE(entry.mode))
    os.utime(path, ns=(entry.mtime_ns, entry.mtime_ns))


def copy_tree(source: str, target: str) -> tuple[dict[str, Entry], Json]:
    """Copy a tree into an empty place."""
    os.makedirs(target, 0o700, exist_ok=True)
    if os.listdir(target):
        raise RequestError(f"{target}: is not empty")
    entries = {"": entry_of(source), **dict(walk(source))}
    skipped = 0
    for path, entry in entries.items():
        if path:
            copy_entry(f"{source}/{path}", f"{target}/{path}", entry)
        if entry.is_directory():
            here = os.scandir(f"{source}/{path}")
            skipped += sum(is_kept_kind(one.stat(follow_symlinks=False).st_mode) for one in here)
    for path, entry in reversed(entries.items()):
        if entry.is_directory():
            finish_directory(f"{target}/{path}", entry)
    size = sum(entry.size for entry in entries.values() if stat.S_ISREG(entry.mode))
    return entries, {"entries": len(entries), "bytes": size, "skipped": skipped}


def remove_entry(path: str) -> int:
    """Remove whatever is at `path`; return how many entries it was."""
    if not entry_of(path).is_directory():
        os.unlink(path)
        return 1
    _let_in(path)
    removed = sum(remove_entry(f"{path}/{name}") for name in os.listdir(path))
    os.rmdir(path)
    return removed + 1


def _absolute(request: Json, key: str) -> str:
    path = request.get(key)
    if not isinstance(path, str) or not path.startswith("/") or "\0" in path:
        raise RequestError(f"{key}: must be an absolute path")
    return path


def _known(request: Json) -> tuple[str, Manifest]:
    work = _absolute(request, "work")
    if work not in MANIFESTS:
        raise RequestError("work: no snapshot has been taken of this tree")
    return work, MANIFESTS[work]


def _lies_within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder + "/")


def scan(request: Json) -> Json:
    """Return allocated bytes and entries; a file with several names counts once."""
    paths = request.get("paths")
    if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
        raise RequestError("paths: must be a list of paths")
    seen: set[tuple[int, int]] = set()
    blocks = entries = 0
    pending = list(paths)
    while pending:
        path = pending.pop()
        found = os.lstat(path)
        entries += 1
        if stat.S_ISDIR(found.st_mode):
            pending += [f"{path}/{name}" for name in os.listdir(path)]
        elif (found.st_dev, found.st_ino) in seen:
            continue
        elif found.st_nlink > 1:
            seen.add((found.st_dev, found.st_ino))
        blocks += found.st_blocks
    return {"allocatedBytes": blocks * 512, "entries": entries}


def snapshot(request: Json) -> Json:
    """Copy a work tree and remember what it looks like."""
    work, pristine = _absolute(request, "work"), _absolute(request, "pristine")
    if _lies_within(pristine, work) or _lies_within(work, pristine):
        raise RequestError("pristine: must lie outside the work tree")
    entries, answer = copy_tree(work, pristine)
    MANIFESTS[work] = Manifest(pristine, entries)
    if time.time_ns() - max(entry.ctime_ns for entry in entries.values()) < RACY_NS:
        time.sleep(RACY_NS / 1e9)
    return answer


def differs(recorded: Entry, now: Entry) -> bool:
    """Return whether an entry is not as recorded; of a directory only its mode counts."""
    return recorded.mode != now.mode if now.is_directory() else recorded != now


def restore(request: Json) -> Json:
    """Put right what differs; files are replaced, for they may be linked from outside."""
    work, (pristine, entries) = _known(request)
    counts = {"scanned": 0, "copied": 0, "removed": 0, "created": 0}
    seen: set[str] = set()
    for path, now in walk(work):
        counts["scanned"] += 1
        recorded = entries.get(path)
        whole = f"{work}/{path}"
        if recorded is None or stat.S_IFMT(recorded.mode) != stat.S_IFMT(now.mode):
            _let_in(os.path.dirname(whole))
            counts["removed"] += remove_entry(whole)
            continue
        seen.add(path)
        if not now.is_directory() and recorded != now:
            remove_entry(whole)
            copy_entry(f"{pristine}/{path}", whole, recorded)
            entries[path] = entry_of(whole)
            counts["copied"] += 1
    for path, recorded in entries.items():
        if path and path not in seen:
            copy_entry(f"{pristine}/{path}", f"{work}/{path}", recorded)
            if not recorded.is_directory():
                entries[path] = entry_of(f"{work}/{path}")
            counts["created"] += 1
    _mend_directories(work, entries)
    return counts


def _mend_directories(work: str, entries: dict[str, Entry]) -> None:
    for path, recorded in reversed(entries.items()):
        if not recorded.is_directory():
            continue
        whole = f"{work}/{path}" if path else work
        now = entry_of(whole)
        if (now.mode, now.mtime_ns) != (recorded.mode, recorded.mtime_ns):
            finish_directory(whole, recorded)


def _listed(scanned: int, different: list[str]) -> Json:
    return {"scanned": scanned, "different": len(different), "paths": different[:MOST_LISTED]}


def differences(request: Json) -> Json:
    """List what differs by stat; nothing is changed."""
    work, (_, entries) = _known(request)
    found = dict(walk(work))
    changed = [p for p, now in found.items() if p not in entries or differs(entries[p], now)]
    missing = [path for path in entries if path and path not in found]
    return _listed(len(found), changed + missing)


def verify(request: Json) -> Json:
    """List what differs by content, mode and time from the pristine copy."""
    work, (pristine, _) = _known(request)
    is_now, was = dict(walk(work)), dict(walk(pristine))
    wrong = [
        path
        for path, now in is_now.items()
        if path not in was or not _same(f"{work}/{path}", f"{pristine}/{path}", now, was[path])
    ]
    return _listed(len(is_now), wrong + [path for path in was if path not in is_now])


def _same(one: str, other: str, now: Entry, was: Entry) -> bool:
    if (now.mode, now.mtime_ns) != (was.mode, was.mtime_ns):
        return False
    if now.is_directory():
        return True
    if stat.S_ISLNK(now.mode):
        return os.readlink(one) == os.readlink(other)
    if now.size != was.size:
        return False
    with open(one, "rb") as first, open(other, "rb") as second:
        while chunk := first.read(CHUNK):
            if chunk != second.read(CHUNK):
                return False
    return True


def copy(request: Json) -> Json:
    """Copy a tree with modes and times."""
    source, target = _absolute(request, "source"), _absolute(request, "target")
    if _lies_within(target, source):
        raise RequestError("target: must not lie within the source")
    return copy_tree(source, target)[1]


def remove(request: Json) -> Json:
    """Delete a tree that lies below `root`."""
    path, root = _absolute(request, "path").rstrip("/"), _absolute(request, "root")
    holder, name = os.path.split(path)
    real = os.path.realpath(holder)
    if name in {"", ".", ".."} or not _lies_within(real, os.path.realpath(root)):
        raise RequestError("path: must lie below root")
    whole = f"{real}/{name}"
    return {"removed": remove_entry(whole) if os.path.lexists(whole) else 0}


OPERATIONS = {
    "scan": scan,
    "snapshot": snapshot,
    "restore": restore,
    "differences": differences,
    "verify": verify,
    "copy": copy,
    "remove": remove,
}
