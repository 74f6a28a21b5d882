"""The HTTP part of a record: status line and headers to bytes and back."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

Headers = tuple[tuple[str, str], ...]

_STATUS = re.compile(rb"\s*HTTP/(\d+(?:\.\d+)?)[ \t]+(\d{3})(?:[ \t]+([^\r\n]*))?\s*$")
_BREAKS = re.compile(rb"[\r\n\0]+")
_NOT_A_NAME = re.compile(rb"[^!#$%&'*+\-.^_`|~0-9A-Za-z]")
_HEAD_END = re.compile(rb"\r?\n\r?\n")


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """The first lines of an HTTP message."""

    start: bytes
    """Status or request line, without line end."""
    headers: Headers
    end: int
    """Where the payload begins in the block."""


def header_text(raw: bytes) -> str:
    """A header as text: Latin-1, which reads any byte and gives it back (RFC 9112).

    >>> header_text(b"caf\\xe9")
    'café'
    """
    return raw.decode("latin-1")


def header_bytes(text: str | bytes) -> bytes:
    """The bytes that ``header_text`` reads back as ``text``; letters outside Latin-1 become UTF-8, bytes stay.

    Line breaks and NUL become one blank, so that no value can end its line.
    """
    return _BREAKS.sub(b" ", text if isinstance(text, bytes) else _encoded(text)).strip(b" \t")


def _encoded(text: str) -> bytes:
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def head_bytes(start: str | bytes, headers: Iterable[tuple[str | bytes, str | bytes]]) -> bytes:
    """Start line, headers and the empty line, ready to stand before a payload."""
    lines = [header_bytes(start)]
    for name, value in headers:
        key = _NOT_A_NAME.sub(b"-", header_bytes(name)) or b"-"
        lines.append(key + b": " + header_bytes(value))
    return b"\r\n".join(lines) + b"\r\n\r\n"


def parse_head(block: bytes) -> Head | None:
    """The head of an HTTP message, or None when the block holds no start line."""
    found = _HEAD_END.search(block, 0, 1024 * 1024)
    end = found.end() if found else len(block)
    lines = block[: found.start() if found else len(block)].split(b"\n")
    headers: list[tuple[str, str]] = []
    for line in lines[1:]:
        line = line.rstrip(b"\r")
        if line[:1] in (b" ", b"\t") and headers:  # a folded value goes on (RFC 9112, obs-fold)
            name, value = headers[-1]
            headers[-1] = (name, f"{value} {header_text(line.strip())}".strip())
            continue
        key, colon, value_bytes = line.partition(b":")
        if colon and key.strip():
            headers.append((header_text(key.strip()), header_text(value_bytes.strip(b" \t\r"))))
    start = lines[0].rstrip(b"\r")
    return Head(start=start, headers=tuple(headers), end=end) if start else None


def parse_status(start: bytes) -> int | None:
    """The status of a status line, with or without a reason phrase."""
    found = _STATUS.match(start)
    return int(found.group(2)) if found else None
