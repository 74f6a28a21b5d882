"""The day of publication as a page states it for machines: meta elements, ``time``, microdata, linked data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime

from lxml.etree import _Element as Element

from crawler.extract.dates import PrintedDate
from crawler.extract.dom import squash, words
from crawler.sharepoint.controls import inner_text

_NAMES = words("article:published_time og:published_time datepublished dcterms.issued dc.date.issued publication_date")
_ISO = re.compile(
    r"\s*((?:19|20)\d\d-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.\d+)?\s*(Z|[+-]\d\d:?\d\d)?)?\s*", re.I
)
_LINKED = re.compile(r'"datePublished"\s*:\s*"([^"]{8,40})"')
# In the source of a page that states it in its text or as linked data; most pages do not, and are not gone through.
_MARK = b"datePublished"


def iso_date(text: str, timezone: str) -> PrintedDate | None:
    """An ISO 8601 day or moment; without an offset it is the portal's own. None for anything else."""
    found = _ISO.fullmatch(text)
    if found is None:
        return None
    day, time, offset = found.groups()
    try:
        if time is None:
            at = date.fromisoformat(day).isoformat()
        else:
            offset = "+00:00" if offset in ("Z", "z") else offset or timezone
            at = datetime.fromisoformat(f"{day}T{time}{offset}").isoformat()
    except ValueError:
        return None
    return PrintedDate(at=at, raw=text.strip(), start=0, end=len(text))


def stated_date(tree: Element, source: bytes, timezone: str) -> PrintedDate | None:
    """The first day of publication a page states for machines, None where it states none. ``source``: it as UTF-8."""
    found = (iso_date(text, timezone) for text in _statements(tree, marked=_MARK in source))
    return next((day for day in found if day is not None), None)


def _statements(tree: Element, *, marked: bool) -> Iterator[str]:
    """What stands where a day of publication is stated. ``marked``: the page's source holds ``_MARK``."""
    for meta in tree.iter("meta"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop") or ""
        if name.lower() in _NAMES:
            yield meta.get("content") or ""
    for element in tree.iter("time", "span", "div", "p") if marked else tree.iter("time"):
        if element.get("itemprop") == "datePublished" or (element.tag == "time" and element.get("pubdate") is not None):
            yield element.get("datetime") or element.get("content") or ""
    for script in tree.iter("script") if marked else ():
        if (script.get("type") or "").lower() == "application/ld+json":
            yield from _LINKED.findall(inner_text(script))


def timed(element: Element | None, line: str, timezone: str) -> PrintedDate | None:
    """The date of a ``time`` element that most of a line stands in, as its attribute has it."""
    for time in element.iter("time") if element is not None else ():
        shown = squash(inner_text(time))
        found = iso_date(time.get("datetime") or "", timezone)
        if found is not None and shown in line and len(shown) * 2 > len(line):
            return found
    return None


def settled(printed: PrintedDate, stated: PrintedDate) -> PrintedDate:
    """A printed date whose day and month change places when that is what the page states: ``03/04`` for 4 March."""
    year, month, day = printed.day.split("-")
    if "/" in printed.raw and stated.day == f"{year}-{day}-{month}":
        return replace(printed, at=stated.day + printed.at[10:])
    return printed
