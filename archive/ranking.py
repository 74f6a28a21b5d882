"""How well a text answers a query, from the text itself.

The first candidates are read once more. Their score weighs, like BM25, how often wanted syllables and pairs of
neighbours stand in the text and how rare these are in the archive; what stands there with other marks than those typed
counts for a part only, for folding made one word of many. The weights were chosen on one half of public question sets,
see ``bench/search_quality.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from archive.postings import Candidates
from archive.terms import pair
from archive.wanted import Pair, Seen, Wanted

K = TypeVar("K")


@dataclass(frozen=True, kw_only=True, slots=True)
class Weights:
    """What counts how much."""

    word_saturation: float = 0.6
    pair_saturation: float = 0.3
    word_length: float = 0.8
    """Share of a text's length that is held against it, 0 to 1, in weighing syllables."""
    pair_length: float = 0.6
    """The same in weighing pairs."""
    other_marks: float = 0.3
    """Worth of a syllable with other marks than those typed."""
    other_pair: float = 0.1
    """The same for a pair, or for a name that is not written as one."""
    pairs: float = 1.0
    near: float = 0.25
    title: float = 0.05
    title_covered: float = 0.8
    """Worth of a title that says nothing but what was typed; falls with the square of the share that is wanted."""
    as_typed: float = 0.6
    """Added, as a share of all a query is worth, to a text that holds a short query as typed."""
    place: float = 0.6
    """Added in the same way to a text that names a place the whole query may be the name of."""
    short: int = 6
    """Syllables a short query has at most."""


WEIGHTS = Weights()


class Ranking:
    """The scores of texts for one query; greater is better."""

    def __init__(
        self, wanted: Wanted, candidates: Candidates, names: Sequence[str] = (), weights: Weights = WEIGHTS
    ) -> None:
        self.wanted, self.worth, self.weights = wanted, candidates.worth, weights
        self.names = names
        """The places that the whole query may name, as they are written."""
        self.average = candidates.average or 1.0
        worth = self.worth
        self.pair_worth = {two: worth[pair(*two)] for two in wanted.pairs}
        self.whole = sum(worth[key] for key in wanted.typed) + weights.pairs * sum(self.pair_worth.values())

    def score(self, title: str, text: str) -> float:
        """The score of a text under a title."""
        named = any(name in title or name in text for name in self.names)
        return (
            self.score_seen(self.wanted.seen(title), self.wanted.seen(text)) + named * self.weights.place * self.whole
        )

    def score_seen(self, head: Seen, body: Seen) -> float:
        """The score of what was seen in a title and in the text under it."""
        words_typed = _sum(head.words_as_typed, body.words_as_typed)
        pairs_typed = _sum(head.pairs_as_typed, body.pairs_as_typed)
        w = self.weights
        length = (head.length + body.length) / self.average
        long = 1 - w.word_length + w.word_length * length
        value = 0.0
        for key, count in _sum(head.words, body.words).items():
            typed = words_typed.get(key, 0.0)
            value += self.worth[key] * _saturated(typed + w.other_marks * (count - typed), w.word_saturation, long)
        long = 1 - w.pair_length + w.pair_length * length
        for two, count in _sum(head.pairs, body.pairs).items():
            typed = pairs_typed.get(two, 0.0)
            often = _saturated(typed + w.other_pair * (count - typed), w.pair_saturation, long)
            value += w.pairs * self.pair_worth[two] * often
        value += w.near * self._near(head, body, long) + self._titled(head)
        if self.wanted.count <= w.short:
            best = {two: max(head.pairs_best.get(two, 0.0), body.pairs_best.get(two, 0.0)) for two in pairs_typed}
            value += w.as_typed * self.whole * self._as_typed(words_typed, best)
        return value

    def _near(self, head: Seen, body: Seen, long: float) -> float:
        value = 0.0
        for (a, b), count in _sum(head.near, body.near).items():
            value += (self.worth[a] + self.worth[b]) / 2 * _saturated(count, self.weights.pair_saturation, long)
        return value / max(1, self.wanted.count)

    def _titled(self, head: Seen) -> float:
        if not head.length:
            return 0.0
        covered = sum(head.words.values()) / head.length
        held = sum(self.worth[key] for key in head.words_as_typed)
        held += self.weights.pairs * sum(self.pair_worth[two] for two in head.pairs_as_typed)
        return held * (self.weights.title + self.weights.title_covered * covered**2)

    def _as_typed(self, words: Mapping[str, float], pairs: Mapping[Pair, float]) -> float:
        """Share of the query that stands in the text as typed."""
        held = sum(self.worth[key] * min(1.0, fit) for key, fit in words.items())
        held += self.weights.pairs * sum(self.pair_worth[two] * fit for two, fit in pairs.items())
        return (held / self.whole) ** 2 if self.whole else 0.0


def _sum(head: Mapping[K, float], body: Mapping[K, float]) -> Mapping[K, float]:
    return {key: head.get(key, 0) + body.get(key, 0) for key in {**head, **body}} if head else body


def _saturated(count: float, half: float, long: float) -> float:
    """Grows with the count, ever slower; 1 for one occurrence in a text of average length."""
    return count * (half + 1) / (count + half * long) if count else 0.0
