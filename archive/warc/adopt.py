"""Foreign WARC files taken into the archive's own folder, so that every capture's record can be found again."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

from archive.errors import WarcError
from archive.warc.record import OPEN
from archive.warc.records import open_warc

#: Below the archive's folder, apart from what its own crawls wrote.
IMPORTED = "imported"


def adopt(path: Path, folder: Path) -> str:
    """Copy a WARC file below ``folder`` and return the name its captures are filed under, relative to the folder.

    The file keeps its name. One that is there already is not copied again; another file of the same name gets eight
    digits of its SHA-256 into its name, so that the records of two files are never taken for each other. Raises
    WarcError, and leaves no half copy, when the file is no WARC file or the disk is full.
    """
    open_warc(path).close()
    target = folder / IMPORTED
    try:
        digest = _sha256(path)
        for name in (path.name, _marked(path.name, digest)):
            there = target / name
            if not there.exists():
                _copy(path, there)
                return f"{IMPORTED}/{name}"
            if there.samefile(path) or _sha256(there) == digest:
                return f"{IMPORTED}/{name}"
    except OSError as error:
        raise WarcError(f"cannot take {path} into {target}: {error.strerror}; check both and the space left") from error
    raise WarcError(f"{target / name} was changed since it was imported; restore it or move it away")


def _copy(path: Path, there: Path) -> None:
    half = there.with_name(f"{there.name}.{os.getpid()}{OPEN}-copy")
    there.parent.mkdir(parents=True, exist_ok=True)
    try:
        shutil.copyfile(path, half)
        half.rename(there)
    except BaseException:
        half.unlink(missing_ok=True)
        raise


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _marked(name: str, digest: str) -> str:
    stem, dot, rest = name.partition(".")
    return f"{stem}-{digest[:8]}{dot}{rest}"
