"""A small archive made by plain SQL through the real migrations, for whatever only reads archives."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from archive.migrations import APPLICATION_ID, migrations

PORTAL = "bac-kan"
HOST = "https://backan.gov.vn/Pages"
SEEN = "2022-03-10T02:00:00+00:00"

_ARTICLE: dict[str, Any] = {
    "portal": PORTAL,
    "lead": None,
    "body_html": "",
    "word_count": 0,
    "content_digest": "0" * 64,
    "first_seen_at": SEEN,
    "last_seen_at": SEEN,
    "extractor_version": "1",
    "profile": PORTAL,
    "capture_id": 1,
}


def empty_archive(path: Path | str = ":memory:") -> sqlite3.Connection:
    """A migrated archive with one run and one capture for articles to stand on."""
    connection = sqlite3.connect(str(path))
    database = Database(connection)
    migrations.apply(database)
    connection.execute(f"pragma application_id = {APPLICATION_ID}")
    connection.execute("pragma journal_mode = wal")
    database["runs"].insert(
        {
            "id": 1,
            "kind": "crawl",
            "portal": PORTAL,
            "profile": PORTAL,
            "profile_digest": "d",
            "extractor_version": "1",
            "started_at": "2022-03-10T01:00:00+00:00",
            "ended_at": "2022-03-10T03:00:00+00:00",
            "state": "complete",
            "exit_code": 0,
            "counts": '{"article": 3}',
        }
    )
    capture(connection, 1)
    connection.commit()
    return connection


def capture(connection: sqlite3.Connection, key: int, **values: Any) -> None:
    """One captures row."""
    row = {
        "id": key,
        "urlkey": f"vn,gov,backan)/pages/{key}.aspx",
        "timestamp": "20220310020000",
        "original": f"{HOST}/{key}.aspx",
        "mimetype": "text/html",
        "statuscode": 200,
        "source": "live",
        "outcome": "article",
        "run_id": 1,
        **values,
    }
    Database(connection)["captures"].insert(row)


def article(connection: sqlite3.Connection, key: int, title: str, body: str = "", **values: Any) -> None:
    """One articles row that waits to be indexed."""
    url = f"{HOST}/{key}.aspx"
    row = {**_ARTICLE, "id": key, "url": url, "canonical_url": url, "title": title, "body_text": body, **values}
    Database(connection)["articles"].insert(row)
    connection.execute("insert or ignore into search_queue(article_id) values (?)", (key,))
    connection.commit()
