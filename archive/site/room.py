"""One visit to the reading room: the request, its language, addresses on the site, and questions to the archive."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from datasette.utils import sqlite_timelimit
from datasette.utils.asgi import NotFound, Response

from archive.database import warc_folder
from archive.site import NAME, PLUGIN
from archive.site.language import Language, chosen

T = TypeVar("T")

#: Milliseconds one question of a page may take; a crowded machine should give up on it rather than queue more.
TIME_LIMIT_MS = 3000
COOKIE = "lang"
_YEAR_SECONDS = 365 * 24 * 3600
#: Seconds for which a count over the whole archive is kept while a crawl writes it.
_FRESH = 30.0
#: Answers kept; the oldest make room.
_MOST_KEPT = 500

_kept: dict[tuple[str, str], tuple[float, object, Any]] = {}


@dataclass(frozen=True, kw_only=True)
class Room:
    """What every page needs."""

    datasette: Any
    request: Any
    language: Language = field(init=False)

    def __post_init__(self) -> None:
        asked, kept = self.request.args.get("lang"), self.request.cookies.get(COOKIE)
        object.__setattr__(self, "language", chosen(asked, kept))

    # --- addresses ---

    def url(self, path: str = "", **params: Any) -> str:
        """Address of a page of the site; parameters that are empty are left out."""
        given = [(key, value) for key, value in params.items() if value not in (None, "", False)]
        return str(self.datasette.urls.path(path)) + (f"?{urlencode(given)}" if given else "")

    def absolute(self, path: str) -> str:
        """The same address as the world sees it: under the public address when one was given, else as it was asked."""
        public = self.option("public_url")
        if public:
            parts = urlsplit(public)
            return f"{parts.scheme}://{parts.netloc}{path}"
        return str(self.datasette.absolute_url(self.request, path))

    def switch(self) -> str:
        """This page in the other language."""
        pairs = [(key, value) for key in self.request.args for value in self.request.args.getlist(key) if key != "lang"]
        return f"{self.here}?{urlencode([*pairs, ('lang', self.language.other)])}"

    @cached_property
    def here(self) -> str:
        """Path of this page, with the prefix the site stands under."""
        path = str(self.request.path)
        base = str(self.datasette.setting("base_url"))
        return path if path.startswith(base) else base + path.lstrip("/")

    def option(self, name: str) -> Any:
        """An option of the site (see ``archive.site.metadata``)."""
        return (self.datasette.plugin_config(PLUGIN) or {}).get(name)

    @property
    def parquet(self) -> bool:
        """Can results be had as Parquet? It needs the optional extra."""
        return find_spec("pyarrow") is not None

    # --- the archive ---

    @property
    def database(self) -> Any:
        """Datasette's database of this archive."""
        return archive_of(self.datasette)

    @property
    def warcs(self) -> Path | None:
        """The folder of WARC files, where it stands beside the archive."""
        folder = Path(self.option("warcs") or warc_folder(Path(self.database.path)))
        return folder if folder.is_dir() else None

    async def ask(self, question: Callable[[sqlite3.Connection], T], *, limit_ms: int = TIME_LIMIT_MS) -> T:
        """The answer to a question, asked in one of Datasette's threads under the time limit."""

        def asked(conn: sqlite3.Connection) -> T:
            with sqlite_timelimit(conn, limit_ms):
                return question(conn)

        answer: T = await self.database.execute_fn(asked)
        return answer

    async def ask_kept(self, name: str, question: Callable[[sqlite3.Connection], T]) -> T:
        """As ``ask``, for what is counted over the whole archive: the answer is kept until the file changes, and for
        half a minute at least, so that a crawl does not make every visitor count anew."""
        key, now = (str(self.database.path), name), time.monotonic()
        kept = _kept.get(key)
        if kept:
            asked_at, kept_stamp, answer = kept
            if now - asked_at < _FRESH or kept_stamp == self._stamp():
                return answer  # type: ignore[no-any-return]
        while len(_kept) >= _MOST_KEPT:
            _kept.pop(next(iter(_kept)), None)
        stamp = self._stamp()  # before the question: a change meanwhile is then seen next time
        found = await self.ask(question)
        _kept[key] = (now, stamp, found)
        return found

    def _stamp(self) -> tuple[tuple[int, int], ...]:
        path = Path(self.database.path)
        found = []
        for name in (path, path.with_name(path.name + "-wal")):
            try:
                stat = name.stat()
            except FileNotFoundError:
                continue
            found.append((stat.st_mtime_ns, stat.st_size))
        return tuple(found)

    # --- answers ---

    async def show(self, template: str, *, status: int = 200, **context: Any) -> Response:
        """A page from one of our templates."""
        body = await self.datasette.render_template(template, context, request=self.request, view_name="reading_room")
        return self.remember(Response.html(body, status=status))

    def remember(self, response: Response) -> Response:
        """The answer keeps the language for the next pages when it was asked for."""
        if self.request.args.get("lang") == self.language.code:
            path = str(self.datasette.setting("base_url"))
            response.set_cookie(COOKIE, self.language.code, max_age=_YEAR_SECONDS, path=path, samesite="lax")
        return response


def archive_of(datasette: Any) -> Any:
    """The archive among Datasette's databases. Raises NotFound when there is none."""
    databases = datasette.databases
    named = databases.get(NAME) or next((db for name, db in databases.items() if not name.startswith("_")), None)
    if named is None:
        raise NotFound("no archive")
    return named


def found(value: T | None) -> T:
    """The value; raises NotFound, the page that says so, when there is none."""
    if value is None:
        raise NotFound("not found")
    return value
