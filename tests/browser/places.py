"""Every kind of page of the site, with an address of it in the archive of ``tests.archive.lived``."""

from __future__ import annotations

from pathlib import Path

from archive.sql import run_select
from tests.archive.lived import DOCUMENT, EDITED, GONE, HOST


def places(path: Path) -> dict[str, str]:
    """Name of a page -> its address."""

    def number(address: str) -> int:
        answer = run_select(path, "select id from articles where canonical_url = ?", (HOST + address,))
        return int(str(answer.rows[0][0]))

    edited = number(EDITED)
    return {
        "home": "",
        "results": "search?q=bac+kan",
        "browse": "search?section=Th%C3%B4ng+b%C3%A1o",
        "nothing": "search?q=khongcogi",
        "article": f"article/{edited}",
        "version": f"article/{edited}/version/1",
        "differences": f"article/{edited}/changes",
        "document": f"article/{number(DOCUMENT)}",
        "removed": f"article/{number(GONE)}",
        "documents": "documents",
        "changes": "changes",
        "health": "health",
        "data": "sql",
        "schema": "schema",
        "as-sql": "search/sql?q=bac+kan&year=2022",
        "export": "export",
        "about": "about",
        "tables": "archive",
        "table": "archive/documents",
        "row": f"archive/articles/{edited}",
        "query": "archive/search?q=bac+kan",
        "lost": "nowhere",
    }
