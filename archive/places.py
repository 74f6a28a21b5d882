"""Names of places as a text writes them: ``xã Dương Quang``, ``huyện Chợ Đồn``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from archive.terms import keys_of
from archive.vietnamese import MARKED_LETTERS

_KINDS = (
    "tỉnh|thành phố|thị xã|thị trấn|huyện|quận|xã|phường|thôn|bản|tổ dân phố|khu phố|hồ|sông|núi|đèo|vườn quốc gia|"
    "khu công nghiệp"
)
_CAPITALS = "A-Z" + "".join(letter for letter in MARKED_LETTERS if letter.isupper())
_NAME = rf"[{_CAPITALS}][^\W\d_{_CAPITALS}]*"
_PLACE = re.compile(
    rf"(?<![^\W_])({_KINDS}|Tỉnh|Huyện|Xã|Phường|Thị trấn|Thị xã|Thành phố) ({_NAME}(?: {_NAME}){{0,3}})(?![^\W_])"
)


def places_of(text: str) -> set[str]:
    """Every place named in a text: the word for its kind in lower case, then one to four capitalised syllables."""
    return {f"{kind.lower()} {name}" for kind, name in _PLACE.findall(text)}


def place_keys(name: str) -> Iterator[str]:
    """What one may type to be offered the place: its name with and without the word for its kind, as keys."""
    yield " ".join(keys_of(name))
    yield " ".join(keys_of(name_of(name)))


def name_of(place: str) -> str:
    """The name alone, without the word for its kind."""
    return " ".join(word for word in place.split(" ") if word[0].isupper())
