"""Which articles a visitor asks for: words and filters, as they stand in an address, and as SQL.

The same selection answers the page of results, its feed, its exports and "as SQL", so they cannot differ.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from archive.asked import POOL, Asked
from archive.filters import Filters, Narrowed, conditions
from archive.query import Query
from archive.search import page_of, parsed_for

#: The day an article is filed under.
DAY = "coalesce(a.published_at, a.updated_at)"

SORTS = ("relevance", "newest")
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

    def narrowed(self) -> Filters:
        """The filters as search takes them: what is chosen from a list is meant exactly so."""
        if not self.filters:
            return Filters()
        sql = " and ".join(_CONDITIONS[name] for name in self.filters)
        values = tuple((f"chosen_{name}", value) for name, value in self.filters.items())
        return Filters(narrowed=Narrowed(sql=sql, values=values))

    def query(self, connection: sqlite3.Connection) -> Query:
        """The words, understood. Raises QueryError where something is typed that holds none."""
        return parsed_for(connection, self.q) if self.q else Query(groups=())

    def asked(self, connection: sqlite3.Connection) -> Asked:
        """The search for it. Raises QueryError as ``query``."""
        return Asked(connection, self.query(connection), self.narrowed())

    def ids(self, connection: sqlite3.Connection, most: int) -> list[int]:
        """The articles, at most so many, in no order of meaning.

        Raises QueryError as ``query``. Where no article has all the words, these are those that search gives instead.
        """
        asked = self.asked(connection)
        if asked.nothing:
            return sorted(hit.id for hit in page_of(asked, min(most, POOL), 0, "relevance").hits)
        return sorted({*asked.numbers, *asked.matches.first(most)})[:most]

    def sql(self, connection: sqlite3.Connection) -> tuple[str, dict[str, str]]:
        """A query for the articles with all the words, and the values it names. Raises QueryError as ``query``."""
        query = self.query(connection)
        where, values = conditions(connection, self.narrowed().with_fields(query.fields))
        start, order = "from articles a\nwhere 1", f"{DAY} desc, a.id"
        if query.groups:
            start = "from articles_fts join articles a on a.rowid = articles_fts.rowid\nwhere articles_fts match :words"
            values["words"] = query.all_words()
            order = "articles_fts.rank, a.id" if self.order == "relevance" else order
        chosen = f"select a.id, a.title, {DAY} as date, a.section, a.author, a.status, a.canonical_url as url"
        return f"{chosen}\n{start}{where}\norder by {order}", {name: str(value) for name, value in values.items()}


FILTERS = ("section", "year", "month", "author", "status", "type", "files", "source")

# A plus before a column keeps SQLite from going through nearly all articles for a state that nearly all are in.
_CONDITIONS = {
    "section": "a.section = :chosen_section",
    "year": f"{DAY} >= :chosen_year and {DAY} < cast(:chosen_year + 1 as text)",
    "month": f"{DAY} >= :chosen_month and {DAY} < :chosen_month || '-99'",
    "author": "a.author = :chosen_author",
    "status": "+a.status = :chosen_status",
    "type": "a.id in (select article_id from documents where documents.type = :chosen_type)",
    "files": "exists (select 1 from attachments f where f.article_id = a.id and :chosen_files)",
    "source": "exists (select 1 from captures c where c.id = a.capture_id and c.source = :chosen_source)",
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
