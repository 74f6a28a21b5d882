"""Captures, outcomes and WARC records for the tests of the archive."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from archive.models import Article, ArticleFound, Capture, Document, Evidence, Link, NotModified, Redirected, Rejected
from archive.store import Archive, RunContext
from archive.warc import Place, WarcWriter

START = datetime(2026, 1, 5, 8, tzinfo=UTC)
HOST = "https://backan.gov.vn"
BODY = "UBND tỉnh Bắc Kạn họp phiên thường kỳ tháng 01.\nCác đại biểu thảo luận về xây dựng nông thôn mới."


def at(minutes: float) -> datetime:
    """A moment that many minutes after the tests' beginning."""
    return START + timedelta(minutes=minutes)


def capture(path: str, minutes: float = 0, **changes: Any) -> Capture:
    """A page fetched; every moment is another WARC record."""
    known: dict[str, Any] = {
        "url": HOST + path,
        "fetched_at": at(minutes),
        "status": 200,
        "headers": (("Content-Type", "text/html; charset=utf-8"),),
        "body": b"<html></html>",
        "digest": "sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ",
        "filename": "bac-kan-20260105080000-00000.warc.gz",
        "offset": int(minutes * 60_000) + 1,
        "length": 500,
    }
    return Capture(**{**known, **changes})


def article(path: str, **changes: Any) -> ArticleFound:
    """An article found at that canonical address."""
    found: dict[str, Any] = {"links": ()}
    for name in ("document", "page_list_id", "page_item_id", "links"):
        if name in changes:
            found[name] = changes.pop(name)
    text: dict[str, Any] = {
        "title": "Phiên họp thường kỳ",
        "body_text": BODY,
        "body_html": f"<p>{BODY}</p>",
        "section": "Tin tức / Thời sự",
        "published_at": "2026-01-05",
        "published_raw": "05/01/2026",
    }
    return ArticleFound(
        article=Article(**{**text, **changes}),
        canonical_url=HOST + path,
        evidence={"title": Evidence(rule="h1", sure=0.9)},
        **found,
    )


def not_found(path: str) -> Rejected:
    return Rejected(reason="not_found", canonical_url=HOST + path)


def not_modified(path: str) -> NotModified:
    return NotModified(canonical_url=HOST + path)


def redirect(path: str, target: str) -> Redirected:
    return Redirected(canonical_url=HOST + path, target=HOST + target, links=(Link(url=HOST + target),))


def legal_document(**changes: Any) -> Document:
    known: dict[str, Any] = {
        "number": "902/QĐ-UBND",
        "number_raw": "Số: 902/QĐ-UBND",
        "type": "Quyết định",
        "issued_on": "2026-01-02",
    }
    return Document(**{**known, **changes})


def begin(
    archive: Archive, minutes: float = 0, *, visits: int = 1, days: float = 0.0, kind: str = "crawl"
) -> RunContext:
    """A run of the portal in the archive."""
    run_id = archive.start_run(kind, "bac-kan", "bac-kan", "digest", "1", at(minutes))
    return RunContext(
        run_id=run_id,
        portal="bac-kan",
        profile="bac-kan",
        extractor_version="1",
        gone_visits=visits,
        gone_days=days,
    )


def rows(archive: Archive, sql: str, *values: object) -> list[dict[str, Any]]:
    """The rows of a query, as mappings."""
    cursor = archive.conn.execute(sql, values)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def row(archive: Archive, sql: str, *values: object) -> dict[str, Any]:
    """The one row of a query."""
    (found,) = rows(archive, sql, *values)
    return found


def writer(folder: Path, **changes: Any) -> WarcWriter:
    known: dict[str, Any] = {
        "software": "portal-archive/0",
        "now": START,
        "user_agent": "portal-archive/0 (+https://x.vn)",
    }
    return WarcWriter(folder, "bac-kan", **{**known, **changes})


def exchange(warc: WarcWriter, number: int, body: bytes = b"<p>Xin ch\xc3\xa0o</p>", **changes: Any) -> Place:
    """Write one ordinary exchange."""
    known: dict[str, Any] = {
        "url": f"{HOST}/pages/{number}.aspx",
        "request_headers": [("User-Agent", "portal-archive/0")],
        "status": 200,
        "response_headers": [("Content-Type", "text/html; charset=utf-8")],
        "body": body,
        "fetched_at": at(number),
    }
    return warc.write_exchange(**{**known, **changes})


def raw_record(kind: str, block: bytes, *, length: int | None = None, **fields: str) -> bytes:
    """A WARC record put together by hand, its announced length as told."""
    lines = [f"WARC-Type: {kind}"]
    given = {
        "WARC_Record_ID": f"<urn:test:{abs(hash((kind, block)))}>",
        "WARC_Target_URI": f"{HOST}/raw.aspx",
        "WARC_Date": "2026-01-05T08:00:00Z",
        "Content_Type": f"application/http; msgtype={kind}",
    } | fields
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in given.items() if value]
    lines.append(f"Content-Length: {len(block) if length is None else length}")
    return b"WARC/1.0\r\n" + "\r\n".join(lines).encode() + b"\r\n\r\n" + block + b"\r\n\r\n"


def http(payload: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """An HTTP answer as a block."""
    return "\r\n".join([f"HTTP/1.1 {status}", *headers]).encode() + b"\r\n\r\n" + payload


def members(records: Iterable[bytes]) -> bytes:
    """Each record in a gzip member of its own."""
    return b"".join(gzip.compress(record, mtime=0) for record in records)
