"""When a syllable as typed stands for a syllable as written, and the one key both have in the index.

A mark that was typed must be there; a mark that was not typed may be any: ``duong`` stands for đường, ``đuong`` as
well, but ``dương`` does not. Where the tone stands, and i or y at the end, never matter.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from archive.vietnamese import fold, tone_placement, twin

_TONES = "\u0300\u0301\u0303\u0309\u0323"
_LONGEST_KEY = 24  # letters; what is longer is no word


class _Keys(dict[str, str]):
    """Syllable in lower case -> its key, worked out when first met."""

    _MOST = 200_000

    def __missing__(self, syllable: str) -> str:
        if len(self) > self._MOST:  # an archive of noise must not fill the memory
            self.clear()
        self[syllable] = value = _key(syllable)
        return value


def _key(syllable: str) -> str:
    folded = fold(syllable)
    if folded.isdigit():
        return folded.lstrip("0")[:_LONGEST_KEY] or "0"
    other = twin(folded)
    return min(folded, other)[:_LONGEST_KEY] if other else folded[:_LONGEST_KEY]


#: Lower-case syllable -> what all its spellings share: no marks, i for y where both are written, no leading zeros.
KEYS = _Keys()


@lru_cache(maxsize=100_000)
def accepts(typed: str, written: str) -> bool:
    """May the one typed stand for the one written? Both are NFC syllables in lower case with the same key."""
    if typed == written or typed.isascii():
        return True
    letters, tone = _parts(typed)
    there, tone_there = _parts(written)
    if tone not in ("", tone_there) or len(letters) != len(there):
        return False
    return all(a == b or fold(b) == a or {a, b} == {"i", "y"} for a, b in zip(letters, there, strict=True))


@lru_cache(maxsize=100_000)
def _parts(syllable: str) -> tuple[tuple[str, ...], str]:
    """Its letters without the tone, and the tone."""
    apart = unicodedata.normalize("NFD", tone_placement(syllable))
    tone = "".join(mark for mark in apart if mark in _TONES)
    return tuple(unicodedata.normalize("NFC", "".join(c for c in apart if c not in _TONES))), tone
