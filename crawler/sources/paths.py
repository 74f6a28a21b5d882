"""What a person names on the command line: files, folders, patterns and web addresses of WARC and WACZ files."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Iterator
from pathlib import Path

from crawler.errors import CrawlError

#: What a folder is searched for.
SUFFIXES = (".warc.gz", ".warc", ".arc.gz", ".arc", ".wacz")


def is_address(named: str) -> bool:
    """Is it a web address rather than a path?"""
    return named.lower().startswith(("http://", "https://"))


def named_files(named: Iterable[str]) -> list[Path]:
    """Every file meant by these paths, each once, in the order named; a folder's and a pattern's by name.

    Raises CrawlError for a path that is not there, a folder without web archives, a pattern that matches nothing.
    """
    return list(dict.fromkeys(path for one in named if not is_address(one) for path in _meant(one)))


def _meant(named: str) -> Iterator[Path]:
    path = Path(named)
    if path.is_dir():
        found = sorted(file for file in path.rglob("*") if file.is_file() and file.name.lower().endswith(SUFFIXES))
        if not found:
            raise CrawlError(f"{path} holds no web archive; their names end in {', '.join(SUFFIXES)}")
        yield from found
    elif path.exists():
        yield path
    else:
        matches = glob.glob(named, recursive=True) if glob.has_magic(named) else []  # noqa: PTH207 - absolute ones too
        matching = sorted(map(Path, matches))
        if not matching:
            raise CrawlError(f"{named} does not exist; name WARC or WACZ files, a folder, a pattern or a web address")
        yield from (file for file in matching if file.is_file())
