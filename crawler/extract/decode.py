"""Bytes and headers to text, by one rule for every door. Never raises.

Order: byte order mark, valid UTF-8 (it beats a header that says otherwise), the charset that header or page names,
UTF-8 with a few broken bytes, then the Windows code pages Vietnamese pages were written in.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from crawler.extract.repair import MANGLED, put_right, unmangled

_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.I)
_XML = re.compile(rb"<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([\w.:-]{2,40})", re.I)
_HEADER = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.I)
_CONTROLS = bytes(b for b in range(32) if b not in b"\t\n\v\f\r\x1b")

# Tone marks of windows-1258, which follow their vowel: grave, hook, tilde, acute, dot below.
_TONE_BYTES = frozenset(b"\xcc\xd2\xde\xec\xf2")
_VOWEL_BYTES = frozenset(b"aeiouyAEIOUY\xe2\xc2\xe3\xc3\xea\xca\xf4\xd4\xf5\xd5\xfd\xdd")

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Decoded:
    """Text of a page and how it was read."""

    text: str
    encoding: str
    repairs: tuple[str, ...] = ()
    """What was put right in the text as a whole, in words."""
    source: bytes = b""
    """The text as UTF-8: the body itself where it is just that."""
    readable: bool = True
    """False when the bytes are no text: more than one character in twenty is a control or replacement character."""


def decode(body: bytes, content_type: str | None = None) -> Decoded:
    """The text of ``body``; ``content_type`` is the header's value, whose charset is a hint and no more."""
    text, encoding = _read(body, content_type)
    if _unreadable(body, text, encoding) * 20 > len(text):
        return Decoded(text=text, encoding=encoding, source=text.encode("utf-8", "replace"), readable=False)
    repaired = unmangled(text)
    if repaired is not None:
        text, done = put_right(repaired)
        return Decoded(text=text, encoding=encoding, repairs=(MANGLED, *done), source=text.encode("utf-8", "replace"))
    text, done = put_right(text)
    whole = not done and encoding == "utf-8" and "\ufffd" not in text
    source = body.removeprefix(codecs.BOM_UTF8) if whole else text.encode("utf-8", "replace")
    return Decoded(text=text, encoding=encoding, repairs=done, source=source)


def _unreadable(body: bytes, text: str, encoding: str) -> int:
    """Control and replacement characters."""
    source = body if not encoding.startswith(("utf-16", "utf-32")) else text.encode("utf-8", "replace")
    replaced = text.count("\ufffd") if "\ufffd" in text else 0  # a look is ten times as fast as a count
    return len(source) - len(source.translate(None, _CONTROLS)) + replaced


def _read(body: bytes, content_type: str | None) -> tuple[str, str]:
    for mark, name in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace"), name
    wide = _wide(body)
    if wide:
        return body.decode(wide, "replace"), wide
    try:
        return body.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        pass
    for name in _named(body, content_type):
        text = _strict(body, name)
        if text is not None:
            return text, name
    loose = body.decode("utf-8", "replace")
    broken = loose.count("\ufffd")
    whole = sum(ch > "\x7f" for ch in loose) - broken
    if broken * 5 <= whole:
        return loose, "utf-8"
    name = "windows-1258" if _tones_follow_vowels(body) else "windows-1252"
    return body.decode(name, "replace"), name


def _wide(body: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of the opening is zero."""
    head = body[:400]
    if len(head) < 8 or not 2 * head.count(0) >= len(head) * 0.8:
        return None
    if head[1::2].count(0) > 0.8 * len(head[1::2]):
        return "utf-16-le"
    return "utf-16-be" if head[::2].count(0) > 0.8 * len(head[::2]) else None


def _named(body: bytes, content_type: str | None) -> list[str]:
    """Charsets that header and page name, except UTF-8, which did not hold."""
    found = _HEADER.findall(content_type or "")
    head = body[:4096]
    found += [name.decode("ascii", "replace") for name in _META.findall(head) + _XML.findall(head)]
    names: list[str] = []
    for name in found:
        try:
            known = codecs.lookup(name).name
        except (LookupError, ValueError):
            continue
        # Browsers read Latin-1 as windows-1252, and so must we: its extra letters are in real pages.
        known = "cp1252" if known in ("iso8859-1", "ascii") else known
        if known not in ("utf-8", *names) and not known.endswith("_codec") and known not in ("idna", "punycode"):
            names.append(known)
    if "cp1252" in names and _tones_follow_vowels(body):
        names.remove("cp1252")
    return names


def _strict(body: bytes, name: str) -> str | None:
    try:
        return body.decode(name)
    except (UnicodeError, LookupError):
        return None


def _tones_follow_vowels(body: bytes) -> bool:
    """Whether the tone bytes of windows-1258 stand where tones stand; in French or German they would not."""
    after = other = 0
    for index in range(1, min(len(body), 60_000)):
        if body[index] in _TONE_BYTES:
            if body[index - 1] in _VOWEL_BYTES:
                after += 1
            else:
                other += 1
    return after >= 3 and after >= 4 * other
