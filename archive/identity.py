"""Row ids that come from what a row is about, so that every rebuild gives every row the same id."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

#: Ids stay whole numbers in every program that reads JSON numbers as doubles.
_BITS = 53


def hash_id(*parts: object) -> int:
    """A positive number below 2**53 from the parts, the same for ever.

    >>> hash_id("bac-kan", "https://backan.gov.vn/a.aspx") == hash_id("bac-kan", "https://backan.gov.vn/a.aspx")
    True
    """
    seed = "\x1f".join(map(str, parts)).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.sha256(seed).digest()[:8], "big") >> (64 - _BITS) or 1


def candidate_ids(*parts: object) -> Iterator[int]:
    """Ids to try in turn: the first that is free, or already stands for the same thing, is the row's."""
    yield hash_id(*parts)
    attempt = 0
    while True:
        attempt += 1
        yield hash_id(*parts, f"collision {attempt}")
