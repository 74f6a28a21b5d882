"""The door to what is kept already: an archive's WARC folder, a folder of WARC files, or one file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from archive.database import warc_folder
from archive.errors import WarcError
from archive.models import Capture
from archive.warc import BadRecord, read_captures

_SQLITE = b"SQLite format 3\0"
_ENDINGS = (".warc", ".warc.gz", ".arc", ".arc.gz", ".wet", ".wet.gz", ".open")


def warc_files(path: Path) -> list[Path]:
    """The WARC files that ``path`` stands for, by name: those beside an archive's database, in a folder, or itself.

    Raises WarcError where there is none.
    """
    if path.is_dir():
        folder = path
    elif _is_database(path):
        folder = warc_folder(path)
    else:
        return [path]
    files = sorted(file for file in folder.rglob("*") if file.is_file() and file.name.endswith(_ENDINGS))
    if not files:
        raise WarcError(f"{path}: no WARC file in {folder}; name an archive, a folder of WARC files or a WARC file")
    return files


def kept_captures(files: Iterable[Path]) -> Iterator[Capture | BadRecord]:
    """Every capture of these files, file by file. Raises WarcError for one that is no WARC file."""
    for file in files:
        yield from read_captures(file)


def _is_database(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(_SQLITE)) == _SQLITE
    except OSError as error:
        raise WarcError(f"{path}: cannot be read: {error.strerror}") from error
