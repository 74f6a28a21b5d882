"""An archive before its judges: the replica's truth, and another archive that should hold the same."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crawler.profile import SiteProfile
from crawler.sharepoint import canonical_url, frontier_key

#: Article columns a perfect archive fills as the truth says.
FIELDS = (
    "title",
    "lead",
    "body_text",
    "author",
    "author_raw",
    "source",
    "source_raw",
    "section",
    "published_at",
    "published_raw",
    "updated_at",
    "updated_raw",
    "language",
    "status",
)
IMAGE_FIELDS = ("url", "caption", "alt")
ATTACHMENT_FIELDS = ("url", "text", "filename", "filetype")

#: Tables a killed and resumed crawl must fill as an undisturbed one does; times and run numbers aside.
CONTENT = {
    "articles": "id, canonical_url, portal, section, title, lead, body_text, body_html, author, author_raw, source,"
    " source_raw, published_at, published_raw, updated_at, updated_raw, language, word_count, content_digest, status,"
    " missing_visits, profile, layout, evidence, page_list_id, page_item_id",
    "article_urls": "canonical_url, article_id",
    "article_versions": "article_id, number, content_digest, fields",
    "article_changes": "article_id, field, old_digest, new_digest, old_value, new_value",
    "documents": "article_id, number, number_raw, number_key, type, issuer, signer, issued_on, issued_raw,"
    " effective_on, effective_raw, abstract, status",
    "attachments": "article_id, position, url, text, filename, filetype, digest",
    "images": "article_id, position, url, caption, alt",
    "sections": "portal, name",
    "links": "source_url, target_url, text, kind, in_content",
    "list_items": "list_url, target_url, title, lead, date",
    "frontier": "key, host, method, state, outcome",
    "captures": "urlkey, method, mimetype, statuscode, outcome, reason",
}

#: What does not depend on how often the server was asked: robots.txt is read by every process anew, and faults that
#: heal with a later try may have healed already.
LASTING = {
    "captures": " where outcome <> 'robots' and coalesce(reason, '') not in ('throttled', 'truncated', 'server_error')",
    "frontier": " where kind <> 'robots'",
}


@dataclass(kw_only=True)
class Verdict:
    """How an archive differs from the truth; empty lists mean it does not."""

    articles: int = 0
    """Articles the truth has."""
    fields: int = 0
    """Article fields compared."""
    addresses: int = 0
    """Addresses whose outcome was compared."""
    missing: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    wrong_fields: list[tuple[str, str, Any, Any]] = field(default_factory=list)
    """(address, field, truth, archive)"""
    wrong_outcomes: list[tuple[str, str, str | None]] = field(default_factory=list)
    """(address, truth, archive)"""
    leaks: list[tuple[str, str]] = field(default_factory=list)
    """(address, boilerplate string)"""

    @property
    def perfect(self) -> bool:
        """Nothing missing, nothing extra, nothing different."""
        return not (self.missing or self.extra or self.wrong_fields or self.wrong_outcomes or self.leaks)

    def lines(self, most: int = 12) -> list[str]:
        """The figures, then the first differences of each kind."""
        found = self.articles - len(self.missing)
        out = [
            f"articles archived   {found}/{self.articles} ({share(found, self.articles)}), {len(self.extra)} extra",
            (
                f"fields equal        {self.fields - len(self.wrong_fields)}/{self.fields} "
                f"({share(self.fields - len(self.wrong_fields), self.fields)})"
            ),
            (
                f"outcomes as told    {self.addresses - len(self.wrong_outcomes)}/{self.addresses} "
                f"({share(self.addresses - len(self.wrong_outcomes), self.addresses)})"
            ),
            f"boilerplate leaks   {len(self.leaks)}",
        ]
        for name in ("missing", "extra", "wrong_fields", "wrong_outcomes", "leaks"):
            out += [f"  {name}: {str(item)[:600]}" for item in getattr(self, name)[:most]]
        return out


def share(part: int, whole: int) -> str:
    """A share as a percentage that never rounds up to 100."""
    return "100%" if part == whole else f"{min(99.99, 100 * part / max(1, whole)):.2f}%"


def judge(archive: Path, truth: dict[str, Any], profile: SiteProfile) -> Verdict:
    """Hold an archive against the replica's truth."""
    conn = sqlite3.connect(f"file:{archive}?mode=ro", uri=True)
    conn.row_factory = sqlite3.Row
    verdict = Verdict()
    try:
        _judge_articles(conn, truth, verdict)
        _judge_addresses(conn, truth, profile, verdict)
        _judge_boilerplate(conn, truth, verdict)
    finally:
        conn.close()
    return verdict


