"""How well a text answers a query, from the text itself.

The first candidates are read once more. Their score weighs, like BM25, how often wanted syllables and pairs of
neighbours stand in the text and how rare these are in the archive; what stands there with other marks than those typed
counts for a part only, for folding made one word of many. The weights were chosen on one half of public question sets,
see ``bench/search_quality.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from archive.terms import pair
from archive.wanted import Pair, Seen, Wanted

K = TypeVar("K")


@dataclass(frozen=True, kw_only=True, slots=True)
class Weights:
    """What counts how much."""

    word_saturation: float = 0.5
    pair_saturation: float = 0.35
    length: float = 0.75
    """Share of a text's length that is held against it, 0 to 1."""
    other_marks: float = 0.3
    """Worth of a syllable with other marks than those typed."""
    other_pair: float = 0.1
    """The same for a pair, or for a name that is not written as one."""
    pairs: float = 1.3
    near: float = 2.0
    title: float = 0.2
    as_typed: float = 0.6
    """Added, as a share of all a query is worth, to a text that holds a short query as typed."""
    short: int = 6
    """Syllables a short query has at most."""


WEIGHTS = Weights()


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """A text's worth for a query."""

    value: float
    complete: bool
    """It holds every wanted syllable."""


class Ranking:
    """The scores of texts for one query; greater is better."""

    def __init__(self, wanted: Wanted, worth: Mapping[str, float], average: float, weights: Weights = WEIGHTS) -> None:
        self.wanted, self.worth, self.weights = wanted, worth, weights
        self.average = average or 1.0
        self.pair_worth = {two: worth[pair(*two)] for two in wanted.pairs}
        self.whole = sum(worth[key] for key in wanted.typed) + weights.pairs * sum(self.pair_worth.values())

    def score(self, title: str, text: str) -> Score:
        """The score of a text under a title."""
        head, body = self.wanted.seen(title), self.wanted.seen(text)
        words, pairs = head.words + body.words, head.pairs + body.pairs
        words_typed = _sum(head.words_as_typed, body.words_as_typed)
        pairs_typed = _sum(head.pairs_as_typed, body.pairs_as_typed)
        w = self.weights
        long = 1 - w.length + w.length * (head.length + body.length) / self.average
        value = 0.0
        for key, count in words.items():
            typed = words_typed.get(key, 0.0)
            value += self.worth[key] * _saturated(typed + w.other_marks * (count - typed), w.word_saturation, long)
        for two, count in pairs.items():
            typed = pairs_typed.get(two, 0.0)
            often = _saturated(typed + w.other_pair * (count - typed), w.pair_saturation, long)
            value += w.pairs * self.pair_worth[two] * often
        value += w.near * self._near(head, body, long) + w.title * self._titled(head)
        if self.wanted.count <= w.short:
            value += w.as_typed * self.whole * self._as_typed(words_typed, pairs_typed)
        return Score(value=value, complete=len(words) == len(self.wanted.typed))

    def _near(self, head: Seen, body: Seen, long: float) -> float:
        value = 0.0
        for (a, b), count in (head.near + body.near).items():
            value += (self.worth[a] + self.worth[b]) / 2 * _saturated(count, self.weights.pair_saturation, long)
        return value / max(1, self.wanted.count)

    def _titled(self, head: Seen) -> float:
        return sum(self.worth[key] for key in head.words_as_typed) + sum(
            self.pair_worth[two] for two in head.pairs_as_typed
        )

    def _as_typed(self, words: Mapping[str, float], pairs: Mapping[Pair, float]) -> float:
        """Share of the query that stands in the text as typed."""
        held = sum(self.worth[key] * min(1.0, fit) for key, fit in words.items())
        held += self.weights.pairs * sum(self.pair_worth[two] * min(1.0, fit) for two, fit in pairs.items())
        return (held / self.whole) ** 2 if self.whole else 0.0


def _sum(head: Mapping[K, float], body: Mapping[K, float]) -> Mapping[K, float]:
    return {key: head.get(key, 0.0) + body.get(key, 0.0) for key in {**head, **body}} if head else body


def _saturated(count: float, half: float, long: float) -> float:
    """Grows with the count, ever slower; 1 for one occurrence in a text of average length."""
    return count * (half + 1) / (count + half * long) if count else 0.0
