"""What the term index holds of a text: the keys of its syllables, and of every two that stand side by side.

Folding makes one word of ``đường``, ``dương`` and ``dưỡng``: most syllables share their key with others. Two neighbours
together are rare again, so they find a name or a subject quickly and surely. What stands in a title is held once more,
marked, for a title says what an article is about.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from archive.spelling import KEYS
from archive.vietnamese import syllables

#: Before what stands in a title.
IN_TITLE = "="
#: Between the two syllables of a pair.
JOINT = "_"


def keys_of(text: str) -> list[str]:
    """The keys of a text's syllables, in order."""
    return list(map(KEYS.__getitem__, syllables(text.lower())))


def pair(first: str, second: str) -> str:
    """The term of two keys side by side."""
    return f"{first}{JOINT}{second}"


def terms_of(title: str, texts: Iterable[str]) -> tuple[str, int]:
    """The terms of a text, each once, with blanks between; and how many syllables it has.

    Terms hold letters, digits and ``_=`` alone. Lines are apart: the last word of one and the first of the next are no
    pair.
    """
    found: dict[str, None] = {}
    head = keys_of(title)
    length = len(head)
    found.update(dict.fromkeys(head))
    found.update(dict.fromkeys(pair(a, b) for a, b in pairwise(head)))
    found.update(dict.fromkeys([IN_TITLE + term for term in found]))
    for text in texts:
        for line in text.splitlines():
            keys = keys_of(line)
            length += len(keys)
            found.update(dict.fromkeys(keys))
            found.update(dict.fromkeys([f"{a}{JOINT}{b}" for a, b in pairwise(keys)]))
    return " ".join(found), length
