"""Text put right: letters that were read by the wrong code page, escaped twice, decomposed or dressed; what was done is
told, so that a reader of the archive knows. Text in the 8-bit fonts from before Unicode is told and left as it is."""

from __future__ import annotations

import html
import re
from typing import Literal

Legacy = Literal["TCVN3", "VNI"]

MANGLED = "UTF-8 that was stored as windows-1252 turned back"
_MANGLED_PARTS = "UTF-8 that was stored as windows-1252 turned back in parts of the page"
_ESCAPED_TWICE = "entities that were escaped twice resolved"

_CP1252 = {bytes([b]).decode("cp1252", "ignore") or chr(b): b for b in range(256)}
_SEQUENCE = re.compile(r"[ÃÄÅÆáâ][\u0080-\u00bf\u0152-\u0178\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]")
_SOUND = re.compile(r"[\u1ea0-\u1ef9]")
_VIETNAMESE = re.compile(r"[\u1ea0-\u1ef9ăđơưĂĐƠƯ]")
# How every letter with a sound mark begins when UTF-8 is read as windows-1252: the first sign with one of the others.
# No Vietnamese word has these two.
_FIRST, _SECONDS = "\u00e1", "\u00ba\u00bb"
# Letters without such a beginning, in other languages too (á, ô, é) or not (ă, đ, ơ, ư): many must be in a text that
# has none of the above. An Ã before a non-breaking blank does not count: xã is a word, and written XÃ in headings.
# A pattern a letter: one that begins with a fixed letter is found many times as fast as one of three.
_LATIN = {
    "Ã": re.compile(r"Ã[\u0080-\u009f\u00a1-\u00bf\u0152-\u0178\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]"),
    "Ä": re.compile(r"Ä[\u0090\u0192\u2018\u201a]"),
    "Æ": re.compile(r"Æ[\u00a1\u00af\u00b0]"),
}
_MANY = 3
_BETWEEN_TAGS = re.compile(r"[^<>]+")
_FEWEST = 2
#: Characters of a page that show which code page it was read by.
_OPENING = 20_000

# Names and numbers that stand for letters and blanks; what has a meaning in markup (lt, gt, amp, quot) is left alone.
# The look ahead lets the search run for the first sign alone, in half the time it takes for all five.
_TWICE = re.compile(
    r"&(?=a)amp;(nbsp|[A-Za-z](?:acute|grave|circ|tilde|uml|ring)|eth|ETH|[lr][sd]quo|[nm]dash|hellip"
    r"|#(?:3[035-79]|4\d|5[0-9]|6[14-9]|[7-9]\d|[1-9]\d{2,4}));"
)

_ENTITY = re.compile(r"&(?:#\d{1,6}|#[xX][0-9a-fA-F]{1,5}|[A-Za-z]{2,8});")

#: What is put right in every text of a page -> the characters, and the entities that stand for them.
_SIGNS: dict[str, tuple[str, frozenset[bytes]]] = {
    "zero-width characters taken out": ("\u200b\u200c\u200d\ufeff\u2060", frozenset((b"#8203", b"#x200b", b"zwnj"))),
    "soft hyphens taken out": ("\u00ad", frozenset((b"shy", b"#173"))),
    "decomposed letters put together": ("\u0301\u0323\u0309\u0303", frozenset((b"#769", b"#803"))),
    "look-alikes of Đ put right": ("\u00d0\u0189", frozenset((b"ETH", b"#208"))),
    "non-breaking blanks made blanks": ("\u00a0", frozenset((b"nbsp", b"#160", b"#xa0"))),
}
_Signs = tuple[tuple[bytes, tuple[str, ...]], ...]


def _by_first_byte(signs: str) -> _Signs:
    """Signs under the first byte of their UTF-8: one byte is found at once, and most pages lack most of them."""
    first_bytes = sorted({sign.encode()[:1] for sign in signs})
    return tuple((first, tuple(sign for sign in signs if sign.encode()[:1] == first)) for first in first_bytes)


_BY_FIRST_BYTE = {name: _by_first_byte(signs) for name, (signs, _) in _SIGNS.items()}
# One search for all of them: a page is looked through for every short text it is asked for. Numbers apart from names:
# some pages write every letter as a number.
_ENTITIES = sorted(name for _, named in _SIGNS.values() for name in named)
_WRITTEN = re.compile(
    b"&(%s|#(?:%s));"
    % (
        b"|".join(name for name in _ENTITIES if name[:1] != b"#"),
        b"|".join(name[1:] for name in _ENTITIES if name[:1] == b"#"),
    )
)


