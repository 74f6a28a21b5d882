"""Which articles a visitor asks for: words and filters, as they stand in an address, and as SQL.

The same selection answers the page of results, its feed, its exports and "as SQL", so they cannot differ.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

#: The day an article is filed under.
DAY = "coalesce(a.published_at, a.updated_at)"

SORTS = ("relevance", "newest", "oldest")
_MOST = 500  # characters of what is typed
_YEAR = re.compile(r"[12]\d{3}")
_MONTH = re.compile(r"[12]\d{3}-(?:0[1-9]|1[0-2])")


@dataclass(frozen=True, kw_only=True, slots=True)
class Selection:
    """Articles asked for; an empty value asks for nothing in that respect."""

    q: str = ""
    section: str = ""
    year: str = ""
    month: str = ""
    author: str = ""
    status: str = ""
    type: str = ""
    """Type of a legal document."""
    files: str = ""
    """``1``: with attachments."""
    source: str = ""
    """Where the capture it is read from came from: live, warc, wayback …"""
    sort: str = ""
    """Empty for the usual: by relevance where words are asked for, else the newest first."""

    @property
    def params(self) -> dict[str, str]:
        """What an address needs to say."""
        return {name: value for name, value in asdict(self).items() if value}

    @property
    def filters(self) -> dict[str, str]:
        """The filters alone, without words and order."""
        return {name: value for name, value in self.params.items() if name in FILTERS}

    @property
    def order(self) -> str:
        """One of ``SORTS``."""
        return self.sort or ("relevance" if self.q else "newest")

    def without(self, name: str) -> Selection:
        """The same without one filter."""
        return replace(self, **{name: ""})

    def having(self, name: str, value: str) -> Selection:
        """The same with one filter set."""
        return replace(self, **{name: value})

    def where(self) -> tuple[str, dict[str, str]]:
        """The conditions on ``articles a``, and their values."""
        parts = [_CONDITIONS[name] for name in self.filters]
        if self.q:
            parts.append("a.id in (select rowid from articles_fts where articles_fts match search_query(:q))")
        values = {name: value for name, value in self.params.items() if name != "sort"}
        return " and ".join(parts) or "1", values

    def sql(self) -> str:
        """A query, to be filled with :attr:`params`, that gives exactly these articles."""
        where, _ = self.where()
        match = "a.id in (select rowid from articles_fts where articles_fts match search_query(:q))"
        by_rank = self.q and self.order == "relevance"
        start, where = ("from articles a\n", where)
        order = f"{DAY} is null, {DAY} {'asc' if self.order == 'oldest' else 'desc'}, a.id"
        if by_rank:
            start = "from articles_fts join articles a on a.id = articles_fts.rowid\n"
            where = where.replace(match, "articles_fts match search_query(:q)")
            order = "articles_fts.rank, a.id"
        chosen = f"select a.id, a.title, {DAY} as date, a.section, a.author, a.status, a.canonical_url as url\n"
        return f"{chosen}{start}where {where}\norder by {order}"


FILTERS = ("section", "year", "month", "author", "status", "type", "files", "source")

_CONDITIONS = {
    "section": "a.section = :section",
    "year": f"{DAY} >= :year and {DAY} < cast(:year + 1 as text)",
    "month": f"{DAY} >= :month and {DAY} < :month || '-99'",
    "author": "a.author = :author",
    "status": "a.status = :status",
    "type": "a.id in (select article_id from documents where documents.type = :type)",
    "files": "a.id in (select article_id from attachments)",
    "source": "a.capture_id in (select id from captures where captures.source = :source)",
}

_FITS: Mapping[str, Callable[[str], bool]] = {
    "year": lambda text: bool(_YEAR.fullmatch(text)),
    "month": lambda text: bool(_MONTH.fullmatch(text)),
    "status": lambda text: text in ("live", "gone", "moved", "blocked"),
    "files": lambda text: text == "1",
    "sort": lambda text: text in SORTS,
}


def selection(args: Any) -> Selection:
    """The selection an address asks for. A value that cannot be meant is left out; control characters are blanks."""
    given = {}
    for name in ("q", *FILTERS, "sort"):
        text = " ".join(re.sub(r"[\x00-\x1f\x7f\ud800-\udfff]", " ", args.get(name) or "").split())[:_MOST]
        if text and _FITS.get(name, bool)(text):
            given[name] = text
    return Selection(**given)
