"""Candidates from the term index: the entries that hold the rarest of what is wanted, within a budget.

Reading a list of entries costs the same for each, so lists are read from the shortest on until the budget is spent;
what a query costs does not grow with the archive. Lists of terms that most entries hold say little anyway; where a
query has nothing else, those that have it in the title come first, then the latest entries.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from archive.entries import COMMON
from archive.terms import IN_TITLE
from archive.wanted import Wanted

#: Entries read of all lists together, besides the first.
BUDGET = 20_000
#: Entries of which a single list is never read further.
_LONGEST = 30_000
#: Fewer candidates than these are topped up from titles and the latest entries.
_ENOUGH = 200
_LATEST = 1_000

_READ = "select rowid from search_terms where search_terms match ?"


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidates:
    """Entries with what they hold of the query, and what each term is worth."""

    scores: dict[int, float]
    worth: dict[str, float]
    """Of every wanted term: greater, the fewer entries hold it."""
    average: float
    """Syllables an entry has on average."""

    def best(self, most: int) -> list[int]:
        """The entries of the greatest scores, the best first, of equal ones the latest."""
        scores = self.scores
        least = sorted(scores.values(), reverse=True)[most - 1] if len(scores) > most else 0.0
        found = [entry for entry, score in scores.items() if score >= least]
        return sorted(found, key=lambda entry: (-scores[entry], -entry))[:most]


class Postings:
    """The term index of one archive."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        row = connection.execute("select entries, syllables from search_totals").fetchone()
        self.entries, self.average = int(row[0]), row[1] / row[0] if row[0] else 1.0

    def candidates(self, wanted: Wanted) -> Candidates:
        """The entries that hold the rarest of what is wanted."""
        short = wanted.short_terms()
        terms = list(dict.fromkeys((*wanted.terms(), *(term for term, _ in short))))
        common = self._counts(terms)
        lists = {term: self._read(term, _LONGEST) for term in terms if term not in common}
        holding = common | {term: len(found) for term, found in lists.items()}
        worth = {term: wanted.telling(term) * self._worth(count) for term, count in holding.items()}
        values = {term: worth[term] for term in wanted.terms()}
        for term, meant in short:
            values[term] = max(values.get(term, 0.0), sum(worth[one] for one in meant))
        scores = self._gathered(lists, sorted(common, key=lambda term: (common[term], term)), common, values)
        return Candidates(scores=scores, worth=worth, average=self.average)

    def _gathered(
        self, lists: dict[str, list[int]], common: Sequence[str], counts: dict[str, int], values: dict[str, float]
    ) -> dict[int, float]:
        scores: dict[int, float] = defaultdict(float)
        left = BUDGET
        for term in sorted(lists, key=lambda term: (len(lists[term]), term)):
            _add(scores, lists[term], values[term])
            left -= len(lists[term])
        for term in common:
            if counts[term] > left and (scores or counts[term] > _LONGEST):
                break
            _add(scores, self._read(term, counts[term] * 2), values[term])
            left -= counts[term]
        if len(scores) < _ENOUGH:
            for term in common[:4]:
                _add(scores, self._read(IN_TITLE + term, _LATEST, latest=True), values[term])
            for term in common[:4]:
                _add(scores, self._read(term, _LATEST, latest=True), values[term])
        return scores

    def _counts(self, terms: Iterable[str]) -> dict[str, int]:
        """Of the common ones, as last counted, brought up to the archive's size."""
        rows = self.connection.execute(
            "select term, entries from search_counts where term in (select value from json_each(?))",
            (json.dumps(list(terms), ensure_ascii=False),),
        ).fetchall()
        counted = self.connection.execute("select counted from search_totals").fetchone()[0] or 1
        return {term: min(self.entries, round(count * self.entries / counted)) for term, count in rows}

    def holding(self, term: str) -> int:
        """How many entries hold a term, as last counted where they are many."""
        return self._counts([term]).get(term) or len(self._read(term, 2 * COMMON))

    def _read(self, term: str, most: int, *, latest: bool = False) -> list[int]:
        order = " order by rowid desc" if latest else ""
        cursor = self.connection.cursor()
        cursor.row_factory = None
        return [row[0] for row in cursor.execute(f"{_READ}{order} limit ?", (f'"{term}"', most))]

    def _worth(self, count: int) -> float:
        return math.log(1 + (max(0, self.entries - count) + 0.5) / (count + 0.5))


def _add(scores: dict[int, float], found: Sequence[int], value: float) -> None:
    if not scores:  # most lists are long, and the first needs no sums
        scores.update(dict.fromkeys(found, value))
        return
    for entry in found:
        scores[entry] += value
