"""The piece of a text that shows its hits best, and a title with its hits, both in the original spelling."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from itertools import islice

from archive import marks
from archive.vietnamese import syllables
from archive.wanted import Wanted

#: Syllables of a snippet.
LENGTH = 34
_LONGER = 6

# What is looked at of a long text; the hits of a file of a thousand pages are mostly found before.
_MOST = 60_000
_WORD = re.compile(r"[^\W_]+")
_CONTROL = str.maketrans({marks.START: " ", marks.END: " "})


def marked_line(wanted: Wanted, text: str) -> str:
    """One line with its hits marked."""
    text = _clean(text)
    hits = wanted.marked_places(syllables(text))
    if not hits:
        return text
    return _marked(text, [match.span() for match in _WORD.finditer(text)], [n for n, _ in hits], 0, len(text))


def snippet(wanted: Wanted, text: str, worth: Mapping[str, float]) -> str:
    """A piece of the text around its most telling hits, on one line, hits marked; the beginning where it has none.

    ``worth`` says what a key is worth: rare ones tell more.
    """
    text = _clean(text[:_MOST])
    words = syllables(text)
    hits = wanted.marked_places(words)
    start = _best_start(hits, worth, len(words))
    end = _end({place for place, _ in hits}, start + LENGTH)
    places = [match.span() for match in islice(_WORD.finditer(text), start, end)]
    if not places:
        return " ".join(text.split())
    more = len(words) - start - len(places)
    begin = 0 if start == 0 else places[0][0]
    finish = places[-1][1] if more else len(text)
    inside = [n - start for n, _ in hits if start <= n < end]
    piece = " ".join(_marked(text, places, inside, begin, finish).split())
    return f"{'…' if start else ''}{piece}{'…' if more else ''}"


def _clean(text: str) -> str:
    """Without the characters that mark hits."""
    return text.translate(_CONTROL) if marks.START in text or marks.END in text else text


def _best_start(hits: Sequence[tuple[int, str]], worth: Mapping[str, float], length: int) -> int:
    """Where the piece begins that holds the most different hits, rather side by side than apart."""
    best, best_start = 0.0, 0
    for first, (place, _) in enumerate(hits):
        found: dict[str, float] = {}
        beside = 0.0
        for n in range(first, len(hits)):
            at, key = hits[n]
            if at >= place + LENGTH - 4:
                break
            found[key] = worth.get(key, 1.0)
            if n > first and at == hits[n - 1][0] + 1:
                beside += 0.5 * found[key]
        value = sum(found.values()) + min(beside, sum(found.values()))
        if value > best:
            best, best_start = value, place
    start = max(0, best_start - 4)
    return 0 if start < 4 or length <= LENGTH else min(start, max(0, length - LENGTH))


def _end(hits: Set[int], end: int) -> int:
    """Where the piece ends: hits side by side are not parted, unless there are many."""
    more = next((n for n in range(_LONGER) if not {end + n - 1, end + n} <= hits), _LONGER)
    return end + more


def _marked(text: str, places: Sequence[tuple[int, int]], hits: Sequence[int], begin: int, end: int) -> str:
    pieces, at = [], begin
    for place in hits:
        start, stop = places[place]
        pieces += [text[at:start], marks.START, text[start:stop], marks.END]
        at = stop
    pieces.append(text[at:end])
    return marks.joined("".join(pieces))
