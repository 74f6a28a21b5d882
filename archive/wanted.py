"""What a query looks for inside a text, and what of it a text holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import TypeVar

from archive.abbreviations import Form
from archive.query import Query, Term
from archive.questions import asking
from archive.spelling import KEYS, accepts
from archive.terms import JOINT, pair
from archive.vietnamese import syllables

K = TypeVar("K")
N = TypeVar("N", int, float)

Pair = tuple[str, str]
#: The key of a syllable, how well it has the marks that were typed (1, or less; 0 with others), whether it begins with
#: a capital.
Sight = tuple[str, float, bool]

# Worth of a syllable with more marks than were typed, where marks were typed at all: Quảng for Quang in Dương Quang.
_MORE_MARKS = 0.8

# Worth of what only asks, of a syllable and of a pair that one belongs to.
_ASKING = 0.5
_ASKING_PAIR = 0.1

#: Two wanted syllables at most so far apart are near each other.
NEAR = 8
_BACK = 3  # earlier wanted syllables that one is held against


class _Met:
    """Syllables as written, in any case, that were met in texts. Many threads may add to it."""

    def __init__(self) -> None:
        self.keys: dict[str, str] = {}
        """Syllable -> its key."""
        self.written: dict[str, list[str]] = {}
        """Key -> the syllables that have it, in the order they were met."""
        self.known: set[str] = set()
        """Syllables that stand in both."""

    def meet(self, words: Sequence[str]) -> None:
        """Every one of the words has its key."""
        if self.known.issuperset(words):
            return
        for word in set(words) - self.known:
            key = KEYS[word.lower()]
            self.written.setdefault(key, []).append(word)
            self.keys[word] = key
            self.known.add(word)


_MOST_MET = 300_000
_met = _Met()


def _met_so_far() -> _Met:
    """What was met by earlier queries; an archive of noise must not fill the memory."""
    global _met
    if len(_met.keys) > _MOST_MET:
        _met = _Met()
    return _met


@dataclass(frozen=True, slots=True)
class Seen:
    """How often a text holds what is wanted."""

    words: dict[str, int] = field(default_factory=dict)
    """By key."""
    words_as_typed: dict[str, float] = field(default_factory=dict)
    """Of these, with every mark that was typed."""
    pairs: dict[Pair, int] = field(default_factory=dict)
    pairs_as_typed: dict[Pair, float] = field(default_factory=dict)
    """With every mark, and with capitals where both were typed with one."""
    pairs_best: dict[Pair, float] = field(default_factory=dict)
    """Of these, how well the best one fits."""
    near: dict[Pair, int] = field(default_factory=dict)
    """Wanted syllables that stand near each other."""
    length: int = 0


class Wanted:
    """The syllables of a query, its pairs of neighbours, and the short forms of what it names in full."""

    def __init__(self, query: Query) -> None:
        self.typed: dict[str, set[str]] = {}
        self.pairs: dict[Pair, set[Pair]] = {}
        self.names: set[Pair] = set()
        self.short: dict[str, list[tuple[tuple[str, ...], Form]]] = {}
        self.count = 0
        self._telling: set[str] = set()
        self._met = _met_so_far()
        self._met_before = -1
        self._sights: dict[str, Sight] = {}
        for run in query.runs:
            self._add_run(run)
        self._met.meet([word for forms in self.short.values() for _, written in forms for word in written])

    def _add_run(self, run: Sequence[Term]) -> None:
        words = [word for term in run for word in _as_typed(term)]
        lower = [word.lower() for word in words]
        self.count += len(words)
        asked_for = asking(lower)
        for place, word in enumerate(lower):
            self.typed.setdefault(KEYS[word], set()).add(word)
            if place not in asked_for:
                self._telling.add(KEYS[word])
        for place, ((a, b), (raw_a, raw_b)) in enumerate(zip(pairwise(lower), pairwise(words), strict=True)):
            key = (KEYS[a], KEYS[b])
            self.pairs.setdefault(key, set()).add((a, b))
            if not asked_for & {place, place + 1}:
                self._telling.add(pair(*key))
            if raw_a[0].isupper() and raw_b[0].isupper() and not (raw_a.isupper() and raw_b.isupper()):
                self.names.add(key)
        for term in run:
            for form in term.others:
                keys = tuple(KEYS[word] for word in form)
                self.short.setdefault(keys[0], []).append((keys, term.typed))

    @cached_property
    def marked(self) -> bool:
        """Something was typed with a mark."""
        return any(not word.isascii() for words in self.typed.values() for word in words)

    def terms(self) -> list[str]:
        """Terms of the index to look for, besides the short forms."""
        return [*self.typed, *(pair(a, b) for a, b in self.pairs)]

    def telling(self, term: str) -> float:
        """Share of its rarity that a term is worth: less where it only asks (:mod:`archive.questions`)."""
        if term in self._telling:
            return 1.0
        return _ASKING_PAIR if tuple(term.split(JOINT)) in self.pairs else _ASKING if term in self.typed else 1.0

    def short_terms(self) -> list[tuple[str, list[str]]]:
        """For every short form the rarest that the index has of it, and the terms of the full form it stands for."""
        found = []
        for forms in self.short.values():
            for keys, full in forms:
                whole = [KEYS[word] for word in full]
                term = pair(keys[0], keys[1]) if len(keys) > 1 else keys[0]
                found.append((term, [*whole, *(pair(a, b) for a, b in pairwise(whole))]))
        return found

    def seen(self, text: str) -> Seen:
        """What the text holds."""
        words = syllables(text)
        sights = self._sights_for(words)
        if self.short:
            words = self._in_full(words)
        seen = Seen(length=len(words))
        before: list[tuple[int, str]] = []
        last, last_key, last_fit, last_capital = -2, "", 0.0, False
        for place in [place for place, word in enumerate(words) if word in sights]:
            key, fit, capital = sights[words[place]]
            _add(seen.words, key, 1)
            if fit:
                _add(seen.words_as_typed, key, fit)
            if last == place - 1 and (two := (last_key, key)) in self.pairs:
                _add(seen.pairs, two, 1)
                if fit and last_fit and (two not in self.names or (capital and last_capital)):
                    both = min(fit, last_fit)
                    _add(seen.pairs_as_typed, two, both)
                    seen.pairs_best[two] = max(both, seen.pairs_best.get(two, 0.0))
            for other, other_key in before:
                if other_key != key and place - other <= NEAR:
                    _add(seen.near, (other_key, key) if other_key < key else (key, other_key), 1)
            before = [*before[1 - _BACK :], (place, key)]
            last, last_key, last_fit, last_capital = place, key, fit, capital
        return seen

    def _sights_for(self, words: Sequence[str]) -> dict[str, Sight]:
        """Syllable as written -> what it is to the query; of these words, and of others, all that are anything to it.

        Most words of a text are nothing to the query and were met before, so none of them is looked at by itself.
        """
        self._met.meet(words)
        if len(self._met.known) != self._met_before:
            self._met_before = len(self._met.known)
            for key in self.typed:
                for word in self._met.written.get(key, ()):
                    if word not in self._sights:
                        self._sights[word] = self._sight(word, key)
        return self._sights

    def _sight(self, word: str, key: str) -> Sight:
        forms, lower = self.typed[key], word.lower()
        fit = 1.0 if any(accepts(form, lower) for form in forms) else 0.0
        if fit and self.marked and not any(accepts(lower, form) for form in forms):
            fit = _MORE_MARKS
        return key, fit, word[0].isupper()

    def _in_full(self, words: list[str]) -> list[str]:
        """The syllables, which were all met, with short forms written out."""
        keys = [self._met.keys[word] for word in words]
        if self.short.keys().isdisjoint(keys):
            return words
        full: list[str] = []
        place = 0
        while place < len(words):
            taken = 0
            for form, written in self.short.get(keys[place], ()):
                if tuple(keys[place : place + len(form)]) == form and len(form) > taken:
                    taken, found = len(form), written
            if taken:
                full += found
            else:
                full.append(words[place])
            place += taken or 1
        return full

    def marked_places(self, words: Sequence[str]) -> list[tuple[int, str]]:
        """Places of the syllables that are hits, each with its key; a short form is one with its whole."""
        sights = self._sights_for(words)
        hits = [(n, sights[word][0]) for n, word in enumerate(words) if word in sights and sights[word][1]]
        if not self.short:
            return hits
        keys = [self._met.keys[word] for word in words]
        for place, key in enumerate(keys):
            for form, written in self.short.get(key, ()):
                if tuple(keys[place : place + len(form)]) == form:
                    hits += [(place + n, KEYS[written[0]]) for n in range(len(form))]
        return sorted(dict(hits).items())


def _add(counts: dict[K, N], key: K, more: N) -> None:
    there = counts.get(key)
    counts[key] = more if there is None else there + more


def _as_typed(term: Term) -> Sequence[str]:
    """Its syllables with their capitals; of an abbreviation or its full form, those of the list."""
    return term.typed if term.others or term.column else syllables(term.text) or term.typed
