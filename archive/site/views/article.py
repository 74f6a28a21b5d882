"""One article: its text, where it comes from, what it was before, and how to cite it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from datasette.utils.asgi import NotFound, Response
from markupsafe import Markup

from archive.errors import QueryError
from archive.show import ArticleRecord, Row, Version, load_article
from archive.site.citation import Citation, bibtex, news_article
from archive.site.room import Room
from archive.site.safe_html import safe_html, web_address
from archive.site.views.captures import has_record, picture_key, pictures


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A file an article links to."""

    text: str
    url: str | None
    kept: str | None
    """Address of the archive's own copy."""
    filetype: str | None


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """The capture an article was read from."""

    id: int
    timestamp: str
    original: str
    digest: str | None
    source: str
    filename: str | None
    offset: int | None
    record: bool
    """Its WARC record can be had."""
    visits: int
    """Captures of the same address."""


async def article(request: Any, datasette: Any) -> Response:
    """The page of an article as last seen."""
    room = Room(datasette=datasette, request=request)
    key = int(request.url_vars["id"])
    record, text, context = await room.ask(lambda conn: _everything(room, conn, key))
    row = record.article
    citation = cite(room, row, row["content_digest"])
    told = news_article(citation, row, record.document, license_of(room))
    return await room.show(
        "article.html",
        record=record,
        article=row,
        text=text,
        version=None,
        citation=citation,
        bibtex=bibtex(citation),
        structured=told,
        words=room.request.args.get("q") or "",
        **context,
    )


async def version(request: Any, datasette: Any) -> Response:
    """The page of an article as it was in one version."""
    room = Room(datasette=datasette, request=request)
    key, number = int(request.url_vars["id"]), int(request.url_vars["number"])
    record, _, context = await room.ask(lambda conn: _everything(room, conn, key))
    wanted = next((v for v in record.versions if v.number == number), None)
    if wanted is None:
        raise NotFound("no such version")
    row = {**record.article, **_told(wanted), "capture_id": wanted.capture_id}
    citation = cite(room, row, wanted.content_digest)
    return await room.show(
        "article.html",
        record=record,
        article=row,
        text=paragraphs(str(wanted.fields.get("body_text") or "")),
        version=wanted,
        citation=citation,
        bibtex=bibtex(citation),
        structured=None,
        words="",
        **context,
    )


async def by_digest(request: Any, datasette: Any) -> Response:
    """The permanent address of a content: leads to the article or version that says exactly this."""
    room = Room(datasette=datasette, request=request)
    digest = request.url_vars["digest"].lower()
    path = await room.ask(lambda conn: _path_of(conn, digest))
    if path is None:
        raise NotFound("no article has this digest")
    return Response.redirect(room.url(path))


def record_of(conn: sqlite3.Connection, key: int) -> ArticleRecord:
    """The article with that id. Raises NotFound when there is none."""
    try:
        if conn.execute("select 1 from articles where id = ?", (key,)).fetchone():
            return load_article(conn, key)
    except QueryError as error:
        raise NotFound(str(error)) from error
    raise NotFound("no such article")


def paragraphs(text: str) -> Markup:
    """Kept text as paragraphs."""
    return Markup("\n").join(Markup("<p>{}</p>").format(line) for line in text.split("\n") if line.strip())


def cite(room: Room, row: Mapping[str, Any], digest: str) -> Citation:
    """What a citation of this text says."""
    return Citation(
        title=row["title"],
        author=row["author"],
        portal=row["portal"],
        section=row["section"],
        published_at=row["published_at"] or row["updated_at"],
        updated_at=row["updated_at"],
        captured_at=row["last_seen_at"],
        original=row["canonical_url"],
        address=room.absolute(room.url(f"content/{digest}")),
        page=room.absolute(room.url(f"article/{row['id']}")),
        digest=digest,
    )


def license_of(room: Room) -> str | None:
    """Address of the licence the site states, where it states one."""
    return web_address(room.datasette.metadata("license_url"))


def _told(version: Version) -> dict[str, Any]:
    names = ("title", "lead", "author", "source", "section", "published_at", "updated_at")
    told = {name: version.fields.get(name) for name in names}
    return {**told, "title": told["title"] or "", "content_digest": version.content_digest}


def _everything(room: Room, conn: sqlite3.Connection, key: int) -> tuple[ArticleRecord, Markup, dict[str, Any]]:
    record = record_of(conn, key)
    row = record.article
    own = pictures(conn, [str(image["url"]) for image in record.images]) if room.warcs else {}
    addresses = {key: room.url(f"capture/{capture}/picture") for key, capture in own.items()}

    def picture(url: str) -> str | None:
        return addresses.get(picture_key(url))

    text = safe_html(row["body_html"], picture) if row["body_html"] else paragraphs(row["body_text"])
    context = {
        "provenance": _provenance(room, conn, row),
        "attachments": _attachments(room, conn, record),
        "captions": () if row["body_html"] else [i["caption"] for i in record.images if i["caption"]],
        "evidence": _json(row["evidence"]),
        "removal": _json(row["removal_evidence"]),
        "lead_apart": _lead_apart(row),
    }
    return record, text, context


def _lead_apart(row: Row) -> bool:
    """Does the lead stand outside the text, so that it has to be shown before it?"""
    lead = " ".join((row["lead"] or "").split())
    return bool(lead) and not " ".join(row["body_text"][: 2 * len(lead) + 200].split()).startswith(lead)


def _provenance(room: Room, conn: sqlite3.Connection, row: Row) -> Provenance | None:
    found = conn.execute(
        'select id, urlkey, timestamp, original, digest, source, filename, "offset", length from captures where id = ?',
        (row["capture_id"],),
    ).fetchone()
    if found is None:
        return None
    visits = conn.execute("select count(*) from captures where urlkey = ?", (found["urlkey"],)).fetchone()[0]
    names = ("id", "timestamp", "original", "digest", "source", "filename", "offset")
    record = has_record(room.warcs, found["filename"])
    return Provenance(**{name: found[name] for name in names}, record=record, visits=visits)


def _attachments(room: Room, conn: sqlite3.Connection, record: ArticleRecord) -> tuple[Attachment, ...]:
    told = []
    for file in record.attachments:
        capture = file["capture_id"]
        place = conn.execute("select filename from captures where id = ?", (capture,)).fetchone() if capture else None
        kept = room.url(f"capture/{capture}/file") if place and has_record(room.warcs, place["filename"]) else None
        name = file["text"] or file["filename"] or file["url"]
        told.append(Attachment(text=name, url=web_address(file["url"]), kept=kept, filetype=file["filetype"]))
    return tuple(told)


def _path_of(conn: sqlite3.Connection, digest: str) -> str | None:
    now = conn.execute("select id from articles where content_digest = ? order by id limit 1", (digest,)).fetchone()
    if now:
        return f"article/{now['id']}"
    then = conn.execute(
        "select article_id, number from article_versions where content_digest = ? order by seen_at, id limit 1",
        (digest,),
    ).fetchone()
    return f"article/{then['article_id']}/version/{then['number']}" if then else None


def _json(stored: str | None) -> Any:
    """Stored JSON, or nothing where it is none."""
    try:
        return json.loads(stored) if stored else None
    except ValueError:
        return None
