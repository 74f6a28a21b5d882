"""Content and transfer codings removed, never producing more than a limit.

A few kilobytes can announce gigabytes, so every decompressor is asked for bounded output. Servers also announce codings
they did not apply; a payload that is not in the announced coding is returned as it is.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import Any, Protocol

try:
    import brotli  # type: ignore[import-untyped]
except ImportError:  # comes with the HTTP client on most installs, not on all
    brotli = None

PAGE_LIMIT = 20 * 1024 * 1024
"""Bytes of a page, feed or script once decoded."""
FILE_LIMIT = 100 * 1024 * 1024
"""Bytes of any other file once decoded."""

_MAX_CODINGS = 4
_STEP = 1024 * 1024


class _Inflater(Protocol):
    def __call__(self, payload: bytes, limit: int) -> tuple[bytes, str | None]: ...


class _NotCoded(Exception):
    """The payload is not in the coding its header names."""


def limit_for(mimetype: str) -> int:
    """Bytes a body of this media type may have once decoded."""
    textual = mimetype.startswith("text/") or mimetype.endswith(("xml", "json", "javascript"))
    return PAGE_LIMIT if textual or not mimetype else FILE_LIMIT


def decode(payload: bytes, content_encoding: str, limit: int) -> tuple[bytes, str | None]:
    """The payload without its content codings, and how it was cut.

    The second value is None for a whole body, ``length`` when it was cut at ``limit`` bytes, ``unspecified`` when the
    coded data is damaged (what could be read is returned) or in a coding that cannot be read here.
    """
    names = [name.strip().lower() for name in content_encoding.split(",") if name.strip()]
    if len(names) > _MAX_CODINGS:
        return payload[:limit], "unspecified"
    cut: str | None = None
    for name in reversed(names):
        if name == "identity":
            continue
        inflater = _INFLATERS.get(name)
        if inflater is None:
            return payload[:limit], "unspecified"
        try:
            payload, flaw = inflater(payload, limit)
        except _NotCoded:
            continue
        cut = cut or flaw
    if len(payload) > limit:
        return payload[:limit], "length"
    return payload, cut


def dechunk(payload: bytes) -> tuple[bytes, bool]:
    """A chunked payload joined, and whether every chunk was whole.

    A payload that does not begin with a chunk is returned as it is: many archives keep the header and store the joined
    body.
    """
    parts: list[bytes] = []
    at = 0
    while True:
        end = payload.find(b"\n", at, at + 4096)
        size = _chunk_size(payload[at:end]) if end >= 0 else None
        if size is None:
            return (payload, True) if at == 0 else (b"".join(parts), False)
        at = end + 1
        if size == 0:
            return b"".join(parts), True
        part = payload[at : at + size]
        parts.append(part)
        at += size
        if len(part) < size or payload[at : at + 1] not in (b"\r", b"\n"):
            return (payload, True) if len(parts) == 1 and len(part) < size else (b"".join(parts), False)
        at += 2 if payload[at : at + 2] == b"\r\n" else 1


def _chunk_size(line: bytes) -> int | None:
    digits = line.split(b";")[0].strip()
    if not 0 < len(digits) <= 16 or not all(byte in b"0123456789abcdefABCDEF" for byte in digits):
        return None
    return int(digits, 16)


def _gzip(payload: bytes, limit: int) -> tuple[bytes, str | None]:
    if payload[:2] != b"\x1f\x8b":
        raise _NotCoded
    parts: list[bytes] = []
    room = limit
    while payload[:2] == b"\x1f\x8b":  # a payload may be several members; other bytes after one are padding
        inflater = zlib.decompressobj(31)
        part, flaw = _inflate(inflater, payload, room)
        parts.append(part)
        room -= len(part)
        if flaw:
            return b"".join(parts), flaw
        payload = inflater.unused_data
    return b"".join(parts), None


def _deflate(payload: bytes, limit: int) -> tuple[bytes, str | None]:
    """RFC 9110 means zlib by ``deflate``; some servers send the bare stream."""
    if not payload:
        raise _NotCoded
    for window in (15, -15):
        body, flaw = _inflate(zlib.decompressobj(window), payload, limit)
        if body or flaw != "unspecified":
            return body, flaw
    raise _NotCoded


def _inflate(inflater: Any, payload: bytes, limit: int) -> tuple[bytes, str | None]:
    parts: list[bytes] = []
    room = limit
    rest = payload
    try:
        while not inflater.eof:
            part = inflater.decompress(rest, min(_STEP, room + 1))
            rest = inflater.unconsumed_tail
            if len(part) > room:
                parts.append(part[:room])
                return b"".join(parts), "length"
            parts.append(part)
            room -= len(part)
            if not part and not rest and not inflater.eof:
                return b"".join(parts), "unspecified"
    except zlib.error:
        return b"".join(parts), "unspecified"
    return b"".join(parts), None


def _brotli(payload: bytes, limit: int) -> tuple[bytes, str | None]:
    if brotli is None:
        return payload[:limit], "unspecified"
    inflater = brotli.Decompressor()
    parts: list[bytes] = []
    room = limit
    rest = payload
    try:
        while not inflater.is_finished():
            part = inflater.process(rest, output_buffer_limit=min(_STEP, room + 1))
            rest = b""
            parts.append(part[:room])
            if len(part) > room:
                return b"".join(parts), "length"
            room -= len(part)
            if not part and not inflater.is_finished():
                return b"".join(parts), "unspecified"
    except brotli.error as error:
        if not any(parts):
            raise _NotCoded from error
        return b"".join(parts), "unspecified"
    return b"".join(parts), None


_INFLATERS: dict[str, _Inflater] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
}


def decode_payload(payload: bytes, headers: Iterable[tuple[str, str]]) -> tuple[bytes, str | None]:
    """A de-chunked payload without the content codings its headers name, under the limit of its media type.

    Both doors, the live answer and the WARC record, go through here, so that they see the same body. The second value
    says how the body was cut, as in ``decode``; a body that was cut is a truncated capture.
    """
    pairs = list(headers)
    mimetype = header_values(pairs, "Content-Type").split(";")[0].strip().lower()
    return decode(payload, header_values(pairs, "Content-Encoding"), limit_for(mimetype))


def decode_content(payload: bytes, headers: Iterable[tuple[str, str]]) -> bytes:
    """``decode_payload`` for callers that learn of a cut elsewhere."""
    return decode_payload(payload, headers)[0]


def header_values(headers: Iterable[tuple[str, str]], name: str) -> str:
    """All values of a header in one string."""
    wanted = name.lower()
    return ", ".join(value for key, value in headers if key.lower() == wanted)
