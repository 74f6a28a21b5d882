"""Datasette plugin: our SQL functions, marked hits, links to articles, and headers that keep pages harmless."""

from __future__ import annotations

import base64
import hashlib
import re
import sqlite3
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

import datasette
from datasette import hookimpl
from markupsafe import Markup, escape

from archive.sql import add_functions

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Callable[[], Awaitable[Message]], Send], Awaitable[None]]

_HIT = re.compile("⟦([^⟦⟧]*)⟧")
_INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


@hookimpl  # type: ignore[untyped-decorator]
def prepare_connection(conn: sqlite3.Connection) -> None:
    """Queries may use vi_fold, search_query, document_key and urlkey."""
    add_functions(conn)


@hookimpl  # type: ignore[untyped-decorator]
def render_cell(value: object, column: str, table: str | None, database: str, datasette: Any) -> Markup | None:
    """In canned queries hits are marked and article ids lead to their rows; text is escaped first."""
    if table is None and column == "article" and isinstance(value, int):
        return Markup('<a href="{}">{}</a>').format(datasette.urls.row(database, "articles", str(value)), value)
    if isinstance(value, str) and _HIT.search(value):
        return Markup(_HIT.sub(r"<mark>\1</mark>", str(escape(value))))
    return None


@hookimpl  # type: ignore[untyped-decorator]
def asgi_wrapper() -> Callable[[App], App]:
    """Every answer forbids foreign scripts, frames, forms and media type guessing."""
    headers = [(name.encode(), value.encode()) for name, value in _headers().items()]

    def wrap(app: App) -> App:
        async def guarded(scope: Scope, receive: Callable[[], Awaitable[Message]], send: Send) -> None:
            async def send_with_headers(message: Message) -> None:
                if message["type"] == "http.response.start":
                    message = {**message, "headers": [*message.get("headers", []), *headers]}
                await send(message)

            await app(scope, receive, send_with_headers)

        return guarded

    return wrap


def _headers() -> dict[str, str]:
    policy = {
        "default-src": "'none'",
        "script-src": " ".join(("'self'", *_script_hashes())),
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data:",
        "connect-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    return {
        "content-security-policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "same-origin",
    }


def _script_hashes() -> list[str]:
    """Hashes of the few scripts that Datasette's own templates hold, so that no other inline script may run."""
    scripts: set[str] = set()
    for template in sorted((Path(datasette.__file__).parent / "templates").glob("*.html")):
        for script in _INLINE_SCRIPT.findall(template.read_text("utf-8")):
            # One of them says whether facets are allowed, the only value any of them takes.
            scripts |= {re.sub(r"{{ *datasette_allow_facet *}}", value, script) for value in ("true", "false")}
    digests = (hashlib.sha256(script.encode()).digest() for script in scripts if "{{" not in script)
    return sorted(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
