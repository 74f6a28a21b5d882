"""What a killed process left: a ``.open`` file, cut to its last whole exchange and given its final name."""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from archive.errors import WarcError
from archive.warc.record import OPEN
from archive.warc.records import BadRecord, final_name, read_records


@dataclass(frozen=True, kw_only=True, slots=True)
class Salvaged:
    """One left-over file and what became of it."""

    filename: str
    """Final name; the file is gone when nothing in it was whole."""
    records: int
    """Records kept, the warcinfo record included."""
    kept: int
    """Bytes kept."""
    cut: int
    """Bytes cut off."""


def salvage(folder: Path) -> list[Salvaged]:
    """Complete every left-over ``.open`` file of the folder; one that a living process writes is left alone.

    Afterwards each holds whole exchanges only and bears its final name. A file without a single exchange is removed.
    Raises WarcError when a file cannot be read, cut or renamed; doing it again is safe.
    """
    found = []
    for path in sorted(folder.glob(f"*{OPEN}")) if folder.is_dir() else []:
        try:
            with path.open("r+b") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue
                found.append(_salvage(path, file))
        except OSError as error:
            raise WarcError(f"cannot salvage {path}: {error.strerror}; check the folder and its permissions") from error
    return found


def _salvage(path: Path, file: BinaryIO) -> Salvaged:
    name = final_name(path)
    target = path.with_name(name)
    if target.exists():
        raise WarcError(f"both {target} and {path.name} exist; move one of them away")
    size = file.seek(0, os.SEEK_END)
    kept, records = _whole(file, name)
    if not kept:
        path.unlink()
        return Salvaged(filename=name, records=0, kept=0, cut=size)
    file.truncate(kept)
    os.fsync(file.fileno())
    path.rename(target)
    return Salvaged(filename=name, records=records, kept=kept, cut=size - kept)


def _whole(file: BinaryIO, name: str) -> tuple[int, int]:
    """Where the last whole exchange ends, and the records up to there.

    The answer comes first and its request after it, so an answer at the end without a request was being written. Its
    writer had not been told that it is stored, so the address will be fetched again. An answer taken from another
    archive has no request and is whole by itself.
    """
    end = records = count = 0
    for record in read_records(file, name):
        if isinstance(record, BadRecord):
            continue
        count += 1
        if record.kind not in ("response", "revisit", "warcinfo") or "warc-source-uri" in record.fields:
            end, records = record.offset + record.length, count
    return end, records
