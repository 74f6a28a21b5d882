"""The list of holes: what is known of the portal, what of it is held, and where the rest could still be had.

A page is known when a section list or feed names it, when the crawl met its address, or when another archive's index
has it. It is held when it was ever read as an article. The rest is missing: waiting for its visit, failed, or gone from
the portal and perhaps kept elsewhere.
"""

from __future__ import annotations

import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from archive.cdx import surt

#: A day in an address, as portals write it into paths: 2020-3-21.
_DAY = re.compile(r"/((?:19|20)\d\d)-(\d{1,2})-\d{1,2}(?=[/.-]|$)")

UNKNOWN = ""
"""Month or section of a page that tells none."""

_HELD = "select u.canonical_url, a.section from article_urls u join articles a on a.id = u.article_id"
_LISTED = "select list_url, target_url, date from list_items"
_MET = "select substr(key, 5), state, outcome from frontier where method = 'GET'"
#: What a visit gave that leaves nothing to be had: the address is read as what it is.
_READ = frozenset({"article", "listing", "file", "redirect", "robots", "not_modified", "no_article", "unsupported"})

_ELSEWHERE = """
select distinct original, source from holdings where state in ('waiting', 'failed') and priority = 0
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Hole:
    """A page that is known and not held."""

    url: str
    section: str
    month: str
    """``2019-10``, or empty."""
    why: str
    """``waiting`` for its visit, what its visit gave (``not_found``, ``server_error`` ...), or ``elsewhere``: no crawl
    met it and another archive has it."""
    where: tuple[str, ...]
    """Where it could be fetched: ``portal`` and names of other archives."""


@dataclass(kw_only=True, slots=True)
class Cell:
    """What is known of one section in one month."""

    known: int = 0
    held: int = 0
    elsewhere: int = 0
    """Missing here and kept by another archive."""

    @property
    def missing(self) -> int:
        """Known and not held."""
        return self.known - self.held


@dataclass(frozen=True, kw_only=True, slots=True)
class Coverage:
    """What is known and held, by section and month, and every hole."""

    cells: dict[tuple[str, str], Cell] = field(default_factory=dict)
    """(section, month) -> its numbers."""
    holes: tuple[Hole, ...] = ()

    def total(self, cells: Iterable[Cell] | None = None) -> Cell:
        """The sum of some cells, by default all of them."""
        chosen = list(self.cells.values() if cells is None else cells)
        return Cell(
            known=sum(cell.known for cell in chosen),
            held=sum(cell.held for cell in chosen),
            elsewhere=sum(cell.elsewhere for cell in chosen),
        )


def coverage(conn: sqlite3.Connection) -> Coverage:
    """What the archive knows and holds of its portal."""
    cells: defaultdict[tuple[str, str], Cell] = defaultdict(Cell)
    for section, day in conn.execute("select section, coalesce(published_at, updated_at) from articles"):
        cell = cells[section or UNKNOWN, (day or "")[:7]]
        cell.known += 1
        cell.held += 1
    holes = tuple(_holes(conn))
    for hole in holes:
        cell = cells[hole.section, hole.month]
        cell.known += 1
        cell.elsewhere += bool(set(hole.where) - {"portal"})
    return Coverage(cells=dict(cells), holes=holes)


def _holes(conn: sqlite3.Connection) -> Iterator[Hole]:
    held = {surt(url): section or UNKNOWN for url, section in conn.execute(_HELD)}
    met = {surt(url): (url, state, outcome or "waiting") for url, state, outcome in conn.execute(_MET)}
    others = _elsewhere(conn)
    known = _listed(conn, held)
    for key, (url, _) in others.items():
        known.setdefault(key, (url, UNKNOWN, _month_of(url)))
    for key, (url, state, _) in met.items():
        if state in ("pending", "failed"):
            known.setdefault(key, (url, UNKNOWN, _month_of(url)))
    for key, (url, section, month) in sorted(known.items()):
        _, state, outcome = met.get(key, (url, None, "elsewhere"))
        sources = tuple(sorted(others[key][1])) if key in others else ()
        # What a crawl refuses, or never asks for, is no page of the portal; what was read is no hole.
        if key in held or state == "refused" or (state is None and not sources) or outcome in _READ:
            continue
        why = "waiting" if state == "pending" else outcome
        again = ("portal",) if state in ("pending", "failed") else ()
        yield Hole(url=url, section=section, month=month, why=why, where=(*again, *sources))


def _listed(conn: sqlite3.Connection, held: dict[str, str]) -> dict[str, tuple[str, str, str]]:
    """What lists and feeds name: key -> address, section, month."""
    rows = conn.execute(_LISTED).fetchall()
    sections = _sections_of_lists(rows, held)
    found: dict[str, tuple[str, str, str]] = {}
    for list_url, target, date in rows:
        key, month = surt(target), (date or "")[:7] or _month_of(target)
        if key not in found or (month and not found[key][2]):
            found[key] = (target, sections.get(list_url, UNKNOWN), month)
    return found


def _elsewhere(conn: sqlite3.Connection) -> dict[str, tuple[str, set[str]]]:
    """What other archives have and this one did not fetch: key -> address, their names."""
    found: dict[str, tuple[str, set[str]]] = {}
    for original, source in conn.execute(_ELSEWHERE):
        found.setdefault(surt(original), (original, set()))[1].add(source)
    return found


def _sections_of_lists(listed: Iterable[tuple[str, str, str | None]], held: dict[str, str]) -> dict[str, str]:
    """List -> the section most of its held articles stand in."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for list_url, target, _ in listed:
        if section := held.get(surt(target)):
            counts[list_url][section] += 1
    return {url: min(named.items(), key=lambda one: (-one[1], one[0]))[0] for url, named in counts.items()}


def _month_of(url: str) -> str:
    found = _DAY.search(url)
    return f"{found[1]}-{int(found[2]):02d}" if found and 1 <= int(found[2]) <= 12 else UNKNOWN
