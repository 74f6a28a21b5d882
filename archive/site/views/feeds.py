"""What programs ask a site for: feeds, a site map, a search description, suggestions, and what robots may visit."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from datasette.utils.asgi import NotFound, Response

from archive import marks
from archive.selection import selection
from archive.site import NAME
from archive.site.room import Room
from archive.site.views.differences import KINDS, latest
from archive.site.views.results import Hit, find
from archive.suggest import Suggestion
from archive.suggest import suggest as suggestions

ENTRIES = 30
#: Addresses in one site map.
MAPPED = 5_000
#: A suggestion that comes later than this comes after the next letter.
_SOON_MS = 500
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ATOM = "application/atom+xml; charset=utf-8"
_XML = "application/xml; charset=utf-8"


async def newest(request: Any, datasette: Any) -> Response:
    """An Atom feed of a selection, the newest first. Raises QueryError for words that hold none."""
    room = Room(datasette=datasette, request=request)
    asked = replace(selection(request.args), sort="newest")
    found = await room.ask(lambda conn: find(conn, asked, limit=ENTRIES))
    told = " · ".join((room.language.text("site.name"), *([asked.q] if asked.q else []), *asked.filters.values()))
    params = {name: value for name, value in asked.params.items() if name != "sort"}
    page = room.absolute(room.url("search", **params))
    entries = [_entry(room, hit) for hit in found.hits]
    return _feed(room, told, page, room.absolute(room.url("search.atom", **params)), entries)


async def changed(request: Any, datasette: Any) -> Response:
    """An Atom feed of changes, the latest first."""
    room = Room(datasette=datasette, request=request)
    kind = request.args.get("kind") or ""
    kind = kind if kind in KINDS else ""
    found = await room.ask(lambda conn: latest(conn, kind, limit=ENTRIES))
    entries = []
    for change in found:
        page = room.absolute(room.url(f"article/{change.id}"))
        fields = ", ".join(room.language.known("field", field) for field in change.fields)
        summary = f"{fields}: {room.language.known('status', change.new)}" if change.new else fields
        entries.append(_told(f"{page}#{change.at}", change.title, page, change.at, summary))
    title = f"{room.language.text('site.name')} · {room.language.text('changes.title')}"
    address = room.absolute(room.url("changes.atom", kind=kind))
    return _feed(room, title, room.absolute(room.url("changes", kind=kind)), address, entries)


async def site_maps(request: Any, datasette: Any) -> Response:
    """The index of site maps."""
    room = Room(datasette=datasette, request=request)
    total = await room.ask_kept("count", lambda conn: conn.execute("select count(*) from articles").fetchone()[0])
    many = max(1, -(-total // MAPPED))
    places = "".join(f"<sitemap><loc>{_place(room, f'sitemap-{n}.xml')}</loc></sitemap>" for n in range(1, many + 1))
    return _xml(f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{places}</sitemapindex>')


async def site_map(request: Any, datasette: Any) -> Response:
    """One site map: addresses of articles."""
    room = Room(datasette=datasette, request=request)
    number = int(request.url_vars["number"])
    ids = await room.ask(lambda conn: _mapped(conn, number))
    if not ids and number != 1:
        raise NotFound("no such site map")
    places = "".join(f"<url><loc>{_place(room, f'article/{key}')}</loc></url>" for key in ids)
    return _xml(f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{places}</urlset>')


async def open_search(request: Any, datasette: Any) -> Response:
    """How a browser can search here."""
    room = Room(datasette=datasette, request=request)
    search, suggest = room.absolute(room.url("search")), room.absolute(room.url("suggest"))
    name = escape(room.language.text("site.name"))
    return _xml(
        '<OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/">'
        f"<ShortName>{name}</ShortName><Description>{escape(room.language.text('home.title'))}</Description>"
        "<InputEncoding>UTF-8</InputEncoding>"
        f'<Url type="text/html" template={quoteattr(search + "?q={searchTerms}")}/>'
        f'<Url type="application/atom+xml" template={quoteattr(search + ".atom?q={searchTerms}")}/>'
        f'<Url type="application/x-suggestions+json" template={quoteattr(suggest + "?as=list&q={searchTerms}")}/>'
        "</OpenSearchDescription>",
        "application/opensearchdescription+xml; charset=utf-8",
    )


async def robots(request: Any, datasette: Any) -> Response:
    """What robots may visit: articles, not every way to sort them."""
    room = Room(datasette=datasette, request=request)
    closed = [room.url(path) for path in ("search", f"{NAME}/", "suggest", "capture/", "documents.", "changes.")]
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed), f"Sitemap: {_place(room, 'sitemap.xml')}", ""]
    return Response(body="\n".join(lines), content_type="text/plain; charset=utf-8")


def _mapped(conn: sqlite3.Connection, number: int) -> list[int]:
    sql = "select id from articles order by first_seen_at, id limit ? offset ?"  # an index holds both
    return [row[0] for row in conn.execute(sql, (MAPPED, (number - 1) * MAPPED))]


def _entry(room: Room, hit: Hit) -> str:
    page = room.absolute(room.url(f"article/{hit.id}"))
    return _told(page, marks.to_plain(hit.marked_title), page, hit.day, marks.to_plain(hit.snippet))


def _told(key: str, title: str, page: str, moment: str | None, summary: str) -> str:
    return (
        f"<entry><id>{_text(key)}</id><title>{_text(title)}</title><link href={quoteattr(_clean(page))}/>"
        f"<updated>{_text(_instant(moment))}</updated><summary>{_text(summary)}</summary></entry>"
    )


def _feed(room: Room, title: str, page: str, address: str, entries: Iterable[str]) -> Response:
    listed = list(entries)
    latest_one = re.search(r"<updated>(.*?)</updated>", listed[0]) if listed else None
    body = (
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="vi">'
        f"<id>{_text(address)}</id><title>{_text(title)}</title>"
        f'<link href={quoteattr(page)}/><link rel="self" href={quoteattr(address)}/>'
        f"<updated>{latest_one[1] if latest_one else _instant(None)}</updated>"
        f"<author><name>{_text(room.language.text('site.name'))}</name></author>{''.join(listed)}</feed>"
    )
    return _xml(body, _ATOM)


def _instant(moment: str | None) -> str:
    """A date as the instant Atom wants; a day begins at midnight in Vietnam."""
    text = moment or "1970-01-01"
    return text if "T" in text else f"{text[:10]}T00:00:00+07:00"


def _place(room: Room, path: str) -> str:
    return _text(room.absolute(room.url(path)))


def _clean(text: str) -> str:
    return _NO_XML.sub("", text)


def _text(text: str) -> str:
    return escape(_clean(text))


def _xml(body: str, content_type: str = _XML) -> Response:
    return Response(body=f'<?xml version="1.0" encoding="utf-8"?>\n{body}\n', content_type=content_type)


async def suggest(request: Any, datasette: Any) -> Response:
    """Suggestions for what is being typed; with ``as=list`` in the form browsers ask for."""
    room = Room(datasette=datasette, request=request)
    words = " ".join((request.args.get("q") or "").split())[:200]
    found = await _suggested(room, words) if len(words) > 1 else ()
    if request.args.get("as") == "list":
        return Response.json([words, [one.text for one in found]])
    told = room.language.text("search.suggested", n=len(found))
    rows = [
        {"text": one.text, "url": room.url(f"article/{one.article_id}") if one.article_id else None} for one in found
    ]
    body = json.dumps({"suggestions": rows, "said": told}, ensure_ascii=False)
    return Response(body=body, content_type="application/json; charset=utf-8")


async def _suggested(room: Room, words: str) -> tuple[Suggestion, ...]:
    """Suggestions, or none where they would come too late to be of use."""
    try:
        return await room.ask(lambda conn: suggestions(conn, words), limit_ms=_SOON_MS)
    except sqlite3.OperationalError as error:
        if "interrupted" not in str(error):
            raise
        return ()
