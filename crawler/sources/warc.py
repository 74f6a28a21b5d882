"""The WARC door: records of files that others or earlier runs wrote."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from archive.models import Capture
from archive.warc import BadRecord, adopt, read_captures


def warc_captures(path: Path, warc_folder: Path) -> Iterator[Capture | BadRecord]:
    """Every capture of the file, which is taken into the archive's WARC folder first.

    A damaged record is told in its place. Text records (WET) come as captures of source ``text``. Raises WarcError when
    the file cannot be read, is no WARC or ARC file, or cannot be copied; nothing was yielded then.
    """
    name = adopt(path, warc_folder)
    yield from read_captures(warc_folder / name, name=name)
