"""Answers of CDX servers into rows, whichever dialect they speak.

Seen: one JSON array of arrays with the field names first (Wayback), one JSON object a line with names of its own
(pywb, Common Crawl), and lines of fields between blanks. A resume key is the last row, after an empty one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from archive.cdx import surt
from archive.holdings import Held

#: The order of fields where a server does not name them.
_PLAIN = ("urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length")
_STAMP = re.compile(r"\d{14}$")
_WEB = re.compile(r"https?://", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """One answer of a CDX server."""

    rows: tuple[Held, ...]
    resume: str | None = None
    """What asks for the rows after these."""
    bad: int = 0
    """Rows that could not be read."""


def parse_rows(text: str, collection: str = "") -> Page:
    """The rows of a CDX answer; those that name no time and web address are counted as bad.

    >>> page = parse_rows('{"url": "http://a.vn/x", "timestamp": "20190102030405", "status": "200", "digest": "AB"}')
    >>> page.rows[0].urlkey, page.rows[0].statuscode
    ('vn,a)/x', 200)
    """
    told, resume = _records(text)
    rows, bad = [], 0
    for fields in told:
        row = _row(fields, collection) if fields is not None else None
        if row is None:
            bad += 1
        else:
            rows.append(row)
    return Page(rows=tuple(rows), resume=resume, bad=bad)


def _records(text: str) -> tuple[list[Mapping[str, Any] | None], str | None]:
    stripped = text.strip()
    if stripped.startswith("["):
        try:
            table = json.loads(stripped)
        except ValueError:
            return [None], None
        return _table(table) if isinstance(table, list) else ([None], None)
    return _lines(stripped.splitlines())


def _table(table: list[Any]) -> tuple[list[Mapping[str, Any] | None], str | None]:
    if not table or not isinstance(table[0], list):
        return [], None
    names, rows = [str(name) for name in table[0]], table[1:]
    resume = None
    if len(rows) >= 2 and rows[-2] == [] and isinstance(rows[-1], list) and len(rows[-1]) == 1:
        resume, rows = str(rows[-1][0]), rows[:-2]
    whole = [
        dict(zip(names, row, strict=True)) if isinstance(row, list) and len(row) == len(names) else None for row in rows
    ]
    return list(whole), resume


def _lines(lines: list[str]) -> tuple[list[Mapping[str, Any] | None], str | None]:
    resume = None
    if len(lines) >= 2 and not lines[-2].strip():
        resume, lines = lines[-1].strip(), lines[:-2]
    return [_line(line) for line in lines if line.strip()], resume


def _line(line: str) -> Mapping[str, Any] | None:
    start = line.find("{")
    if start >= 0:
        try:
            told = json.loads(line[start:])
        except ValueError:
            return None
        key = line[:start].split()  # CDXJ: key and time stand before the object
        extra = dict(zip(("urlkey", "timestamp"), key, strict=False))
        return {**extra, **told} if isinstance(told, dict) else None
    fields = line.split(" ")
    return dict(zip(_PLAIN, fields, strict=True)) if len(fields) == len(_PLAIN) else None


def _row(fields: Mapping[str, Any], collection: str) -> Held | None:
    original = str(fields.get("original") or fields.get("url") or "")
    stamp = str(fields.get("timestamp") or "")
    if not _WEB.match(original) or not _STAMP.match(stamp):
        return None
    return Held(
        urlkey=surt(original),
        timestamp=stamp,
        original=original,
        mimetype=str(fields.get("mimetype") or fields.get("mime") or "-"),
        statuscode=_number(fields.get("statuscode") or fields.get("status")),
        digest=str(fields.get("digest") or "-"),
        collection=collection,
        filename=str(fields["filename"]) if fields.get("filename") else None,
        offset=_number(fields.get("offset")),
        length=_number(fields.get("length")),
    )


def _number(value: Any) -> int | None:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def without_repeats(rows: Iterable[Held]) -> list[Held]:
    """The rows, each time of an address once."""
    return list({(row.original, row.timestamp): row for row in rows}.values())
