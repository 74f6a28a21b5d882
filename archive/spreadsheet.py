"""CSV that a spreadsheet opens as text.

A cell that begins with ``=``, ``+``, ``-``, ``@``, a tab or a carriage return is a formula to a spreadsheet, whoever
wrote it. Such a cell gets an apostrophe before it, which spreadsheets take as "this is text". Numbers stay numbers.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

#: Full-width forms count too: some programs fold them. A leading blank or quote does not help against all of them.
_FORMULA = re.compile(r"[\s\"\x00-\x1f\u200b-\u200f\u2060\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20\t\r|%]")
_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?")


def cell(value: Any) -> Any:
    """The value as a cell that is never a formula."""
    if not isinstance(value, str):
        return value
    clean = value.replace("\x00", "")
    if _FORMULA.match(clean) and not _NUMBER.fullmatch(clean):
        return "'" + clean
    return clean


def csv_lines(rows: Iterable[Sequence[Any]]) -> str:
    """Rows as harmless CSV, lines ended as RFC 4180 says."""
    written = io.StringIO()
    csv.writer(written).writerows([cell(value) for value in row] for row in rows)
    return written.getvalue()


_MOST = 64 * 1024 * 1024  # characters of one cell; a long article is more than the 128 kB csv allows by itself


def harmless_csv(text: str) -> str:
    """CSV with every cell made harmless."""
    csv.field_size_limit(_MOST)
    return csv_lines(csv.reader(io.StringIO(text, newline="")))
