"""Lines that repeat on the text records of a host: what markup would show as menus and footers, told by repetition.

A text record shows no markup, and a portal's own greeting or footer is no line that could be known beforehand. A line
that stands at the edge of many pages of one host, above or below their prose, is dress; one that also stands inside the
prose (a document's formulas) is not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from crawler.extract.boilerplate import is_chrome
from crawler.extract.dates import date_line
from crawler.extract.dom import line_key, squash
from crawler.extract.labels import read_labels
from crawler.extract.repair import resolved

#: Share of a host's pages a line must stand on, and the fewest pages whatever their share.
LEAST_SHARE = 0.3
FEWEST_PAGES = 5

#: Share of a line's pages on which it stands at an edge.
_AT_EDGE = 0.9
_PROSE = 140
_SENTENCE = 70
_LONGEST = 200
_EDGE_LINES = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class Repeated:
    """A line of the portal's dress."""

    text: str
    """As printed most often."""
    pages: int
    share: float
    """Of the host's pages."""


def repeated_lines(
    texts: Iterable[str], *, least_share: float = LEAST_SHARE, fewest_pages: int = FEWEST_PAGES
) -> list[Repeated]:
    """The lines that dress the pages of one host, the most frequent first. Dates, credits and the lines that are known
    anyway are left out. The order of the pages does not matter."""
    pages = 0
    shown: Counter[str] = Counter()
    at_edge: Counter[str] = Counter()
    spelled: dict[str, Counter[str]] = {}
    for text in texts:
        pages += 1
        lines = [line for line in map(squash, resolved(text).splitlines()) if line]
        edges = _edges(lines)
        for key, line in {line_key(line): line for line in lines if len(line) <= _LONGEST}.items():
            shown[key] += 1
            at_edge[key] += key in edges
            spelled.setdefault(key, Counter())[line] += 1
    least = max(fewest_pages, least_share * pages)
    found = [
        Repeated(text=_commonest(spelled[key]), pages=count, share=count / pages)
        for key, count in shown.items()
        if key and count >= least and at_edge[key] >= _AT_EDGE * count
    ]
    kept = [line for line in found if not _is_known(line.text)]
    return sorted(kept, key=lambda line: (-line.pages, line.text))


def _edges(lines: list[str]) -> set[str]:
    """Keys of the lines above and below a page's prose, as far as an edge reaches; of the whole page without prose."""
    prose = [index for index, line in enumerate(lines) if _is_prose(line)]
    top = lines[: min(prose[0], _EDGE_LINES)] if prose else lines[:_EDGE_LINES]
    bottom = lines[max(prose[-1] + 1, len(lines) - _EDGE_LINES) :] if prose else lines[-_EDGE_LINES:]
    inside = {line_key(line) for line in lines[len(top) : len(lines) - len(bottom)]}
    return {line_key(line) for line in (*top, *bottom)} - inside


def _is_prose(line: str) -> bool:
    return len(line) > _PROSE or (len(line) > _SENTENCE and line.rstrip('"”’)').endswith((".", ";", ":", "…")))


def _commonest(spellings: Counter[str]) -> str:
    return max(spellings, key=lambda line: (spellings[line], line))


def _is_known(line: str) -> bool:
    return is_chrome(line) or date_line(line) is not None or bool(read_labels(line))
