"""Words that only ask: what they stand next to is what a text must hold.

``bao nhiêu``, ``như thế nào`` and ``đúng hay sai`` are rare in texts that answer, so by rarity alone they would weigh
most.
"""

from __future__ import annotations

from collections.abc import Sequence

from archive.spelling import KEYS, accepts
from archive.vietnamese import syllables

_PHRASES = (
    "như thế nào",
    "thế nào",
    "nào",
    "là gì",
    "những gì",
    "gì",
    "bao nhiêu",
    "bao lâu",
    "bao giờ",
    "khi nào",
    "mấy",
    "đúng hay sai",
    "hay sai",
    "hay không",
    "được không",
    "phải không",
    "có phải",
    "ở đâu",
    "là ai",
    "ai",
    "vì sao",
    "tại sao",
    "ra sao",
    "làm sao",
    "sau đây",
    "dưới đây",
    "cho tôi hỏi",
    "cho hỏi",
    "xin hỏi",
    "hỏi",
)
_ASKING = sorted((tuple(syllables(phrase)) for phrase in _PHRASES), key=len, reverse=True)


def asking(typed: Sequence[str]) -> frozenset[int]:
    """Places of the syllables that only ask; typed in lower case, with marks or without."""
    places: set[int] = set()
    place = 0
    while place < len(typed):
        taken = next((len(phrase) for phrase in _ASKING if _stands_at(phrase, typed, place)), 0)
        places.update(range(place, place + taken))
        place += taken or 1
    return frozenset(places)


def _stands_at(phrase: Sequence[str], typed: Sequence[str], place: int) -> bool:
    there = typed[place : place + len(phrase)]
    return len(there) == len(phrase) and all(
        KEYS[one] == KEYS[word] and accepts(one, word) for one, word in zip(there, phrase, strict=True)
    )
