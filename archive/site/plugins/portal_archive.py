"""Datasette plugin: the reading room's pages, our SQL functions, marked hits, and the gate before it all."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from typing import Any

from datasette import hookimpl
from datasette.plugins import pm
from datasette.utils.asgi import Forbidden
from jinja2 import ChoiceLoader, FileSystemLoader
from markupsafe import Markup, escape

from archive.site import TEMPLATES
from archive.site.failing import error_page
from archive.site.gate import App, guarded
from archive.site.room import Room
from archive.site.routes import ROUTES
from archive.site.veil import veil
from archive.site.wording import template_words
from archive.sql import add_functions

_OWN_ERRORS = "datasette.handle_exception"
_HIT = re.compile("⟦([^⟦⟧]*)⟧")


@hookimpl  # type: ignore[untyped-decorator]
def prepare_connection(conn: sqlite3.Connection) -> None:
    """Queries may use vi_fold, search_query, document_key and urlkey, and see nothing of the crawler's own workings."""
    add_functions(conn)
    veil(conn)


@hookimpl  # type: ignore[untyped-decorator]
def prepare_jinja2_environment(env: Any) -> None:
    """Our templates come before Datasette's of the same name."""
    env.loader = ChoiceLoader([FileSystemLoader(str(TEMPLATES)), env.loader])


@hookimpl  # type: ignore[untyped-decorator]
def register_routes() -> list[tuple[str, Callable[..., Any]]]:
    """The reading room's pages come before Datasette's."""
    return ROUTES


@hookimpl  # type: ignore[untyped-decorator]
def extra_template_vars(datasette: Any, request: Any) -> dict[str, Any]:
    """Every template, Datasette's too, can speak both languages and link to the reading room."""
    return template_words(Room(datasette=datasette, request=request)) if request else {}


@hookimpl  # type: ignore[untyped-decorator]
def render_cell(value: object, column: str, table: str | None, database: str, datasette: Any) -> Markup | None:
    """In canned queries hits are marked and article ids lead to their pages; text is escaped first."""
    if table is None and column == "article" and isinstance(value, int):
        return Markup('<a href="{}">{}</a>').format(datasette.urls.path(f"article/{value}"), value)
    if isinstance(value, str) and _HIT.search(value):
        return Markup(_HIT.sub(r"<mark>\1</mark>", str(escape(value))))
    return None


@hookimpl  # type: ignore[untyped-decorator]
def startup() -> None:
    """Datasette asks every plugin for an error's page; its own one would print the whole stack with all values."""
    if pm.has_plugin(_OWN_ERRORS):
        pm.unregister(name=_OWN_ERRORS)


@hookimpl  # type: ignore[untyped-decorator]
def handle_exception(datasette: Any, request: Any, exception: Exception) -> Any:
    """One plain page for whatever went wrong."""
    return error_page(datasette, request, exception)


@hookimpl  # type: ignore[untyped-decorator]
def forbidden(datasette: Any, request: Any, message: str) -> Any:
    """The same page for what is not open."""
    return error_page(datasette, request, Forbidden(message))


@hookimpl  # type: ignore[untyped-decorator]
def asgi_wrapper(datasette: Any) -> Callable[[App], App]:
    """Every answer passes the gate."""
    return lambda app: guarded(app, str(datasette.setting("base_url")))
