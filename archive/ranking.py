"""The order of the first hits: spelling as typed first, then words side by side, then bm25.

Folding makes one word of ``đường``, ``dương`` and ``dưỡng``; bm25 cannot tell them apart. The first hits are therefore
looked at once more in their original text, in which FTS5 has marked every word it found.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from archive import marks
from archive.query import Query
from archive.vietnamese import fold, spellings, syllables

#: Hits that are looked at; what comes after keeps the order of bm25.
DEPTH = 50

# More than everything below it together, so that a hit with the words as typed never comes after one that only folds to
# them. The three shares below are each between 0 and 1.
_AS_TYPED = 3.0

_BETWEEN = re.compile(f"{marks.END}([^\\w{marks.START}{marks.END}\\n]*){marks.START}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """An article that matches."""

    id: int
    bm25: float
    """Greater is better."""
    marked: str
    """Its searched texts, one a line, hits marked."""


def rank(query: Query, candidates: Sequence[Candidate]) -> list[tuple[int, float]]:
    """Article ids with their scores, the best first; equal scores keep the order given."""
    best = max((candidate.bm25 for candidate in candidates), default=0.0) or 1.0
    wanted = _Wanted(query)
    scored = [(c.id, wanted.score(c.marked) + c.bm25 / best) for c in candidates]
    return sorted(scored, key=lambda item: -item[1])


class _Wanted:
    """The syllables and pairs a query was typed with, each with its accepted spellings."""

    def __init__(self, query: Query) -> None:
        typed = dict.fromkeys(syllable for term in query.terms for syllable in term.typed)
        self.forms = {syllable: spellings(syllable) for syllable in typed}
        self.folded = {syllable: {fold(form) for form in forms} for syllable, forms in self.forms.items()}
        # A syllable typed bare may be meant bare or not; one with a mark is meant as it is.
        self.groups = [
            [[s for s in term.typed if s != fold(s)] for term in group] for group in query.groups if query.marked
        ]
        self.pairs = query.pairs

    def score(self, marked: str) -> float:
        exact, exact_pairs, near = self._seen(marked)
        kept = all(any(exact.issuperset(term) for term in group) for group in self.groups)
        wanted = len(self.forms) + len(self.pairs)
        return (
            (_AS_TYPED if kept else 0.0)
            + (len(exact) + len(exact_pairs)) / wanted
            + (len(near) / len(self.pairs) if self.pairs else 0.0)
        )

    def _seen(self, marked: str) -> tuple[set[str], set[tuple[str, str]], set[tuple[str, str]]]:
        """Syllables that stand in the text as typed, pairs that do, and pairs that stand there by their fold."""
        found: set[str] = set()
        found_pairs: set[tuple[str, str]] = set()
        for run in set(marks.runs(_BETWEEN.sub(r"\1", marked.lower()))):
            words = syllables(run)
            found.update(words)
            found_pairs.update(pairwise(words))
        folded_pairs = {(fold(a), fold(b)) for a, b in found_pairs}
        exact = {syllable for syllable, forms in self.forms.items() if not forms.isdisjoint(found)}
        exact_pairs = {pair for pair in self.pairs if _stands(pair, self.forms, found_pairs)}
        near = {pair for pair in self.pairs if _stands(pair, self.folded, folded_pairs)}
        return exact, exact_pairs, near


def _stands(
    pair: tuple[str, str], forms: dict[str, set[str]] | dict[str, frozenset[str]], found: set[tuple[str, str]]
) -> bool:
    return any((a, b) in found for a in forms[pair[0]] for b in forms[pair[1]])
