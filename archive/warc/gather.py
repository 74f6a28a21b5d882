"""WARC files of several archives brought into the folder of another, under the names their captures are filed under."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

from archive.errors import WarcError

Way = Literal["link", "copy", "none"]
"""Hard links where the file system can, copies, or nothing: the files stay where they are."""


def gather(names: Iterable[str], folders: Sequence[Path], target: Path, way: Way) -> tuple[int, list[str]]:
    """The named files stand below ``target``; how many do, and the names of those that are nowhere.

    A file that is there already stays. Raises WarcError when another file of that size has its name, or when a link or
    copy cannot be made.
    """
    brought, absent = 0, []
    for name in names:
        source = next((folder / name for folder in folders if (folder / name).is_file()), None)
        if source is None:
            absent.append(name)
        elif way != "none":
            bring(source, target / name, way)
            brought += 1
    return brought, absent


def bring(source: Path, path: Path, way: Way) -> None:
    """The file stands at ``path`` as well. Raises WarcError when another one does, or it cannot be brought there."""
    try:
        if path.exists():
            if not path.samefile(source) and path.stat().st_size != source.stat().st_size:
                raise WarcError(f"{path} is another file than {source}; choose another folder")
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        if way == "link":
            _link(source, path)
        else:
            _copy(source, path)
    except OSError as error:
        raise WarcError(f"cannot bring {source} to {path}: {error.strerror}; check both and the space left") from error


def _link(source: Path, path: Path) -> None:
    try:
        path.hardlink_to(source)
    except OSError:  # another file system, or one without links
        _copy(source, path)


def _copy(source: Path, path: Path) -> None:
    half = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        shutil.copyfile(source, half)
        half.rename(path)
    finally:
        half.unlink(missing_ok=True)
