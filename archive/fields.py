"""Field filters inside what a person typed: ``tiêu đề:``, ``tác giả:``, ``số:``, ``từ:`` and so on, English names too.

A value is one word or a phrase in quotes. What looks like a field and has no usable value (``từ:`` without a date) is
text like any other.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from archive.vietnamese import document_key, fold

_NAMES = {
    "title": ("tieu de", "title"),
    "author": ("tac gia", "author"),
    "source": ("nguon", "source"),
    "number": ("so", "so hieu", "so ky hieu", "number"),
    "since": ("tu", "tu ngay", "since", "from"),
    "until": ("den", "den ngay", "until", "to"),
    "section": ("chuyen muc", "muc", "section"),
    "type": ("loai", "type"),
    "status": ("trang thai", "tinh trang", "status"),
    "year": ("nam", "year"),
    "has": ("co", "has"),
}
_FIELDS = {name: field for field, names in _NAMES.items() for name in names}
_STATUSES = {"live": "live", "con": "live", "gone": "gone", "da go": "gone", "go": "gone", "moved": "moved"}
_STATUSES |= {"da chuyen": "moved", "chuyen": "moved", "blocked": "blocked", "chan": "blocked", "bi chan": "blocked"}
_FILES = {"tep", "file", "files", "attachment", "attachments", "dinh kem", "tep dinh kem"}

_ASKED = re.compile(r'(?:(?<=\s)|^)(-?)((?:[^\W\d_]+[ \t]+){0,2}[^\W\d_]+):[ \t]*(?:"([^"]*)"?|([^\s"]+))')
_DAY = re.compile(r"(?:(?:(\d{1,2})[/.-])?(\d{1,2})[/.-])?(\d{4})")
_ISO = re.compile(r"(\d{4})-(\d{1,2})(?:-(\d{1,2}))?")


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """A filter that was typed."""

    name: str
    """title, author, source, number, since, until, section, type, status, year or has."""
    value: str
    """As typed; dates as ISO day, month or year; a number's key; a status in English."""
    excluded: bool = False


def taken_out(text: str) -> tuple[str, tuple[Field, ...]]:
    """The text without its field filters, and these."""
    fields: list[Field] = []

    def take(match: re.Match[str]) -> str:
        words = match[2].split()
        for start in range(len(words)):
            name = _FIELDS.get(fold(" ".join(words[start:])))
            if name:
                excluded = bool(match[1]) and not start
                value = _value(name, match[3] if match[3] is not None else match[4])
                if not value or (excluded and name not in ("title", "author", "source")):
                    return match[0]
                fields.append(Field(name=name, value=value, excluded=excluded))
                return match[1] * bool(start) + " ".join(words[:start]) + " "
        return match[0]

    return _ASKED.sub(take, text), tuple(fields)


def _value(name: str, typed: str) -> str | None:
    """The value in its one form, or None where it is none of that field."""
    folded = " ".join(fold(typed).split())
    if name in ("since", "until"):
        return day_of(typed)
    if name == "number":
        return document_key(typed) or None
    if name == "status":
        return _STATUSES.get(folded)
    if name == "year":
        return typed if re.fullmatch(r"[12]\d{3}", typed, re.ASCII) else None
    if name == "has":
        return "attachment" if folded in _FILES else None
    return typed.strip() or None


def day_of(typed: str) -> str | None:
    """ISO day, month or year of ``23/10/2019``, ``10/2019``, ``2019`` or an ISO date; None for anything else."""
    typed = typed.strip()
    if match := _DAY.fullmatch(typed):
        day, month, year = match.groups()
    elif match := _ISO.fullmatch(typed):
        year, month, day = match.groups()
    else:
        return None
    try:
        date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return None
    return "-".join([f"{int(year):04}", *(f"{int(part):02}" for part in (month, day) if part)])


def last_day(day: str) -> str:
    """The last day of an ISO day, month or year."""
    year, month, *rest = (day if "-" in day else f"{day}-12").split("-")
    return day if rest else f"{year}-{month}-{monthrange(int(year), int(month))[1]:02}"
