"""The raw answers behind the articles: a WARC record to take away, a picture to look at, a file to open.

What a portal once served is never trusted: only plain raster pictures are shown, everything else is a download of a
type no browser runs.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from datasette.utils.asgi import NotFound, Response

from archive.cdx import surt
from archive.errors import WarcError
from archive.site.room import Room
from archive.warc import read_capture

#: Bytes of a record or file that are handed out.
_MOST = 100 * 1024 * 1024
_PICTURES = {
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/gif": (b"GIF87a", b"GIF89a"),
    "image/webp": (b"RIFF",),
}
#: Types a download may be told as; anything else is bytes.
_FILES = {
    "pdf": "application/pdf",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ppt": "application/vnd.ms-powerpoint",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "zip": "application/zip",
    "rar": "application/vnd.rar",
    "txt": "text/plain; charset=utf-8",
}
_PICTURE_NAME = re.compile(r"\.(?:jpe?g|png|gif|webp)$")
_PLACE = 'select original, filename, "offset", length from captures where id = ?'
_ALONE = {"content-security-policy": "default-src 'none'; sandbox"}


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a capture's record stands."""

    original: str
    path: Path
    offset: int
    length: int | None
    compressed: bool


async def record(request: Any, datasette: Any) -> Response:
    """The WARC record as it stands in its file, a WARC file of its own."""
    room = Room(datasette=datasette, request=request)
    place = await _place(room)
    if place.length is None or place.length > _MOST:
        raise NotFound("the record is too large to be handed out here")
    raw = await room.ask(lambda _: _bytes(place))
    name = f"{request.url_vars['id']}.warc{'.gz' if place.compressed else ''}"
    headers = {"content-disposition": f'attachment; filename="{name}"', **_ALONE}
    return Response(body=raw, headers=headers, content_type="application/warc")


async def picture(request: Any, datasette: Any) -> Response:
    """A captured picture, where it is one of the plain raster kinds."""
    room = Room(datasette=datasette, request=request)
    body = await _body(room)
    kind = next((kind for kind, starts in _PICTURES.items() if body.startswith(starts)), None)
    if kind is None:
        raise NotFound("no picture")
    return Response(body=body, headers=dict(_ALONE), content_type=kind)


async def file(request: Any, datasette: Any) -> Response:
    """A captured file, as a download."""
    room = Room(datasette=datasette, request=request)
    place = await _place(room)
    body = await _body(room)
    name = re.sub(r'[\x00-\x1f\x7f"\\/:*?<>|]', "_", unquote(urlsplit(place.original).path).rsplit("/", 1)[-1])[-120:]
    suffix = name.rpartition(".")[2].lower()
    ascii_name = re.sub(r"[^A-Za-z0-9._-]", "_", name) or "file"
    disposition = f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(name or 'file')}"
    headers = {"content-disposition": disposition, **_ALONE}
    return Response(body=body, headers=headers, content_type=_FILES.get(suffix, "application/octet-stream"))


def has_record(folder: Path | None, filename: str | None) -> bool:
    """Does the WARC file stand beside the archive?"""
    return folder is not None and filename is not None and _standing(folder, filename) is not None


def pictures(conn: sqlite3.Connection, urls: Sequence[str]) -> dict[str, int]:
    """Key of a picture (``picture_key``) -> its latest capture, for those that were captured."""
    found = {}
    for url in urls:
        row = conn.execute(
            "select id from captures where urlkey = ? and statuscode = 200 and not revisit and mimetype like 'image/%' "
            "and filename is not null order by timestamp desc limit 1",
            (surt(url),),
        ).fetchone()
        if row:
            found[picture_key(url)] = int(row["id"])
    return found


def picture_key(url: str) -> str:
    """The same for every spelling of a picture's address: SharePoint asks for sizes of one file by its query."""
    plain = url.partition("?")[0] if _PICTURE_NAME.search(url.partition("?")[0].lower()) else url
    return surt(plain)


async def _place(room: Room) -> Place:
    key = int(room.request.url_vars["id"])
    row = await room.ask(lambda conn: conn.execute(_PLACE, (key,)).fetchone())
    folder = room.warcs
    if row is None or folder is None or row["filename"] is None:
        raise NotFound("no such record")
    path = _standing(folder, row["filename"])
    if path is None:
        raise NotFound("its WARC file is not here")
    return Place(
        original=row["original"],
        path=path,
        offset=row["offset"],
        length=row["length"],
        compressed=row["filename"].endswith(".gz"),
    )


async def _body(room: Room) -> bytes:
    place = await _place(room)

    def read(_: sqlite3.Connection) -> bytes:
        try:
            return read_capture(place.path, place.offset, place.length).body
        except WarcError as error:
            raise NotFound(str(error)) from error

    body = await room.ask(read)
    if len(body) > _MOST:
        raise NotFound("the file is too large to be handed out here")
    return body


def _bytes(place: Place) -> bytes:
    with place.path.open("rb") as warc:
        warc.seek(place.offset)
        return warc.read(place.length or 0)


def _standing(folder: Path, filename: str) -> Path | None:
    """The WARC file of that name, finished or still being written; never one outside the folder."""
    if Path(filename).name != filename or filename in ("", ".", ".."):
        return None
    for name in (filename, f"{filename}.open"):
        path = folder / name
        if path.is_file() and not path.is_symlink():
            return path
    return None
