"""Where a WARC file can be cut so that its parts can be read apart."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import BinaryIO

from archive.warc.records import open_warc

_MAGIC = b"\x1f\x8b\x08"
_LOOK = 64 * 1024
#: Kinds of records a part may begin with: a request belongs to the answer before it.
_BEGINS = (b"WARC-Type: response", b"WARC-Type: revisit", b"WARC-Type: resource", b"WARC-Type: conversion")


def stretches(path: Path, size: int) -> list[tuple[int, int | None]]:
    """Offsets at which parts of about ``size`` bytes begin and end; None for the end of the file.

    Only files whose answers come before their requests, each in a gzip member of its own, are cut; every other file is
    one part. Raises WarcError when the file cannot be read or is no WARC file.
    """
    with open_warc(path) as file:
        length = file.seek(0, 2)
        begins = [0]
        while length - begins[-1] > 2 * size:
            found = _next_answer(file, begins[-1] + size)
            if found is None:
                break
            begins.append(found)
    ends: list[int | None] = [*begins[1:], None]
    return list(zip(begins, ends, strict=True))


def _next_answer(file: BinaryIO, start: int) -> int | None:
    """The first member from ``start`` on that holds an answer of ours."""
    file.seek(start)
    window = file.read(_LOOK)
    base = start
    while window:
        at = window.find(_MAGIC)
        while at >= 0:
            if len(window) - at < 4096:
                window += file.read(_LOOK)
            if _is_answer(window[at : at + 4096]):
                return base + at
            at = window.find(_MAGIC, at + 1)
        base += max(0, len(window) - 2)
        more = file.read(_LOOK)
        if not more:
            return None
        window = window[-2:] + more
    return None


def _is_answer(member: bytes) -> bool:
    try:
        head = zlib.decompressobj(31).decompress(member, 512)
    except zlib.error:
        return False
    lines = head.split(b"\r\n", 2)
    return lines[0] == b"WARC/1.1" and len(lines) > 1 and lines[1] in _BEGINS
