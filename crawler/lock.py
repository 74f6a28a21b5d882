"""The lock of an archive: one process writes it at a time."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import IO

from crawler.errors import AlreadyRunning, CrawlError

#: File systems whose locks may not hold between machines, and on which SQLite's write-ahead log does not work either.
NETWORKED = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "9p", "afs", "ceph", "glusterfs", "lustre", "gfs2", "ocfs2"}
    | {"fuse.sshfs", "fuse.glusterfs", "fuse.ceph", "fuse.s3fs", "fuse.rclone", "davfs", "fuse.davfs2", "beegfs"}
)

MOUNTS = Path("/proc/self/mountinfo")


def take_lock(archive: Path) -> IO[str]:
    """The archive's lock, released by the kernel when the process ends, however it ends.

    Raises AlreadyRunning when another process holds it, CrawlError on a network file system, where two machines could
    both hold it, or where the lock cannot be written.
    """
    kind = network_kind(archive)
    if kind is not None:
        raise CrawlError(f"{archive.parent} is a network file system ({kind}); keep the archive on a local disk")
    path = lock_path(archive)
    try:
        lock = path.open("a+")
    except OSError as error:
        raise CrawlError(f"cannot write {path}: {error.strerror}; choose a folder you may write to") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise AlreadyRunning(f"another crawl or ingest is writing {archive}; wait for it, or stop it first") from error
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock


def lock_path(archive: Path) -> Path:
    """The lock's file, beside the archive."""
    return archive.with_name(archive.name + ".lock")


def holder(archive: Path) -> int | None:
    """The id of the process that writes the archive now; None when none does. 0 when it cannot be told."""
    try:
        with lock_path(archive).open() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                text = lock.read().strip()
                return int(text) if text.isdigit() else 0
            return None
    except OSError:
        return None


def network_kind(path: Path, mounts: Path = MOUNTS) -> str | None:
    """The kind of network file system the path lies on; None for a local one, and where the system does not tell."""
    try:
        lines = mounts.read_text("utf-8", "replace").splitlines()
    except OSError:
        return None
    place, best, kind = path.absolute(), -1, ""
    while not place.exists() and place != place.parent:
        place = place.parent
    place = place.resolve()
    for line in lines:
        head, _, tail = line.partition(" - ")
        fields, types = head.split(" "), tail.split(" ")
        if len(fields) < 5 or not types[0]:
            continue
        point = Path(fields[4].encode().decode("unicode_escape"))
        depth = len(point.parts)
        if depth >= best and (place == point or point in place.parents):  # of mounts over one another the last counts
            best, kind = depth, types[0]
    return kind if kind in NETWORKED else None