def _judge_articles(conn: sqlite3.Connection, truth: dict[str, Any], verdict: Verdict) -> None:
    held = {row["canonical_url"]: row for row in conn.execute("select * from articles")}
    told = {article["canonical_url"]: article for article in truth["articles"]}
    verdict.articles = len(told)
    verdict.missing = sorted(told.keys() - held.keys())
    verdict.extra = sorted(held.keys() - told.keys())
    for url in sorted(told.keys() & held.keys()):
        article, row = told[url], held[url]
        pairs = [(name, article[name], row[name]) for name in FIELDS if name in article]
        pairs.append(
            ("images", _plain(article["images"], IMAGE_FIELDS), _rows(conn, "images", IMAGE_FIELDS, row["id"]))
        )
        files = _rows(conn, "attachments", ATTACHMENT_FIELDS, row["id"])
        pairs.append(("attachments", _plain(article["attachments"], ATTACHMENT_FIELDS), files))
        pairs += _document_pairs(conn, article.get("document"), row["id"])
        verdict.fields += len(pairs)
        verdict.wrong_fields += [(url, name, want, have) for name, want, have in pairs if want != have]


def _document_pairs(
    conn: sqlite3.Connection, told: dict[str, Any] | None, article_id: int
) -> list[tuple[str, Any, Any]]:
    row = conn.execute("select * from documents where article_id = ?", (article_id,)).fetchone()
    if told is None or row is None:
        return [("document", told, dict(row) if row else None)]
    return [(f"document.{name}", value, row[name]) for name, value in told.items()]


def _plain(items: Iterable[dict[str, Any]], names: tuple[str, ...]) -> list[tuple[Any, ...]]:
    return [tuple(item.get(name) for name in names) for item in items]


def _rows(conn: sqlite3.Connection, table: str, names: tuple[str, ...], article_id: int) -> list[tuple[Any, ...]]:
    query = f"select {', '.join(names)} from {table} where article_id = ? order by position"
    return [tuple(row) for row in conn.execute(query, (article_id,))]


def _judge_addresses(conn: sqlite3.Connection, truth: dict[str, Any], profile: SiteProfile, verdict: Verdict) -> None:
    held = {row["key"]: row["outcome"] for row in conn.execute("select key, outcome from frontier")}
    verdict.addresses = len(truth["urls"])
    for told in truth["urls"]:
        url, want = told["url"], told["outcome"]
        if want == "duplicate":
            have = "duplicate" if canonical_url(url, profile) == canonical_url(told["of"], profile) else None
        else:
            method = told.get("method", "GET")
            have = held.get(frontier_key(method, canonical_url(url, profile), told.get("key"), profile))
        if have != want:
            verdict.wrong_outcomes.append((url, want, have))


def _judge_boilerplate(conn: sqlite3.Connection, truth: dict[str, Any], verdict: Verdict) -> None:
    columns = "canonical_url, title || char(10) || coalesce(lead, '') || char(10) || body_text || char(10) || body_html"
    for url, text in conn.execute(f"select {columns} from articles"):
        verdict.leaks += [(url, phrase) for phrase in truth["boilerplate"] if phrase in text]


def contents(archive: Path) -> dict[str, list[str]]:
    """Every content table as sorted lines, without times and run numbers."""
    conn = sqlite3.connect(f"file:{archive}?mode=ro", uri=True)
    try:
        tables = {}
        for table, columns in CONTENT.items():
            rows = conn.execute(f"select {columns} from {table}{LASTING.get(table, '')}")
            tables[table] = sorted(json.dumps(row, ensure_ascii=False) for row in rows)
        return tables
    finally:
        conn.close()


def differences(one: dict[str, list[str]], other: dict[str, list[str]], most: int = 6) -> list[str]:
    """Rows that stand in one archive only, a line each; doubled rows count as different."""
    out = []
    for table in one:
        left, right = _counted(one[table]), _counted(other[table])
        for row in left.keys() | right.keys():
            if left.get(row, 0) != right.get(row, 0):
                out.append(f"{table}: {left.get(row, 0)} against {right.get(row, 0)}: {row[:300]}")
    return out[: most * 10]


def _counted(rows: list[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for row in rows:
        counts[row] = counts.get(row, 0) + 1
    return counts