def unmangled(text: str) -> str | None:
    """UTF-8 once read as windows-1252, turned back; None unless every letter of the text agrees."""
    # The cheap looks first. No windows code page has the sound letters: what holds one was not read by such a page.
    if text.isascii() or ("Ã" not in text and not _begins(text)):
        return None
    if _SOUND.search(text, 0, _OPENING) or len(_SEQUENCE.findall(text, 0, _OPENING)) < 3 or _SOUND.search(text):
        return None
    return _turned(text)


def put_right(text: str) -> tuple[str, tuple[str, ...]]:
    """A page's source with what is wrong in parts of it put right, and what was done.

    A text between two tags is turned back only where every letter in it agrees: a page may quote such letters.
    """
    done: list[str] = []
    if _begins(text) or _many(text):
        better = _BETWEEN_TAGS.sub(_turned_part, text)
        if better != text:
            text = better
            done.append(_MANGLED_PARTS)
    text, count = _TWICE.subn(r"&\1;", text)
    if count:
        done.append(_ESCAPED_TWICE)
    return text, tuple(done)


def resolved(text: str) -> str:
    """A text record with the entities in it resolved: a page's text holds none unless its maker forgot them."""
    return _ENTITY.sub(lambda match: html.unescape(match.group()), text) if "&" in text else text


def repairs(text: str, source: bytes) -> list[str]:
    """What is put right in the texts of a page, by what its source holds; ``source``: the same as UTF-8."""
    written = set(_WRITTEN.findall(source))
    return [
        name
        for name, (_, entities) in _SIGNS.items()
        if not written.isdisjoint(entities) or _holds(text, source, _BY_FIRST_BYTE[name])
    ]


def _holds(text: str, source: bytes, signs: _Signs) -> bool:
    return any(first in source and any(sign in text for sign in same) for first, same in signs)


def _begins(text: str) -> bool:
    # One letter is found at once, two are not.
    return any(second in text and any(part.endswith(_FIRST) for part in text.split(second)[:-1]) for second in _SECONDS)


def _many(text: str) -> bool:
    return sum(len(pattern.findall(text)) for letter, pattern in _LATIN.items() if letter in text) >= _MANY


def _turned_part(match: re.Match[str]) -> str:
    part = match.group()
    if not _many(part) and (not _begins(part) or len(_SEQUENCE.findall(part)) < _FEWEST):
        return part
    return _turned(part) or part


def _turned(text: str) -> str | None:
    try:
        back = bytes(_CP1252[letter] for letter in text).decode("utf-8")
    except (KeyError, UnicodeDecodeError):
        return None
    return back if _VIETNAMESE.search(back) or _many(text) else None


# --- before Unicode ---------------------------------------------------------------------------------------------------

# TCVN3 puts letters on the signs of Latin-1, VNI puts a mark after the vowel it belongs to.
_TCVN3 = re.compile(
    r"[A-Za-z][\u00a8-\u00ac\u00ae\u00b5-\u00b9\u00bb-\u00be]|[\u00a7\u00a8-\u00ac\u00ae][a-z\u00b5-\u00be]"
)
_VNI = re.compile(r"[aeouyöôAEOUYÖÔ][ùøûõïâáàåãäéèúüëÙØÛÕÏÂÁÀÅÃÄÉÈÚÜË]")
_FONT = re.compile(r"""font-family\s*:\s*["']?(\.Vn|VNI-)|face=["']?(\.Vn|VNI-)""", re.I)
#: Characters that show what font a text was written for.
SAMPLE = 4000


def legacy(text: str, source: str = "") -> Legacy | None:
    """Which 8-bit font a text was written for, by how its letters stand together; None for Unicode.

    A page whose ``source`` names such a font (``.VnTime``, ``VNI-Times``) needs fewer of them.
    """
    sample = text[:SAMPLE]
    if sample.isascii() or _SOUND.search(sample):
        return None
    named = (".Vn" in source or "VNI-" in source) and _FONT.search(source) is not None
    least = max(1, len(sample) - sample.count(" ")) // (100 if named else 25)
    if len(sample.encode("utf-8", "replace")) - len(sample) <= least:
        return None  # too few letters outside ASCII, whatever they are
    if len(_TCVN3.findall(sample)) > least:
        return "TCVN3"
    return "VNI" if len(_VNI.findall(sample)) > least and ("ñ" in sample or "ö" in sample) else None
