""" "Did you mean": other words for a query that no article has, from the archive's own vocabulary.

A syllable is held against what is one letter away from it (one more, one less, another, or two changed places), two
syllables typed as one are parted and one typed as two is joined. Which of these is meant is judged by its neighbours.
"""

from __future__ import annotations

import math
import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise, product

from archive import marks
from archive.postings import Postings
from archive.query import Query, Term
from archive.spelling import KEYS
from archive.terms import pair
from archive.vietnamese import syllables

_LETTERS = "abcdeghiklmnopqrstuvxy"
_MOST_SYLLABLES = 8
_CHOICES = 6
_READ = 30  # articles that are asked how they write it


def did_you_mean(connection: sqlite3.Connection, query: Query) -> str | None:
    """Other words that at least one article has side by side, as that article writes them; None without any."""
    typed = _typed(query)
    if not may_be_mistyped(query):
        return None
    vocabulary = _Vocabulary(connection)
    best = vocabulary.best([KEYS[word] for word in typed])
    if best is None or best == [KEYS[word] for word in typed]:
        return None
    return vocabulary.as_written(best, typed)


def may_be_mistyped(query: Query) -> bool:
    """Are other words looked for at all, should no article have these?"""
    return bool(_typed(query)) and len(_typed(query)) <= _MOST_SYLLABLES and not query.document_keys


def _typed(query: Query) -> list[str]:
    return [word for term in query.terms if not term.column for word in term.typed]


class _Vocabulary:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.postings = Postings(connection)
        self._known: dict[str, int] = {}

    def count(self, term: str) -> int:
        if term not in self._known:
            self._known[term] = self.postings.holding(term)
        return self._known[term]

    def best(self, keys: Sequence[str]) -> list[str] | None:
        """The most usual row of syllables near these, or None."""
        rows = [list(row) for row in self._rows(keys)]
        scored = [(self._usual(row), row) for row in rows]
        value, best = max(scored, key=lambda item: item[0], default=(-math.inf, None))
        return best if value > -math.inf else None

    def _rows(self, keys: Sequence[str]) -> Iterable[Sequence[str]]:
        yield keys
        odd = [n for n in range(len(keys)) if not self._fits(keys, n)]
        for place in odd[:3]:
            for first, second in self._parted(keys[place]):
                yield [*keys[:place], first, second, *keys[place + 1 :]]
            if place + 1 < len(keys) and self.count(keys[place] + keys[place + 1]):
                yield [*keys[:place], keys[place] + keys[place + 1], *keys[place + 2 :]]
        choices = [[keys[n], *self._near(keys, n)] if n in odd[:3] else [keys[n]] for n in range(len(keys))]
        yield from product(*choices)

    def _fits(self, keys: Sequence[str], n: int) -> bool:
        """Does the archive know the syllable, and beside each of its neighbours?"""
        around = [pair(a, b) for a, b in ((keys[m], keys[m + 1]) for m in (n - 1, n) if 0 <= m < len(keys) - 1)]
        return bool(self.count(keys[n])) and all(self.count(two) for two in around)

    def _near(self, keys: Sequence[str], n: int) -> list[str]:
        """Known syllables one letter away, those that stand beside its neighbours first."""
        found = {}
        for other in _one_letter_away(keys[n]):
            before = self.count(pair(keys[n - 1], other)) if n else 0
            after = self.count(pair(other, keys[n + 1])) if n + 1 < len(keys) else 0
            usual = before + after if len(keys) > 1 else self.count(other)
            if usual:
                found[KEYS[other]] = usual
        return sorted(found, key=lambda key: (-found[key], key))[:_CHOICES]

    def _parted(self, key: str) -> Iterable[tuple[str, str]]:
        for n in range(1, len(key)):
            if self.count(pair(KEYS[key[:n]], KEYS[key[n:]])):
                yield KEYS[key[:n]], KEYS[key[n:]]

    def _usual(self, row: Sequence[str]) -> float:
        if len(row) == 1:
            return math.log(self.count(row[0])) if self.count(row[0]) else -math.inf
        counts = [self.count(pair(a, b)) for a, b in pairwise(row)]
        return sum(map(math.log, counts)) / len(counts) if all(counts) else -math.inf

    def as_written(self, keys: Sequence[str], typed: Sequence[str]) -> str | None:
        """The row as an article writes it, with the marks that were typed if any does; None where none has it."""
        phrase = Term(text="", typed=tuple(keys)).expression
        cursor = self.connection.cursor()
        cursor.row_factory = None
        rows = cursor.execute(
            "select " + ", ".join(f"highlight(articles_fts, {n}, :on, :off)" for n in range(6)) + " from articles_fts"
            " where articles_fts match :phrase limit :most",
            {"phrase": phrase, "on": marks.START, "off": marks.END, "most": _READ},
        ).fetchall()
        runs = Counter(
            " ".join(syllables(run.lower())) for row in rows for text in row if text for run in marks.runs(text)
        )
        kept = set(typed)
        ranked = sorted(runs, key=lambda run: (-len(kept & set(run.split())), -runs[run], run))
        return ranked[0] if ranked else None


def _one_letter_away(word: str) -> set[str]:
    parts = [(word[:n], word[n:]) for n in range(len(word) + 1)]
    less = {a + b[1:] for a, b in parts if b}
    swapped = {a + b[1] + b[0] + b[2:] for a, b in parts if len(b) > 1}
    other = {a + c + b[1:] for a, b in parts if b for c in _LETTERS}
    more = {a + c + b for a, b in parts for c in _LETTERS}
    return {found for found in less | swapped | other | more if found} - {word}
