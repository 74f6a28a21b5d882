"""Every address of the reading room and the page that answers it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from datasette.utils.asgi import asgi_static

from archive.site import STATIC
from archive.site.gate import STATIC_PATH
from archive.site.views import article, captures, data, differences, documents, feeds, takeaway
from archive.site.views.health import health
from archive.site.views.home import home
from archive.site.views.results import results

_ID = r"(?P<id>\d{1,18})"
_FORM = r"(?P<form>json|jsonl|csv|parquet)"

ROUTES: list[tuple[str, Callable[..., Any]]] = [
    (r"/$", home),
    (r"/search$", results),
    (r"/search\.atom$", feeds.newest),
    (rf"/search\.{_FORM}$", takeaway.articles),
    (r"/search/sql$", takeaway.as_sql),
    (r"/export$", takeaway.export),
    (r"/suggest$", feeds.suggest),
    (rf"/article/{_ID}$", article.article),
    (rf"/article/{_ID}/version/(?P<number>\d{{1,9}})$", article.version),
    (rf"/article/{_ID}/changes$", differences.compare),
    (rf"/article/{_ID}\.json$", takeaway.article),
    (r"/changes\.atom$", feeds.changed),
    (r"/changes\.(?P<form>json|csv)$", takeaway.changes),
    (rf"/documents\.{_FORM}$", takeaway.documents),
    (r"/opensearch\.xml$", feeds.open_search),
    (r"/sitemap\.xml$", feeds.site_maps),
    (r"/sitemap-(?P<number>\d{1,6})\.xml$", feeds.site_map),
    (r"/robots\.txt$", feeds.robots),
    (r"/changes$", differences.changes),
    (r"/documents$", documents.documents),
    (r"/health$", health),
    (r"/sql$", data.sql),
    (r"/schema$", data.schema),
    (r"/about$", data.about),
    (r"/content/(?P<digest>[0-9a-fA-F]{64})$", article.by_digest),
    (rf"/capture/{_ID}/record$", captures.record),
    (rf"/capture/{_ID}/picture$", captures.picture),
    (rf"/capture/{_ID}/file$", captures.file),
    (rf"/{STATIC_PATH}(?P<path>[\w.-]+)$", asgi_static(STATIC)),
]
