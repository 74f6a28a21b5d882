"""What the term index holds of a text: the keys of its syllables, and of every two that stand side by side.

Folding makes one word of ``đường``, ``dương`` and ``dưỡng``: most syllables share their key with others. Two neighbours
together are rare again, so they find a name or a subject quickly and surely. What stands in a title is held once more,
marked, for a title says what an article is about.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, pairwise

from archive.spelling import KEYS
from archive.vietnamese import syllables

#: Before what stands in a title.
IN_TITLE = "="
#: Between the two syllables of a pair.
JOINT = "_"


class _Chunks(dict[str, tuple[str, ...]]):
    """What stands between two blanks -> the keys of its syllables: texts consist of the same few thousand of them."""

    _MOST = 200_000

    def __missing__(self, chunk: str) -> tuple[str, ...]:
        if len(self) > self._MOST:  # an archive of noise must not fill the memory
            self.clear()
        self[chunk] = value = tuple(map(KEYS.__getitem__, syllables(chunk.lower())))
        return value


_CHUNKS = _Chunks()


def keys_of(text: str) -> list[str]:
    """The keys of a text's syllables, in order."""
    return list(chain.from_iterable(map(_CHUNKS.__getitem__, text.split())))


def pair(first: str, second: str) -> str:
    """The term of two keys side by side."""
    return f"{first}{JOINT}{second}"


def terms_of(title: str, texts: Iterable[str]) -> tuple[str, int]:
    """The terms of a text, each once, with blanks between; and how many syllables it has.

    Terms hold letters, digits and ``_=`` alone. Lines are apart: the last word of one and the first of the next are no
    pair.
    """
    head = keys_of(title)
    length = len(head)
    found = list(dict.fromkeys([*head, *map(JOINT.join, pairwise(head))]))
    found += [IN_TITLE + term for term in found]
    for text in texts:
        for line in text.splitlines():
            keys = keys_of(line)
            length += len(keys)
            found += keys
            found += map(JOINT.join, pairwise(keys))
    return " ".join(dict.fromkeys(found)), length
