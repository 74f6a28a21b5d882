"""Times as machines write them in feeds and data, to ISO 8601 with the portal's offset."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from crawler.extract.dates import read_date

_SCRIPT_DATE = re.compile(r"/?Date\((-?\d{1,16})(?:[+-]\d{4})?\)/?")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: Portals fill unknown dates with 0001-01-01, 1900-01-01 or 1970-01-01; none had a web page before this year.
_FIRST_YEAR = 1990


def moment(text: str, timezone: str) -> str | None:
    """A moment or plain day as ``Article.published_at``: instants in the portal's offset, a day alone stays a day.

    Reads RFC 822, ISO 8601 (without an offset it is the portal's own), ``/Date(ms)/`` and printed dates. None for text
    that holds none, and for the placeholders portals put where they know no date.

    >>> moment("Mon, 30 Jun 2025 12:19:21 GMT", "+07:00")
    '2025-06-30T19:19:21+07:00'
    >>> moment("2025-06-30T19:02:21", "+07:00")
    '2025-06-30T19:02:21+07:00'
    """
    text = text.strip()
    if not text:
        return None
    found = _understood(text, timezone)
    return found if found and int(found[:4]) >= _FIRST_YEAR else None


def _understood(text: str, timezone: str) -> str | None:
    here = datetime.fromisoformat(f"2000-01-01T00:00:00{timezone}").tzinfo
    try:
        if _DAY.fullmatch(text):
            return datetime.fromisoformat(text).date().isoformat()
        at = _instant(text)
        if at is not None:
            at = at.replace(tzinfo=here) if at.tzinfo is None else at.astimezone(here)
            return at.isoformat(timespec="seconds")
    except (ValueError, OverflowError):
        return None
    printed = read_date(text, timezone)
    return printed.at if printed else None


def _instant(text: str) -> datetime | None:
    script = _SCRIPT_DATE.fullmatch(text)
    if script:
        return _EPOCH + timedelta(milliseconds=int(script[1]))
    if _ISO.match(text):
        return datetime.fromisoformat(text)
    try:
        return parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):  # its parser stumbles over some texts that are no dates
        return None
