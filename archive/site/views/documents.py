"""The register of legal documents: by number in any spelling, type, issuer, year."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import asdict, dataclass
from typing import Any

from datasette.utils.asgi import Response

from archive.site.room import Room
from archive.site.views.results import MOST_PAGES, page_number
from archive.vietnamese import document_key, fold

PAGE = 50
_MOST = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Register:
    """Documents asked for; an empty value asks for nothing in that respect."""

    number: str = ""
    type: str = ""
    issuer: str = ""
    year: str = ""

    @property
    def params(self) -> dict[str, str]:
        """What an address needs to say."""
        return {name: value for name, value in asdict(self).items() if value}

    def where(self) -> tuple[str, dict[str, str]]:
        """The conditions on ``documents d``, and their values."""
        parts, values = ["1"], self.params
        if self.number:
            key = document_key(self.number) or " ".join(re.findall(r"\w+", fold(self.number)))
            values["number"] = f"% {key.strip()} %"
            parts.append("' ' || d.number_key || ' ' like :number")
        if self.type:
            parts.append("d.type = :type")
        if self.issuer:
            parts.append("d.issuer = :issuer")
        if self.year:
            parts.append("d.issued_on >= :year and d.issued_on < :year || '-99'")
        return " and ".join(parts), values


def register(args: Any) -> Register:
    """The documents an address asks for."""
    given = {name: " ".join((args.get(name) or "").replace("\x00", " ").split())[:_MOST] for name in _NAMES}
    if not re.fullmatch(r"[12]\d{3}", given["year"]):
        given["year"] = ""
    return Register(**given)


_NAMES = ("number", "type", "issuer", "year")
_LIST = """
select d.article_id as id, d.number, d.type, d.issuer, d.signer, d.issued_on, d.status,
       coalesce(d.abstract, a.title) as about, a.status as state from documents d join articles a on a.id = d.article_id
where {where} order by d.issued_on is null, d.issued_on desc, d.article_id limit :limit offset :offset
"""


async def documents(request: Any, datasette: Any) -> Response:
    """The register."""
    room = Room(datasette=datasette, request=request)
    asked, page = register(request.args), page_number(request.args)
    total, rows = await room.ask(lambda conn: _found(conn, asked, page))
    choices = await room.ask_kept("documents", _choices)
    pages = min(MOST_PAGES, -(-total // PAGE))
    context: dict[str, Any] = {"asked": asked, "rows": rows, "total": total, "page": page, "pages": pages, **choices}
    return await room.show("documents.html", **context)


def _found(conn: sqlite3.Connection, asked: Register, page: int) -> tuple[int, list[Any]]:
    where, values = asked.where()
    total = conn.execute(f"select count(*) from documents d where {where}", values).fetchone()[0]
    limits = {"limit": PAGE, "offset": (page - 1) * PAGE}
    return total, conn.execute(_LIST.format(where=where), {**values, **limits}).fetchall()


def _choices(conn: sqlite3.Connection) -> dict[str, list[Any]]:
    def column(expression: str, order: str) -> list[Any]:
        sql = f"select {expression} as value, count(*) as count from documents where value <> '' group by 1"
        return conn.execute(f"{sql} order by {order} limit 200").fetchall()

    return {
        "types": column("type", "count desc, value"),
        "issuers": column("issuer", "count desc, value"),
        "years": column("substr(issued_on, 1, 4)", "value desc"),
    }
