"""The page for whatever went wrong: what it means for the visitor, and nothing of the machine."""

from __future__ import annotations

import sqlite3
import sys
import traceback
from collections.abc import Awaitable, Callable
from typing import Any

from datasette.database import QueryInterrupted
from datasette.utils.asgi import Base400, Forbidden, NotFound, Response
from datasette.views.base import DatasetteError

from archive.errors import ArchiveError, QueryError
from archive.site.room import Room
from archive.site.wording import template_words


def error_page(datasette: Any, request: Any, exception: Exception) -> Callable[[], Awaitable[Response]]:
    """What answers a failed request: a page, or JSON where JSON was asked for."""

    async def answer() -> Response:
        status, name, told = _judged(exception)
        room = Room(datasette=datasette, request=request)
        title = room.language.text(f"error.{name}")
        said = told or room.language.text(f"error.{name}_told")
        if request.path.split("?")[0].endswith(".json"):
            return Response.json({"ok": False, "error": said, "status": status}, status=status)
        context = {**template_words(room), "request": request, "urls": datasette.urls, "title": title, "error": said}
        body = await datasette.jinja_env.get_template("error.html").render_async({**context, "status": status})
        return Response.html(body, status=status)

    return answer


def _judged(exception: Exception) -> tuple[int, str, str | None]:
    """HTTP status, name in the catalogue, and what the exception tells the visitor where that is meant for one."""
    if isinstance(exception, NotFound):
        return 404, "not_found", None
    if isinstance(exception, Forbidden):
        return 403, "forbidden", None
    if isinstance(exception, QueryInterrupted) or (
        isinstance(exception, sqlite3.OperationalError) and "interrupted" in str(exception)
    ):
        return 503, "too_long", None
    if isinstance(exception, QueryError):
        return 400, "query", str(exception)
    if isinstance(exception, Base400):
        return exception.status, "query", str(exception.args[0]) if exception.args else None
    if isinstance(exception, DatasetteError):
        return exception.status, "query", None if exception.message_is_html else str(exception.message)
    if isinstance(exception, ArchiveError):
        return 503, "archive", None
    traceback.print_exception(exception, file=sys.stderr)
    return 500, "broken", None
