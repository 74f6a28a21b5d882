"""The lock of an archive: one process writes it at a time."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import IO

from crawler.errors import AlreadyRunning, CrawlError


def take_lock(archive: Path) -> IO[str]:
    """The archive's lock, released by the kernel when the process ends, however it ends."""
    path = archive.with_name(archive.name + ".lock")
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
