"""Parts of a portal where nothing is ever found: mazes that breed pages by their paths are left after a while."""

from __future__ import annotations

from collections import Counter
from urllib.parse import urlsplit

#: Outcomes that make a part of a portal worth visiting.
FRUIT = frozenset({"article", "listing", "file", "not_modified"})


class Barren:
    """Counts, for every top folder of a host, the pages that showed nothing; the folder itself ends in a slash."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._fruitful: set[tuple[str, str]] = set()
        self._empty: Counter[tuple[str, str]] = Counter()

    def note(self, url: str, outcome: str) -> None:
        """A page was answered so."""
        part = _part(url)
        if outcome in FRUIT:
            self._fruitful.add(part)
            self._empty.pop(part, None)
        elif part not in self._fruitful:
            self._empty[part] += 1

    def reached(self, url: str) -> bool:
        """Did so many pages beside this one show nothing, and none anything, that it is not worth a visit?"""
        return self._empty[_part(url)] >= self._limit


def _part(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    top, slash, _ = parts.path.lstrip("/").partition("/")
    return parts.netloc, f"{top.lower()}/" if slash else ""
