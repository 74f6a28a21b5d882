"""What the site says, in Vietnamese and in English, and how either writes numbers and dates.

Every word a visitor reads stands in ``messages.toml``, once in each language; templates and views ask for it by name.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any

LANGUAGES = ("vi", "en")
DEFAULT = "vi"
CATALOGUE = Path(__file__).with_name("messages.toml")

#: Vietnam's time, in which pages print theirs.
_HANOI = timezone(timedelta(hours=7))
_DAY = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?")
_STAMP = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@cache
def catalogue() -> dict[str, Mapping[str, str]]:
    """Name (``section.key``) -> language (or ``one``, the English singular) -> text."""
    sections = tomllib.loads(CATALOGUE.read_text("utf-8"))
    return {f"{section}.{key}": told for section, keys in sections.items() for key, told in keys.items()}


@dataclass(frozen=True, kw_only=True)
class Language:
    """One of the two languages. Raises KeyError for a name that is not in the catalogue."""

    code: str

    @property
    def other(self) -> str:
        """Code of the other language."""
        return LANGUAGES[1 - LANGUAGES.index(self.code)]

    def text(self, name: str, **values: Any) -> str:
        """The words of that name, with numbers written as the language does; ``n`` 1 takes the English singular."""
        told = catalogue()[name]
        pattern = told["one"] if values.get("n") == 1 and self.code == "en" and "one" in told else told[self.code]
        return pattern.format(**{key: self.number(v) if _whole(v) else v for key, v in values.items()})

    def known(self, name: str, code: object) -> str:
        """The words for a stored code (``status.live``), or the code itself where the catalogue has none."""
        told = catalogue().get(f"{name}.{code}")
        return told[self.code] if told else str(code)

    def number(self, value: int) -> str:
        """Thousands apart: 12.345 in Vietnamese, 12,345 in English."""
        return f"{value:,}".replace(",", "." if self.code == "vi" else ",")

    def decimal(self, value: float, digits: int = 1) -> str:
        """A number with its fraction: 1.234,5 in Vietnamese, 1,234.5 in English."""
        text = f"{value:,.{digits}f}"
        return text.translate(str.maketrans(".,", ",.")) if self.code == "vi" else text

    def day(self, iso: object) -> str:
        """A date, or a date and time in Vietnam's time; a year and month alone; whatever is none of these as it is."""
        text = _iso(str(iso or ""))
        found = _DAY.match(text)
        if not found:
            return text
        moment = _in_hanoi(text)
        if moment is None:
            return self._plain(*found.groups())
        day = self._plain(f"{moment:%Y}", f"{moment:%m}", f"{moment:%d}")
        return f"{day}, {moment:%H:%M}"

    def date(self, iso: object) -> str:
        """The day alone."""
        return self.day(iso).split(", ")[0]

    def _plain(self, year: str, month: str, day: str | None) -> str:
        if self.code == "vi":
            return f"{day}/{month}/{year}" if day else f"{month}/{year}"
        name = _MONTHS[int(month) - 1] if 1 <= int(month) <= 12 else month
        return f"{int(day)} {name} {year}" if day else f"{name} {year}"

    def half(self, both: str) -> str:
        """This language's half of a description written ``tiếng Việt · English``."""
        first, mark, second = both.partition(" · ")
        return second if mark and self.code == "en" else first

    def size(self, count: int) -> str:
        """Bytes in the unit a person would choose."""
        size = float(count)
        for unit in ("B", "kB", "MB"):
            if size < 1000:
                break
            size, unit = size / 1000, {"B": "kB", "kB": "MB", "MB": "GB"}[unit]
        return f"{size:.0f} {unit}" if size >= 10 or unit == "B" else f"{self.decimal(size)} {unit}"


def chosen(asked: str | None, kept: str | None) -> Language:
    """The language of a page: asked for in its address, else kept in the cookie, else Vietnamese."""
    return Language(code=next((code for code in (asked, kept) if code in LANGUAGES), DEFAULT))


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _iso(text: str) -> str:
    """A CDX timestamp (14 digits, UTC) as ISO 8601."""
    stamp = _STAMP.fullmatch(text)
    return "{}-{}-{}T{}:{}:{}Z".format(*stamp.groups()) if stamp else text


def _in_hanoi(text: str) -> datetime | None:
    if "T" not in text and " " not in text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(_HANOI) if moment.tzinfo else moment
