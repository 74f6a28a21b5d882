"""Digests of every content table of an archive: equal archives give equal digests."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

#: Everything that captures and runs tell. Left out is the crawler's own: what waits, what failed, how runs went.
TABLES = (
    *("captures", "rules", "readings", "contents", "sections", "articles", "article_urls", "article_versions"),
    *("article_changes", "absences", "outages", "documents", "attachments", "images", "links", "link_sources"),
    *("list_items", "robots"),
)


def rows(archive: Path, table: str) -> list[str]:
    """Every row of a table with all its columns but an article's number, in one order.

    Numbers follow the order in which articles came into this very file.
    """
    with closing(sqlite3.connect(f"file:{archive}?mode=ro", uri=True)) as conn:
        columns = [row[1] for row in conn.execute(f"pragma table_xinfo({table})") if row[1] != "rowid"]
        return sorted(map(repr, conn.execute(f"select {', '.join(map(_quoted, columns))} from {table}")))


def _quoted(name: str) -> str:
    return f'"{name}"'


def digests(archive: Path) -> dict[str, str]:
    """Table -> digest over all its rows."""
    return {table: hashlib.sha256("\n".join(rows(archive, table)).encode()).hexdigest() for table in TABLES}


def different(one: Path, other: Path, most: int = 3) -> list[str]:
    """Rows that stand in one archive only, some of every table."""
    out = []
    for table in TABLES:
        left, right = rows(one, table), rows(other, table)
        out += [f"{table} only here:  {row[:700]}" for row in left if row not in set(right)][:most]
        out += [f"{table} only there: {row[:700]}" for row in right if row not in set(left)][:most]
        if len(left) != len(right):
            out.append(f"{table}: {len(left)} rows here, {len(right)} there")
    return out
